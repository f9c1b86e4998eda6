import { sql, type Transaction } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { UNSENT_STATES } from '../messaging/domain.ts'
import type { CampaignStatus } from './domain.ts'
import { seenOf, type Seen } from './moves.queries.ts'
import type { BatchLeft, DatedBatch, Left } from './replan.domain.ts'
import type { Start } from './schedule.domain.ts'

/** The campaign's row, held until the transaction ends; undefined for another company's. */
export async function lockForReplan(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<{ status: CampaignStatus; seen: Seen } | undefined> {
  const row = await trx
    .selectFrom('campaign')
    .select(['status', seenOf.as('seen')])
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return row && { status: row.status as CampaignStatus, seen: row.seen }
}

/**
 * What of a campaign has no date it can keep. `planned`: batches that have not begun, while a running one goes on.
 * `unfinished`: everything that has something to send, of a campaign that stands still.
 */
export async function findLeft(db: Db, scope: CompanyScope, campaignId: number, which: 'planned' | 'unfinished'): Promise<Left & { planned: { on: CalendarDate; at: Date } | undefined }> {
  const { rows } = await sql<BatchLeft & { waveMinutes: number; isLeft: boolean; localDate: CalendarDate; dueAt: Date; zone: string; now: Date }>`
    select b.id, b.no, b.kind, coalesce(c.wave_minutes, 0) as "waveMinutes", b.local_date as "localDate", b.due_at as "dueAt", waiting.count as waiting, c.time_zone as zone, app_now() as now,
      b.state = 'planned' or (${which === 'unfinished'} and (b.state = 'held' or (b.state = 'running' and waiting.unsent > 0))) as "isLeft"
    from campaign c
    left join batch b on b.company_id = c.company_id and b.campaign_id = c.id and b.state <> 'cancelled'
    cross join lateral (
      select count(*) as unsent, count(*) filter (where m.state <> 'submitting') as count from message m where m.batch_id = b.id and m.state = any(${[...UNSENT_STATES]}::text[])
    ) as waiting
    where c.company_id = ${scope.companyId} and c.id = ${campaignId}
    order by b.no`.execute(db)
  const batches = rows.filter((row) => row.isLeft)
  const taken = rows.filter((row) => !row.isLeft && row.kind === 'daily').map((row) => row.localDate)
  const [first] = batches
  return {
    zone: rows[0]!.zone, now: rows[0]!.now, takenUntil: taken.sort().at(-1) ?? null,
    waveMinutes: rows[0]!.waveMinutes, batches: batches.map(({ id, no, kind, waiting }) => ({ id, no, kind, waiting })),
    planned: first && { on: first.localDate, at: first.dueAt },
  }
}

/** One statement for all batches; equal days in between do no harm. A batch that has sent something keeps its real start. */
export async function saveDates(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, dated: readonly DatedBatch[]): Promise<void> {
  await sql`
    update batch b set state = 'planned', local_date = new.local_date, due_at = new.due_at,
      started_at = case when exists (select from message m where m.batch_id = b.id and ${wasHandedOver}) then b.started_at end
    from unnest(${dated.map(({ id }) => id)}::bigint[], ${dated.map(({ localDate }) => localDate)}::date[], ${dated.map(({ dueAt }) => dueAt.toISOString())}::timestamptz[]) as new (id, local_date, due_at)
    where b.id = new.id and b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId}`.execute(trx)
}

/**
 * The campaign after its batches got new dates. Answers are taken as long after the last batch as before. `goesOn`: it stood
 * still; it is in process if ever something was handed over, else scheduled (S80).
 */
export async function saveReplanned(
  trx: Transaction<DB>,
  scope: CompanyScope,
  id: number,
  change: { start: Start; allowWeekends: boolean; goesOn: boolean; isReleased: boolean },
): Promise<{ closes_at: Date | null }> {
  const { rows } = await sql<{ closes_at: Date | null }>`
    update campaign c set
      status = case when not ${change.goesOn} then c.status
        when exists (select from message m where m.campaign_id = c.id and m.purpose = 'campaign' and ${wasHandedOver}) then 'in_process' else 'scheduled' end,
      status_reason = case when ${change.goesOn} then null else c.status_reason end,
      status_detail = case when ${change.goesOn} then '{}' else c.status_detail end,
      released_at = case when ${change.isReleased} then app_now() else c.released_at end,
      start_on = ${change.start.on}::date, start_time = ${change.start.time}::time, allow_weekends = ${change.allowWeekends},
      starts_at = coalesce(plan.first_at, c.starts_at), ends_at = coalesce(plan.last_at, c.ends_at),
      -- A closing that a person chose stands.
      closes_at = case when c.close_on is null then c.closes_at + greatest(coalesce(plan.last_at - c.ends_at, '0'), '0') else c.closes_at end,
      updated_at = app_now()
    from (
      select min(coalesce(b.started_at, b.due_at)) as first_at, max(b.due_at) as last_at from batch b
      where b.company_id = ${scope.companyId} and b.campaign_id = ${id} and b.state <> 'cancelled'
    ) as plan
    where c.company_id = ${scope.companyId} and c.id = ${id}
    returning c.closes_at`.execute(trx)
  return rows[0]!
}

/** Codes of a campaign whose links would be forgotten before its answers close. */
export async function listShortLivedCodes(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, closesAt: Date): Promise<string[]> {
  const rows = await trx
    .selectFrom('recipient as r')
    .innerJoin('short_link as l', (join) => join.onRef('l.company_id', '=', 'r.company_id').onRef('l.code', '=', 'r.code'))
    .select('r.code')
    .where('r.company_id', '=', scope.companyId)
    .where('r.campaign_id', '=', campaignId)
    .where('l.expires_at', '<', closesAt)
    .execute()
  return rows.map(({ code }) => code)
}

/** Whether the provider may have it, or had it. */
const wasHandedOver = sql`m.state not in ('queued', 'leased', 'skipped', 'cancelled')`
