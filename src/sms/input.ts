/** Webhook bodies, read loosely: unknown fields are kept, unknown words survive, and what PostgreSQL cannot hold is cleaned away. */
import { z } from 'zod'

/** As many as one text may come in; a telephone splits no further. */
const MOST_PARTS = 10

const word = z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value).slice(0, 300))
const lenientWord = word.nullish().catch(undefined)
const phone = word.transform((value) => value.trim().slice(0, 32)).pipe(z.string().min(1))
const id = word.transform((value) => value.trim().slice(0, 100)).pipe(z.string().min(1))

const usage = z.looseObject({ currency: lenientWord, price: lenientWord }).nullish().catch(undefined)
const segments = z.looseObject({ count_total: lenientWord, total_count: lenientWord, num_messages: lenientWord, keyword: lenientWord })
  .transform((sms) => ({ ...sms, count_total: sms.count_total ?? sms.total_count }))
  .nullish().catch(undefined)

/** `error.title` carries the code and comes as a number or a string; pages say `count_total` or `total_count`. */
export const statusPayload = z.preprocess((value) => statusNames(storable(value)), z.looseObject({
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

/**
 * The older product's receipt, one for each part of a text: it calls our number `to`, and has a code of its own kind, `0` for none.
 * https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts
 */
function statusNames(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const { messageId, msisdn, 'client-ref': reference, 'err-code': code, 'message-timestamp': timestamp, ...rest } = value as Record<string, unknown>
  if (messageId === undefined || rest['message_uuid'] !== undefined) return value
  return {
    ...rest, message_uuid: messageId, to: msisdn, from: rest['to'], timestamp,
    ...(reference === undefined ? {} : { client_ref: reference }), ...(code === undefined || String(code) === '0' ? {} : { error: { title: code } }),
  }
}

/** One part of a long text; numbers beyond what a telephone can send are no part. */
const part = z.object({ ref: word.pipe(z.string().min(1).max(20)), total: z.coerce.number().int().min(2).max(MOST_PARTS), part: z.coerce.number().int().min(1) })
  .refine(({ total, part: no }) => no <= total).nullish().catch(undefined)

/** `to` is our number and `from` the person's; an SMS without text is an empty one. `concat` is there for one part of several. */
export const inboundPayload = z.preprocess((value) => inboundNames(storable(value)), z.looseObject({
  message_uuid: id,
  to: phone,
  from: phone,
  text: z.string().nullish().transform((text) => (text ?? '').slice(0, 20_000)),
  channel: lenientWord,
  message_type: lenientWord,
  timestamp: lenientWord,
  usage,
  sms: segments,
  concat: part,
}))
export type InboundPayload = z.output<typeof inboundPayload>
export type TextPart = NonNullable<InboundPayload['concat']>

/**
 * The older of the provider's two products calls the same things by other names, and sends each part of a long text by itself.
 * An account may be switched from one to the other; what it then sends is understood all the same.
 */
function inboundNames(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  const { messageId, msisdn, concat, 'concat-ref': ref, 'concat-total': total, 'concat-part': no, 'message-timestamp': timestamp, ...rest } = value as Record<string, unknown>
  const isPart = [true, 'true', 1, '1'].includes(concat as string)
  return {
    ...rest,
    message_uuid: rest['message_uuid'] ?? messageId,
    from: rest['from'] ?? msisdn,
    ...(timestamp === undefined ? {} : { timestamp: rest['timestamp'] ?? `${String(timestamp).replace(' ', 'T')}Z` }),
    // What we stored already has the shape that it is given here.
    concat: isPart ? { ref, total, part: no } : typeof concat === 'object' ? concat : undefined,
  }
}

/** PostgreSQL stores neither U+0000 nor half a surrogate pair; a webhook must not be lost over one. Depth is bounded. */
function storable(value: unknown, depth: unknown = 0): unknown {
  const level = typeof depth === 'number' ? depth : 0
  if (typeof value === 'string') return value.replaceAll('\u0000', '').toWellFormed()
  if (value === null || typeof value !== 'object') return value
  if (level > 8) return null
  if (Array.isArray(value)) return value.slice(0, 1000).map((item) => storable(item, level + 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.replaceAll('\u0000', '').toWellFormed(), storable(item, level + 1)]))
}
