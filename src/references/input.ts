import { z } from 'zod'
import { decodeCursor } from '../core/paging.ts'
import { rowId } from '../web/ids.ts'
import { readAddress } from './address.ts'
import { FIELDS, lengthOf, OPTIONAL_FIELDS, REFERENCE_KINDS, type FieldName, type FieldProblem, type ReferenceKind, type ReferenceValues, type TypedReference } from './domain.ts'

export const kindParams = z.object({ kind: z.enum(REFERENCE_KINDS) })
export const recordParams = kindParams.extend({ id: rowId })

export const listQuery = z.object({
  q: z.string().catch('').transform((text) => text.trim().slice(0, 100)),
  site: rowId.optional().catch(undefined),
  archived: z.string().optional().catch(undefined).transform((value) => value === '1'),
  after: z.string().max(800).optional().catch(undefined).transform((text) => {
    const [sort, last] = decodeCursor(text, 2) ?? []
    return typeof sort === 'string' && typeof last === 'number' && Number.isSafeInteger(last) ? { sort, id: last } : undefined
  }),
})
export type ListQuery = z.infer<typeof listQuery>

/** Which version of the record the form was made from. */
export const stampField = z.string().regex(/^\d{1,20}$/).catch('')

/** What a form holds of a record; nothing of it is trusted. */
export function typedReference(kind: ReferenceKind, body: unknown): TypedReference {
  const given = (body ?? {}) as Record<string, unknown>
  return Object.fromEntries(FIELDS[kind].map((field) => [field, tidy(given[field])]))
}

export type ReadReference = { values: ReferenceValues; problems: FieldProblem[] }

/** What is written of it, and what stands against that. */
export function readReference(kind: ReferenceKind, typed: TypedReference): ReadReference {
  const problems: FieldProblem[] = []
  const values: ReferenceValues = { code: '', name: '', reference: '', title: '', url: '', siteId: null, town: '', isConfidential: false }
  for (const field of FIELDS[kind]) {
    const text = typed[field] ?? ''
    const problem = text === '' ? (OPTIONAL_FIELDS.includes(field) ? undefined : 'missing') : put(values, field, text, lengthOf(field))
    if (problem) problems.push({ field, word: problem })
  }
  return { values, problems }
}

function put(values: ReferenceValues, field: FieldName, text: string, most: number): FieldProblem['word'] | undefined {
  if (field === 'confidential') {
    values.isConfidential = text === 'on'
    return undefined
  }
  if (field === 'site') {
    const parsed = rowId.safeParse(text)
    values.siteId = parsed.success ? parsed.data : null
    return parsed.success ? undefined : 'site'
  }
  if (field === 'url') {
    const address = readAddress(text)
    values.url = address.ok ? address.value : ''
    return address.ok ? undefined : address.reason
  }
  values[field] = text
  return text.length > most ? 'tooLong' : undefined
}

/** One line, accents composed, nothing invisible. */
function tidy(value: unknown): string {
  if (typeof value !== 'string') return ''
  return value.slice(0, 4_000).normalize('NFC').toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').replace(/[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '').trim()
}
