import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { isContactDetail, PAGE_SIZE, RANKED_TO, searchWords, UNRANKED, type CandidateFilters, type ListPosition } from './domain.ts'
import { allOf, around, namedPeople, orderedConditions, recordsFrom, recordsOfKind, scatteredConditions, type Condition, type Matching } from './filters.queries.ts'
import { gatheredRecords, matchingRecords, whetherTextable, type Found } from './search.queries.ts'
import { hasEachWord, searchScore } from './words.queries.ts'

/** How a list is read: by rank, or by name alone; whether so many match that a page of them is found by looking through names. */
export type Reading = { isRanked: boolean; isMany: boolean }

/** How the pages of a search are read of which so many were found. */
export function readingOf({ list, import: imported, consent }: CandidateFilters, { counted, isCapped, isMany }: Found): Reading {
  const isRanked = !isCapped && counted <= RANKED_TO
  // Whether somebody is on a list is a quick look, fetching a long list is not.
  const isLongList = !isRanked && (list !== '' || imported !== '' || consent === 'opted_out')
  return { isRanked, isMany: isMany || isLongList }
}

type Asked = { scope: CompanyScope; filters: CandidateFilters; allowedCountries: readonly string[]; position: ListPosition | undefined }

/** One row more than a page as `id, sort_name, score`, in no order: where its people are found fastest depends on how many there are. */
export function pageOf(db: Db, asked: Asked, { isRanked, isMany }: Reading): RawBuilder<unknown> {
  const { filters } = asked
  if (isRanked && searchWords(filters.q).length > 0) return sorted(db, asked, searchScore(filters.q))
  if (isInOrder(filters)) return readInOrder(db, asked)
  return isMany && !isContactDetail(filters.q) ? walked(db, asked) : sorted(db, asked)
}

/** The same in another order, the smallest score first: a number of the record that no index holds. */
export function pageByScore(db: Db, asked: Asked, score: RawBuilder<number>): RawBuilder<unknown> {
  return sorted(db, asked, score)
}

/** True when an index holds the whole search in the order of the list. */
function isInOrder(filters: CandidateFilters): boolean {
  const { q, tag, skill, town, list, import: imported, consent } = filters
  return consent !== 'opted_out' && [q, tag, skill, town, list, imported].every((value) => value === '')
}

const PAGE_AND_ONE = PAGE_SIZE + 1
const BY_NAME = sql<number>`${sql.lit(UNRANKED)}`

function readInOrder(db: Db, asked: Asked): RawBuilder<unknown> {
  const rows = inOrder(asked, allOf(matchingRecords(db, asked.scope, asked.filters), fromPosition(asked, 'c')))
  return firstOf(asked, sql`${rows.select(['c.id', 'c.sort_name', 'c.consent_given', BY_NAME.as('score')])}`)
}

/** All of them, put in order: the filters have indexes of their own, and no more match than can be sorted for one page. */
function sorted(db: Db, asked: Asked, score?: RawBuilder<number>): RawBuilder<unknown> {
  const found = gatheredRecords(db, asked.scope, asked.filters).select(['c.id', 'c.sort_name', 'c.consent_given', (score ?? BY_NAME).as('score')])
  const direction = wayOf(asked)
  const order = sql`${score ? sql`s.score ${direction}, ` : sql``}s.sort_name ${direction}, s.id ${direction}`
  return firstOf(asked, sql`select s.* from (${found} offset 0) s where ${every(fromPosition(asked, 's', score !== undefined))} order by ${order} offset 0`)
}

/** So many names are looked through for a page of a search that many match, before all of those are fetched. */
const WALKED = 12_000
/** After the first of them it shows where matches stand elsewhere, together, as everybody of one last name: not even half of those are there that would fill a page. */
const TRIED = 1_500
const PROMISING = Math.ceil((PAGE_AND_ONE * TRIED) / WALKED / 2)

/** Many match, so the next names of the list most likely hold a page of them. Where they do not, all are fetched and put in order. */
function walked(db: Db, asked: Asked): RawBuilder<unknown> {
  const { scope, filters, allowedCountries } = asked
  const conditions = [...hasEachWord(filters), ...scatteredConditions(scope, filters), ...around(scope, filters), ...namedPeople(scope, filters).map(({ hasEach }) => hasEach), whetherTextable(scope, filters, 'c', allowedCountries)]
  const names = (...after: Condition[]) => inOrder(asked, allOf(recordsOfKind(db, scope, filters), [...orderedConditions(scope, filters), ...fromPosition(asked, 'c'), ...after]))
  const among = (next: Matching) => inOrder(asked, allOf(recordsFrom(db, sql`${next.selectAll('c')}`), conditions)).select(['c.id', 'c.sort_name', BY_NAME.as('score')]).limit(PAGE_AND_ONE)
  const last = names().select(['c.sort_name', 'c.id']).offset(TRIED - 1).limit(1)
  return sql`(
    with tried as materialized ${among(names().limit(TRIED))},
    near as materialized (
      select * from tried
      union all select * from ${among(names(sql<boolean>`(c.sort_name, c.id) ${beyond(asked)} ${last}`).limit(WALKED - TRIED))} others where (select count(*) from tried) between ${PROMISING} and ${PAGE_SIZE}
      limit ${PAGE_AND_ONE})
    select * from near where (select count(*) from near) = ${PAGE_AND_ONE}
    union all select * from ${sorted(db, asked)} rest where (select count(*) from near) < ${PAGE_AND_ONE})`
}

/** Of rows in order, asked one by one whether they can be texted until the page is full. */
function firstOf({ scope, filters, allowedCountries }: Asked, rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select s.id, s.sort_name, s.score from (${rows}) s where ${whetherTextable(scope, filters, 's', allowedCountries)} limit ${PAGE_AND_ONE})`
}

function every(conditions: readonly Condition[]): RawBuilder<unknown> {
  return sql.join([sql`true`, ...conditions], sql` and `)
}

function fromPosition(asked: Asked, row: 'c' | 's', isRanked = false): Condition[] {
  if (!asked.position) return []
  const [score, name, id] = asked.position.from
  if (isRanked) return [sql<boolean>`(s.score, s.sort_name, s.id) ${beyond(asked)} (${score}::int, ${name}::text, ${id}::bigint)`]
  return [sql<boolean>`(${sql.ref(`${row}.sort_name`)}, ${sql.ref(`${row}.id`)}) ${beyond(asked)} (${name}::text, ${id}::bigint)`]
}

function beyond({ position }: Asked): RawBuilder<unknown> {
  return position?.direction === 'before' ? sql`<` : sql`>`
}

function inOrder(asked: Asked, rows: Matching): Matching {
  const direction = asked.position?.direction === 'before' ? 'desc' : 'asc'
  return rows.orderBy('c.sort_name', direction).orderBy('c.id', direction)
}

function wayOf({ position }: Asked): RawBuilder<unknown> {
  return position?.direction === 'before' ? sql`desc` : sql`asc`
}
