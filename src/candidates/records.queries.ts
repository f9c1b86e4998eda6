import { sql, type RawBuilder } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import type { Availability, CandidateFilters, Kind, TextabilityReason } from './domain.ts'
import { currentAvailability } from './filters.queries.ts'
import { pageOf } from './page.queries.ts'
import type { PhoneKind } from './phones.domain.ts'
import { textabilityReason } from './search.queries.ts'

/** A whole record, as other programs are told it. */
export type WholeRecord = {
  id: number
  kind: Kind
  sort_name: string
  external_id: string | null
  first_name: string
  last_name: string
  organisation: string | null
  trade: string | null
  skills: string[]
  tags: string[]
  email: string | null
  town: string | null
  postal_code: string | null
  branch_id: number | null
  language: Language | null
  registered_on: CalendarDate | null
  consent_given: boolean
  consent_source: string | null
  consent_at: Date | null
  availability: Availability
  available_from: CalendarDate | null
  available_until: CalendarDate | null
  availability_updated_at: Date | null
  created_at: Date
  updated_at: Date
  text_to: string | null
  reason: TextabilityReason | null
  phones: { kind: PhoneKind; raw: string; e164: string | null; is_textable: boolean }[]
}

/** One page of a search by name, and one record more where there are more. `isMany`: as `readingOf` says of so many. */
export async function listRecordPage(
  db: Db,
  scope: CompanyScope,
  asked: { filters: CandidateFilters; allowedCountries: readonly string[]; after: { name: string; id: number } | undefined; isMany: boolean },
): Promise<WholeRecord[]> {
  const { filters, allowedCountries, after, isMany } = asked
  const position = after && { from: [null, after.name, after.id], direction: 'after' as const }
  return describeRecords(db, scope, pageOf(db, { scope, filters, allowedCountries, position }, { isRanked: false, isMany }), allowedCountries)
}

/** Those of these people whom the company has, by name. */
export async function listRecords(db: Db, scope: CompanyScope, ids: readonly number[], allowedCountries: readonly string[]): Promise<WholeRecord[]> {
  return describeRecords(db, scope, sql`(select unnest(${[...ids]}::bigint[]) as id)`, allowedCountries)
}

async function describeRecords(db: Db, scope: CompanyScope, ids: RawBuilder<unknown>, allowedCountries: readonly string[]): Promise<WholeRecord[]> {
  const { rows } = await sql<WholeRecord>`
    with page as materialized ${ids}
    select c.id, c.kind, c.sort_name, c.external_id, c.first_name, c.last_name, c.organisation, c.trade, c.skills, c.tags, c.email, c.town, c.postal_code, c.branch_id, c.language, c.registered_on,
      c.consent_given, c.consent_source, c.consent_at, ${currentAvailability(scope)} as availability, c.available_from, c.available_until, c.availability_updated_at, c.created_at, c.updated_at,
      t.e164 as text_to, ${textabilityReason(allowedCountries)} as reason,
      coalesce((
        select jsonb_agg(jsonb_build_object('kind', p.kind, 'raw', p.raw, 'e164', p.e164, 'is_textable', p.is_textable) order by p.kind desc, p.position)
        from candidate_phone p where p.company_id = c.company_id and p.candidate_id = c.id
      ), '[]') as phones
    from page
    join candidate c on c.company_id = ${scope.companyId} and c.id = page.id
    join candidate_textability t on t.company_id = c.company_id and t.candidate_id = c.id
    order by c.sort_name, c.id`.execute(db)
  return rows
}

/** Which of these ids are nobody's of this company. */
export async function findUnknownPeople(db: Db, scope: CompanyScope, ids: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select given.id from unnest(${[...ids]}::bigint[]) as given (id)
    where not exists (select from candidate c where c.company_id = ${scope.companyId} and c.id = given.id) order by given.id`.execute(db)
  return rows.map(({ id }) => id)
}
