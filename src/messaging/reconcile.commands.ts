import type { Deps } from '../deps.ts'
import type { RecordsAnswer, SentRecord } from '../sms/gateway.ts'
import { statusPayload } from '../sms/input.ts'
import { RECORD_GRACE_SECONDS } from './domain.ts'
import { applyStatus } from './receipts.commands.ts'
import { questionsFor, type Doubt, type Question } from './reconcile.domain.ts'
import { claimDoubts, endLooks, markMissing, markWithoutReceipt } from './reconcile.queries.ts'

type ReconcileDeps = Pick<Deps, 'db' | 'log' | 'config' | 'records'>

/** More doubts than this at once, and the next minute goes on. */
const AT_ONCE = 5_000

/**
 * Asks the provider's books about hand-overs in doubt, 10 and 60 minutes after they were made. What is found moves on as by a
 * receipt; what is not found twice is labelled, and so is what has no receipt after 80 hours. Nothing is ever sent again here.
 */
export async function reconcileDoubts(deps: ReconcileDeps): Promise<void> {
  const { db, log, config, records } = deps
  const given = await markWithoutReceipt(db)
  if (given > 0) log.warn({ messages: given }, 'doubts without any receipt after 80 hours')
  if (!records || records.isClosed()) return
  const doubts = await claimDoubts(db, { limit: AT_ONCE, callSeconds: config.sending.timeoutMs / 1000 + RECORD_GRACE_SECONDS })
  if (doubts.length === 0) return
  const { found, unproven } = await lookUp(deps, questionsFor(doubts))
  const settled = await settle(deps, found)
  const missing = doubts.filter(({ attemptId }) => !found.has(attemptId) && !unproven.has(attemptId))
  await markMissing(db, idsOf(missing))
  await endLooks(db, settled)
  log.info({ doubts: doubts.length, found: found.size, missing: missing.length, unproven: unproven.size }, 'hand-overs in doubt were looked up in the provider’s books')
}

type Findings = { found: Map<string, SentRecord[]>; unproven: Set<string> }

/** `unproven`: not found, but not every page that could have held it was read. */
async function lookUp({ log, records }: ReconcileDeps, questions: readonly Question[]): Promise<Findings> {
  const found = new Map<string, SentRecord[]>()
  const unproven = new Set<string>()
  let isOver = false
  for (const question of questions) {
    const answer: RecordsAnswer | undefined = isOver ? undefined : await records!.find(question)
    if (answer?.outcome === 'answered') for (const record of answer.records) found.set(record.reference, [...(found.get(record.reference) ?? []), record])
    if (answer?.outcome === 'answered' && answer.isComplete) continue
    for (const reference of question.references) unproven.add(reference)
    // What refuses or fails once would do so for each of many questions.
    isOver ||= answer?.outcome !== 'answered'
    if (answer?.outcome === 'no_access' && answer.isNews) log.warn({ detail: answer.detail }, 'this account may not read the provider’s reports: what is in doubt is learnt from receipts alone')
    if (answer?.outcome === 'unavailable') log.warn({ detail: answer.detail }, 'the provider’s reports could not be read; they are tried again')
  }
  return { found, unproven }
}

/** As receipts, one by one; returns the attempts that were applied. One that fails is looked up again later. */
async function settle(deps: ReconcileDeps, found: Findings['found']): Promise<string[]> {
  const applied: string[] = []
  for (const [attemptId, entries] of found) {
    try {
      await deps.db.transaction().execute(async (trx) => {
        for (const entry of entries) await applyStatus(deps, trx, payloadOf(entry))
      })
      applied.push(attemptId)
    } catch (error) {
      deps.log.error({ err: error, attempt: attemptId }, 'what the provider’s books say could not be applied')
    }
  }
  return applied
}

function payloadOf({ reference, providerId, status, code }: SentRecord) {
  return statusPayload.parse({ message_uuid: providerId, client_ref: reference, status, ...(code === null ? {} : { error: { title: code } }) })
}

function idsOf(doubts: readonly Doubt[]): string[] {
  return doubts.map(({ attemptId }) => attemptId)
}
