import { sql, type Transaction } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'
import type { AudienceCounts } from './audience.domain.ts'
import { ACTION_FROM } from './domain.ts'

/**
 * Draft becomes a running campaign, if it is still the draft that was shown. The row stays locked until the end of the
 * transaction, so every other click waits here and then finds the draft gone.
 */
export async function moveToInProcess(
  trx: Transaction<DB>,
  scope: CompanyScope,
  launch: { campaignId: number; version: number; launchKey: string; userId: number; openDays: number },
) {
  return trx
    .updateTable('campaign')
    .set({
      status: 'in_process', launch_key: launch.launchKey, launched_by: launch.userId, updated_at: sql`app_now()`, launched_at: sql`app_now()`,
      start_on: sql`(app_now() at time zone time_zone)::date`, start_time: sql`(app_now() at time zone time_zone)::time(0)`,
      closes_at: sql`app_now() + make_interval(days => ${launch.openDays})`,
    })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', launch.campaignId)
    .where('version', '=', launch.version)
    .where('status', 'in', ACTION_FROM.launch)
    .returning(['template_id', 'closes_at'])
    .executeTakeFirst()
}

/** The first batch, due and running at once: nothing is planned yet. */
export async function insertFirstBatch(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into batch (company_id, campaign_id, no, local_date, due_at, state, started_at)
    select company_id, id, 1, start_on, app_now(), 'running', app_now() from campaign where company_id = ${scope.companyId} and id = ${campaignId}
    returning id`.execute(trx)
  return rows[0]!.id
}

export type FrozenRecipient = {
  id: number
  candidate_id: number | null
  rank: number
  e164: string
  code: string
  language: Language
  first_name: string
  last_name: string
  trade: string
  town: string
}

/** The next recipients of a campaign in rank order, with what their text needs. */
export async function listFrozen(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, afterRank: number, limit: number): Promise<FrozenRecipient[]> {
  const rows = await trx
    .selectFrom('recipient as r')
    .innerJoin('candidate as c', (join) => join.onRef('c.company_id', '=', 'r.company_id').onRef('c.id', '=', 'r.candidate_id'))
    .select(['r.id', 'r.candidate_id', 'r.rank', 'r.e164', 'r.code', 'r.language', 'c.first_name', 'c.last_name'])
    .select([sql<string>`coalesce(c.trade, '')`.as('trade'), sql<string>`coalesce(c.town, '')`.as('town')])
    .where('r.company_id', '=', scope.companyId)
    .where('r.campaign_id', '=', campaignId)
    .where('r.rank', '>', afterRank)
    .orderBy('r.rank')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, language: row.language as Language }))
}

/** What left for the company on the day that it is there, in segments. */
export async function findSpentToday(db: Db, scope: CompanyScope): Promise<{ on: CalendarDate; segments: number }> {
  const { rows } = await sql<{ on: CalendarDate; segments: number }>`
    select today as on, coalesce((select segments from day_spend where company_id = ${scope.companyId} and local_date = today), 0) as segments
    from (select (app_now() at time zone time_zone)::date as today from company where id = ${scope.companyId}) as c`.execute(db)
  return rows[0]!
}

export async function saveCounts(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, counts: AudienceCounts): Promise<void> {
  await trx.updateTable('campaign').set({ audience_counts: JSON.stringify(counts) }).where('company_id', '=', scope.companyId).where('id', '=', campaignId).execute()
}
