import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

export type LaunchRequest = NonNullable<Awaited<ReturnType<typeof findLaunchRequest>>>

/** The last launch of this campaign that was asked of a worker. */
export async function findLaunchRequest(db: Db, scope: CompanyScope, campaignId: number) {
  return db
    .selectFrom('launch_request')
    .select(['campaign_id', 'launch_key', 'version', 'recipients', 'requested_by', 'requested_at', 'written', 'refusal', 'answered_at'])
    .select(sql<number>`floor(extract(epoch from app_now() - requested_at))::int`.as('age_seconds'))
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst()
}

/** In the place of an earlier one, which has its answer. */
export async function saveLaunchRequest(
  trx: Transaction<DB>,
  scope: CompanyScope,
  request: { campaignId: number; launchKey: string; version: number; recipients: number; userId: number },
): Promise<void> {
  const row = { launch_key: request.launchKey, version: request.version, recipients: request.recipients, requested_by: request.userId }
  await trx
    .insertInto('launch_request')
    .values({ company_id: scope.companyId, campaign_id: request.campaignId, ...row })
    .onConflict((conflict) => conflict.column('campaign_id').doUpdateSet({ ...row, requested_at: sql`app_now()`, written: 0, refusal: null, answered_at: null }))
    .execute()
}

/** How far it is, for the page that waits. Not inside the launch: nobody would see it before the end. */
export async function noteWritten(db: Db, scope: CompanyScope, request: { campaignId: number; launchKey: string }, written: number): Promise<void> {
  await db.updateTable('launch_request').set({ written }).where('company_id', '=', scope.companyId).where('campaign_id', '=', request.campaignId).where('launch_key', '=', request.launchKey).execute()
}

/** Launched, or refused and why. A request that has its answer keeps it. */
export async function answerLaunchRequest(db: Db, scope: CompanyScope, request: { campaignId: number; launchKey: string }, refusal: string | null): Promise<void> {
  await db
    .updateTable('launch_request')
    .set({ refusal, answered_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', request.campaignId)
    .where('launch_key', '=', request.launchKey)
    .where('answered_at', 'is', null)
    .execute()
}

/** True when there was one without an answer. */
export async function removeLaunchRequest(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('launch_request').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).where('answered_at', 'is', null).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Whether somebody is at work on the campaign this moment. */
export async function isHeld(db: Db, scope: CompanyScope, campaignId: number): Promise<boolean> {
  const row = await db.selectFrom('campaign').select('id').where('company_id', '=', scope.companyId).where('id', '=', campaignId).forNoKeyUpdate().skipLocked().executeTakeFirst()
  return row === undefined
}

/** Launches that were asked for longer ago and that nobody works on: whoever did was killed, or never came. Belongs to no company. */
export async function listForgotten(db: Db, seconds: number): Promise<{ company_id: number; campaign_id: number }[]> {
  const { rows } = await sql<{ company_id: number; campaign_id: number }>`
    select q.company_id, q.campaign_id from launch_request q join campaign c on c.company_id = q.company_id and c.id = q.campaign_id
    where q.answered_at is null and q.requested_at < app_now() - make_interval(secs => ${seconds})
    order by q.requested_at for no key update of c skip locked`.execute(db)
  return rows
}

/** What the planner must know of many new rows at once: the server would look only in a minute, the embedded database much later. */
export async function refreshStatistics(db: Db): Promise<void> {
  await sql`analyze short_link, recipient, recipient_profile, campaign_exclusion, message`.execute(db)
}

/** Whether the planner has looked at the texts since. */
export async function hasStatisticsSince(db: Db, moment: Date): Promise<boolean> {
  const { rows } = await sql<{ is_fresh: boolean }>`
    select coalesce(greatest(last_analyze, last_autoanalyze) > ${moment}, false) as is_fresh from pg_stat_user_tables where relid = 'message'::regclass`.execute(db)
  return rows[0]?.is_fresh ?? false
}
