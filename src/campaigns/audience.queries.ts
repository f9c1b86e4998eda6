import { sql, type RawBuilder, type Transaction } from 'kysely'
import { rankedCandidates } from '../candidates/search.queries.ts'
import type { ExclusionReason } from '../consent/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { MergeField } from '../message-templates/merge.ts'
import type { Language } from '../words/define.ts'
import { audienceCounts, type AudienceCounts, type AudienceSpec } from './audience.domain.ts'
import type { BatchRules } from './schedule.domain.ts'

/** People of one batch whose text is the same: those with equal values in every field the message uses. */
export type AudienceGroup = { batch: number; language: Language; first_name: string; last_name: string; trade: string; town: string; people: number; first_position: number }
export type AudienceMember = { id: number; position: number; language: Language; e164: string; first_name: string; last_name: string; trade: string; town: string }

/** Candidate fields, the only ones that differ from person to person. */
const PERSONAL_FIELDS = ['first_name', 'last_name', 'trade', 'town'] as const satisfies readonly MergeField[]

/**
 * Everything about a draft's audience in one look: the count of each line, the countries, how many were texted lately, and the
 * groups of people who get the same text — so that 25,000 messages are measured by measuring a few hundred.
 */
export async function getAudience(
  db: Db,
  scope: CompanyScope,
  spec: AudienceSpec,
  options: { fields: ReadonlySet<MergeField>; recentDays: number; batches: Pick<BatchRules, 'first' | 'next'> },
): Promise<{ counts: AudienceCounts; countries: Record<string, number>; recent: number; nameless: number | null; groups: AudienceGroup[] }> {
  const columns = PERSONAL_FIELDS.map((field) => (options.fields.has(field) ? sql`coalesce(c.${sql.ref(field)}, '')` : sql`''`))
  const { rows } = await sql<{ counts: Record<string, number> | null; countries: Record<string, number> | null; recent: number; nameless: number | null; groups: AudienceGroup[] | null }>`
    ${judgedAudience(db, scope, spec)}, people as materialized (
      select a.position, ${batchNo(sql`a.position`, options.batches)} as batch, a.country, p.last_submit_at, c.first_name = '' as is_nameless, ${messageLanguage(spec)} as language,
        ${sql.join(columns.map((column, index) => sql`${column} as ${sql.ref(PERSONAL_FIELDS[index]!)}`))}
      from audience a
      join candidate c on c.company_id = ${scope.companyId} and c.id = a.id
      left join phone p on p.company_id = ${scope.companyId} and p.e164 = a.e164
      where a.reason is null
    )
    select
      (select jsonb_object_agg(reason, n) from (select coalesce(reason, 'recipients') as reason, count(*) as n from audience group by 1) as lines) as counts,
      (select jsonb_object_agg(coalesce(country, '?'), n) from (select country, count(*) as n from people group by 1) as places) as countries,
      (select count(*) from people where last_submit_at > app_now() - make_interval(days => ${options.recentDays})) as recent,
      (select min(position) from people where is_nameless) as nameless,
      (select jsonb_agg(g) from (
        select batch, language, ${sql.join(PERSONAL_FIELDS.map((field) => sql.ref(field)))}, count(*) as people, min(position) as first_position
        from people group by 1, 2, 3, 4, 5, 6
      ) as g) as groups`.execute(db)
  const row = rows[0]!
  return { counts: audienceCounts(row.counts ?? {}), countries: row.countries ?? {}, recent: row.recent, nameless: row.nameless, groups: row.groups ?? [] }
}

/** The person at a place of the audience, 1 being the best-ranked. */
export async function findMember(db: Db, scope: CompanyScope, spec: AudienceSpec, position: number): Promise<AudienceMember | undefined> {
  const { rows } = await sql<AudienceMember>`
    ${judgedAudience(db, scope, spec)}
    select a.id, a.position, a.e164, ${messageLanguage(spec)} as language, c.first_name, c.last_name, coalesce(c.trade, '') as trade, coalesce(c.town, '') as town
    from audience a join candidate c on c.company_id = ${scope.companyId} and c.id = a.id
    where a.reason is null and a.position = ${position}`.execute(db)
  return rows[0]
}

export type AudienceRow = { id: number; rank: number; e164: string | null; first_name: string; last_name: string; trade: string | null; town: string | null; twin_id: number | null; twin_name: string | null }

/** The people of one line, best-ranked first, after `afterRank`; with the record that gets the SMS in place of a duplicate. */
export async function listAudience(db: Db, scope: CompanyScope, spec: AudienceSpec, reason: ExclusionReason | null, page: { afterRank: number; limit: number }): Promise<AudienceRow[]> {
  const { rows } = await sql<AudienceRow>`
    ${judgedAudience(db, scope, spec)}
    select a.id, a.rank, a.e164, c.first_name, c.last_name, c.trade, c.town, twin.id as twin_id, concat_ws(' ', t.first_name, t.last_name) as twin_name
    from (select * from audience where reason is not distinct from ${reason}::text and rank > ${page.afterRank} order by rank limit ${page.limit}) as a
    join candidate c on c.company_id = ${scope.companyId} and c.id = a.id
    left join audience twin on a.reason = 'duplicate_number' and twin.e164 = a.e164 and twin.position is not null
    left join candidate t on t.company_id = ${scope.companyId} and t.id = twin.id
    order by a.rank`.execute(db)
  return rows
}

/** Ids of recipients texted in the last `days` days, to be left out. */
export async function listRecentlyTexted(db: Db, scope: CompanyScope, spec: AudienceSpec, days: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    ${judgedAudience(db, scope, spec)}
    select a.id from audience a join phone p on p.company_id = ${scope.companyId} and p.e164 = a.e164
    where p.last_submit_at > app_now() - make_interval(days => ${days}) and (a.reason is null or a.reason = 'duplicate_number')`.execute(db)
  return rows.map((row) => row.id)
}

/**
 * Writes down whom a campaign reaches and whom not, in one statement: recipients in rank order with the codes given, the
 * records that share a number, and every exclusion with its reason. Returns the counts, which add up.
 */
export async function freezeAudience(
  trx: Transaction<DB>,
  scope: CompanyScope,
  spec: AudienceSpec,
  into: { campaignId: number; batchId: number; codes: readonly string[] },
): Promise<AudienceCounts> {
  const { rows } = await sql<{ reason: string; n: number }>`
    ${judgedAudience(trx, scope, spec)}, chosen as (
      insert into recipient (company_id, campaign_id, batch_id, candidate_id, e164, rank, language, code)
      select ${scope.companyId}, ${into.campaignId}, ${into.batchId}, a.id, a.e164, a.position, ${messageLanguage(spec)}, code.code
      from audience a
      join candidate c on c.company_id = ${scope.companyId} and c.id = a.id
      join unnest(${into.codes}::text[]) with ordinality as code (code, position) on code.position = a.position
      where a.reason is null
      order by a.position
      returning id, e164
    ), profiles as (
      insert into recipient_profile (company_id, recipient_id, candidate_id)
      select ${scope.companyId}, chosen.id, a.id
      from audience a join chosen on chosen.e164 = a.e164
      where a.reason is null or a.reason = 'duplicate_number'
    ), excluded as (
      insert into campaign_exclusion (company_id, campaign_id, candidate_id, reason)
      select ${scope.companyId}, ${into.campaignId}, id, reason from audience where reason is not null
    )
    select coalesce(reason, 'recipients') as reason, count(*) as n from audience group by 1`.execute(trx)
  return audienceCounts(Object.fromEntries(rows.map((row) => [row.reason, row.n])))
}

/**
 * `with … audience (id, rank, e164, country, position, reason)`: each candidate with the first reason that keeps it out (S46), or
 * none. Among records that share a number the best-ranked one gets the SMS; `position` counts those, before the limit.
 */
function judgedAudience(db: Db, scope: CompanyScope, spec: AudienceSpec): RawBuilder<unknown> {
  return sql`with judged as (
      select r.id, r.rank, t.e164, t.country,
        coalesce(t.reason, case when t.country = any(${spec.allowedCountries}::text[]) then null else 'country_blocked' end) as reason
      from ${rankedCandidates(db, scope, spec.audience, spec.allowedCountries)} as r
      join candidate_textability t on t.company_id = ${scope.companyId} and t.candidate_id = r.id
    ), numbered as (
      select *, reason is null and row_number() over (partition by reason is null, e164 order by rank, id) = 1 as is_first from judged
    ), placed as (
      select *, case when is_first then row_number() over (partition by is_first order by rank, id) end as position from numbered
    ), audience as materialized (
      select id, rank, e164, country, position,
        case when reason is not null then reason when not is_first then 'duplicate_number' when position > ${spec.limit} then 'over_limit' end as reason
      from placed
    )`
}

/** Number of the batch that holds this place of the audience: the best-ranked leave first (S60). */
function batchNo(position: RawBuilder<unknown>, batches: Pick<BatchRules, 'first' | 'next'>): RawBuilder<number> {
  return sql`case when ${position} <= ${batches.first}::int then 1 else 2 + (${position} - ${batches.first}::int - 1) / ${batches.next}::int end`
}

function messageLanguage(spec: AudienceSpec): RawBuilder<Language> {
  return sql`case when c.language = any(${spec.languages}::text[]) then c.language else ${spec.fallbackLanguage}::text end`
}
