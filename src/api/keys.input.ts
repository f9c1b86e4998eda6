import { z } from 'zod'
import { decodeCursor } from '../core/paging.ts'
import { rowId } from '../web/ids.ts'
import { line } from '../web/typed-text.ts'
import { API_SCOPES, KEY_DAYS, KEY_KINDS, KEY_NAME_LENGTH, type ApiScope } from './domain.ts'
import type { KeyForm } from './keys.commands.ts'

export type TypedKey = { name: string; kind: (typeof KEY_KINDS)[number]; scopes: ApiScope[]; person: string; days: string }
export type KeyFault = { field: 'name' | 'scopes' | 'person'; fault: 'missing' | 'long' | 'unknown' }
export type ReadKey = { typed: TypedKey; faults: KeyFault[]; form: KeyForm | undefined; formId: string }

const ticks = z.unknown().optional().transform((value) => {
  const given = Array.isArray(value) ? value : [value]
  return API_SCOPES.filter((scope) => given.includes(scope))
})

const fields = z.object({ name: line, kind: z.enum(KEY_KINDS).catch('live'), scopes: ticks, person: z.string().catch(''), days: z.enum(KEY_DAYS).catch('365'), form: z.uuid().catch('') })

/** The form whatever it holds. A form that does not say which one it is makes nothing. */
export function readKeyForm(body: unknown): ReadKey {
  const { form: formId, ...typed } = fields.parse(body ?? {})
  const userId = rowId.safeParse(typed.person).data
  const faults: KeyFault[] = [
    ...(typed.name === '' ? [{ field: 'name', fault: 'missing' } as const] : typed.name.length > KEY_NAME_LENGTH ? [{ field: 'name', fault: 'long' } as const] : []),
    ...(typed.scopes.length === 0 ? [{ field: 'scopes', fault: 'missing' } as const] : []),
    ...(userId === undefined ? [{ field: 'person', fault: 'unknown' } as const] : []),
  ]
  const isComplete = faults.length === 0 && formId !== '' && userId !== undefined
  return { typed, faults, formId, form: isComplete ? { name: typed.name, kind: typed.kind, scopes: typed.scopes, userId, days: typed.days === '' ? null : Number(typed.days), formId } : undefined }
}

export const keysQuery = z.object({
  after: z.string().max(200).optional().catch(undefined).transform((text) => {
    const [isRevoked, id] = decodeCursor(text, 2) ?? []
    return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? { isRevoked: isRevoked === 1, id } : undefined
  }),
})
