import { z } from 'zod'
import { FIELD_NAMES, IMPORT_LIMITS, type ImportField, type Mapping } from './imports.domain.ts'

export const reportQuery = z.object({ after: z.coerce.number().int().min(0).catch(0), columns: z.string().optional().catch(undefined) })

/** `column[3]=mobile` → { 3: 'mobile' }. What is not one of our fields is left out. */
export const mappingForm = z
  // The parser makes a list of consecutive indexes and an object of others.
  .object({ column: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).catch({}) })
  .transform(({ column }): Mapping => {
    const mapping: Mapping = {}
    for (const [index, field] of Object.entries(column)) {
      if (/^\d{1,3}$/.test(index) && Number(index) < IMPORT_LIMITS.columns && (FIELD_NAMES as unknown[]).includes(field)) mapping[index] = field as ImportField
    }
    return mapping
  })
