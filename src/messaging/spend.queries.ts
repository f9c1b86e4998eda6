/**
 * Budgets, in segments: per campaign, and per company and day of its own. What was handed over is counted in a row that the
 * gate locks last (numbers, messages, campaigns' rows, days' rows), so that several workers cannot spend the same segment.
 * A row appears with the first hand-over under a budget, counted from what left before, and is kept right ever after;
 * without one, nothing is touched.
 */
import { sql, type Transaction } from 'kysely'
import type { SendingRules } from '../companies/sending-rules.ts'
import type { CalendarDate } from '../core/dates.ts'
import { prepared } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { HeldMessage } from './gate.domain.ts'

/** `room`: how many more segments may leave; null: they are counted, and nothing limits them any more. */
type Counted = { companyId: number; spent: number; budget: number | null; room: number | null }
export type Spending = { campaigns: (Counted & { campaignId: number })[]; days: (Counted & { on: CalendarDate })[] }

/** Locks the rows that these messages are counted in; undefined when there are none, as long as nobody has set a budget. */
export async function lockSpending(trx: Transaction<DB>, messages: readonly HeldMessage[], rules: ReadonlyMap<number, SendingRules>): Promise<Spending | undefined> {
  const ruleOf = ({ companyId }: { companyId: number }) => rules.get(companyId)
  const counted = messages.filter(({ purpose }) => purpose === 'campaign')
  const campaigns = counted.filter((message) => message.isCampaignCounted || (ruleOf(message)?.campaignBudget ?? null) !== null)
  const days = counted.filter((message) => message.isDayCounted || (ruleOf(message)?.dayBudget ?? null) !== null)
  if (campaigns.length === 0 && days.length === 0) return undefined
  const newCampaigns = campaigns.flatMap(({ isCampaignCounted, campaignId }) => (isCampaignCounted || campaignId === null ? [] : [campaignId]))
  if (newCampaigns.length > 0) await countCampaigns(trx, newCampaigns)
  const newDays = days.filter(({ isDayCounted }) => !isDayCounted)
  if (newDays.length > 0) await countDays(trx, newDays)
  const rows = await lockRows(trx, campaigns.flatMap(({ campaignId }) => campaignId ?? []), days)
  const limited = <Row extends { companyId: number; spent: number }>(row: Row, budget: number | null) => ({ ...row, budget, room: budget === null ? null : budget - row.spent })
  return {
    campaigns: rows.flatMap(({ campaignId, companyId, spent }) => (campaignId === null ? [] : [limited({ campaignId, companyId, spent }, ruleOf({ companyId })?.campaignBudget ?? null)])),
    days: rows.flatMap(({ on, companyId, spent }) => (on === null ? [] : [limited({ on, companyId, spent }, ruleOf({ companyId })?.dayBudget ?? null)])),
  }
}

/** What left before the first budget. Among several who find no row, one writes it; the others wait for that and take it. */
async function countCampaigns(trx: Transaction<DB>, ids: readonly number[]): Promise<void> {
  await sql`
    insert into campaign_spend (company_id, campaign_id, segments)
    select c.company_id, c.id, coalesce((
      select sum(m.segments) from message m join send_attempt a on a.message_id = m.id and a.outcome <> 'not_sent' where m.campaign_id = c.id and m.purpose = 'campaign'), 0)
    from campaign c where c.id = any(${[...new Set(ids)]}::bigint[]) order by c.id
    on conflict do nothing`.execute(trx)
}

/** Only batches that were under way on that day can have sent anything on it. */
async function countDays(trx: Transaction<DB>, messages: readonly HeldMessage[]): Promise<void> {
  await sql`
    insert into day_spend (company_id, local_date, segments)
    select day.company_id, day.local_date, coalesce((
      select sum(m.segments)
      from batch b
      join message m on m.batch_id = b.id
      join send_attempt a on a.message_id = m.id and a.outcome <> 'not_sent' and a.started_at >= day.begins_at
      where b.company_id = day.company_id and b.started_at is not null and (b.finished_at is null or b.finished_at >= day.begins_at)), 0)
    from (
      select distinct o.id as company_id, (given.at at time zone o.time_zone)::date as local_date, (given.at at time zone o.time_zone)::date::timestamp at time zone o.time_zone as begins_at
      from ${momentsOf(messages)} join company o on o.id = given.company_id
    ) day order by day.company_id
    on conflict do nothing`.execute(trx)
}

async function lockRows(trx: Transaction<DB>, campaignIds: readonly number[], days: readonly HeldMessage[]) {
  const { rows } = await sql<{ companyId: number; campaignId: number | null; on: CalendarDate | null; spent: number }>`${prepared}
    with campaigns as materialized (
      select company_id, campaign_id, segments from campaign_spend where campaign_id = any(${[...new Set(campaignIds)]}::bigint[]) order by campaign_id for no key update
    ), days as materialized (
      select company_id, local_date, segments from day_spend
      where (company_id, local_date) in (select o.id, (given.at at time zone o.time_zone)::date from ${momentsOf(days)} join company o on o.id = given.company_id)
        and (select count(*) from campaigns) >= 0
      order by company_id, local_date
      for no key update
    )
    select company_id as "companyId", campaign_id as "campaignId", null::date as "on", segments as spent from campaigns
    union all select company_id, null, local_date, segments from days`.execute(trx)
  return rows
}

/**
 * Query names for the statement of the gate: `budgeted` is `judged` with what no budget has room for. In the order of the
 * ids, which is that of the ranks; the day is asked only about what the campaign's budget lets through.
 */
export function budgeting(spending: Spending | undefined) {
  if (!spending) return sql`budgeted as (select *, false as is_over_campaign, false as is_over_day from judged),`
  const { campaigns, days } = spending
  return sql`
    within_campaign as (
      select j.*, coalesce(j.fate = 'go' and sum(j.segments) filter (where j.fate = 'go' and j.purpose = 'campaign') over (partition by j.campaign_id order by j.id) > room.segments, false) as is_over_campaign
      from judged j
      left join unnest(${campaigns.map(({ campaignId }) => campaignId)}::bigint[], ${campaigns.map(({ room }) => room)}::bigint[]) as room (campaign_id, segments)
        on room.campaign_id = j.campaign_id and j.purpose = 'campaign'
    ), budgeted as (
      select w.*, coalesce(w.fate = 'go' and not w.is_over_campaign
        and sum(w.segments) filter (where w.fate = 'go' and not w.is_over_campaign and w.purpose = 'campaign') over (partition by w.company_id order by w.id) > room.segments, false) as is_over_day
      from within_campaign w
      left join unnest(${days.map(({ companyId }) => companyId)}::bigint[], ${days.map(({ room }) => room)}::bigint[]) as room (company_id, segments)
        on room.company_id = w.company_id and w.purpose = 'campaign'
    ),`
}

/** What goes, `going`, is added to the rows that are locked. */
export function countingSegments(spending: Spending | undefined) {
  if (!spending) return sql``
  const { days } = spending
  return sql`
    counted_campaigns as (
      update campaign_spend s set segments = s.segments + more.segments
      from (select campaign_id, sum(segments) as segments from going where purpose = 'campaign' group by campaign_id) more where s.campaign_id = more.campaign_id
    ), counted_days as (
      update day_spend s set segments = s.segments + more.segments
      from (select company_id, sum(segments) as segments from going where purpose = 'campaign' group by company_id) more
      join unnest(${days.map(({ companyId }) => companyId)}::bigint[], ${days.map(({ on }) => on)}::date[]) as day (company_id, local_date) on day.company_id = more.company_id
      where s.company_id = more.company_id and s.local_date = day.local_date
    ),`
}

/**
 * Query names for the statement that records outcomes: what was proven not sent, by `attempt` with message, outcome and
 * start, costs nothing after all. Locked after the messages, and in the gate's order.
 */
export function givingBackSegments() {
  return sql`
    unsent as materialized (
      select m.company_id, m.campaign_id, (attempt.started_at at time zone o.time_zone)::date as local_date, sum(m.segments) as segments
      from attempt join message m on m.id = attempt.message_id join company o on o.id = m.company_id
      where attempt.outcome = 'not_sent' and m.purpose = 'campaign'
      group by 1, 2, 3
    ), unspent_campaigns as materialized (
      select campaign_id from campaign_spend where campaign_id in (select campaign_id from unsent) order by campaign_id for no key update
    ), unspent_days as materialized (
      select company_id, local_date from day_spend where (company_id, local_date) in (select company_id, local_date from unsent) and (select count(*) from unspent_campaigns) >= 0
      order by company_id, local_date
      for no key update
    ), given_back_campaigns as (
      update campaign_spend s set segments = greatest(0, s.segments - less.segments)
      from (select campaign_id, sum(segments) as segments from unsent group by campaign_id) less, unspent_campaigns held
      where s.campaign_id = less.campaign_id and held.campaign_id = s.campaign_id
    ), given_back_days as (
      update day_spend s set segments = greatest(0, s.segments - less.segments)
      from (select company_id, local_date, sum(segments) as segments from unsent group by company_id, local_date) less, unspent_days held
      where s.company_id = less.company_id and s.local_date = less.local_date and held.company_id = s.company_id and held.local_date = s.local_date
    ),`
}

function momentsOf(messages: readonly HeldMessage[]) {
  return sql`unnest(${messages.map(({ companyId }) => companyId)}::bigint[], ${messages.map(({ at }) => at)}::timestamptz[]) as given (company_id, at)`
}
