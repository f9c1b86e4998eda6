import { sql } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Availability, CandidateFilters, Kind, TextabilityReason } from './domain.ts'
import { currentAvailability } from './filters.queries.ts'
import { matchingRecords, reasonOf, whetherTextable } from './search.queries.ts'

/** All that a record says of a person, for a file. */
export type ExportedPerson = {
  id: number
  sort_name: string
  external_id: string | null
  kind: Kind
  first_name: string
  last_name: string
  email: string | null
  organisation: string | null
  trade: string | null
  skills: string[]
  tags: string[]
  branch: string | null
  town: string | null
  postal_code: string | null
  mobile: string | null
  mobile_2: string | null
  home: string | null
  language: string | null
  registered_on: CalendarDate | null
  consent_given: boolean
  consent_source: string | null
  consent_at: Date | null
  opted_out_at: Date | null
  availability: Availability
  available_from: CalendarDate | null
  available_until: CalendarDate | null
  said_at: Date | null
  reason: TextabilityReason | null
  answer: 'yes' | 'no' | null
  answered_at: Date | null
  texted_at: Date | null
}

/** The next of everybody a search finds, by name. */
export async function listForExport(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[], after: { sort_name: string; id: number } | undefined, limit: number): Promise<ExportedPerson[]> {
  const ids = await nextByName(db, scope, filters, allowedCountries, after, limit)
  const phone = (kind: 'mobile' | 'home', position: number) => sql`(select coalesce(p.e164, p.raw) from candidate_phone p where p.company_id = c.company_id and p.candidate_id = c.id and p.kind = ${kind} and p.position = ${position})`
  const { rows } = await sql<ExportedPerson>`
    select c.id, c.sort_name, c.external_id, c.kind, c.first_name, c.last_name, c.email, c.organisation, c.trade, c.skills, c.tags, b.name as branch, c.town, c.postal_code,
      ${phone('mobile', 1)} as mobile, ${phone('mobile', 2)} as mobile_2, ${phone('home', 1)} as home, c.language, c.registered_on, c.consent_given, c.consent_source, c.consent_at,
      (select max(n.opted_out_at) from candidate_phone p join phone n on n.company_id = p.company_id and n.e164 = p.e164 where p.company_id = c.company_id and p.candidate_id = c.id) as opted_out_at,
      ${currentAvailability(scope)} as availability, c.available_from, c.available_until, c.availability_updated_at as said_at, ${reasonOf(scope, sql`c.id`, allowedCountries)} as reason,
      answered.choice as answer, answered.answered_at,
      (select max(coalesce(s.submitted_at, s.created_at)) from message s where s.company_id = c.company_id and s.candidate_id = c.id and s.purpose <> 'test' and s.submitted_at is not null) as texted_at
    from unnest(${ids}::bigint[]) as page (id)
    join candidate c on c.company_id = ${scope.companyId} and c.id = page.id
    left join branch b on b.company_id = c.company_id and b.id = c.branch_id
    left join lateral (
      select a.choice, a.answered_at from recipient r join answer a on a.company_id = r.company_id and a.recipient_id = r.id
      where r.company_id = c.company_id and r.candidate_id = c.id order by a.answered_at desc limit 1
    ) answered on true
    order by c.sort_name, c.id`.execute(db)
  return rows
}

/**
 * Ids of the next people that a search finds, by name. Whether they can be texted is asked of so many at a time: asked within the
 * search, each part of a long file would ask all that are left once more.
 */
export async function nextByName(db: Db, scope: CompanyScope, filters: CandidateFilters, allowedCountries: readonly string[], after: { sort_name: string; id: number } | undefined, limit: number): Promise<number[]> {
  const ids: number[] = []
  for (let last = after; ; ) {
    const slice = matchingRecords(db, scope, filters)
      .$if(last !== undefined, (found) => found.where(sql<boolean>`(c.sort_name, c.id) > (${last?.sort_name}::text, ${last?.id}::bigint)`))
      .select(['c.id', 'c.sort_name', 'c.consent_given']).orderBy('c.sort_name').orderBy('c.id').limit(limit)
    const { rows } = await sql<{ id: number; sort_name: string; is_wanted: boolean }>`
      with slice as materialized ${slice} select s.id, s.sort_name, ${whetherTextable(scope, filters, 's', allowedCountries)} as is_wanted from slice s order by s.sort_name, s.id`.execute(db)
    ids.push(...rows.filter((row) => row.is_wanted).map(({ id }) => id))
    if (ids.length >= limit || rows.length < limit) return ids.slice(0, limit)
    last = rows.at(-1)
  }
}
