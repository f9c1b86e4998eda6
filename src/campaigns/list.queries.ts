import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { LIST_TABS, type CampaignKind, type CampaignStatus, type ListTab } from './domain.ts'

/** Where the messages and answers of a campaign stand, asked of the rows themselves: no counter can drift. */
export type Progress = {
  total: number
  /** Accepted by the provider or further. */
  sent: number
  /** Still to be handed over. */
  remaining: number
  delivered: number
  undelivered: number
  blocked: number
  doubtful: number
  yes: number
  no: number
}

export type CampaignListRow = Progress & {
  id: number
  name: string
  kind: CampaignKind
  status: CampaignStatus
  created_by: number
  sender_name: string
  created_at: Date
  launched_at: Date | null
  finished_at: Date | null
  is_open: boolean
  /** Newest first; microseconds, so that a page ends exactly where the next begins. */
  sort_at: number
}

type Filter = { statuses: readonly CampaignStatus[]; mine: number | null; q: string }

/** One page of the company's campaigns, newest first, with live numbers for the shown rows only. */
export async function listCampaigns(
  db: Db,
  scope: CompanyScope,
  filter: Filter & { ids?: readonly number[]; after?: { at: number; id: number } | undefined; limit: number },
): Promise<CampaignListRow[]> {
  const { rows } = await sql<CampaignListRow>`
    select c.*, p.* from (
      select c.id, c.name, c.kind, c.status, c.created_by, coalesce(l.name, u.name) as sender_name, c.created_at, c.launched_at, c.finished_at,
        c.status <> 'draft' and c.closed_at is null and (c.closes_at is null or c.closes_at > app_now()) as is_open,
        (extract(epoch from coalesce(c.launched_at, c.created_at)) * 1000000)::bigint as sort_at
      from campaign c
      join app_user u on u.id = c.created_by
      left join app_user l on l.id = c.launched_by
      where ${matches(scope, filter)}
        and (${filter.ids ?? null}::bigint[] is null or c.id = any(${filter.ids ?? null}::bigint[]))
        and (${filter.after?.at ?? null}::bigint is null
          or (coalesce(c.launched_at, c.created_at), c.id) < (to_timestamp(0) + make_interval(secs => ${filter.after?.at ?? 0}::numeric / 1000000), ${filter.after?.id ?? 0}))
      order by coalesce(c.launched_at, c.created_at) desc, c.id desc
      limit ${filter.limit}
    ) as c
    cross join lateral ${progressOf(sql`c.id`)} as p
    order by c.sort_at desc, c.id desc`.execute(db)
  return rows
}

/** How many campaigns each tab holds, with the same search. */
export async function countTabs(db: Db, scope: CompanyScope, filter: Omit<Filter, 'statuses'>): Promise<Record<ListTab, number>> {
  const { rows } = await sql<{ status: CampaignStatus; n: number }>`
    select c.status, count(*) as n from campaign c
    join app_user u on u.id = c.created_by
    left join app_user l on l.id = c.launched_by
    where ${matches(scope, { ...filter, statuses: LIST_TABS.all })} group by c.status`.execute(db)
  const counts = new Map(rows.map((row) => [row.status, row.n]))
  return Object.fromEntries(Object.entries(LIST_TABS).map(([tab, statuses]) => [tab, statuses.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0)])) as Record<ListTab, number>
}

export async function getProgress(db: Db, scope: CompanyScope, campaignId: number): Promise<Progress> {
  const { rows } = await sql<Progress>`
    select p.* from campaign c cross join lateral ${progressOf(sql`c.id`)} as p where c.company_id = ${scope.companyId} and c.id = ${campaignId}`.execute(db)
  return rows[0]!
}

/** Median minutes from launch to first answer; null before the first. */
export async function findMedianMinutes(db: Db, scope: CompanyScope, campaignId: number): Promise<number | null> {
  const { rows } = await sql<{ minutes: number | null }>`
    select percentile_cont(0.5) within group (order by extract(epoch from a.first_answered_at - c.launched_at) / 60)::float8 as minutes
    from campaign c join recipient r on r.campaign_id = c.id join answer a on a.recipient_id = r.id
    where c.company_id = ${scope.companyId} and c.id = ${campaignId}`.execute(db)
  return rows[0]?.minutes ?? null
}

function matches(scope: CompanyScope, filter: Filter) {
  return sql`c.company_id = ${scope.companyId} and c.status = any(${[...filter.statuses]}::text[])
    and (${filter.mine}::bigint is null or c.created_by = ${filter.mine} or c.launched_by = ${filter.mine})
    and (${filter.q} = '' or strpos(fold(c.name), fold(${filter.q})) > 0 or strpos(fold(coalesce(l.name, u.name)), fold(${filter.q})) > 0)`
}

function progressOf(campaignId: ReturnType<typeof sql>) {
  return sql`(
    select m.*, a.* from (
      select count(*) filter (where m.step = 1) as total,
        count(*) filter (where m.state in ('accepted', 'delivered', 'undelivered')) as sent,
        count(*) filter (where m.state in ('queued', 'leased', 'submitting')) as remaining,
        count(*) filter (where m.state = 'delivered') as delivered,
        count(*) filter (where m.state in ('undelivered', 'rejected')) as undelivered,
        count(*) filter (where m.state in ('skipped', 'cancelled')) as blocked,
        count(*) filter (where m.state = 'in_doubt') as doubtful
      from message m where m.campaign_id = ${campaignId} and m.purpose = 'campaign'
    ) as m, (
      select count(*) filter (where a.choice = 'yes') as yes, count(*) filter (where a.choice = 'no') as no
      from recipient r join answer a on a.recipient_id = r.id where r.campaign_id = ${campaignId}
    ) as a
  )`
}
