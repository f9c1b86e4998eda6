/** Webhook bodies, read loosely: unknown fields are kept, unknown words survive, and what PostgreSQL cannot hold is cleaned away. */
import { z } from 'zod'

const word = z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value).slice(0, 300))
const lenientWord = word.nullish().catch(undefined)
const phone = word.transform((value) => value.trim().slice(0, 32)).pipe(z.string().min(1))
const id = word.transform((value) => value.trim().slice(0, 100)).pipe(z.string().min(1))

const usage = z.looseObject({ currency: lenientWord, price: lenientWord }).nullish().catch(undefined)
const segments = z.looseObject({ count_total: lenientWord, total_count: lenientWord, num_messages: lenientWord, keyword: lenientWord })
  .transform((sms) => ({ ...sms, count_total: sms.count_total ?? sms.total_count }))
  .nullish().catch(undefined)

/** `error.title` carries the code and comes as a number or a string; pages say `count_total` or `total_count`. */
export const statusPayload = z.preprocess(storable, z.looseObject({
  message_uuid: id,
  status: word.pipe(z.string().min(1)),
  to: phone.nullish().catch(undefined),
  from: phone.nullish().catch(undefined),
  channel: lenientWord,
  timestamp: lenientWord,
  client_ref: lenientWord,
  error: z.looseObject({ type: lenientWord, title: lenientWord, detail: lenientWord, instance: lenientWord }).nullish().catch(undefined),
  usage,
  destination: z.looseObject({ network_code: lenientWord }).nullish().catch(undefined),
  sms: segments,
}))
export type StatusPayload = z.output<typeof statusPayload>

/** `to` is our number and `from` the person's; an SMS without text is an empty one. */
export const inboundPayload = z.preprocess(storable, z.looseObject({
  message_uuid: id,
  to: phone,
  from: phone,
  text: z.string().nullish().transform((text) => (text ?? '').slice(0, 20_000)),
  channel: lenientWord,
  message_type: lenientWord,
  timestamp: lenientWord,
  usage,
  sms: segments,
}))
export type InboundPayload = z.output<typeof inboundPayload>

/** PostgreSQL stores neither U+0000 nor half a surrogate pair; a webhook must not be lost over one. Depth is bounded. */
function storable(value: unknown, depth: unknown = 0): unknown {
  const level = typeof depth === 'number' ? depth : 0
  if (typeof value === 'string') return value.replaceAll('\u0000', '').toWellFormed()
  if (value === null || typeof value !== 'object') return value
  if (level > 8) return null
  if (Array.isArray(value)) return value.slice(0, 1000).map((item) => storable(item, level + 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.replaceAll('\u0000', '').toWellFormed(), storable(item, level + 1)]))
}
