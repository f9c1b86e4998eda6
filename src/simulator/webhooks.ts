/** Sends receipts and replies to the product as the provider does: signed, one by one, again and again until they are taken. */
import { ERROR_DETAILS, retryAfterMs, type PlannedReceipt } from './domain.ts'
import type { MessageRow, Store, WebhookRow } from './queries.ts'
import { signWebhook } from './tokens.ts'

export type Account = { apiKey: string; applicationId: string; signatureSecret: string }
export type WebhookAddresses = { statusUrl?: string | undefined; inboundUrl?: string | undefined }
export type WebhookLog = { warn(details: object, message: string): void }

/** As the provider: it gives a receiver 15 s. */
const TIMEOUT_MS = 15_000
const LEASE_MS = TIMEOUT_MS + 5000
const IN_FLIGHT = 16

/** The body of a status webhook; all its numbers are strings, as the provider's are. */
export function statusBody(sent: Omit<MessageRow, 'id'>, receipt: PlannedReceipt, at: Date): string {
  const { status, code } = receipt
  return JSON.stringify({
    message_uuid: sent.uuid, to: sent.phone, from: sent.sender, timestamp: at.toISOString(), status, channel: 'sms',
    ...(sent.client_ref === null ? {} : { client_ref: sent.client_ref }),
    ...(code === undefined ? {} : { error: { type: `https://developer.vonage.com/api-errors/messages#${code}`, title: code, detail: ERROR_DETAILS[code] ?? 'Error', instance: sent.uuid } }),
    ...(status === 'submitted' ? { usage: { currency: 'EUR', price: (sent.segments * 0.0575).toFixed(4) } } : {}),
    destination: { network_code: '20801' },
    sms: { count_total: String(sent.segments) },
  })
}

export function inboundBody(reply: { uuid: string; phone: string; sender: string; text: string; segments: number }, at: Date): string {
  return JSON.stringify({
    channel: 'sms', message_uuid: reply.uuid, to: reply.sender, from: reply.phone, timestamp: at.toISOString(), message_type: 'text', text: reply.text,
    context_status: 'none', origin: { network_code: '20801' }, usage: { currency: 'EUR', price: '0.0000' },
    sms: { num_messages: String(reply.segments), total_count: String(reply.segments), keyword: (reply.text.trim().split(/\s+/)[0] ?? '').toUpperCase() },
  })
}

/** As many characters as one part of several holds. */
const PART_CHARACTERS = 153

export function splitText(text: string): string[] {
  const letters = [...text]
  return Array.from({ length: Math.max(1, Math.ceil(letters.length / PART_CHARACTERS)) }, (_, index) => letters.slice(index * PART_CHARACTERS, (index + 1) * PART_CHARACTERS).join(''))
}

/** One part, in the words of the SMS API. */
export function partBody(part: { uuid: string; phone: string; sender: string; text: string; ref: string; total: number; no: number }, at: Date): string {
  return JSON.stringify({
    'api-key': 'simulator', msisdn: part.phone, to: part.sender, messageId: part.uuid, text: part.text, type: 'text', keyword: (part.text.trim().split(/\s+/)[0] ?? '').toUpperCase(),
    'message-timestamp': at.toISOString().slice(0, 19).replace('T', ' '), concat: 'true', 'concat-ref': part.ref, 'concat-total': String(part.total), 'concat-part': String(part.no),
  })
}

export function startWebhooks(store: Store, account: Account, options: WebhookAddresses & { retryBaseMs: number; log?: WebhookLog | undefined; onEnd?: () => void }) {
  let addresses: WebhookAddresses = { statusUrl: options.statusUrl, inboundUrl: options.inboundUrl }
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Immediate | undefined
  let closed = false
  const underWay = new Set<Promise<void>>()
  /** First attempts of one message go one after the other, so that a demonstration looks the same each time; retries do not wait. */
  const busy = new Set<string>()
  const calls = new Set<AbortController>()
  store.releaseLeases(Date.now())

  /** Many acceptances and deliveries in one turn of the event loop look at the list once. */
  function wake(): void {
    if (closed || soon !== undefined) return
    soon = setImmediate(() => {
      soon = undefined
      dispatch()
    })
  }

  function dispatch(): void {
    clearTimeout(timer)
    if (closed || !addresses.statusUrl || !addresses.inboundUrl) return
    const now = Date.now()
    for (const webhook of underWay.size < IN_FLIGHT ? store.listDue(now, IN_FLIGHT + busy.size) : []) {
      if (underWay.size >= IN_FLIGHT) break
      if (!busy.has(webhook.message_uuid)) begin(webhook, now)
    }
    if (underWay.size >= IN_FLIGHT || store.hasDue(now)) return // the next one to end wakes us
    const dueAt = store.nextDueAt()
    if (dueAt !== null) timer = setTimeout(wake, Math.min(Math.max(dueAt - now, 1), 60_000)).unref()
  }

  function begin(webhook: WebhookRow, now: number): void {
    busy.add(webhook.message_uuid)
    store.leaseWebhook(webhook.id, now + LEASE_MS)
    const work = deliver(webhook).finally(() => {
      underWay.delete(work)
      busy.delete(webhook.message_uuid)
      options.onEnd?.()
      wake()
    })
    underWay.add(work)
  }

  async function deliver(webhook: WebhookRow): Promise<void> {
    if (webhook.kind === 'status' && webhook.attempts === 0) showState(webhook)
    const status = await post(webhook)
    if (closed) return
    if (status >= 200 && status < 300) {
      if (webhook.kind === 'inbound') store.setState(webhook.message_uuid, 'sent', null)
      return store.endWebhook(webhook.id)
    }
    const wait = status === 429 || status >= 500 ? retryAfterMs(webhook.attempts + 1, options.retryBaseMs) : undefined
    if (wait !== undefined) return store.retryWebhook(webhook.id, Date.now() + wait)
    options.log?.warn({ kind: webhook.kind, messageUuid: webhook.message_uuid, status }, 'webhook dropped')
    if (webhook.kind === 'inbound') store.setState(webhook.message_uuid, 'lost', null)
    store.endWebhook(webhook.id)
  }

  /** A phone shows what the network did, whether or not the product took the receipt. A late « submitted » does not undo a final state. */
  function showState(webhook: WebhookRow): void {
    const { status, error } = JSON.parse(webhook.body) as { status: string; error?: { title: string } }
    if (status === 'submitted') store.moveState(webhook.message_uuid, 'accepted', 'submitted')
    else store.setState(webhook.message_uuid, status, error?.title ?? null)
  }

  /** The HTTP status, or 599 when there was none: both are worth a retry. */
  async function post({ kind, body }: WebhookRow): Promise<number> {
    const url = (kind === 'status' ? addresses.statusUrl : addresses.inboundUrl)!
    const call = new AbortController()
    const timeout = setTimeout(() => call.abort(), TIMEOUT_MS)
    calls.add(call)
    try {
      const response = await fetch(url, { method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/json', authorization: signWebhook(body, account) }, body, signal: call.signal })
      await response.arrayBuffer() // read to the end, or the connection could not be used again
      return response.status
    } catch {
      return 599 // the receiver is down or slow; the retry policy is the same either way
    } finally {
      clearTimeout(timeout)
      calls.delete(call)
    }
  }

  wake()
  return {
    wake,
    sendTo(next: WebhookAddresses): void {
      addresses = next
      wake()
    },
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      clearImmediate(soon)
      for (const call of calls) call.abort()
      await Promise.allSettled(underWay)
    },
  }
}

/** The receipts a message will get, ready to be stored with it. */
export function receiptRows(message: Omit<MessageRow, 'id'>, receipts: readonly PlannedReceipt[]) {
  return receipts.map((receipt) => {
    const dueAt = message.at + receipt.afterMs
    return { kind: 'status' as const, body: statusBody(message, receipt, new Date(dueAt)), dueAt }
  })
}
