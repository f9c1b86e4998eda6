import { z } from 'zod'
import { FIELD_NAMES, IMPORT_LIMITS, type ImportField, type Mapping } from './imports.domain.ts'

export const importId = z.object({ id: z.coerce.number().int().positive() })

export const reportQuery = z.object({ after: z.coerce.number().int().min(0).catch(0) })

/** `column[3]=mobile` → { 3: 'mobile' }. What is not one of our fields is left out. */
export const mappingForm = z
  .object({ column: z.record(z.string(), z.string()).catch({}) })
  .transform(({ column }): Mapping => {
    const mapping: Mapping = {}
    for (const [index, field] of Object.entries(column)) {
      if (/^\d{1,3}$/.test(index) && Number(index) < IMPORT_LIMITS.columns && (FIELD_NAMES as string[]).includes(field)) mapping[index] = field as ImportField
    }
    return mapping
  })
