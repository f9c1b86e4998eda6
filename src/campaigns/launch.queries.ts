import { sql, type Transaction } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { AudienceCounts } from './audience.domain.ts'
import { ACTION_FROM, type BatchKind } from './domain.ts'
import type { BatchPlan, Start } from './schedule.domain.ts'

/**
 * Holds a campaign until the transaction ends: every other click waits here, and then finds the draft gone. Somebody who only
 * refers to it, as a test message does, need not wait.
 */
export async function holdCampaign(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const row = await trx.selectFrom('campaign').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
  return row !== undefined
}

/** Like `holdCampaign`, without waiting: false when somebody else holds it. */
export async function holdCampaignIfFree(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const row = await trx.selectFrom('campaign').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).forNoKeyUpdate().skipLocked().executeTakeFirst()
  return row !== undefined
}

/**
 * For the rest of this transaction, statements may take as long as many rows need. Plans that the session made for foreign
 * keys while the tables were nearly empty are forgotten: they read whole tables for each row.
 */
export async function prepareForManyRows(trx: Transaction<DB>): Promise<void> {
  await sql`select set_config('statement_timeout', '300s', true), set_config('work_mem', '64MB', true)`.execute(trx)
  await sql`discard plans`.execute(trx)
}

/** Returns their ids, the first batch's first. */
export async function insertBatches(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, batches: readonly BatchPlan[], kind: BatchKind): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with planned as (
      insert into batch (company_id, campaign_id, kind, no, local_date, due_at)
      select ${scope.companyId}, ${campaignId}, ${kind}, plan.* from ${asRows(batches)}
      returning id, no
    )
    select id from planned order by no`.execute(trx)
  return rows.map(({ id }) => id)
}

/** The same batches at the moments that hold when the work is done. */
export async function moveBatches(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, batches: readonly BatchPlan[]): Promise<void> {
  await sql`
    update batch b set local_date = plan.local_date, due_at = plan.due_at from ${asRows(batches)}
    where b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId} and b.no = plan.no`.execute(trx)
}

function asRows(batches: readonly BatchPlan[]) {
  return sql`unnest(${batches.map(({ no }) => no)}::int[], ${batches.map(({ localDate }) => localDate)}::date[], ${batches.map(({ dueAt }) => dueAt)}::timestamptz[]) as plan (no, local_date, due_at)`
}

export type Launching = {
  campaignId: number
  version: number
  launchKey: string
  userId: number
  at: Date
  /** The first batch leaves at once: there is no time to take it back. */
  isImmediate: boolean
  /** What a person chose, or would have: the clock's date and time of the first batch. */
  start: Pick<Start, 'on' | 'time'>
  startsAt: Date
  endsAt: Date
  undoUntil: Date | null
  closesAt: Date
  counts: AudienceCounts
}

/** Draft becomes launched campaign, if it is still the draft that was shown; undefined when it is not. */
export async function moveToLaunched(trx: Transaction<DB>, scope: CompanyScope, launch: Launching): Promise<{ template_id: number | null } | undefined> {
  const moved = await trx
    .updateTable('campaign')
    .set({
      status: launch.isImmediate ? 'in_process' : 'scheduled', launch_key: launch.launchKey, launched_by: launch.userId, launched_at: launch.at, updated_at: launch.at,
      start_on: launch.start.on, start_time: launch.start.time, starts_at: launch.startsAt, ends_at: launch.endsAt, undo_until: launch.undoUntil, closes_at: launch.closesAt,
      audience_counts: JSON.stringify(launch.counts),
    })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', launch.campaignId)
    .where('version', '=', launch.version)
    .where('status', 'in', ACTION_FROM.launch)
    .returning('template_id')
    .executeTakeFirst()
  if (moved && launch.isImmediate) await startFirstBatch(trx, scope, launch.campaignId)
  return moved
}

async function startFirstBatch(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await trx.updateTable('batch').set({ state: 'running', started_at: sql`app_now()` }).where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).where('no', '=', 1).execute()
}

/** What left for the company on the day that it is there, in segments. */
export async function findSpentToday(db: Db, scope: CompanyScope): Promise<{ on: CalendarDate; segments: number }> {
  const { rows } = await sql<{ on: CalendarDate; segments: number }>`
    select today as on, coalesce((select segments from day_spend where company_id = ${scope.companyId} and local_date = today), 0) as segments
    from (select (app_now() at time zone time_zone)::date as today from company where id = ${scope.companyId}) as c`.execute(db)
  return rows[0]!
}
