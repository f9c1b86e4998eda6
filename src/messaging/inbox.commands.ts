import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { interpretReceipt } from '../sms/receipts.ts'
import { inboundPayload, statusPayload, type InboundPayload, type StatusPayload } from '../sms/input.ts'
import { observeLag, receipts } from '../web/metrics.ts'
import { e164OfPerson, saidAtOf } from './inbound.ts'
import { forgetPerson, insertEvent, listWaitingEvents, lockWaitingEvent, markApplied, markWaiting, type EventKind } from './inbox.queries.ts'
import { takePart } from './parts.commands.ts'
import { applyStatus, UUID } from './receipts.commands.ts'
import { createReceiptGroups } from './receipts.groups.ts'
import type { PlainReceipt } from './receipts.queries.ts'
import { takeText } from './replies.commands.ts'

type InboxDeps = Pick<Deps, 'db' | 'log' | 'config'>
type ReadEvent = { dedupeKey: string; body: unknown; isReadable: boolean }

/**
 * Takes verified webhooks of a process. Plain receipts that come in together are stored and applied together; everything
 * else, and whatever a group could not take, goes its own way by `receiveEvent`.
 */
export function createInbox(deps: InboxDeps): (kind: EventKind, raw: Buffer) => Promise<void> {
  const groups = createReceiptGroups(deps)
  return async (kind, raw) => {
    const event = readEvent(kind, raw)
    const plain = kind === 'status' && event.isReadable ? plainReceipt(event) : undefined
    if (!plain || !(await groups.take(plain))) await takeEvent(deps, kind, event)
    count(kind, event)
  }
}

function count(kind: EventKind, { body, isReadable }: ReadEvent): void {
  if (!isReadable) return
  const { status, error, timestamp } = body as StatusPayload
  if (kind === 'status') receipts.inc({ state: interpretReceipt(status, error?.title ?? null).state })
  observeLag(kind, timestamp)
}

/** A receipt that says where a message of ours stands, and nothing about the person: no opt-out, no dead number. */
function plainReceipt({ dedupeKey, body }: ReadEvent): PlainReceipt | undefined {
  const { client_ref: attemptId, message_uuid: providerId, status, error } = body as StatusPayload
  if (!attemptId || !UUID.test(attemptId)) return undefined
  const { state, code, reason, optedOut } = interpretReceipt(status, error?.title ?? null)
  if (optedOut || reason === 'permanent') return undefined
  return { dedupeKey, body, attemptId: attemptId.toLowerCase(), providerId, state, code, reason }
}

/**
 * Takes one verified webhook: stored and applied in one transaction, so that an opt-out is in force before the provider
 * gets its 200. Whatever goes wrong while applying, the event itself is kept and the sweeper tries again. Throws only
 * when nothing could be stored.
 */
export async function receiveEvent(deps: InboxDeps, kind: EventKind, raw: Buffer): Promise<void> {
  return takeEvent(deps, kind, readEvent(kind, raw))
}

async function takeEvent(deps: InboxDeps, kind: EventKind, { dedupeKey, body }: ReadEvent): Promise<void> {
  const event = { dedupeKey, body }
  try {
    await deps.db.transaction().execute(async (trx) => {
      const id = await insertEvent(trx, { kind, ...event })
      if (id !== undefined) await applyEvent(deps, trx, { id, kind, body: event.body })
    })
  } catch (error) {
    deps.log.warn({ err: error, kind }, 'an event could not be applied at once; it is stored for later')
    await insertEvent(deps.db, { kind, ...event })
  }
}

/** What came too early or failed, tried again. */
export async function applyWaitingEvents(deps: InboxDeps): Promise<void> {
  for (const id of await listWaitingEvents(deps.db, 200)) {
    try {
      await deps.db.transaction().execute(async (trx) => {
        const event = await lockWaitingEvent(trx, id)
        if (event) await applyEvent(deps, trx, event)
      })
    } catch (error) {
      deps.log.error({ err: error, event: id }, 'a stored event cannot be applied')
      await markWaiting(deps.db, id, 'failed')
    }
  }
}

async function applyEvent(deps: InboxDeps, trx: Transaction<DB>, event: { id: number; kind: EventKind; body: unknown; isOld?: boolean }): Promise<void> {
  const result = await applyBody(deps, trx, event)
  // An orphan may only be early: our own commit, or a database catching up. After a day it is kept as it is, and told of.
  if (result === 'orphan' && !event.isOld) return markWaiting(trx, event.id, result)
  if (result === 'orphan') deps.log.warn({ event: event.id }, 'a receipt is about no hand-over of ours: its campaign was deleted, or somebody else sends through this account')
  // Of somebody who was erased, only what was said is kept, not the number and the words.
  if (result === 'erased') await forgetPerson(trx, event.id)
  await markApplied(trx, event.id, result)
}

async function applyBody(deps: InboxDeps, trx: Transaction<DB>, { id, kind, body }: { id: number; kind: EventKind; body: unknown }): Promise<string> {
  if (kind === 'status') {
    const payload = statusPayload.safeParse(body)
    return payload.success ? applyStatus(deps, trx, payload.data) : 'unreadable'
  }
  const payload = inboundPayload.safeParse(body)
  return payload.success ? applyInbound(deps, trx, id, payload.data) : 'unreadable'
}

/** One text from a person, or a part of one. */
async function applyInbound(deps: InboxDeps, trx: Transaction<DB>, eventId: number, { from, to, text, message_uuid: providerId, timestamp, concat }: InboundPayload): Promise<string> {
  const e164 = e164OfPerson(from)
  if (e164 === null) return 'not_a_number'
  if (concat) return takePart(deps, trx, { e164, eventId, from, to, ref: concat.ref, total: concat.total, no: concat.part, text, providerId, saidAt: timestamp ?? null })
  return takeText(deps, trx, { e164, sender: to.replace(/^\+/, ''), body: text, providerId, saidAt: saidAtOf(timestamp), isComplete: true })
}

/** The body as we keep it, and what makes it the same event again. Signed but unreadable ones are kept too, as text. */
function readEvent(kind: EventKind, raw: Buffer): ReadEvent {
  const parsed = (kind === 'status' ? statusPayload : inboundPayload).safeParse(parseBody(raw))
  if (!parsed.success) return { dedupeKey: keyOf([kind, 'unreadable', raw]), body: { unreadable: raw.toString('base64') }, isReadable: false }
  return { dedupeKey: kind === 'status' ? statusKey(parsed.data as StatusPayload) : inboundKey(parsed.data as InboundPayload), body: parsed.data, isReadable: true }
}

function statusKey({ message_uuid, status, error }: StatusPayload): string {
  return keyOf(['status', message_uuid, status, error?.title ?? ''])
}

function inboundKey({ message_uuid, concat }: InboundPayload): string {
  return keyOf(['inbound', message_uuid, ...(concat ? [String(concat.part)] : [])])
}

function keyOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\n')
  return hash.digest('hex')
}

/** May also be a form, in the words of the provider's older product. */
function parseBody(raw: Buffer): unknown {
  const body = raw.toString('utf8')
  try {
    return JSON.parse(body)
  } catch {
    return Object.fromEntries(new URLSearchParams(body)) // what is none of ours is kept as unreadable
  }
}
