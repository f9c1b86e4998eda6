import { createHash } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { ReadText } from '../candidates/readings.domain.ts'
import { getSettings } from '../companies/queries.ts'
import { dateIn } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { dismissEarlier, listTextsToRead, lockTextToRead, settleReading, type TextToRead } from '../messaging/readings.queries.ts'
import { announce, tell } from '../notifications/commands.ts'
import { listListeners } from '../notifications/queries.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { writeAnswer, type Answered, type AnswerOutcome } from './commands.ts'
import { afterText, isSameAnswer, type Answer, type GivenAnswer } from './domain.ts'
import { findAnswerState, lockRecipient } from './queries.ts'
import { readText } from './reading.domain.ts'
import { findReading, isReplyOvertaken, lockReading, type ReplyReading } from './readings.queries.ts'

const AT_ONCE = 200

/**
 * Reads what people texted back, each text once: whatever happens to a text is written in one transaction with the text's own
 * state, so a process that dies leaves it waiting. What is certain becomes an answer; what is not waits for a person. Returns
 * how many were read.
 */
export async function readReplies(deps: Pick<Deps, 'db' | 'log'>): Promise<number> {
  let count = 0
  for (const id of await listTextsToRead(deps.db, AT_ONCE)) {
    try {
      if (await deps.db.transaction().execute((trx) => readReply(trx, id))) count += 1
    } catch (error) {
      // The others are read all the same; this one is tried again with the next round.
      deps.log.warn({ err: error, reply: id }, 'a text could not be read for an answer')
    }
  }
  return count
}

async function readReply(trx: Transaction<DB>, id: number): Promise<boolean> {
  const text = await lockTextToRead(trx, id)
  if (!text) return false
  const scope = companyScope(text.companyId)
  const { kind, recipientId } = text
  const read = text.isAnswerable && recipientId !== null && kind !== null
    ? readText(text.body, { kind, today: dateIn(text.timeZone, text.saidAt), latestStartMonths: (await getSettings(trx, scope))['landing.latest_start_months'] })
    : undefined
  if (!read || recipientId === null) await settleReading(trx, scope, id, { state: 'none' })
  else if (read.choice === null || read.doubts.length > 0) await offer(trx, scope, text, read)
  else await apply(trx, scope, text, recipientId, { ...read, choice: read.choice })
  return true
}

async function offer(trx: Transaction<DB>, scope: CompanyScope, { id, campaignId, candidateId }: TextToRead, reading: ReadText): Promise<void> {
  await settleReading(trx, scope, id, { state: 'uncertain', reading })
  if (campaignId !== null) await announce(trx, scope, { kind: 'reading_uncertain', userIds: await listListeners(trx, scope, campaignId), campaignId, candidateId, dedupeKey: `reading:${id}`, params: { reply: id } })
}

async function apply(trx: Transaction<DB>, scope: CompanyScope, text: TextToRead, recipientId: number, reading: ReadText & { choice: 'yes' | 'no' }): Promise<void> {
  const { id } = text
  // First the recipient, so that no other answer comes between looking and writing.
  await lockRecipient(trx, scope, recipientId)
  if (await isReplyOvertaken(trx, scope, id)) return settleReading(trx, scope, id, { state: 'dismissed', reading })
  const formId = formIdOf(id)
  const { answer: current } = await findAnswerState(trx, scope, recipientId, formId)
  const answer = afterText(current, { choice: reading.choice, availableFrom: reading.from, availableUntil: reading.until, comment: reading.comment })
  const outcome = answer && (await writeAnswer(trx, scope, recipientId, { ...answer, formId, baseVersion: current?.version ?? 0, source: 'reply' }))
  // A closed campaign takes no answer by any way; the text stays among the replies.
  await settleReading(trx, scope, id, !outcome || outcome.ok ? { state: 'applied', reading } : { state: 'none' })
  await dismissEarlier(trx, scope, recipientId, { at: text.saidAt, replyId: id })
}

export type DecisionOutcome =
  | AnswerOutcome
  /** A colleague, or a newer answer, was faster. */
  | Outcome<GivenAnswer, 'decided'>

type Decider = { scope: CompanyScope; userId: number; name: string }

/** A person says what an uncertain text means. The answer counts as the person's own, with the name of who read it. */
export async function confirmReading(deps: Pick<Deps, 'db'>, decider: Decider, replyId: number, given: Answer & { baseVersion: number }): Promise<DecisionOutcome> {
  const { scope, userId, name } = decider
  return deps.db.transaction().execute(async (trx): Promise<DecisionOutcome> => {
    const text = await lockDecision(trx, scope, replyId)
    if (!text) return refused('unknown')
    const { sent } = text.state === 'confirmed' ? await findAnswerState(trx, scope, text.recipient_id, formIdOf(replyId)) : {}
    // The same button pressed twice.
    if (sent && isSameAnswer(sent, given)) return done(sent)
    if (text.state !== 'uncertain') return refused('decided')
    const outcome = await writeAnswer(trx, scope, text.recipient_id, { ...given, formId: formIdOf(replyId), source: 'reply', by: { id: userId, name } })
    if (!outcome.ok) return outcome
    await settleReading(trx, scope, replyId, { state: 'confirmed', by: userId })
    await dismissEarlier(trx, scope, text.recipient_id, { at: text.received_at, replyId })
    await noteDecision(trx, decider, 'reply.confirmed', text.recipient)
    return outcome
  })
}

/** « Ce n'est pas une réponse »: the text stays among the replies, and nothing else changes. */
export async function dismissReading(deps: Pick<Deps, 'db'>, decider: Decider, replyId: number): Promise<Outcome<true, 'unknown' | 'decided'>> {
  return deps.db.transaction().execute(async (trx): Promise<Outcome<true, 'unknown' | 'decided'>> => {
    const text = await lockDecision(trx, decider.scope, replyId)
    if (!text) return refused('unknown')
    if (text.state === 'dismissed') return done(true as const)
    if (text.state !== 'uncertain') return refused('decided')
    await settleReading(trx, decider.scope, replyId, { state: 'dismissed', by: decider.userId })
    await noteDecision(trx, decider, 'reply.dismissed', text.recipient)
    return done(true as const)
  })
}

/** The recipient before the text, as whoever writes an answer does: two who wait for each other would wait for ever. */
async function lockDecision(trx: Transaction<DB>, scope: CompanyScope, replyId: number): Promise<(ReplyReading & { recipient: Answered }) | undefined> {
  const found = await findReading(trx, scope, replyId)
  const recipient = found && (await lockRecipient(trx, scope, found.recipient_id))
  const text = recipient && (await lockReading(trx, scope, replyId))
  return text && { ...text, recipient }
}

async function noteDecision(trx: Transaction<DB>, { scope, userId }: Decider, action: 'reply.confirmed' | 'reply.dismissed', { candidateId, campaignId }: Answered): Promise<void> {
  await recordInJournal(trx, { companyId: scope.companyId, userId, action, ...(candidateId === null ? { subjectKind: 'campaign', subjectId: campaignId } : { subjectKind: 'candidate', subjectId: candidateId }) })
  await tell(trx, [`campaign:${campaignId}`, ...(candidateId === null ? [] : [`candidate:${candidateId}` as const])])
}

/** One text is one version of an answer, however often it is read. */
function formIdOf(replyId: number): string {
  const hex = createHash('sha256').update(`reply ${replyId}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
