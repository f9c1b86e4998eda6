import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { beginsWith } from '../db/text.queries.ts'
import type { Candidate, DB } from '../db/schema.ts'
import { isContactDetail, isNumber, type Availability, type CandidateFilters } from './domain.ts'

/** Records as `c`, of which nothing is selected yet. */
export type Matching = SelectQueryBuilder<DB & { c: Candidate }, 'c', unknown>
export type Condition = RawBuilder<boolean>

export function recordsOfKind(db: Db, scope: CompanyScope, { kind }: Pick<CandidateFilters, 'kind'>): Matching {
  return db.selectFrom('candidate as c').where('c.company_id', '=', scope.companyId).where('c.kind', '=', kind)
}

/** Whole records that a statement gives. */
export function recordsFrom(db: Db, source: RawBuilder<unknown>): Matching {
  return db.selectFrom((source as RawBuilder<Candidate>).as('c')) as unknown as Matching
}

export function allOf(rows: Matching, conditions: readonly Condition[]): Matching {
  return conditions.reduce((narrowed, condition) => narrowed.where(condition), rows)
}

/** Of the record `c`: what an index holds in the order of the list, so that a page of it is read as it is shown. */
export function orderedConditions(scope: CompanyScope, { trade, branch, availability, from, until, consent }: CandidateFilters): Condition[] {
  const found: (Condition | false)[] = [
    trade !== '' && sql<boolean>`fold(c.trade) collate "C" = fold(${trade})`,
    branch !== '' && sql<boolean>`c.branch_id = ${branch}::bigint`,
    availability !== '' && isNow(scope, availability),
    (from !== '' || until !== '') && isFree(scope, from || until, until || from),
    (consent === 'given' || consent === 'missing') && sql<boolean>`c.consent_given = ${consent === 'given'}`,
  ]
  return found.filter((condition) => condition !== false)
}

/** Of the record `c`: whose number or address it is, and the town; the matches lie anywhere in the list, like those of words. */
export function scatteredConditions(scope: CompanyScope, { q, town, radius }: CandidateFilters): Condition[] {
  const found: (Condition | false)[] = [
    isContactDetail(q) && hasDetail(scope, q),
    town !== '' && radius === '' && inTown(town),
  ]
  return found.filter((condition) => condition !== false)
}

/** Whose number or e-mail address this is, as a set that the indexes give at once. */
function hasDetail(scope: CompanyScope, q: string): Condition {
  if (isNumber(q)) return sql<boolean>`c.id in (select n.candidate_id from candidate_phone n where n.company_id = ${scope.companyId} and n.e164 = ${q})`
  return sql<boolean>`(lower(c.email) = lower(${q}) and c.email is not null)`
}

/** The beginning is enough: « lyon » finds « Lyon 3e » too. */
function inTown(town: string): Condition {
  return beginsWith(sql`fold(c.town) collate "C"`, town)
}

/** Kilometres in a degree of latitude. */
const DEGREE = 111.2

/**
 * Within so many kilometres of where the town lies; whoever nobody could place, too, if the town is theirs by name. Where the town
 * itself is unknown to us, its name alone decides. Two conditions that nobody meets both.
 */
export function aroundConditions(scope: CompanyScope, { town, radius }: CandidateFilters): [Condition, Condition] {
  const at = sql`place_point(${scope.companyId}, ${town})`
  const degrees = sql`${Number(radius) / DEGREE}::float8`
  // Belts, west and east are what the index understands, the distance on the ground is asked of whoever lies between.
  return [
    sql<boolean>`(c.latitude is not null and belt_of(c.latitude) = any(belts_around(${at}, ${degrees}))
      and c.longitude between west_of(${at}, ${degrees}) and west_of(${at}, -${degrees}) and is_within(c.latitude, c.longitude, ${at}, ${degrees}))`,
    sql<boolean>`((${at} is null or c.latitude is null) and c.town is not null and ${inTown(town)})`,
  ]
}

/** The same as one condition, for records that are read for another reason; none without a circle. */
export function around(scope: CompanyScope, filters: CandidateFilters): Condition[] {
  return isCircle(filters) ? [sql<boolean>`(${sql.join(aroundConditions(scope, filters), sql` or `)})`] : []
}

export function isCircle({ town, radius }: CandidateFilters): boolean {
  return town !== '' && radius !== ''
}

/**
 * The people whom a list, an import or an opt-out names, as `candidate_id`. In `some` somebody may come twice, so that it need not be
 * read to the end. As conditions on `c`: `isOne` leaves the planner to begin where it likes, `hasEach` is asked record by record.
 */
export type NamedPeople = { ids: RawBuilder<unknown>; some: RawBuilder<unknown>; isOne: Condition; hasEach: Condition }

export function namedPeople(scope: CompanyScope, { list, import: imported, consent }: CandidateFilters): NamedPeople[] {
  const found: NamedPeople[] = []
  if (list !== '') found.push(membersOf(scope, list))
  if (imported !== '') found.push(importedBy(scope, imported))
  if (consent === 'opted_out') found.push(optedOut(scope))
  return found
}

function membersOf({ companyId }: CompanyScope, list: string): NamedPeople {
  const members = sql`from talent_list_member m where m.company_id = ${companyId} and m.list_id = ${list}::bigint`
  const ids = sql`select m.candidate_id ${members}`
  const has = sql`select ${members} and m.candidate_id = c.id`
  return { ids, some: ids, isOne: sql<boolean>`exists (${has})`, hasEach: sql<boolean>`exists (${has} offset 0)` }
}

function importedBy({ companyId }: CompanyScope, imported: string): NamedPeople {
  const rows = sql`from candidate_import_row i where i.company_id = ${companyId} and i.import_id = ${imported}::bigint and i.candidate_id is not null and i.applied`
  const has = sql`select ${rows} and i.candidate_id = c.id`
  return { ids: sql`select distinct i.candidate_id ${rows}`, some: sql`select i.candidate_id ${rows}`, isOne: sql<boolean>`exists (${has})`, hasEach: sql<boolean>`exists (${has} offset 0)` }
}

function optedOut({ companyId }: CompanyScope): NamedPeople {
  // Number by number (offset 0 keeps it so): few have opted out, whatever the planner thinks of a million telephones.
  const rows = sql`from phone p cross join lateral (select candidate_id from candidate_phone where company_id = p.company_id and e164 = p.e164 offset 0) n where p.company_id = ${companyId} and p.opted_out_at is not null`
  const has = sql`select from candidate_phone n where n.company_id = ${companyId} and n.candidate_id = c.id
    and exists (select from phone p where p.company_id = n.company_id and p.e164 = n.e164 and p.opted_out_at is not null offset 0)`
  const ids = sql`select distinct n.candidate_id ${rows}`
  return { ids, some: sql`select n.candidate_id ${rows}`, isOne: sql<boolean>`c.id in (${ids})`, hasEach: sql<boolean>`exists (${has} offset 0)` }
}

/** The same as `currentAvailability`, in words by which the planner can tell how many there are. */
function isNow(scope: CompanyScope, availability: Availability): Condition {
  if (availability === 'unavailable') return sql<boolean>`c.availability = 'unavailable'`
  if (availability === 'available') return sql<boolean>`(c.availability = 'available' and (c.available_until is null or c.available_until >= ${today(scope)}))`
  return sql<boolean>`(c.availability = 'unknown' or (c.availability = 'available' and c.available_until < ${today(scope)}))`
}

/** From the first day to the last, as it is known today: a period that is over says nothing of its days either. */
function isFree(scope: CompanyScope, first: CalendarDate, last: CalendarDate): Condition {
  return sql<boolean>`(c.availability = 'available' and (c.available_from is null or c.available_from <= ${first}::date)
    and (c.available_until is null or c.available_until >= greatest(${last}::date, ${today(scope)})))`
}

/** An availability whose last day has passed says nothing any more. */
export function currentAvailability(scope: CompanyScope): RawBuilder<string> {
  return sql`case when c.availability = 'available' and c.available_until < ${today(scope)} then 'unknown' else c.availability end`
}

/** The date it is for the company. */
export function today(scope: CompanyScope): RawBuilder<string> {
  return sql`(select (app_now() at time zone time_zone)::date from company where id = ${scope.companyId})`
}
