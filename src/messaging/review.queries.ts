/** What people do with texts they have read. */
import { sql, type Transaction } from 'kysely'
import { lockingPhones } from '../consent/queries.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

export type HeldReply = { id: number; e164: string; candidate_id: number | null; campaign_id: number | null; review: 'waiting' | 'stop' | 'not_stop' | null; reviewer: string | null }

/** The text and its number, held still until the transaction ends: numbers first, as whoever takes a STOP does. */
export async function lockReply(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<HeldReply | undefined> {
  const known = await trx.selectFrom('reply').select('e164').where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  if (!known) return undefined
  await lockingPhones([{ companyId: scope.companyId, e164: known.e164 }]).execute(trx)
  const { rows } = await sql<HeldReply>`
    select y.id, y.e164, y.candidate_id, y.campaign_id, y.review, (select u.name from app_user u where u.id = y.reviewed_by) as reviewer
    from reply y where y.company_id = ${scope.companyId} and y.id = ${id} for no key update of y`.execute(trx)
  return rows[0]
}

/** One text was no STOP. True when no other of the number waits to be read. */
export async function dismissReview(trx: Transaction<DB>, scope: CompanyScope, { id, e164, userId }: { id: number; e164: string; userId: number }): Promise<boolean> {
  await sql`
    update reply set review = 'not_stop', reviewed_at = app_now(), reviewed_by = ${userId}, handled_as = 'text', read_at = coalesce(read_at, app_now()), read_by = coalesce(read_by, ${userId}),
      -- It may be an answer all the same.
      reading_state = case when is_complete and reading_state = 'none' then 'waiting' else reading_state end
    where company_id = ${scope.companyId} and id = ${id} and review = 'waiting'`.execute(trx)
  const { rows } = await sql<{ isLast: boolean }>`
    select not exists (select from reply where company_id = ${scope.companyId} and e164 = ${e164} and review = 'waiting') as "isLast"`.execute(trx)
  return rows[0]!.isLast
}

/** What waited for the decision comes to the gate again, which knows it. */
export async function endReviewWaits(trx: Transaction<DB>, scope: CompanyScope, e164: string): Promise<void> {
  await sql`
    update message set next_attempt_at = app_now(), wait_reason = null
    where id in (
      select id from message where company_id = ${scope.companyId} and e164 = ${e164} and state = 'queued' and wait_reason = 'review' order by id for no key update skip locked)`.execute(trx)
}

/** False when it is nobody's of this company. */
export async function markRead(db: Db, scope: CompanyScope, { id, userId, isRead }: { id: number; userId: number; isRead: boolean }): Promise<boolean> {
  const result = await sql`
    update reply set read_at = ${isRead ? sql`coalesce(read_at, app_now())` : sql`null`}, read_by = ${isRead ? sql`coalesce(read_by, ${userId})` : sql`null`}
    where company_id = ${scope.companyId} and id = ${id}`.execute(db)
  return Number(result.numAffectedRows ?? 0) > 0
}

/** Everything up to what the page showed; returns how many. What may be a STOP stays unread until somebody decides. */
export async function markAllRead(db: Db, scope: CompanyScope, asked: { upTo: number; userId: number; campaignId: number | null; candidateId: number | null }): Promise<number> {
  const result = await sql`
    update reply set read_at = app_now(), read_by = ${asked.userId}
    where company_id = ${scope.companyId} and read_at is null and id <= ${asked.upTo} and review is distinct from 'waiting'
      and (${asked.campaignId}::bigint is null or campaign_id = ${asked.campaignId}) and (${asked.candidateId}::bigint is null or candidate_id = ${asked.candidateId})`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/** The text and all that came from the same number without a person, or with the same wrong one, belong to this record; returns how many. */
export async function assignReplies(trx: Transaction<DB>, scope: CompanyScope, asked: { reply: HeldReply; candidateId: number; userId: number }): Promise<number> {
  const { id, e164, candidate_id: before } = asked.reply
  const result = await sql`
    update reply set candidate_id = ${asked.candidateId}, assigned_by = ${asked.userId}
    where company_id = ${scope.companyId} and e164 = ${e164} and (id = ${id} or candidate_id is not distinct from ${before}::bigint) and candidate_id is distinct from ${asked.candidateId}
      and exists (select from candidate c where c.company_id = ${scope.companyId} and c.id = ${asked.candidateId})`.execute(trx)
  return Number(result.numAffectedRows ?? 0)
}
