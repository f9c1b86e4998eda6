import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { isUnclosed } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import { LIST_TABS, type CampaignKind, type CampaignStatus, type ListTab } from './domain.ts'
import type { ListCursor, ListSort, StartRange } from './list.domain.ts'
import { progressOf, type Progress } from './progress.queries.ts'

export type CampaignListRow = Progress & {
  id: number
  name: string
  kind: CampaignKind
  status: CampaignStatus
  status_reason: string | null
  status_detail: Record<string, string | number>
  sender_name: string
  launched_at: Date | null
  starts_at: Date | null
  ends_at: Date | null
  undo_until: Date | null
  is_open: boolean
  /** Made with a test key: never leaves. */
  is_test: boolean
  has_planned_batch: boolean
  /** A batch is at work; when the last one began; when the next one is due. */
  is_running: boolean
  last_started_at: Date | null
  next_due_at: Date | null
  /** Its place in the order by start, in microseconds, so that a page ends exactly where the next begins. */
  sort_at: number
}

export type ListFilter = { statuses: readonly CampaignStatus[]; range: StartRange; mine: number | null; q: string }

/** One page of the company's campaigns, with live numbers for the shown rows only. */
export async function listCampaigns(db: Db, scope: CompanyScope, filter: ListFilter, page: { sort: ListSort; after: ListCursor | undefined; limit: number }): Promise<CampaignListRow[]> {
  const order = page.sort === 'name' ? sql`fold(c.name), c.id` : sql`${STARTS_AT} desc, c.id desc`
  return listRows(db, scope, sql`where ${matches(scope, filter)} and ${isAfter(page.after)} order by ${order} limit ${page.limit}`, order)
}

/** Campaigns of a page that is open already, in the order given. */
export async function listShown(db: Db, scope: CompanyScope, ids: readonly number[]): Promise<CampaignListRow[]> {
  const rows = await listRows(db, scope, sql`where c.company_id = ${scope.companyId} and c.id = any(${[...ids]}::bigint[])`, sql`c.id`)
  return rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
}

/** How many campaigns each tab holds, with the same search. */
export async function countTabs(db: Db, scope: CompanyScope, filter: Omit<ListFilter, 'statuses'>): Promise<Record<ListTab, number>> {
  const { rows } = await sql<{ status: CampaignStatus; n: number }>`
    select c.status, count(*) as n from campaign c where ${matches(scope, { ...filter, statuses: LIST_TABS.all })} group by c.status`.execute(db)
  const counts = new Map(rows.map((row) => [row.status, row.n]))
  return Object.fromEntries(Object.entries(LIST_TABS).map(([tab, statuses]) => [tab, statuses.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0)])) as Record<ListTab, number>
}

async function listRows(db: Db, scope: CompanyScope, chosen: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<CampaignListRow[]> {
  const { rows } = await sql<CampaignListRow>`
    select c.id, c.name, c.kind, c.status, c.status_reason, c.status_detail, u.name as sender_name, c.launched_at, c.starts_at, c.ends_at, c.undo_until, c.is_test,
      c.status <> 'draft' and ${isUnclosed} as is_open,
      (extract(epoch from ${STARTS_AT}) * 1000000)::bigint as sort_at, b.*, p.*
    from (select c.* from campaign c ${chosen}) as c
    join app_user u on u.id = coalesce(c.launched_by, c.created_by)
    cross join lateral (
      select coalesce(bool_or(b.state = 'planned'), false) as has_planned_batch, coalesce(bool_or(b.state = 'running'), false) as is_running, max(b.started_at) as last_started_at,
        min(b.due_at) filter (where b.state = 'planned') as next_due_at
      from batch b where b.campaign_id = c.id
    ) as b
    cross join lateral ${progressOf(sql`c.company_id`, sql`c.id`)} as p
    where c.company_id = ${scope.companyId}
    order by ${order}`.execute(db)
  return rows
}

/** A draft stands where it was made. The index campaign_by_start holds the same expression. */
const STARTS_AT = sql`coalesce(c.starts_at, c.created_at)`

function isAfter(after: ListCursor | undefined): RawBuilder<unknown> {
  if (after === undefined) return sql`true`
  if ('name' in after) return sql`(fold(c.name), c.id) > (fold(${after.name}), ${after.id}::bigint)`
  return sql`(${STARTS_AT}, c.id) < (to_timestamp(0) + make_interval(secs => ${after.at}::numeric / 1000000), ${after.id}::bigint)`
}

function matches(scope: CompanyScope, { statuses, range, mine, q }: ListFilter): RawBuilder<unknown> {
  const conditions = [sql`c.company_id = ${scope.companyId}`, sql`c.status = any(${[...statuses]}::text[])`]
  if (range.from) conditions.push(sql`${STARTS_AT} >= ${range.from}`)
  if (range.until) conditions.push(sql`${STARTS_AT} < ${range.until}`)
  if (mine !== null) conditions.push(sql`(c.created_by = ${mine} or c.launched_by = ${mine})`)
  if (q !== '') conditions.push(found(scope, q))
  return sql.join(conditions, sql` and `)
}

/** By any part of its own name or of its sender's, each from its own index: an `or` between them would read every campaign's words. */
function found(scope: CompanyScope, q: string): RawBuilder<unknown> {
  const pattern = sql`'%' || fold(${q.replace(/[\\%_]/g, '\\$&')}) || '%'`
  return sql`c.id in (
    select n.id from campaign n where n.company_id = ${scope.companyId} and fold(n.name) like ${pattern}
    union all
    select s.id from campaign s
    where s.company_id = ${scope.companyId} and coalesce(s.launched_by, s.created_by) in (select u.id from app_user u where u.company_id = ${scope.companyId} and fold(u.name) like ${pattern})
  )`
}
