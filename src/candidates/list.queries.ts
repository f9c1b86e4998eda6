import { sql, type Expression } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import { prepared, type Db } from '../db/pool.ts'
import { NO_FILTERS, PAGE_SIZE, type Audience, type Availability, type CandidateFilters, type Kind, type ListPosition, type TextabilityReason } from './domain.ts'
import { currentAvailability } from './filters.queries.ts'
import { pageOf, type Reading } from './page.queries.ts'
import { textabilityReason } from './search.queries.ts'

export type CandidateRow = {
  id: number
  /** The three parts of the row's position in the list. */
  score: number
  sort_name: string
  first_name: string
  last_name: string
  trade: string | null
  skills: string[]
  town: string | null
  /** The client somebody works for. */
  organisation: string | null
  /** What is still true today. */
  availability: Availability
  available_from: CalendarDate | null
  available_until: CalendarDate | null
  /** The number an SMS would go to, else the mobile number on the record, else what stands there instead of one. */
  e164: string | null
  raw_phone: string | null
  /** Why not to text; null when nothing speaks against it. */
  reason: TextabilityReason | null
  answer: 'yes' | 'no' | null
  answered_at: Date | null
  sms_state: string | null
  sms_at: Date | null
}

/** One page of a search; `hasMore` says whether rows follow in the direction of reading. */
export async function listCandidates(
  db: Db,
  scope: CompanyScope,
  filters: CandidateFilters,
  allowedCountries: readonly string[],
  position?: ListPosition,
  reading: Reading = { isRanked: true, isMany: false },
): Promise<{ rows: CandidateRow[]; hasMore: boolean }> {
  const page = await sql<Shown>`select id, score from ${pageOf(db, { scope, filters, allowedCountries, position }, reading)} page order by score, sort_name, id`.execute(db)
  const found = await describeCandidates(db, scope, page.rows, allowedCountries)
  const isBackwards = position?.direction === 'before'
  const hasMore = found.length > PAGE_SIZE
  // Of a page read backwards the row too many is the first.
  const rows = isBackwards && hasMore ? found.slice(1) : found.slice(0, PAGE_SIZE)
  return { rows, hasMore }
}

type Shown = Pick<CandidateRow, 'id' | 'score'>

/**
 * What the list says of each candidate: looked up for the rows of one page, never for a whole search. A statement of its own, for
 * planning it takes longer than answering it.
 */
async function describeCandidates(db: Db, scope: CompanyScope, page: readonly Shown[], allowedCountries: readonly string[]): Promise<CandidateRow[]> {
  const { rows } = await sql<CandidateRow>`${prepared}
    select c.id, page.score, c.sort_name, c.first_name, c.last_name, c.trade, c.skills, c.town, c.organisation,
      ${currentAvailability(scope)} as availability, c.available_from, c.available_until,
      coalesce(t.e164, m.e164) as e164, m.raw as raw_phone, ${textabilityReason(allowedCountries)} as reason,
      answered.choice as answer, answered.answered_at, texted.state as sms_state, texted.at as sms_at
    from unnest(${page.map(({ id }) => id)}::bigint[], ${page.map(({ score }) => score)}::int[]) with ordinality as page (id, score, place)
    join candidate c on c.company_id = ${scope.companyId} and c.id = page.id
    join candidate_textability t on t.company_id = c.company_id and t.candidate_id = c.id
    left join candidate_phone m on m.company_id = c.company_id and m.candidate_id = c.id and m.kind = 'mobile' and m.position = 1
    left join lateral (
      select a.choice, a.answered_at from recipient r join answer a on a.company_id = r.company_id and a.recipient_id = r.id
      where r.company_id = c.company_id and r.candidate_id = c.id order by a.answered_at desc limit 1
    ) answered on true
    left join lateral (
      select s.state, coalesce(s.submitted_at, s.created_at) as at from message s
      where s.company_id = c.company_id and s.candidate_id = c.id and s.purpose <> 'test' and (s.step = 1 or s.state not in ('skipped', 'cancelled')) order by s.id desc limit 1
    ) texted on true
    order by page.place`.execute(db)
  return rows
}

/** What the fields of the filter offer. */
export type FilterChoices = { trades: string[]; towns: string[]; tags: string[]; skills: string[]; branches: { id: number; name: string }[] }

export async function listChoices(db: Db, scope: CompanyScope, kind: Kind): Promise<FilterChoices> {
  const [trades, towns, tags, skills, branches] = await Promise.all([listTrades(db, scope, kind), listTowns(db, scope, kind), listTags(db, scope), listSkills(db, scope, kind), listBranches(db, scope)])
  return { trades, towns, tags, skills, branches }
}

/** Of what the filters name by its id: undefined when it does not exist here. */
export type FilterNames = { branch: string | undefined; list: string | undefined; import: string | undefined }

export async function findFilterNames(db: Db, scope: CompanyScope, filters: Pick<CandidateFilters, 'branch' | 'list' | 'import'>): Promise<FilterNames> {
  if (!filters.branch && !filters.list && !filters.import) return { branch: undefined, list: undefined, import: undefined }
  const { rows } = await sql<Record<keyof FilterNames, string | null>>`select
    (select name from branch where company_id = ${scope.companyId} and id = nullif(${filters.branch}, '')::bigint) as branch,
    (select name from talent_list where company_id = ${scope.companyId} and id = nullif(${filters.list}, '')::bigint) as list,
    (select file_name from candidate_import where company_id = ${scope.companyId} and id = nullif(${filters.import}, '')::bigint) as import`.execute(db)
  const row = rows[0]!
  return { branch: row.branch ?? undefined, list: row.list ?? undefined, import: row.import ?? undefined }
}

/** True for the people of a vacancy that only some may know of (S5). */
export async function isConfidentialList(db: Db, scope: CompanyScope, listId: string): Promise<boolean> {
  const row = await db.selectFrom('job').select('id').where('company_id', '=', scope.companyId).where('list_id', '=', Number(listId)).where('is_confidential', '=', true).limit(1).executeTakeFirst()
  return row !== undefined
}

/** What an audience is called: the saved search that it is, and what its filters name. */
export async function findAudienceNames(db: Db, scope: CompanyScope, userId: number, audience: Audience): Promise<FilterNames & { search: string | undefined }> {
  if (audience.mode === 'selected') return { branch: undefined, list: undefined, import: undefined, search: undefined }
  const [names, saved] = await Promise.all([
    findFilterNames(db, scope, audience.filters),
    db
      .selectFrom('saved_search').select('name')
      .where('company_id', '=', scope.companyId).where(sql<boolean>`${JSON.stringify(NO_FILTERS)}::jsonb || filters = ${JSON.stringify({ ...NO_FILTERS, ...audience.filters })}::jsonb`).where(sql<boolean>`(created_by = ${userId} or is_shared)`)
      .orderBy(sql`created_by = ${userId}`, 'desc').orderBy('id').limit(1)
      .executeTakeFirst(),
  ])
  return { ...names, search: saved?.name }
}

/** A menu longer than this is a page of its own. */
const MENU_SEARCHES = 12

/** One's own first, then what colleagues share. */
export async function listSavedSearches(db: Db, scope: CompanyScope, userId: number): Promise<{ name: string; filters: CandidateFilters }[]> {
  const rows = await db
    .selectFrom('saved_search').select(['name', 'filters'])
    .where('company_id', '=', scope.companyId).where(sql<boolean>`(created_by = ${userId} or is_shared)`)
    .orderBy(sql`created_by = ${userId}`, 'desc').orderBy(sql`lower(name)`).limit(MENU_SEARCHES)
    .execute()
  return rows.map(({ name, filters }) => ({ name, filters: { ...NO_FILTERS, ...(filters as Partial<CandidateFilters>) } }))
}

async function listTags(db: Db, scope: CompanyScope): Promise<string[]> {
  const rows = await db.selectFrom('tag').select('name').where('company_id', '=', scope.companyId).orderBy('folded').limit(MOST_OPTIONS).execute()
  return rows.map(({ name }) => name)
}

async function listBranches(db: Db, scope: CompanyScope): Promise<{ id: number; name: string }[]> {
  return db.selectFrom('branch').select(['id', 'name']).where('company_id', '=', scope.companyId).where('archived_at', 'is', null).orderBy(sql`lower(name)`).limit(MOST_OPTIONS).execute()
}

/** Qualifications are free text without a table of their own: those of so many records are enough to suggest some. */
const SAMPLE = 500

async function listSkills(db: Db, scope: CompanyScope, kind: Kind): Promise<string[]> {
  const { rows } = await sql<{ skill: string }>`
    select min(skill) as skill from (select skills from candidate where company_id = ${scope.companyId} and kind = ${kind} order by sort_name, id limit ${SAMPLE}) c, unnest(c.skills) skill
    group by fold(skill) order by count(*) desc, 1 limit 100`.execute(db)
  return rows.map(({ skill }) => skill)
}

/** Trades on record, one spelling each, for the filter. Steps through the index from one to the next, so the number of candidates does not matter. */
export async function listTrades(db: Db, scope: CompanyScope, kind: Kind): Promise<string[]> {
  return distinctSpellings(db, scope, kind, 'trade')
}

export async function listTowns(db: Db, scope: CompanyScope, kind: Kind): Promise<string[]> {
  return distinctSpellings(db, scope, kind, 'town')
}

/** A company has some dozen trades and some hundred towns; more than this helps nobody to choose. */
const MOST_OPTIONS = 500

async function distinctSpellings(db: Db, scope: CompanyScope, kind: Kind, column: 'trade' | 'town'): Promise<string[]> {
  const value = sql.ref(`c.${column}`)
  const step = (after: Expression<unknown>) => sql`(
    select fold(${value}) collate "C" as folded, ${value} as spelling from candidate c
    where c.company_id = ${scope.companyId} and c.kind = ${kind} and fold(${value}) collate "C" > ${after} order by fold(${value}) collate "C" limit 1)`
  const { rows } = await sql<{ spelling: string }>`
    with recursive option as (
      ${step(sql`''`)}
      union all
      select next.folded, next.spelling from option cross join lateral ${step(sql`option.folded`)} next
    )
    select spelling from option limit ${MOST_OPTIONS}`.execute(db)
  return rows.map(({ spelling }) => spelling)
}
