/** The provider's published rules for SMS in Messages API 1.20.0, written down in our own words as JSON Schema. */
import { Ajv } from 'ajv'

const ajv = new Ajv({ allErrors: true, strict: true })
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength })
const digits = { type: 'string', pattern: '^[1-9][0-9]{6,14}$' }
const uuid = { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' }
const timestamp = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' }
const wholeNumberInWords = { type: 'string', pattern: '^[0-9]+$' }
const usage = { type: 'object', required: ['currency', 'price'], properties: { currency: { const: 'EUR' }, price: { type: 'string', pattern: '^\\d+\\.\\d+$' } }, additionalProperties: false }

/** What a client may send. */
export const outboundSms = ajv.compile({
  type: 'object',
  required: ['to', 'from', 'channel', 'message_type', 'text'],
  additionalProperties: false,
  properties: {
    to: digits, from: { type: 'string', pattern: '^([1-9][0-9]{2,14}|[A-Za-z0-9]{1,11})$' }, channel: { const: 'sms' }, message_type: { const: 'text' }, text: text(3200),
    client_ref: text(100), ttl: { type: 'integer', minimum: 20, maximum: 604800 }, webhook_url: text(2000), webhook_version: { enum: ['v0.1', 'v1'] }, trusted_recipient: { type: 'boolean' },
    sms: { type: 'object', additionalProperties: false, properties: { encoding_type: { enum: ['text', 'unicode', 'auto'] }, content_id: text(100), entity_id: text(100), pool_id: text(100) } },
  },
})

/** What the provider answers to an accepted message, and to a refused one. */
export const acceptedAnswer = ajv.compile({ type: 'object', required: ['message_uuid'], properties: { message_uuid: uuid }, additionalProperties: false })
export const problemAnswer = ajv.compile({
  type: 'object',
  required: ['type', 'title', 'detail', 'instance'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', pattern: '^https://' }, title: text(200), detail: text(500), instance: text(100),
    invalid_parameters: { type: 'array', minItems: 1, items: { type: 'object', required: ['name', 'reason'], properties: { name: text(100), reason: text(300) } } },
  },
})

/** The webhooks. */
export const statusWebhook = ajv.compile({
  type: 'object',
  required: ['message_uuid', 'to', 'from', 'timestamp', 'status', 'channel'],
  additionalProperties: false,
  properties: {
    message_uuid: uuid, to: digits, from: text(15), timestamp, status: { enum: ['submitted', 'delivered', 'rejected', 'undeliverable'] }, channel: { const: 'sms' }, client_ref: text(100),
    error: { type: 'object', required: ['type', 'title', 'detail', 'instance'], properties: { type: text(300), title: text(100), detail: text(300), instance: text(100) }, additionalProperties: false },
    usage,
    destination: { type: 'object', required: ['network_code'], properties: { network_code: { type: 'string', pattern: '^[0-9]{5,6}$' } } },
    sms: { type: 'object', properties: { count_total: wholeNumberInWords }, required: ['count_total'], additionalProperties: false },
  },
})
export const inboundWebhook = ajv.compile({
  type: 'object',
  required: ['channel', 'message_uuid', 'to', 'from', 'timestamp', 'text', 'message_type'],
  additionalProperties: false,
  properties: {
    channel: { const: 'sms' }, message_uuid: uuid, to: digits, from: digits, timestamp, text: { type: 'string' }, message_type: { const: 'text' }, context_status: { const: 'none' }, usage,
    origin: { type: 'object', required: ['network_code'], properties: { network_code: { type: 'string' } } },
    sms: { type: 'object', required: ['num_messages'], properties: { num_messages: wholeNumberInWords, total_count: wholeNumberInWords, keyword: { type: 'string' } }, additionalProperties: false },
  },
})
