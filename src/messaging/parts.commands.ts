import type { Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { detectKeyword } from '../sms/keywords.ts'
import { e164OfPerson, saidAtOf } from './inbound.ts'
import { completeReply, listOverdue, listParts, lockParts, markParts, type PartKey } from './parts.queries.ts'
import { hearPart, takeText, type InboundDeps, type InboundResult } from './replies.commands.ts'
import { joinParts, wordOf, type StoredPart } from './replies.domain.ts'

/** After so long without another part, people see what there is (F-41). */
export const WAIT_MINUTES = 10
const AT_ONCE = 50

export type IncomingPart = PartKey & { e164: string; eventId: number; no: number; text: string; providerId: string; saidAt: string | null }

/** One part of a long text. The text is taken once, when its last part is there, whatever their order and however often each comes. */
export async function takePart(deps: InboundDeps, trx: Transaction<DB>, part: IncomingPart): Promise<InboundResult> {
  await lockParts(trx, part)
  const others = await listParts(trx, part, part.eventId)
  if (others.some(({ no, text }) => no === part.no && text === part.text)) return 'duplicate'
  const found = detectKeyword(part.text)
  // The first word decides about a STOP; that any word may be one, every part can say.
  if (part.no === 1 || found.kind === 'text') await hearPart(deps, trx, textOf(part, part.text, false), found)

  const own: StoredPart = { id: part.eventId, providerId: part.providerId, no: part.no, total: part.total, text: part.text, state: 'part', saidAt: part.saidAt }
  const waiting = others.filter(({ state }) => state === 'part')
  if (waiting.some(({ no }) => no === part.no)) {
    // Another text by the same number: the rest of the one before does not come any more.
    await takeJoined(deps, trx, part, waiting)
    return 'part'
  }
  const shown = others.filter(({ state }) => state === 'incomplete')
  if (waiting.length === 0 && shown.length > 0 && !shown.some(({ no }) => no === part.no)) return completeShown(trx, [...shown, own])
  const parts = [...waiting, own]
  return joinParts(parts).isComplete ? takeJoined(deps, trx, part, parts) : 'part'
}

/** Texts that will not be complete any more, shown as they are. Each in a transaction of its own. */
export async function showIncomplete(deps: Pick<Deps, 'db' | 'config' | 'log'>): Promise<number> {
  const overdue = await listOverdue(deps.db, WAIT_MINUTES, AT_ONCE)
  for (const key of overdue) {
    await deps.db.transaction().execute(async (trx) => {
      await lockParts(trx, key)
      const waiting = (await listParts(trx, key, null)).filter(({ state }) => state === 'part')
      const e164 = e164OfPerson(key.from)
      if (waiting.length > 0 && e164 !== null) await takeJoined(deps, trx, { ...key, e164 }, waiting)
    }).catch((error: unknown) => deps.log.error({ err: error }, 'a text in parts could not be shown'))
  }
  return overdue.length
}

type Whose = PartKey & { e164: string }

async function takeJoined(deps: InboundDeps, trx: Transaction<DB>, whose: Whose, parts: readonly StoredPart[]): Promise<InboundResult> {
  const { body, isComplete } = joinParts(parts)
  const first = parts[0]!
  const result = await takeText(deps, trx, { ...textOf({ ...whose, ...first }, body, isComplete), isStop: parts.some(({ no, text }) => no === 1 && detectKeyword(text).kind === 'stop') })
  const mark = result === 'erased' ? 'erased' : isComplete ? 'joined' : 'incomplete'
  await markParts(trx, parts.map(({ id }) => id), mark)
  return mark
}

async function completeShown(trx: Transaction<DB>, parts: readonly StoredPart[]): Promise<InboundResult> {
  const { body, isComplete } = joinParts(parts)
  const isStop = parts.some(({ no, text }) => no === 1 && detectKeyword(text).kind === 'stop')
  const { keyword, handledAs } = wordOf(isStop ? { kind: 'stop' } : detectKeyword(body))
  await completeReply(trx, parts.map(({ providerId }) => providerId), { body, isComplete, keyword, handledAs, isHeld: handledAs === 'review' })
  const mark = isComplete ? 'joined' : 'incomplete'
  await markParts(trx, parts.map(({ id }) => id), mark)
  return mark
}

function textOf({ e164, to, providerId, saidAt }: Whose & { providerId: string; saidAt: string | null }, body: string, isComplete: boolean) {
  return { e164, sender: to.replace(/^\+/, ''), body, providerId, saidAt: saidAtOf(saidAt), isComplete }
}
