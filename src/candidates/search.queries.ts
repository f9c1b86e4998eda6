import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Candidate, DB } from '../db/schema.ts'
import { searchWords, type Audience, type CandidateFilters, type TextabilityReason } from './domain.ts'

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
  let query: Matching = db.selectFrom('candidate as c').where('c.company_id', '=', scope.companyId)
  for (const word of searchWords(filters.q)) query = query.where(sql<boolean>`c.search_text like '%' || fold(${word}) || '%'`)
  if (filters.trade) query = query.where(sql<boolean>`fold(c.trade) collate "C" = fold(${filters.trade})`)
  // The beginning is enough: « lyon » finds « Lyon 3e » too.
  if (filters.town) query = query.where(sql<boolean>`fold(c.town) collate "C" like fold(${literalPattern(filters.town)}) || '%'`)
  if (filters.availability) query = query.where(sql<boolean>`${currentAvailability(scope)} = ${filters.availability}`)
  // Said again in words that the index understands.
  if (filters.availability === 'available' || filters.availability === 'unavailable') query = query.where('c.availability', '=', filters.availability)
  if (filters.textable === 'yes') query = query.where(isTextable(allowedCountries))
  if (filters.textable === 'no') query = query.where(sql<boolean>`not ${isTextable(allowedCountries)}`)
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
 * Smaller is better. Each word counts by the first line it begins a word in (name 0, trade 2, skills 4, town 6; one more
 * when it is only the beginning of that word); 8 when it stands only inside words.
 */
export function searchScore(q: string): RawBuilder<number> {
  const words = searchWords(q)
  if (words.length === 0) return sql`0`
  return sql`(${sql.join(words.map(wordScore), sql` + `)})`
}

function wordScore(word: string): RawBuilder<number> {
  const whole = sql`strpos(c.search_text, ' ' || fold(${word}) || ' ')`
  const beginning = sql`strpos(c.search_text, ' ' || fold(${word}))`
  return sql`coalesce(least(2 * ${lineAt(whole)}, 2 * ${lineAt(beginning)} + 1), 8)`
}

/** Number of the line that holds the position, from 0; null when the position is 0, "not found". */
function lineAt(position: RawBuilder<unknown>): RawBuilder<number | null> {
  const before = sql`left(c.search_text, nullif(${position}, 0))`
  return sql`(length(${before}) - length(replace(${before}, E'\n', '')))`
}

/** Why not to text, of a `candidate_textability` row `t`: the view's reason, else a country that is not allowed (S42). */
export function textabilityReason(allowedCountries: readonly string[]): RawBuilder<TextabilityReason | null> {
  return sql`coalesce(t.reason, case when t.country = any(${allowedCountries}::text[]) then null else 'country_blocked' end)`
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

/** What is typed means itself in a pattern. */
function literalPattern(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`)
}
