import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Candidate, DB } from '../db/schema.ts'
import { COUNTED_TO, isContactDetail, isNumber, NO_FILTERS, searchWords, type Audience, type Availability, type CandidateFilters, type TextabilityReason } from './domain.ts'

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

/** Who may be texted stands in three tables: asked of no more people than this where a page waits for the number. */
const MOST_ASKED = 2_500

/** How many a page says a search has: all of them, or `isCapped`, at least so many. */
export async function countFound(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Promise<{ counted: number; isCapped: boolean }> {
  if (filters.textable === '') {
    const counted = await countCandidates(db, scope, { mode: 'query', filters, except: [] }, allowedCountries, COUNTED_TO)
    return counted > COUNTED_TO ? { counted: COUNTED_TO, isCapped: true } : { counted, isCapped: false }
  }
  const some = matchingRecords(db, scope, filters).select('c.id').limit(MOST_ASKED + 1)
  const isWanted = filters.textable === 'yes' ? sql`is null` : sql`is not null`
  const { rows } = await sql<{ counted: number; asked: number }>`
    select count(*) as asked, count(*) filter (where ${textabilityReason(allowedCountries)} ${isWanted}) as counted
    from (${some}) s join candidate_textability t on t.company_id = ${scope.companyId} and t.candidate_id = s.id`.execute(db)
  const { counted, asked } = rows[0]!
  return { counted, isCapped: asked > MOST_ASKED }
}

/** Candidates that match every filter, as `c`, in no order yet. */
export function matchingCandidates(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[]): Matching {
  const query = matchingRecords(db, scope, filters)
  // As a set: for counting and freezing whole audiences. One page asks row by row, see `reasonOf`.
  if (filters.textable === 'yes') return query.where(isTextable(allowedCountries))
  return filters.textable === 'no' ? query.where(sql<boolean>`not ${isTextable(allowedCountries)}`) : query
}

/** The same without the question whether somebody may be texted, which stands in other tables. */
export function matchingRecords(db: Db, scope: CompanyScope, given: Partial<CandidateFilters>): Matching {
  // A campaign keeps its search as it was written, which may be older than some filters.
  const filters = { ...NO_FILTERS, ...given }
  let query: Matching = db.selectFrom('candidate as c').where('c.company_id', '=', scope.companyId).where('c.kind', '=', filters.kind)
  if (isContactDetail(filters.q)) query = query.where(hasDetail(scope, filters.q))
  else for (const word of searchWords(filters.q)) query = query.where(sql<boolean>`c.search_text like '%' || fold(${word}) || '%'`)
  for (const condition of conditions(scope, filters)) query = query.where(condition)
  return query
}

/** Whose number or e-mail address this is, as a set that the indexes give at once. */
function hasDetail(scope: CompanyScope, q: string): RawBuilder<boolean> {
  if (isNumber(q)) return sql<boolean>`c.id in (select n.candidate_id from candidate_phone n where n.company_id = ${scope.companyId} and n.e164 = ${q})`
  return sql<boolean>`(lower(c.email) = lower(${q}) and c.email is not null)`
}

function conditions(scope: CompanyScope, filters: CandidateFilters): RawBuilder<boolean>[] {
  const { trade, tag, skill, branch, list, availability, consent } = filters
  const found: (RawBuilder<boolean> | false)[] = [
    trade !== '' && sql<boolean>`fold(c.trade) collate "C" = fold(${trade})`,
    tag !== '' && sql<boolean>`c.folded_tags @> array[fold(${tag})]`,
    skill !== '' && sql<boolean>`c.folded_skills @> array[fold(${skill})]`,
    filters.town !== '' && (filters.radius === '' ? inTown(filters.town) : around(scope, filters.town, Number(filters.radius))),
    branch !== '' && sql<boolean>`c.branch_id = ${branch}::bigint`,
    list !== '' && sql<boolean>`exists (select from talent_list_member m where m.company_id = ${scope.companyId} and m.list_id = ${list}::bigint and m.candidate_id = c.id)`,
    filters.import !== '' && sql<boolean>`exists (
      select from candidate_import_row i where i.company_id = ${scope.companyId} and i.import_id = ${filters.import}::bigint and i.candidate_id = c.id and i.applied)`,
    availability !== '' && isNow(scope, availability),
    // Number by number (offset 0 keeps it so): few have opted out, whatever the planner thinks of a million telephones.
    consent === 'opted_out' && sql<boolean>`c.id in (
      select n.candidate_id from phone p cross join lateral (select candidate_id from candidate_phone where company_id = p.company_id and e164 = p.e164 offset 0) n
      where p.company_id = ${scope.companyId} and p.opted_out_at is not null)`,
    (consent === 'given' || consent === 'missing') && sql<boolean>`c.consent_given = ${consent === 'given'}`,
  ]
  return found.filter((condition) => condition !== false)
}

/** The beginning is enough: « lyon » finds « Lyon 3e » too. */
function inTown(town: string): RawBuilder<boolean> {
  return sql<boolean>`fold(c.town) collate "C" between fold(${town}) and fold(${town}) || ${LAST_CHARACTER}::text`
}

/** Kilometres in a degree of latitude. */
const DEGREE = 111.2

/**
 * Within so many kilometres of where the town lies; whoever nobody could place, too, if the town is theirs by name. Where the town
 * itself is unknown to us, its name alone decides.
 */
function around(scope: CompanyScope, town: string, kilometres: number): RawBuilder<boolean> {
  const latitude = sql`place_latitude(${scope.companyId}, ${town})`
  const longitude = sql`place_longitude(${scope.companyId}, ${town})`
  const degrees = kilometres / DEGREE
  // The box is what the index understands, the distance on the ground is asked of whoever is in it.
  return sql<boolean>`(((${latitude} is null or c.latitude is null) and ${inTown(town)}) or (
    c.latitude between ${latitude} - ${degrees}::real and ${latitude} + ${degrees}::real
    and power(c.latitude - ${latitude}, 2) + power((c.longitude - ${longitude}) * cos(radians(${latitude})), 2) <= ${degrees ** 2}::float8))`
}

/** The same as `currentAvailability`, in words by which the planner can tell how many there are. */
function isNow(scope: CompanyScope, availability: Availability): RawBuilder<boolean> {
  if (availability === 'unavailable') return sql<boolean>`c.availability = 'unavailable'`
  if (availability === 'available') return sql<boolean>`(c.availability = 'available' and (c.available_until is null or c.available_until >= ${today(scope)}))`
  return sql<boolean>`(c.availability = 'unknown' or (c.availability = 'available' and c.available_until < ${today(scope)}))`
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

/** The audience as rows of `c`, in no order: for statements about all of them. */
export function audienceRows(db: Db, scope: CompanyScope, audience: Audience, allowedCountries: readonly string[]): Matching {
  if (audience.mode === 'selected') {
    return db.selectFrom('candidate as c').where('c.company_id', '=', scope.companyId).where(sql<boolean>`c.id = any(${audience.ids}::bigint[])`)
  }
  const found = matchingCandidates(db, scope, audience.filters, allowedCountries)
  return audience.except.length === 0 ? found : found.where(sql<boolean>`c.id <> all(${audience.except}::bigint[])`)
}
