/** What the provider accepts, by its published rules (Messages API 1.20.0, outbound SMS), and what a phone may type. */
import { z } from 'zod'

const outbound = z.looseObject({
  channel: z.literal('sms'),
  message_type: z.literal('text'),
  to: z.string().regex(/^[1-9]\d{6,14}$/, 'must be a number of 7 to 15 digits, without + or 00'),
  from: z.string().regex(/^(?:[1-9]\d{2,14}|(?=.*[A-Za-z])[A-Za-z0-9]{3,11})$/, 'must be a number, or 3 to 11 letters and digits'),
  text: z.string().min(1, 'must not be empty').max(3200, 'must have at most 3200 characters'),
  client_ref: z.string().max(100, 'must have at most 100 characters').optional(),
  ttl: z.int().min(20).max(604_800).optional(),
  webhook_url: z.url().optional(),
  webhook_version: z.enum(['v0.1', 'v1']).optional(),
  trusted_recipient: z.boolean().optional(),
  sms: z.looseObject({
    encoding_type: z.enum(['text', 'unicode', 'auto']).optional(),
    content_id: z.string().optional(),
    entity_id: z.string().optional(),
    pool_id: z.string().optional(),
  }).optional(),
})
export type OutboundSms = z.output<typeof outbound>

export function readOutbound(body: unknown): { ok: true; sms: OutboundSms } | { ok: false; invalid: { name: string; reason: string }[] } {
  const parsed = outbound.safeParse(body)
  if (parsed.success) return { ok: true, sms: parsed.data }
  return { ok: false, invalid: parsed.error.issues.slice(0, 20).map((issue) => ({ name: issue.path.join('.') || 'body', reason: issue.message })) }
}

const MAX_REPLY = 1600

/** A quick button sends `quick`, the box sends `text`. */
export const replyForm = z.object({
  quick: z.string().trim().max(MAX_REPLY).optional().catch(undefined),
  text: z.string().trim().optional().catch(undefined),
  sender: z.string().max(15).optional().catch(undefined),
}).transform(({ quick, text, sender }) => ({ text: (quick || text || '').replaceAll('\r\n', '\n').replaceAll('\u0000', ''), sender }))

export function replyProblem(text: string): 'replyEmpty' | 'replyTooLong' | undefined {
  if (text === '') return 'replyEmpty'
  return text.length > MAX_REPLY ? 'replyTooLong' : undefined
}

const cursor = z.string().regex(/^\d{1,16}$/).transform(Number).optional().catch(undefined)
const lang = z.enum(['fr', 'en']).optional().catch(undefined)

export const phonesQuery = z.object({ q: z.string().max(60).default('').catch(''), before: cursor, lang })
export const conversationQuery = z.object({ sender: z.string().regex(/^[A-Za-z0-9]{3,15}$/).optional().catch(undefined), before: cursor, lang })
export const phoneNumber = z.string().regex(/^[1-9]\d{6,14}$/)

const PRODUCTS = [
  'SMS', 'SMS-TRAFFIC-CONTROL', 'VOICE-CALL', 'VOICE-FAILED', 'VOICE-TTS', 'IN-APP-VOICE', 'WEBSOCKET-CALL', 'ASR', 'AMD', 'VERIFY-API', 'VERIFY-V2', 'NUMBER-INSIGHT',
  'CONVERSATION-EVENT', 'CONVERSATION-MESSAGE', 'MESSAGES', 'VIDEO-API', 'NETWORK-API-EVENT', 'REPORTS-USAGE',
] as const
const DAY_MS = 86_400_000
const moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)$/, 'must be like 2026-11-23T08:00:00Z').transform((text) => Date.parse(text)).pipe(z.int('is no date'))

/** Records by time (Reports API v2): both ends are needed and lie at most a day apart, a cursor comes with its vector. */
const report = z.looseObject({
  product: z.enum(PRODUCTS, `must be one of ${PRODUCTS.join(', ')}`),
  account_id: z.string('Missing required parameter'),
  direction: z.enum(['inbound', 'outbound'], 'Missing required parameter'),
  date_start: moment,
  date_end: moment,
  to: z.string().regex(/^\d{7,15}$/, 'must be a number').optional(),
  from: z.string().max(15).optional(),
  status: z.enum(['submitted', 'delivered', 'rejected', 'undeliverable', 'read']).optional(),
  provider: z.string().optional(),
  include_message: z.enum(['true', 'false']).default('false').transform((word) => word === 'true'),
  cursor: z.base64url().transform((text) => Buffer.from(text, 'base64url').toString()).pipe(z.string().regex(/^\d{1,15}$/, 'is no cursor')).transform(Number).optional(),
  iv: z.string().min(1).optional(),
}).refine(({ date_start, date_end }) => date_end > date_start && date_end - date_start <= DAY_MS, { path: ['date_end'], error: 'must be no more than 24 hours later than date_start' })
  .refine(({ cursor, iv }) => (cursor === undefined) === (iv === undefined), { path: ['iv'], error: 'cursor and iv go together' })
  .transform((query) => ({ ...query, cursor: query.cursor ?? 0 }))
export type ReportQuery = z.output<typeof report>

export function readReport(query: unknown): { ok: true; query: ReportQuery } | { ok: false; invalid: { name: string; reason: string }[] } {
  const parsed = report.safeParse(query)
  if (parsed.success) return { ok: true, query: parsed.data }
  return { ok: false, invalid: parsed.error.issues.slice(0, 20).map((issue) => ({ name: issue.path.join('.') || 'query', reason: issue.message })) }
}
