import { createHash } from 'node:crypto'
import type { Db } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import { interpretReceipt } from '../sms/receipts.ts'
import { inboundPayload, statusPayload, type InboundPayload, type StatusPayload } from '../sms/input.ts'
import { forgetPerson, insertEvent, listWaitingEvents, lockWaitingEvent, markApplied, markWaiting, type EventKind } from './inbox.queries.ts'
import { applyStatus, UUID } from './receipts.commands.ts'
import { createReceiptGroups } from './receipts.groups.ts'
import type { PlainReceipt } from './receipts.queries.ts'
import { applyInbound } from './replies.commands.ts'

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
  }
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

async function applyEvent(deps: InboxDeps, trx: Db, event: { id: number; kind: EventKind; body: unknown; isOld?: boolean }): Promise<void> {
  const result = await applyBody(deps, trx, event.kind, event.body)
  // An orphan may only be early: our own commit, or a database catching up. After a day it is kept as it is, and told of.
  if (result === 'orphan' && !event.isOld) return markWaiting(trx, event.id, result)
  if (result === 'orphan') deps.log.warn({ event: event.id }, 'a receipt is about no hand-over of ours: its campaign was deleted, or somebody else sends through this account')
  // Of somebody who was erased, only what was said is kept, not the number and the words.
  if (result === 'erased') await forgetPerson(trx, event.id)
  await markApplied(trx, event.id, result)
}

async function applyBody(deps: InboxDeps, trx: Db, kind: EventKind, body: unknown): Promise<string> {
  if (kind === 'status') {
    const payload = statusPayload.safeParse(body)
    return payload.success ? applyStatus(deps, trx, payload.data) : 'unreadable'
  }
  const payload = inboundPayload.safeParse(body)
  return payload.success ? applyInbound(deps, trx, payload.data) : 'unreadable'
}

/** The body as we keep it, and what makes it the same event again. Signed but unreadable ones are kept too, as text. */
function readEvent(kind: EventKind, raw: Buffer): ReadEvent {
  const parsed = (kind === 'status' ? statusPayload : inboundPayload).safeParse(parseJson(raw))
  if (!parsed.success) return { dedupeKey: keyOf([kind, 'unreadable', raw]), body: { unreadable: raw.toString('base64') }, isReadable: false }
  return { dedupeKey: kind === 'status' ? statusKey(parsed.data as StatusPayload) : keyOf([kind, (parsed.data as InboundPayload).message_uuid]), body: parsed.data, isReadable: true }
}

function statusKey({ message_uuid, status, error }: StatusPayload): string {
  return keyOf(['status', message_uuid, status, error?.title ?? ''])
}

function keyOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\n')
  return hash.digest('hex')
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    return undefined // kept as unreadable
  }
}
