import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Candidate, DB } from '../db/schema.ts'
import { searchWords, type Audience, type CandidateFilters, type TextabilityReason } from './domain.ts'

/** Sorts after every other, so that all texts with one beginning lie between it and it followed by this: a range the index answers alone. */
const LAST_CHARACTER = '\u{10ffff}'

type Matching = SelectQueryBuilder<DB & { c: Candidate }, 'c', unknown>

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

/** Candidates that match every filter, as `c`, in no order yet. */
export function matchingCandidates(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Matching {
  const query = matchingRecords(db, scope, filters)
  // As a set: for counting and freezing whole audiences. One page asks row by row, see `reasonOf`.
  if (filters.textable === 'yes') return query.where(isTextable(allowedCountries))
  return filters.textable === 'no' ? query.where(sql<boolean>`not ${isTextable(allowedCountries)}`) : query
}

/** The same without the question whether somebody may be texted, which stands in other tables. */
export function matchingRecords(db: Db, scope: CompanyScope, filters: CandidateFilters): Matching {
  let query: Matching = db.selectFrom('candidate as c').where('c.company_id', '=', scope.companyId)
  for (const word of searchWords(filters.q)) query = query.where(sql<boolean>`c.search_text like '%' || fold(${word}) || '%'`)
  if (filters.trade) query = query.where(sql<boolean>`fold(c.trade) collate "C" = fold(${filters.trade})`)
  // The beginning is enough: « lyon » finds « Lyon 3e » too.
  if (filters.town) query = query.where(sql<boolean>`fold(c.town) collate "C" between fold(${filters.town}) and fold(${filters.town}) || ${LAST_CHARACTER}::text`)
  if (filters.availability) query = query.where(sql<boolean>`${currentAvailability(scope)} = ${filters.availability}`)
  // Said again in words that the index understands.
  if (filters.availability === 'available' || filters.availability === 'unavailable') query = query.where('c.availability', '=', filters.availability)
  return query
}

/** An availability whose last day has passed says nothing any more. */
export function currentAvailability(scope: CompanyScope): RawBuilder<string> {
  return sql`case when c.availability = 'available' and c.available_until < ${today(scope)} then 'unknown' else c.availability end`
}

/** The date it is for the company. */
export function today(scope: CompanyScope): RawBuilder<string> {
  return sql`(select (app_now() at time zone time_zone)::date from company where id = ${scope.companyId})`
}

/**
 * Smaller is better. Each word counts by the first field where it begins a word (name 0, trade 2, skills 4, town 6; one
 * more when it is only the beginning of that word); 8 when it stands only inside words.
 */
export function searchScore(q: string): RawBuilder<number> {
  const words = searchWords(q)
  if (words.length === 0) return sql`0`
  return sql`(${sql.join(words.map(wordScore), sql` + `)})`
}

/** The marks that `candidate_search_text` sets before the words of each field, in the order of rank. */
const FIELD_MARKS = ['\u0001', '\u0002', '\u0003', '\u0004'] as const

function wordScore(word: string): RawBuilder<number> {
  const branches = FIELD_MARKS.flatMap((mark, field) => [
    sql`when c.search_text like '% ' || ${mark}::text || fold(${word}) || ' %' then ${sql.lit(2 * field)}`,
    sql`when c.search_text like '% ' || ${mark}::text || fold(${word}) || '%' then ${sql.lit(2 * field + 1)}`,
  ])
  return sql`case ${sql.join(branches, sql` `)} else 8 end`
}

/** Why not to text, of a `candidate_textability` row `t`: the view's reason, else a country that is not allowed (S42). */
export function textabilityReason(allowedCountries: readonly string[]): RawBuilder<TextabilityReason | null> {
  return sql`coalesce(t.reason, case when t.country = any(${allowedCountries}::text[]) then null else 'country_blocked' end)`
}

/** Why not to text one candidate, looked up when its row comes by: for pages that stop after some rows. */
export function reasonOf(scope: CompanyScope, candidateId: RawBuilder<unknown>, allowedCountries: readonly string[]): RawBuilder<TextabilityReason | null> {
  return sql`(select ${textabilityReason(allowedCountries)} from candidate_textability t where t.company_id = ${scope.companyId} and t.candidate_id = ${candidateId})`
}

function isTextable(allowedCountries: readonly string[]): RawBuilder<boolean> {
  return sql`exists (
    select from candidate_textability t
    where t.company_id = c.company_id and t.candidate_id = c.id and ${textabilityReason(allowedCountries)} is null)`
}

function audienceRows(db: Db, scope: CompanyScope, audience: Audience, allowedCountries: readonly string[]): Matching {
  if (audience.mode === 'selected') {
    return db.selectFrom('candidate as c').where('c.company_id', '=', scope.companyId).where(sql<boolean>`c.id = any(${audience.ids}::bigint[])`)
  }
  const found = matchingCandidates(db, scope, audience.filters, allowedCountries)
  return audience.except.length === 0 ? found : found.where(sql<boolean>`c.id <> all(${audience.except}::bigint[])`)
}
