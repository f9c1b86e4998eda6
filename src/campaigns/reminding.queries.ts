/** Reminders to many, which a worker makes. */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Texts } from './queries.ts'

const lockKey = (campaignId: number) => sql`hashtextextended('campaigns.remind', ${campaignId})`

/**
 * One reminder of a campaign at a time, until the transaction ends. Not the campaign itself: writing many texts takes a while, and
 * answers that may close the campaign would wait for it. Waits for another one at work, as long as the database waits for anything.
 */
export async function holdReminding(trx: Transaction<DB>, campaignId: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(${lockKey(campaignId)})`.execute(trx)
}

/** The same without waiting: false when somebody is at work on one. */
export async function holdRemindingIfFree(db: Transaction<DB> | Db, campaignId: number): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(${lockKey(campaignId)}) as taken`.execute(db)
  return rows[0]!.taken
}

export type ReminderAsked = NonNullable<Awaited<ReturnType<typeof findAsked>>>

/** The last reminder of this campaign that was asked of a worker. */
export async function findAsked(db: Db, scope: CompanyScope, campaignId: number) {
  const row = await db
    .selectFrom('reminder_request')
    .select(['campaign_id', 'request_key', 'people', 'texts', 'requested_by', 'written', 'refusal', 'answered_at'])
    .select(sql<number>`floor(extract(epoch from app_now() - requested_at))::int`.as('age_seconds'))
    .select(sql<number | null>`floor(extract(epoch from app_now() - answered_at))::int`.as('answered_seconds'))
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst()
  return row && { ...row, texts: row.texts as unknown as Texts }
}

/** In the place of an earlier one, which has its answer. */
export async function saveAsked(trx: Transaction<DB>, scope: CompanyScope, request: { campaignId: number; requestKey: string; people: number; texts: Texts; userId: number }): Promise<void> {
  const row = { request_key: request.requestKey, people: request.people, texts: JSON.stringify(request.texts), requested_by: request.userId }
  await trx
    .insertInto('reminder_request')
    .values({ company_id: scope.companyId, campaign_id: request.campaignId, ...row })
    .onConflict((conflict) => conflict.column('campaign_id').doUpdateSet({ ...row, requested_at: sql`app_now()`, written: 0, refusal: null, answered_at: null }))
    .execute()
}

/** How far it is, for pages that wait. Not inside its transaction: nobody would see it before the end. */
export async function noteTexts(db: Db, scope: CompanyScope, request: { campaignId: number; requestKey: string }, written: number): Promise<void> {
  await db.updateTable('reminder_request').set({ written }).where('company_id', '=', scope.companyId).where('campaign_id', '=', request.campaignId).where('request_key', '=', request.requestKey).execute()
}

/** Written, how many texts, or refused and why. A request that has its answer keeps it. */
export async function answerAsked(db: Db | Transaction<DB>, scope: CompanyScope, request: { campaignId: number; requestKey: string }, answer: { written: number; refusal: string | null }): Promise<void> {
  await db
    .updateTable('reminder_request')
    .set({ ...answer, answered_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', request.campaignId)
    .where('request_key', '=', request.requestKey)
    .where('answered_at', 'is', null)
    .execute()
}

/** True when there was one without an answer. */
export async function removeAsked(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('reminder_request').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).where('answered_at', 'is', null).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Those asked for longer ago that have no answer: whoever was at work was killed, or never came. Belongs to no company. */
export async function listUnanswered(db: Db, seconds: number): Promise<{ company_id: number; campaign_id: number }[]> {
  const { rows } = await sql<{ company_id: number; campaign_id: number }>`
    select company_id, campaign_id from reminder_request where answered_at is null and requested_at < app_now() - make_interval(secs => ${seconds}) order by requested_at`.execute(db)
  return rows
}
