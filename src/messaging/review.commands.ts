import type { Transaction } from 'kysely'
import type { Actor as Editor } from '../candidates/people.commands.ts'
import { lockPerson } from '../candidates/people.queries.ts'
import { addNumber } from '../candidates/phones.commands.ts'
import { recordOptOut, releaseNumber } from '../consent/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { tell } from '../notifications/commands.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import type { Viewer } from '../web/viewer.ts'
import type { HeldReply } from './review.queries.ts'
import { assignReplies, dismissReview, endReviewWaits, lockReply } from './review.queries.ts'
import { endReviews } from './replies.queries.ts'

type Actor = Pick<Viewer, 'scope' | 'userId'>
export type Decision = 'stop' | 'not_stop'

/**
 * A person has read a text that may be a STOP. The first to decide decides; `decided` says how and by whom. Texts to the number
 * that waited for it go to the gate again, which lets them pass or skips them.
 */
export async function decideReview({ db }: Pick<Deps, 'db'>, actor: Actor, id: number, decision: Decision): Promise<Outcome<HeldReply, 'not_found' | 'decided', { as: Decision; by: string | null } | undefined>> {
  return db.transaction().execute(async (trx) => {
    const reply = await lockReply(trx, actor.scope, id)
    if (!reply || reply.review === null) return refused('not_found', undefined)
    if (reply.review !== 'waiting') return refused('decided', { as: reply.review, by: reply.reviewer })
    if (decision === 'stop') await closeNumber(trx, actor, reply)
    else await openNumber(trx, actor, reply)
    await endReviewWaits(trx, actor.scope, reply.e164)
    await tell(trx, [`replies:${actor.scope.companyId}`])
    await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: decision === 'stop' ? 'reply.was_stop' : 'reply.was_no_stop', ...subjectOf(reply) })
    return done(reply)
  })
}

/** Somebody reads a text, or hears, that a number without a record wants no more SMS. */
export async function optOutNumber({ db }: Pick<Deps, 'db'>, actor: Actor, id: number): Promise<Outcome<{ isNew: boolean; e164: string }, 'not_found'>> {
  return db.transaction().execute(async (trx) => {
    const reply = await lockReply(trx, actor.scope, id)
    if (!reply || reply.e164.startsWith('+0')) return refused('not_found')
    const isNew = await closeNumber(trx, actor, reply)
    await tell(trx, [`replies:${actor.scope.companyId}`])
    if (isNew) await recordInJournal(trx, { companyId: actor.scope.companyId, userId: actor.userId, action: 'reply.was_stop', ...subjectOf(reply) })
    return done({ isNew, e164: reply.e164 })
  })
}

/** What became of the number: on the record now, there before, no room for it, or nobody wanted it there. */
export type Assigned = { count: number; number: 'added' | 'there' | 'full' | 'left' }

/** The texts of a number belong to a person; nobody was known, or several are. `addsNumber`: it goes onto their record, too. */
export async function assignReply(deps: Pick<Deps, 'db' | 'config'>, actor: Editor, id: number, candidateId: number, addsNumber = false): Promise<Outcome<Assigned, 'not_found'>> {
  const { scope } = actor
  return deps.db.transaction().execute(async (trx) => {
    // The record before the number, as whoever edits it does: two who wait for each other would wait for ever.
    if (addsNumber && !(await lockPerson(trx, scope, candidateId))) return refused('not_found')
    const reply = await lockReply(trx, scope, id)
    if (!reply || reply.e164.startsWith('+0')) return refused('not_found')
    const added = addsNumber ? await addNumber(trx, deps, actor, candidateId, reply.e164) : undefined
    const count = await assignReplies(trx, scope, { reply, candidateId, userId: actor.userId })
    if (count > 0) await recordInJournal(trx, { companyId: scope.companyId, userId: actor.userId, action: 'reply.assigned', subjectKind: 'candidate', subjectId: candidateId, detail: { count } })
    await tell(trx, [`replies:${scope.companyId}`, `candidate:${candidateId}`])
    return done({ count, number: !added ? 'left' : !added.ok ? 'full' : added.value.isNew ? 'added' : 'there' })
  })
}

/** The person's own word, in a colleague's reading: nobody texts over it, and the colleague may take it back. */
async function closeNumber(trx: Transaction<DB>, { scope, userId }: Actor, reply: HeldReply): Promise<boolean> {
  const isNew = await recordOptOut(trx, scope, { e164: reply.e164, source: 'sms', userId, campaignId: reply.campaign_id })
  await endReviews(trx, scope, { e164: reply.e164, as: 'stop', userId })
  return isNew
}

async function openNumber(trx: Transaction<DB>, { scope, userId }: Actor, reply: HeldReply): Promise<void> {
  const isLast = await dismissReview(trx, scope, { id: reply.id, e164: reply.e164, userId })
  if (isLast) await releaseNumber(trx, scope, { e164: reply.e164, userId })
}

function subjectOf({ candidate_id }: HeldReply): { subjectKind: string; subjectId: number } | Record<never, never> {
  return candidate_id === null ? {} : { subjectKind: 'candidate', subjectId: candidate_id }
}
