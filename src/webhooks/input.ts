import { DateTime } from 'luxon'
import { z } from 'zod'
import { rowId } from '../web/ids.ts'
import { DELIVERY_STATES, EVENT_TYPES, TEST_EVENT, type EventType } from './domain.ts'

export const URL_LENGTH = 500
export const NOTE_LENGTH = 200

const line = z.string().transform((text) => text.normalize('NFC').replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim()).catch('')
const list = z.unknown().optional().transform((value) => (Array.isArray(value) ? value : value !== null && typeof value === 'object' ? Object.values(value) : [value]).filter((one): one is string => typeof one === 'string'))

export type EndpointFault = { field: 'url'; fault: 'missing' | 'long' | 'form' | 'credentials' } | { field: 'note'; fault: 'long' } | { field: 'types'; fault: 'missing' }
export type TypedEndpoint = { url: string; note: string; types: readonly string[]; version: number }
export type ReadEndpoint = { typed: TypedEndpoint; faults: EndpointFault[]; endpoint: { url: string; note: string; types: EventType[] } }

const fields = z.object({ url: line, note: line, types: list, version: z.coerce.number().int().min(0).max(2_000_000_000).catch(0) })

export function readEndpoint(body: unknown): ReadEndpoint {
  const typed = fields.parse(body ?? {})
  const types = EVENT_TYPES.filter((type) => typed.types.includes(type))
  const { url, fault } = readAddress(typed.url)
  const faults: EndpointFault[] = [
    ...(fault ? [{ field: 'url', fault } as const] : []),
    ...(typed.note.length > NOTE_LENGTH ? [{ field: 'note', fault: 'long' } as const] : []),
    ...(types.length === 0 ? [{ field: 'types', fault: 'missing' } as const] : []),
  ]
  return { typed: { ...typed, url: typed.url.slice(0, 2 * URL_LENGTH), note: typed.note.slice(0, 2 * NOTE_LENGTH), types }, faults, endpoint: { url, note: typed.note, types } }
}

/** As it will be called: written the one way in which two of the same are the same. */
function readAddress(typed: string): { url: string; fault?: Extract<EndpointFault, { field: 'url' }>['fault'] } {
  if (typed === '') return { url: '', fault: 'missing' }
  const url = URL.parse(typed)
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') return { url: '', fault: 'form' }
  if (url.username !== '' || url.password !== '') return { url: '', fault: 'credentials' }
  url.hash = ''
  return url.href.length > URL_LENGTH ? { url: '', fault: 'long' } : { url: url.href }
}

export const logQuery = z.object({
  state: z.enum(DELIVERY_STATES).optional().catch(undefined),
  type: z.enum([...EVENT_TYPES, TEST_EVENT]).optional().catch(undefined),
  before: rowId.optional().catch(undefined),
})
export type LogQuery = z.output<typeof logQuery>

export const deliveryParams = z.object({ id: rowId, delivery: rowId })

const sinceForm = z.object({ since: line })

/** The moment on the company's clock; undefined where there is none such. */
export function readSince(body: unknown, zone: string): { typed: string; since: Date | undefined } {
  const { since: typed } = sinceForm.parse(body ?? {})
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(typed) ? DateTime.fromISO(typed, { zone }) : undefined
  return { typed, since: at?.isValid ? at.toJSDate() : undefined }
}

/** As the field wants it. */
export function sinceText(moment: Date, zone: string): string {
  return DateTime.fromJSDate(moment, { zone }).toFormat("yyyy-MM-dd'T'HH:mm")
}
