import { sql, type RawBuilder } from 'kysely'
import { PAGE_SIZE, type Availability, type CandidateFilters, type ListPosition } from '../candidates/domain.ts'
import { nextByName } from '../candidates/export.queries.ts'
import { currentAvailability, today } from '../candidates/filters.queries.ts'
import { pageByScore, pageOf, readingOf } from '../candidates/page.queries.ts'
import { matchingRecords, whetherTextable, type Found } from '../candidates/search.queries.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { BoardChoice, BoardDays } from './domain.ts'

/** The date it is for the company, by the clock that decides what is over. */
export async function findToday(db: Db, scope: CompanyScope): Promise<CalendarDate> {
  const { rows } = await sql<{ today: CalendarDate }>`select ${today(scope)} as today`.execute(db)
  return rows[0]!.today
}

/** Of more people than this who are free, a page does not count every day; of fewer where each is asked whether they can be texted, which stands in other tables. */
export const COUNTED_FREE = 50_000
export const COUNTED_TEXTABLE = 2_000

/** How many of a search are free on each of the days; undefined when too many are. One statement, whatever the number of people and days. */
export async function countFreePerDay(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[], { start, count }: BoardDays, most = mostCounted(filters)): Promise<number[] | undefined> {
  if (filters.availability === 'unavailable' || filters.availability === 'unknown') return Array.from({ length: count }, () => 0)
  const [first, last] = [sql`${start}::date`, sql`${start}::date + ${count - 1}::int`]
  const free = matchingRecords(db, scope, { ...filters, availability: 'available' })
    .where(sql<boolean>`(c.available_from is null or c.available_from <= ${last})`)
    .where(sql<boolean>`(c.available_until is null or c.available_until >= ${first})`)
    .select([sql`greatest(c.available_from, ${first})`.as('first'), sql`least(c.available_until, ${last})`.as('last')])
    .$if(filters.textable !== '', (rows) => rows.select(['c.id', 'c.consent_given']))
    .limit(most + 1)
  // Each person comes once and goes once, so that the days are added up, not looked at for everybody.
  const { rows } = await sql<{ seen: number; counts: number[] }>`
    with free as materialized (
      select first, last, count(*) as seen, count(*) filter (where ${whetherTextable(scope, filters, 'f', allowedCountries)}) as people from (${free}) f group by first, last
    ), step as (
      select day, sum(by) as by from (select first as day, people as by from free union all select last + 1, -people from free) moved group by day
    )
    select (select coalesce(sum(seen), 0) from free)::int as seen, array_agg(counted.people order by counted.day) as counts
    from (select day, sum(coalesce(step.by, 0)) over (order by day)::int as people from (select ${first} + n as day from generate_series(0, ${count - 1}::int) n) days left join step using (day)) counted`.execute(db)
  const { seen, counts } = rows[0]!
  return seen > most ? undefined : counts
}

/** Who wants to know all the same waits for up to so many. */
export const COUNTED_ON_DEMAND = 1_000_000

function mostCounted({ textable }: CandidateFilters): number {
  return textable === '' ? COUNTED_FREE : COUNTED_TEXTABLE
}

export type BoardRow = {
  id: number
  /** The three parts of the row's position. */
  score: number
  sort_name: string
  first_name: string
  last_name: string
  trade: string | null
  town: string | null
  availability: Availability
  available_from: CalendarDate | null
  available_until: CalendarDate | null
}

type Asked = { filters: CandidateFilters; allowedCountries: readonly string[]; position: ListPosition | undefined; sort: BoardChoice['sort']; found: Found }

/** One page of the board; `hasMore` says whether rows follow in the direction of reading. */
export async function listPeople(db: Db, scope: CompanyScope, { sort, found: known, ...asked }: Asked): Promise<{ rows: BoardRow[]; hasMore: boolean }> {
  const page = sort === 'name' ? pageOf(db, { scope, ...asked }, { isRanked: false, isMany: readingOf(asked.filters, known).isMany }) : pageByAvailability(db, scope, asked, known.isMany)
  const { rows: found } = await sql<BoardRow>`
    with page as materialized ${page}
    select c.id, page.score, c.sort_name, c.first_name, c.last_name, c.trade, c.town, ${currentAvailability(scope)} as availability, c.available_from, c.available_until
    from page join candidate c on c.company_id = ${scope.companyId} and c.id = page.id
    order by page.score, c.sort_name, c.id`.execute(db)
  const hasMore = found.length > PAGE_SIZE
  // Of a page read backwards the row too many is the first.
  return { rows: asked.position?.direction === 'before' && hasMore ? found.slice(1) : found.slice(0, PAGE_SIZE), hasMore }
}

/** Available longest first. Where many match, the next ones in the order of the index hold a page of them; where few do, those are put in order. */
function pageByAvailability(db: Db, scope: CompanyScope, asked: Pick<Asked, 'filters' | 'allowedCountries' | 'position'>, isMany: boolean): RawBuilder<unknown> {
  const rank = sql<number>`availability_rank(c.availability, c.available_from, c.available_until)`
  if (!isMany) return pageByScore(db, { scope, ...asked }, rank)
  const { filters, allowedCountries, position } = asked
  const [direction, beyond] = position?.direction === 'before' ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`]
  const found = matchingRecords(db, scope, filters)
    .where(whetherTextable(scope, filters, 'c', allowedCountries))
    .$if(position !== undefined, (rows) => {
      const [score, name, id] = position!.from
      return rows.where(sql<boolean>`(${rank}, c.sort_name, c.id) ${beyond} (${score}::int, ${name}::text, ${id}::bigint)`)
    })
    .select(['c.id', 'c.sort_name', rank.as('score')])
  return sql`(${found} order by ${rank} ${direction}, c.sort_name ${direction}, c.id ${direction} limit ${PAGE_SIZE + 1})`
}

export type ExportRow = BoardRow & { mobile: string | null; said_at: Date | null }

/** The next of everybody a search finds, by name, for a file. */
export async function listForExport(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[], after: { name: string; id: number } | undefined, limit: number): Promise<ExportRow[]> {
  const ids = await nextByName(db, scope, filters, allowedCountries, after && { sort_name: after.name, id: after.id }, limit)
  const { rows } = await sql<ExportRow>`
    select c.id, 0 as score, c.sort_name, c.first_name, c.last_name, c.trade, c.town, ${currentAvailability(scope)} as availability, c.available_from, c.available_until,
      c.availability_updated_at as said_at, coalesce(m.e164, m.raw) as mobile
    from unnest(${ids}::bigint[]) as page (id) join candidate c on c.company_id = ${scope.companyId} and c.id = page.id
    left join candidate_phone m on m.company_id = c.company_id and m.candidate_id = c.id and m.kind = 'mobile' and m.position = 1
    order by c.sort_name, c.id`.execute(db)
  return rows
}
