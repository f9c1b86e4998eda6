import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { COUNTED_TO, KINDS, NO_FILTERS, PAGE_SIZE, RANKED_TO, type Audience, type CandidateFilters, type TextabilityReason } from './domain.ts'
import { allOf, around, aroundConditions, isCircle, namedPeople, orderedConditions, recordsFrom, recordsOfKind, scatteredConditions, type Condition, type Matching } from './filters.queries.ts'
import type { PhoneKind } from './phones.domain.ts'
import { asksForWords, hasWords, PEOPLE_OF_SHELF, recordsWithWords, searchScore } from './words.queries.ts'

/**
 * The audience as rows of `id` and `rank` (1 is best): by how well the words match, then by name. Not executed: campaigns
 * use it inside their own statements. Ids of another company are left out.
 */
export function rankedCandidates(db: Db, scope: CompanyScope, audience: Audience, allowedCountries: readonly string[]) {
  const isSearch = audience.mode === 'query'
  const q = isSearch ? audience.filters.q : ''
  return audienceRows(db, scope, audience, allowedCountries)
    .select('c.id')
    .select(sql<number>`(row_number() over (order by ${searchScore(q)}, c.sort_name, c.id))::int`.as('rank'))
}

/** How many the audience holds, counted no further than `most + 1`. */
export async function countCandidates(db: Db, scope: CompanyScope, audience: Audience, allowedCountries: readonly string[], most?: number): Promise<number> {
  const rows = audienceRows(db, scope, audience, allowedCountries).select('c.id').$if(most !== undefined, (query) => query.limit((most as number) + 1))
  const { count } = await db.selectFrom(rows.as('found')).select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow()
  return count
}

/**
 * How far people are counted where a page waits for the number, by what it costs to find one: who may be texted stands in three
 * tables, who has opted out in two, and words are gathered from an index that says nothing of what has changed since: as many as are
 * put in order of rank.
 */
const MOST_ASKED = 500
const MOST_OPTED_OUT = 500

/** How many a page says a search has: all of them, or `isCapped`, at least so many. `isMany`: a page of them is sooner found by looking through names than by gathering them all. */
export type Found = { counted: number; isCapped: boolean; isMany: boolean }

export async function countFound(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Promise<Found> {
  const most = mostCounted(filters)
  const query = filters.textable === '' ? countRows(db, scope, filters, most + 1) : countTextable(db, scope, filters, allowedCountries, most + 1)
  const { rows } = await query.execute(db)
  const { counted, seen, shelves } = rows[0]!
  const isCapped = seen > most
  return { counted: Math.min(counted, most), isCapped, isMany: isCapped && (!shelves || isWorthWalking(seen, shelves)) }
}

/** By how far a count came: names are looked through until a page is full, of so many people as the shelves may hold. */
function isWorthWalking(seen: number, { read, all }: Shelves): boolean {
  const expected = (seen * all) / read
  return (PAGE_SIZE * all * PEOPLE_OF_SHELF) / expected < expected
}

function mostCounted(filters: CandidateFilters): number {
  if (filters.textable !== '') return MOST_ASKED
  if (filters.consent === 'opted_out') return MOST_OPTED_OUT
  return asksForWords(filters) ? RANKED_TO : COUNTED_TO
}

/** Of the first that are found: how many rows, and how many people they are; of words, on how many shelves of their index. */
type Counted = { seen: number; counted: number; shelves?: Shelves }
type Shelves = { read: number; all: number }

function countRows(db: Db, scope: CompanyScope, filters: CandidateFilters, most: number): RawBuilder<Counted> {
  const [people, ...others] = namedPeople(scope, filters)
  if (people && others.length === 0 && isPeopleAlone(filters)) {
    // Who is of another kind are the fewer, so that nobody's record is looked at: whoever is named has one. People of a list or an
    // import come by their ids, like those of a kind, and are read beside them; those of numbers are asked one by one.
    const [order, each] = filters.consent === 'opted_out' ? [sql``, sql`offset 0`] : [sql`order by n.candidate_id`, sql``]
    const isOfNoOther = KINDS.filter((kind) => kind !== filters.kind).map((kind) => sql`not exists (select from candidate c where c.company_id = ${scope.companyId} and c.kind = ${kind} and c.id = n.candidate_id ${each})`)
    return sql`
      select count(*) as seen, count(distinct candidate_id) as counted from (
        select n.candidate_id from (${people.some}) n where ${sql.join(isOfNoOther, sql` and `)} ${order} limit ${most}) found`
  }
  const shelves = isByShelf(scope, filters) ? sql`, json_build_object('read', max(id >> 16) - min(id >> 16) + 1, 'all', cardinality(search_shelves(${scope.companyId}, ${filters.kind}))) as shelves` : sql``
  return sql`select count(*) as seen, count(*) as counted ${shelves} from (${gatheredRecords(db, scope, filters).select('c.id').limit(most)}) found`
}

/** True when one list, one import or the opt-outs are all that is asked for. */
function isPeopleAlone(filters: CandidateFilters): boolean {
  const others = { ...filters, kind: '', list: '', import: '', consent: filters.consent === 'opted_out' ? '' : filters.consent }
  return Object.values(others).every((value) => value === '')
}

function countTextable(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[], most: number): RawBuilder<Counted> {
  // Where nothing else is asked, an index has those who gave or refused consent together: they are the likeliest.
  const isAlone = Object.values({ ...filters, kind: '', textable: '' }).every((value) => value === '')
  const found = gatheredRecords(db, scope, filters).$if(isAlone, (rows) => rows.orderBy('c.consent_given', filters.textable === 'yes' ? 'desc' : 'asc'))
  return sql`
    select count(*) as seen, count(*) filter (where ${whetherTextable(scope, filters, 's', allowedCountries)}) as counted
    from (${found.select(['c.id', 'c.consent_given']).limit(most)}) s`
}

/** True when a search has anybody, without counting them. */
export async function findsSomebody(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Promise<boolean> {
  const { rows } = await (filters.textable === '' ? countRows(db, scope, filters, 1) : countTextable(db, scope, filters, allowedCountries, MOST_ASKED)).execute(db)
  return rows[0]!.counted > 0
}

/** Candidates that match every filter, as `c`, in no order yet. */
export function matchingCandidates(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Matching {
  const query = matchingRecords(db, scope, filters)
  // As a set: for counting and freezing whole audiences. One page asks row by row, see `whetherTextable`.
  if (filters.textable === 'yes') return query.where(isTextable(allowedCountries))
  return filters.textable === 'no' ? query.where(sql<boolean>`not ${isTextable(allowedCountries)}`) : query
}

/** The same without the question whether somebody may be texted, which stands in other tables. The planner begins where it likes. */
export function matchingRecords(db: Db, scope: CompanyScope, given: Partial<CandidateFilters>): Matching {
  const filters = complete(given)
  const conditions = [...orderedConditions(scope, filters), ...hasWords(scope, filters), ...scatteredConditions(scope, filters), ...around(scope, filters), ...namedPeople(scope, filters).map(({ isOne }) => isOne)]
  return allOf(recordsOfKind(db, scope, filters), conditions)
}

/**
 * The same people, for whoever takes some of them or needs no more than indexes hold: read from where a circle, a list, an import or
 * an opt-out names them, one after the other.
 */
export function gatheredRecords(db: Db, scope: CompanyScope, given: Partial<CandidateFilters>): Matching {
  const filters = complete(given)
  const ofKind = sql`from candidate c where c.company_id = ${scope.companyId} and c.kind = ${filters.kind}`
  const ordered = orderedConditions(scope, filters)
  const people = namedPeople(scope, filters)
  if (isCircle(filters)) {
    const [placed, named] = aroundConditions(scope, filters)
    const source = sql`(select c.* ${ofKind} and ${placed} union all select c.* ${ofKind} and ${named})`
    return allOf(recordsFrom(db, source), [...ordered, ...hasWords(scope, filters), ...people.map(({ isOne }) => isOne)])
  }
  if (isByShelf(scope, filters)) return allOf(recordsFrom(db, recordsWithWords(scope, filters)), ordered)
  const [first, ...others] = people
  // Words, a trade or a town may be far rarer than the people of a list: then it is for the planner to say what comes first.
  if (!first || asksForWords(filters) || isNarrowed(scope, filters)) return matchingRecords(db, scope, filters)
  const source = sql`(select c.* from (${first.ids}) named cross join lateral (select c.* ${ofKind} and c.id = named.candidate_id offset 0) c)`
  return allOf(recordsFrom(db, source), [...ordered, ...others.map(({ hasEach }) => hasEach)])
}

/** True when words are what a search begins with. */
function isByShelf(scope: CompanyScope, filters: CandidateFilters): boolean {
  return asksForWords(filters) && !isCircle(filters) && !isNarrowed(scope, filters) && namedPeople(scope, filters).length === 0
}

/** True when an index other than that of words may lead to fewer people. */
function isNarrowed(scope: CompanyScope, filters: CandidateFilters): boolean {
  return filters.trade !== '' || filters.branch !== '' || scatteredConditions(scope, filters).length > 0
}

/** A campaign keeps its search as it was written, which may be older than some filters. */
function complete(given: Partial<CandidateFilters>): CandidateFilters {
  return { ...NO_FILTERS, ...given }
}

/** Why not to text, of a `candidate_textability` row `t`: the view's reason, else a country that is not allowed (S42). */
export function textabilityReason(allowedCountries: readonly string[]): RawBuilder<TextabilityReason | null> {
  return sql`coalesce(t.reason, case when t.country = any(${allowedCountries}::text[]) then null else 'country_blocked' end)`
}

/** Why not to text one candidate, looked up when its row comes by. */
export function reasonOf(scope: CompanyScope, candidateId: RawBuilder<unknown>, allowedCountries: readonly string[]): RawBuilder<TextabilityReason | null> {
  return sql`(select ${textabilityReason(allowedCountries)} from candidate_textability t where t.company_id = ${scope.companyId} and t.candidate_id = ${candidateId})`
}

/** A filter that asks whether somebody may be texted, of a row with `id` and `consent_given`: for pages that stop after some rows. */
export function whetherTextable(scope: CompanyScope, { textable }: Pick<CandidateFilters, 'textable'>, row: 'c' | 's' | 'f', allowedCountries: readonly string[]): Condition {
  if (textable === '') return sql<boolean>`true`
  // What the view says, with fewer looks: at the number at home only where there is no other, and at no reason.
  const isFine = (kind: PhoneKind) => sql`(
    select (n.country = any(${allowedCountries}::text[])) is true and not exists (
      select from phone p where p.company_id = n.company_id and p.e164 = n.e164 and (p.bounced_at is not null or p.opted_out_at is not null or p.held_at is not null) offset 0)
    from candidate_phone n where n.company_id = ${scope.companyId} and n.candidate_id = ${sql.ref(`${row}.id`)} and n.kind = ${kind} and n.position = 1 and n.is_textable)`
  return sql<boolean>`(${sql.ref(`${row}.consent_given`)} and coalesce(${isFine('mobile')}, ${isFine('home')}, false)) = ${textable === 'yes'}`
}

function isTextable(allowedCountries: readonly string[]): RawBuilder<boolean> {
  return sql`exists (
    select from candidate_textability t
    where t.company_id = c.company_id and t.candidate_id = c.id and ${textabilityReason(allowedCountries)} is null)`
}

/** The audience as rows of `c`, in no order: for statements about all of them. */
export function audienceRows(db: Db, scope: CompanyScope, audience: Audience, allowedCountries: readonly string[]): Matching {
  if (audience.mode === 'selected') {
    return db.selectFrom('candidate as c').where('c.company_id', '=', scope.companyId).where(sql<boolean>`c.id = any(${audience.ids}::bigint[])`)
  }
  const found = matchingCandidates(db, scope, audience.filters, allowedCountries)
  return audience.except.length === 0 ? found : found.where(sql<boolean>`c.id <> all(${audience.except}::bigint[])`)
}
