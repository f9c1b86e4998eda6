import type { Transaction } from 'kysely'
import { settingsFrom } from '../companies/settings.ts'
import { hearErased } from '../consent/erased.queries.ts'
import { holdNumber, recordOptIn, recordOptOut, releaseNumber } from '../consent/queries.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { announce } from '../notifications/commands.ts'
import { listListeners } from '../notifications/queries.ts'
import { looksAutomatic } from '../sms/automatic.ts'
import { detectKeyword, type Keyword } from '../sms/keywords.ts'
import { confirmStop } from './confirmations.commands.ts'
import { isOvertaken, isReopenedBy, ownerOfText, ownersOfStop, wordOf, type HandledAs, type ReplyContext, type ReplyOwner } from './replies.domain.ts'
import { endReviews, insertReply, listReplyContexts, listReviewers } from './replies.queries.ts'
import { endReviewWaits } from './review.queries.ts'

export type InboundResult = 'applied' | 'unknown_sender' | 'unknown_number' | 'not_a_number' | 'erased' | 'part' | 'joined' | 'duplicate' | 'incomplete'

/** A text from a person to one of our numbers, all of it or what there is of it. */
export type IncomingText = {
  e164: string
  sender: string
  body: string
  providerId: string
  /** By the network's clock; null when it does not say. */
  saidAt: Date | null
  isComplete: boolean
  /** Its first part alone was a STOP, whatever follows it. */
  isStop?: boolean
}

export type InboundDeps = Pick<Deps, 'config'>

/** One text from a person, in the caller's transaction. A STOP is in force once that commits. */
export async function takeText(deps: InboundDeps, trx: Transaction<DB>, text: IncomingText): Promise<InboundResult> {
  const { keyword, handledAs } = wordOf(text.isStop ? { kind: 'stop' } : detectKeyword(text.body))
  const heard = await hearText(deps, trx, text, { keyword, handledAs })
  if (typeof heard === 'string') return heard
  for (const { owner, handledAs: as } of heard) {
    const scope = companyScope(owner.companyId)
    const id = await insertReply(trx, scope, {
      e164: text.e164, sender: text.sender, body: text.body, providerId: text.providerId, saidAt: text.saidAt, isComplete: text.isComplete, keyword, handledAs: as,
      isAutomatic: keyword === 'none' && looksAutomatic(text.body), candidateId: owner.candidateId,
      ...(owner.isInWindow ? { messageId: owner.messageId, campaignId: owner.campaignId, recipientId: owner.recipientId } : { messageId: null, campaignId: null, recipientId: null }),
    })
    if (id !== undefined) await tellOf(trx, scope, { id, owner, handledAs: as })
  }
  return heard.length > 0 || keyword !== 'none' ? 'applied' : 'unknown_number'
}

/** Whoever sent what is answered, or was chosen to hear of it, gets the text (S108). Where a machine has dealt with it, there is nothing to be told. */
async function tellOf(trx: Transaction<DB>, scope: CompanyScope, { id, owner, handledAs }: { id: number; owner: ReplyOwner; handledAs: HandledAs }): Promise<void> {
  if (handledAs === 'stop' || handledAs === 'start') return
  const told = owner.isInWindow ? await toldOf(trx, scope, owner) : []
  const userIds = told.length === 0 && handledAs === 'review' ? await listReviewers(trx, scope) : told
  await announce(trx, scope, {
    kind: handledAs === 'review' ? 'stop_to_review' : 'reply_received', userIds, campaignId: campaignOf(owner), candidateId: owner.candidateId, dedupeKey: `reply:${id}`, params: { reply: id },
  })
}

/** What a campaign sent is for whoever was chosen to hear of it; a test is for who asked for it. */
async function toldOf(trx: Transaction<DB>, scope: CompanyScope, { campaignId, senderId }: ReplyOwner): Promise<number[]> {
  if (campaignId !== null) return listListeners(trx, scope, campaignId)
  return senderId === null ? [] : [senderId]
}

/** What a part says at once, before the rest has come: a STOP is in force, and what may be one holds the number. */
export async function hearPart(deps: InboundDeps, trx: Transaction<DB>, text: IncomingText, found: Keyword): Promise<void> {
  const word = wordOf(found)
  if (word.handledAs === 'stop' || word.handledAs === 'review') await hearText(deps, trx, text, word)
}

type Heard = { owner: ReplyOwner; handledAs: HandledAs }

/** Who may be texted from now on, and whose the text is. */
async function hearText(deps: InboundDeps, trx: Transaction<DB>, text: IncomingText, { keyword, handledAs }: ReturnType<typeof wordOf>): Promise<Heard[] | InboundResult> {
  const everybody = (await listReplyContexts(trx, text)).map(toOwner)
  if (everybody.length === 0) return 'unknown_sender'
  const contexts = await withoutErased(everybody, ({ companyId }) => hearErased(trx, deps.config.secretKey, { companyId, e164: text.e164 }, keyword === 'stop' || keyword === 'start' ? keyword : 'none', 'sms'))
  if (contexts.length === 0) return 'erased'
  const answered = ownerOfText(contexts)
  if (keyword === 'stop') for (const context of contexts) await stop(trx, text, context)
  if (keyword === 'start') for (const context of contexts.filter((one) => isReopenedBy(one, answered))) await start(trx, text, context)
  if (keyword === 'stop') return ownersOfStop(contexts).map((owner) => ({ owner, handledAs }))
  if (!answered) return []
  const isHeld = handledAs === 'review' && (await holdNumber(trx, companyScope(answered.companyId), { e164: text.e164, campaignId: campaignOf(answered) }))
  // Who has opted out already need not be asked whether that is what they want.
  return [{ owner: answered, handledAs: handledAs === 'review' && !isHeld ? 'text' : handledAs }]
}

async function stop(trx: Transaction<DB>, text: IncomingText, context: ReplyOwner): Promise<void> {
  if (isOvertaken(context, 'stop', text.saidAt)) return
  const scope = companyScope(context.companyId)
  const isNews = await recordOptOut(trx, scope, { e164: text.e164, source: 'sms', campaignId: campaignOf(context) })
  if (isNews) await confirmStop(trx, scope, { e164: text.e164, sender: text.sender, candidateId: context.candidateId, rule: context.confirmation })
  if (context.isHeld) await endReviews(trx, scope, { e164: text.e164, as: 'stop' })
}

async function start(trx: Transaction<DB>, text: IncomingText, context: ReplyOwner): Promise<void> {
  if (isOvertaken(context, 'start', text.saidAt)) return
  const scope = companyScope(context.companyId)
  await recordOptIn(trx, scope, { e164: text.e164, source: 'sms', campaignId: campaignOf(context) })
  if (!context.isHeld || !(await releaseNumber(trx, scope, { e164: text.e164 }))) return
  await endReviews(trx, scope, { e164: text.e164, as: 'not_stop' })
  await endReviewWaits(trx, scope, text.e164)
}

/** A company that knows the number no more, because it erased the person, hears the STOP and keeps nothing else. */
async function withoutErased(owners: readonly ReplyOwner[], hear: (owner: ReplyOwner) => Promise<boolean>): Promise<ReplyOwner[]> {
  const kept: ReplyOwner[] = []
  for (const owner of owners) {
    const isUnknown = owner.messageId === null && owner.candidateId === null
    if (!isUnknown || !(await hear(owner))) kept.push(owner)
  }
  return kept
}

function toOwner(context: ReplyContext): ReplyOwner {
  const settings = settingsFrom(context.settings)
  return { ...context, isInWindow: context.ageDays !== null && context.ageDays <= settings['reply.window_days'], confirmation: settings['stop.confirmation'] }
}

function campaignOf({ isInWindow, campaignId }: ReplyOwner): number | null {
  return isInWindow ? campaignId : null
}
