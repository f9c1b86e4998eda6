import { sql, type RawBuilder } from 'kysely'
import { COUNTED_TO } from '../candidates/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { ListTab } from './domain.ts'

/** One thing that holds people; `id` is what the search is filtered by. */
export type OverviewRow = {
  id: number
  name: string
  note: string
  /** Counted no further than COUNTED_TO + 1; null for a search, which is counted when it is opened. */
  people: number | null
  author: string | null
  at: Date
  /** Its place in the list, with the id. */
  sort: string
  is_mine: boolean
  is_shared: boolean
  filters: unknown
}

export const OVERVIEW_PAGE = 50

type Asked = { tab: ListTab; userId: number; seesConfidential: boolean; after: { sort: string; id: number } | undefined; limit?: number }

/** One page of a tab, in the order of names; imports newest first. */
export async function listOverview(db: Db, scope: CompanyScope, asked: Asked): Promise<{ rows: OverviewRow[]; hasMore: boolean }> {
  const from = asked.after ? sql`where (sort collate "C", id) > (${asked.after.sort}::text collate "C", ${asked.after.id}::bigint)` : sql``
  const limit = asked.limit ?? OVERVIEW_PAGE
  const { rows } = await sql<OverviewRow>`
    with page as (select * from (${TABS[asked.tab](scope, asked)}) entry ${from} order by sort collate "C", id limit ${limit + 1})
    select page.id, page.name, page.note, page.at, page.sort, page.filters, coalesce(page.author_id = ${asked.userId}, false) as is_mine, page.is_shared, u.name as author,
      ${PEOPLE[asked.tab](scope)} as people
    from page left join app_user u on u.company_id = ${scope.companyId} and u.id = page.author_id
    order by page.sort collate "C", page.id`.execute(db)
  return { rows: rows.slice(0, limit), hasMore: rows.length > limit }
}

/** Folders, networks and vacancies that people can be put into, by name. */
export async function listTargets(db: Db, scope: CompanyScope, seesConfidential: boolean): Promise<{ id: number; kind: string; name: string }[]> {
  const { rows } = await sql<{ id: number; kind: string; name: string }>`
    select id, kind, name from (
      select l.id, 'folder' as kind, l.name from talent_list l where l.company_id = ${scope.companyId} and l.kind = 'folder' and l.archived_at is null
      union all select n.list_id, 'network', n.name from talent_network n where n.company_id = ${scope.companyId} and n.archived_at is null
      union all select j.list_id, 'job', j.title || ' (' || j.reference || ')' from job j
        where j.company_id = ${scope.companyId} and j.archived_at is null and j.list_id is not null ${confidential(seesConfidential)}
    ) target order by kind, lower(name), id limit ${MOST_TARGETS}`.execute(db)
  return rows
}

/** A drop-down longer than this helps nobody. */
const MOST_TARGETS = 1_000

const confidential = (seesConfidential: boolean) => (seesConfidential ? sql`` : sql`and not j.is_confidential`)

/** `id, name, note, at, sort, author_id, is_shared, filters` */
const TABS: Record<ListTab, (scope: CompanyScope, asked: Asked) => RawBuilder<unknown>> = {
  searches: (scope, { userId }) => sql`
    select id, name, '' as note, updated_at as at, lower(name) as sort, created_by as author_id, is_shared, filters
    from saved_search where company_id = ${scope.companyId} and (created_by = ${userId} or is_shared)`,
  folders: (scope) => sql`
    select id, name, description as note, created_at as at, lower(name) as sort, created_by as author_id, false as is_shared, null::jsonb as filters
    from talent_list where company_id = ${scope.companyId} and kind = 'folder' and archived_at is null`,
  networks: (scope) => sql`
    select list_id as id, name, '' as note, created_at as at, lower(name) as sort, null::bigint as author_id, false as is_shared, null::jsonb as filters
    from talent_network where company_id = ${scope.companyId} and archived_at is null`,
  jobs: (scope, { seesConfidential }) => sql`
    select j.list_id as id, j.title as name, j.reference as note, j.created_at as at, j.folded_title as sort, null::bigint as author_id, false as is_shared, null::jsonb as filters
    from job j where j.company_id = ${scope.companyId} and j.archived_at is null and j.list_id is not null ${confidential(seesConfidential)}`,
  // Ids counted down, so that the newest comes first in the one order that all tabs have.
  imports: (scope) => sql`
    select id, file_name as name, '' as note, coalesce(finished_at, created_at) as at, lpad((1000000000000000 - id)::text, 16, '0') as sort, user_id as author_id, false as is_shared, null::jsonb as filters
    from candidate_import where company_id = ${scope.companyId} and status = 'completed'`,
  branches: (scope) => sql`
    select id, name, coalesce(town, '') as note, created_at as at, lower(name) as sort, null::bigint as author_id, false as is_shared, null::jsonb as filters
    from branch where company_id = ${scope.companyId} and archived_at is null`,
}

const capped = (rows: RawBuilder<unknown>) => sql`(select count(*) from (${rows} limit ${COUNTED_TO + 1}) found)`
const members = (scope: CompanyScope) => capped(sql`select from talent_list_member m where m.company_id = ${scope.companyId} and m.list_id = page.id`)

const PEOPLE: Record<ListTab, (scope: CompanyScope) => RawBuilder<unknown>> = {
  searches: () => sql`null::bigint`,
  folders: members,
  networks: members,
  jobs: members,
  imports: (scope) => capped(sql`select from candidate_import_row i where i.company_id = ${scope.companyId} and i.import_id = page.id and i.candidate_id is not null and i.applied`),
  branches: (scope) => capped(sql`select from candidate c where c.company_id = ${scope.companyId} and c.branch_id = page.id`),
}
