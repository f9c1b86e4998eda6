/** What closes a campaign, in its columns; and closing it when it has enough. */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { isUnclosed } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { AnswerPlan } from './closing.domain.ts'
import { ACTION_FROM, type CampaignStatus } from './domain.ts'
import { seenOf, type Seen } from './moves.queries.ts'
import { answersOf } from './progress.queries.ts'
import type { Texts } from './queries.ts'

export function planColumns(plan: AnswerPlan) {
  return {
    close_on: plan.closeOn, close_time: plan.closeTime, close_at_yes: plan.closeAtYes, remind_after_hours: plan.remindAfterHours, wave_size: plan.waveSize, wave_minutes: plan.waveMinutes,
  }
}

/** The words of the second text of campaign `c`, where they are not the usual ones. */
export const reminderTexts = sql<Texts>`(select coalesce(jsonb_object_agg(y.language, y.body), '{}') from campaign_reminder_text y where y.campaign_id = c.id)`

export async function replaceReminderTexts(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, texts: Texts): Promise<void> {
  await trx.deleteFrom('campaign_reminder_text').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
  const rows = Object.entries(texts).filter(([, body]) => body !== '').map(([language, body]) => ({ company_id: scope.companyId, campaign_id: campaignId, language, body }))
  if (rows.length > 0) await trx.insertInto('campaign_reminder_text').values(rows).execute()
}

export async function countYes(db: Db, scope: CompanyScope, campaignId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from campaign c cross join lateral ${answersOf(sql`c.id`)} as a where c.company_id = ${scope.companyId} and c.id = ${campaignId} and a.choice = 'yes'`.execute(db)
  return rows[0]!.n
}

export async function countPeople(db: Db, scope: CompanyScope, campaignId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from recipient where company_id = ${scope.companyId} and campaign_id = ${campaignId}`.execute(db)
  return rows[0]!.n
}

/** Holds the campaign until the transaction ends: of several answers at once, each counts those that committed before it. */
export async function holdTarget(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await sql`select id from campaign where company_id = ${scope.companyId} and id = ${campaignId} for no key update`.execute(trx)
}

/** Closes the campaign that is held if it has its OUI, and says with how many; undefined when it has not, or is closed already. */
export async function closeWithEnough(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<{ yes: number; created_by: number; launched_by: number | null } | undefined> {
  const { rows } = await sql<{ yes: number; created_by: number; launched_by: number | null }>`
    with counted as materialized (select count(*) as yes from ${answersOf(sql`${campaignId}`)} as a where a.choice = 'yes'),
    closed as (
      update campaign c set closed_at = app_now(), updated_at = app_now() from counted
      where c.company_id = ${scope.companyId} and c.id = ${campaignId} and c.closed_at is null and c.closes_at > app_now() and counted.yes >= c.close_at_yes
      returning c.company_id, c.id, counted.yes, c.created_by, c.launched_by
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind, detail) select company_id, id, 'closed_by_yes', jsonb_build_object('yes', yes) from closed
    )
    select yes, created_by, launched_by from closed`.execute(trx)
  return rows[0]
}

/** The campaign's row, held until the transaction ends; undefined for another company's. */
export async function lockForAnswers(trx: Transaction<DB>, scope: CompanyScope, id: number) {
  const row = await trx
    .selectFrom('campaign as c')
    .select(['status', 'time_zone', 'closes_at', 'closed_at', 'close_on', 'close_time', 'close_at_yes', 'remind_after_hours', 'wave_size', 'wave_minutes', 'ends_at', 'starts_at', seenOf.as('seen')])
    .select(sql<Date>`app_now()`.as('now'))
    .select(isUnclosed.as('is_open'))
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && { ...row, status: row.status as CampaignStatus, seen: row.seen as Seen }
}

/** New figures for a campaign that is under way. An answer that comes later than the new closing is refused, an earlier one stands. */
export async function saveAnswerPlan(trx: Transaction<DB>, scope: CompanyScope, id: number, plan: AnswerPlan, closesAt: Date): Promise<void> {
  await trx
    .updateTable('campaign')
    .set({ ...planColumns(plan), closes_at: closesAt, closed_at: null, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', ACTION_FROM.answers)
    .execute()
}

export type Closing = { id: number; company_id: number; name: string; created_by: number; launched_by: number | null; closes_at: Date; waiting: number }

/** Campaigns that close within so many hours and were open for longer than that, each of them once for each closing. */
export async function takeClosing(trx: Transaction<DB>, hours: number): Promise<Closing[]> {
  const { rows } = await sql<Closing>`
    with soon as (
      select id from campaign
      where closed_at is null and closing_told is distinct from closes_at and closes_at > app_now() and closes_at <= app_now() + make_interval(hours => ${hours})
        and status in ('in_process', 'completed', 'paused', 'suspended', 'error')
      order by id limit 50 for no key update skip locked
    ), told as (
      update campaign c set closing_told = closes_at from soon where c.id = soon.id returning c.*
    )
    select id, company_id, name, created_by, launched_by, closes_at,
      (select count(*) from recipient r where r.campaign_id = told.id and not exists (select from answer a where a.recipient_id = r.id)) as waiting
    from told where closes_at - launched_at > make_interval(hours => ${hours})`.execute(trx)
  return rows
}
