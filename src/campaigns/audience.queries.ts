import { sql, type RawBuilder, type Transaction } from 'kysely'
import { rankedCandidates } from '../candidates/search.queries.ts'
import type { ExclusionReason } from '../consent/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { PERSONAL_FIELDS, type MergeField } from '../message-templates/merge.ts'
import type { Language } from '../words/define.ts'
import { audienceCounts, type AudienceCounts, type AudienceSpec } from './audience.domain.ts'
import type { BatchRules } from './schedule.domain.ts'

/** People of one batch whose text is the same: those with equal values in every field the message uses. */
export type AudienceGroup = { batch: number; language: Language; first_name: string; last_name: string; trade: string; town: string; branch: string; country: string | null; sender_id: number; people: number; first_position: number; first_id: number }
export type AudienceMember = { id: number; position: number; language: Language; first_name: string; last_name: string; trade: string; town: string; branch: string; sender_id: number }
/** With the number that the text goes to. */
export type AudiencePerson = AudienceMember & { e164: string }

export type Overlap = { id: number; name: string; launched_at: Date; shared: number }

/** What a page shows besides the numbers, of the same judgement, since that is what takes long. */
export type AudienceLook = {
  /** The people at these places, 1 being the best-ranked; whoever stands nearest where there is none. */
  places: readonly number[]
  /** For the last look before sending: also the people in the middle and at the end, and campaigns of the last `days` days that reach mostly the same. */
  last?: { campaignId: number; days: number } | undefined
}

/**
 * Everything about a draft's audience in one look: the count of each line, the countries, how many were texted lately, and the
 * groups of people who get the same text — so that 25,000 messages are measured by measuring a few hundred.
 */
export async function getAudience(
  db: Db,
  scope: CompanyScope,
  spec: AudienceSpec,
  options: { fields: ReadonlySet<MergeField>; recentDays: number; batches: Pick<BatchRules, 'first' | 'next'>; look?: AudienceLook },
): Promise<{ counts: AudienceCounts; countries: Record<string, number>; recent: number; nameless: number | null; overridden: number; overridable: number; groups: AudienceGroup[]; members: AudiencePerson[]; overlaps: Overlap[] }> {
  const { places = [], last } = options.look ?? {}
  const columns = PERSONAL_FIELDS.map((field) => (options.fields.has(field) ? sql`coalesce(a.${sql.ref(field)}, '')` : sql`''`))
  const { rows } = await sql<{ counts: Record<string, number> | null; countries: Record<string, number> | null; recent: number; nameless: number | null; overridden: number; overridable: number; groups: AudienceGroup[] | null; members: AudiencePerson[] | null; overlaps: (Omit<Overlap, 'launched_at'> & { launched_at: string })[] | null }>`
    ${judgedAudience(db, scope, spec)}, people as materialized (
      select a.id, a.position, ${batchNo(sql`a.position`, options.batches)} as batch, a.country, a.sender_id, a.is_overridden, p.last_submit_at, a.first_name = '' as is_nameless, a.language,
        ${sql.join(columns.map((column, index) => sql`${column} as ${sql.ref(PERSONAL_FIELDS[index]!)}`))}
      from audience a
      left join phone p on p.company_id = ${scope.companyId} and p.e164 = a.e164
      where a.is_recipient
    )
    select
      (select jsonb_object_agg(reason, n) from (select coalesce(reason, 'recipients') as reason, count(*) as n from audience group by 1) as lines) as counts,
      (select jsonb_object_agg(coalesce(country, '?'), n) from (select country, count(*) as n from people group by 1) as places) as countries,
      (select count(*) from people where last_submit_at > (select app_now()) - make_interval(days => ${options.recentDays})) as recent,
      (select min(position) from people where is_nameless) as nameless,
      (select count(*) from people where is_overridden) as overridden,
      (select count(*) from audience where is_overridable and reason in ('opted_out', 'no_consent')) as overridable,
      (select jsonb_agg(to_jsonb(g) || jsonb_build_object('first_id', p.id)) from (
        select batch, language, country, sender_id, ${sql.join(PERSONAL_FIELDS.map((field) => sql.ref(field)))}, count(*) as people, min(position) as first_position
        from people group by batch, language, country, sender_id, ${sql.join(PERSONAL_FIELDS.map((field) => sql.ref(field)))}
      ) as g join people p on p.position = g.first_position) as groups,
      (select jsonb_agg(m order by m.position) from (
        select id, position, e164, language, first_name, last_name, coalesce(trade, '') as trade, coalesce(town, '') as town, coalesce(branch, '') as branch, sender_id
        from audience where is_recipient and position in (
          select greatest(1, least(place, size)) from (select count(*)::int as size from people) as s
          cross join unnest(${[...places]}::int[] || case when ${last !== undefined} then array[(size + 1) / 2, size] else '{}' end) as place
        )
      ) as m) as members,
      ${last ? overlapsOf(scope, last) : sql`null`} as overlaps`.execute(db)
  const row = rows[0]!
  return {
    counts: audienceCounts(row.counts ?? {}), countries: row.countries ?? {}, recent: row.recent, nameless: row.nameless, overridden: row.overridden, overridable: row.overridable, groups: row.groups ?? [], members: row.members ?? [],
    overlaps: (row.overlaps ?? []).map((overlap) => ({ ...overlap, launched_at: new Date(overlap.launched_at) })),
  }
}

export type AudienceRow = { id: number; rank: number; e164: string | null; first_name: string; last_name: string; trade: string | null; town: string | null; twin_id: number | null; twin_name: string | null }

/** The people of one line, best-ranked first, after `afterRank`; with the record that gets the SMS in place of a duplicate. */
export async function listAudience(db: Db, scope: CompanyScope, spec: AudienceSpec, reason: ExclusionReason | null, page: { afterRank: number; limit: number }): Promise<AudienceRow[]> {
  const { rows } = await sql<AudienceRow>`
    ${judgedAudience(db, scope, spec)}
    select a.id, a.rank, a.e164, a.first_name, a.last_name, a.trade, a.town, twin.id as twin_id, concat_ws(' ', twin.first_name, twin.last_name) as twin_name
    from (select * from audience where reason is not distinct from ${reason}::text and rank > ${page.afterRank} order by rank limit ${page.limit}) as a
    left join audience twin on a.reason = 'duplicate_number' and twin.e164 = a.e164 and twin.position is not null
    order by a.rank`.execute(db)
  return rows
}

/** Ids of recipients texted in the last `days` days, to be left out. */
export async function listRecentlyTexted(db: Db, scope: CompanyScope, spec: AudienceSpec, days: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    ${judgedAudience(db, scope, spec)}
    select a.id from audience a join phone p on p.company_id = ${scope.companyId} and p.e164 = a.e164
    where p.last_submit_at > (select app_now()) - make_interval(days => ${days}) and (a.reason is null or a.reason = 'duplicate_number')`.execute(db)
  return rows.map((row) => row.id)
}

/** Launched campaigns looked through for the same people; with more at once a page would wait. */
const LOOKED_THROUGH = 10

/** Campaigns under way, or launched lately, that reach at least half of these recipients; most of them first. Reads `audience` and `people`. */
function overlapsOf(scope: CompanyScope, given: { campaignId: number; days: number }): RawBuilder<unknown> {
  return sql`(
    select jsonb_agg(o order by o.shared desc, o.launched_at desc) from (
      select near.*, found.shared from (select count(*)::int as size from people) as s
      cross join lateral (
        select c.id, c.name, c.launched_at from campaign c
        where s.size > 0 and c.company_id = ${scope.companyId} and c.id <> ${given.campaignId} and c.launched_at is not null and c.status <> 'cancelled'
          and (c.status in ('scheduled', 'in_process', 'paused', 'suspended') or c.launched_at > (select app_now()) - make_interval(days => ${given.days}))
          -- Fewer than half of the draft's people cannot be half of them.
          and 2 * (c.audience_counts ->> 'recipients')::int >= s.size
        order by c.launched_at desc limit ${LOOKED_THROUGH}
      ) as near
      cross join lateral (select count(*) as shared from recipient r join audience a on a.e164 = r.e164 and a.is_recipient where r.campaign_id = near.id) as found
      where 2 * found.shared >= s.size
      order by found.shared desc, near.launched_at desc limit 3
    ) as o
  )`
}

/**
 * Judges the audience once and for all, for the rest of the transaction: what `listGathered` and `freezeGathered` then read in
 * groups is one and the same moment. Returns the counts, which add up.
 */
export async function gatherAudience(trx: Transaction<DB>, scope: CompanyScope, spec: AudienceSpec): Promise<AudienceCounts> {
  await sql`drop table if exists pg_temp.gathered`.execute(trx)
  await sql`create temporary table gathered on commit drop as ${judgedAudience(trx, scope, spec)} select *, null::bigint as recipient_id from audience`.execute(trx)
  await sql`create index on gathered (rank)`.execute(trx)
  await sql`create index on gathered (e164) where is_recipient`.execute(trx)
  // Without it every stretch would be planned as if the list were empty.
  await sql`analyze gathered`.execute(trx)
  const { rows } = await sql<{ reason: string; n: number }>`select coalesce(reason, 'recipients') as reason, count(*) as n from gathered group by 1`.execute(trx)
  return audienceCounts(Object.fromEntries(rows.map((row) => [row.reason, row.n])))
}

/** From which rank, and how many of the list, recipients or not. */
export type Stretch = { afterRank: number; size: number }
export type GatheredRecipient = AudiencePerson & { country: string | null }

/** The recipients in a stretch of the list, best-ranked first. */
export async function listGathered(trx: Transaction<DB>, { afterRank, size }: Stretch): Promise<GatheredRecipient[]> {
  const { rows } = await sql<GatheredRecipient>`
    select id, position, e164, country, sender_id, language, first_name, last_name, coalesce(trade, '') as trade, coalesce(town, '') as town, coalesce(branch, '') as branch
    from gathered where rank > ${afterRank} and rank <= ${afterRank + size} and is_recipient order by rank`.execute(trx)
  return rows
}

/**
 * Writes down a stretch of the list: its recipients, each with a code and a batch, the records that share a number, and everybody
 * else with the reason. Returns the recipients' ids in the order of the codes.
 */
export async function freezeGathered(
  trx: Transaction<DB>,
  scope: CompanyScope,
  { afterRank, size }: Stretch,
  into: { campaignId: number; codes: readonly string[]; batchIds: readonly number[] },
): Promise<number[]> {
  const isHere = sql<boolean>`a.rank > ${afterRank} and a.rank <= ${afterRank + size}`
  const { rows } = await sql<{ id: number }>`
    with chosen as (
      insert into recipient (company_id, campaign_id, batch_id, candidate_id, e164, rank, language, code)
      select ${scope.companyId}, ${into.campaignId}, new.batch_id, a.id, a.e164, a.position, a.language, new.code
      from (select a.*, row_number() over (order by a.rank) as place from gathered a where ${isHere} and a.is_recipient) as a
      join unnest(${into.codes}::text[], ${into.batchIds}::bigint[]) with ordinality as new (code, batch_id, place) using (place)
      order by a.position
      returning id, rank
    ), excluded as (
      insert into campaign_exclusion (company_id, campaign_id, candidate_id, reason)
      select ${scope.companyId}, ${into.campaignId}, a.id, a.reason from gathered a where ${isHere} and a.reason is not null
    ), known as (
      update gathered a set recipient_id = chosen.id from chosen where ${isHere} and a.is_recipient and a.position = chosen.rank
    )
    select id from chosen order by rank`.execute(trx)
  // Of records with one number the best-ranked is the recipient, so it is known by now. Looked up in the list, never in the
  // table of recipients, which has grown by most of its rows since its statistics were made.
  await sql`
    insert into recipient_profile (company_id, recipient_id, candidate_id)
    select ${scope.companyId}, coalesce(a.recipient_id, twin.recipient_id), a.id
    from gathered a left join gathered twin on a.reason = 'duplicate_number' and twin.is_recipient and twin.e164 = a.e164
    where ${isHere} and (a.recipient_id is not null or twin.recipient_id is not null)`.execute(trx)
  return rows.map((row) => row.id)
}

/**
 * `with … audience (id, rank, e164, country, language, first_name, last_name, trade, town, branch, sender_id, is_overridable, is_overridden,
 * position, reason, is_recipient)`: each candidate with the first reason that keeps it out (S46), or none, and the sender of its text.
 * Among records that share a number the best-ranked one gets the SMS; `position` counts those, before the limit. With the override
 * also `kind` and `refusal`: what stands against each person, as it was at this moment.
 */
function judgedAudience(db: Db, scope: CompanyScope, spec: AudienceSpec): RawBuilder<unknown> {
  const reachable = spec.allowedCountries.filter((country) => !spec.blockedCountries.includes(country))
  const sender = senderOf(spec, reachable)
  const own = spec.isOverride ? sql`case when t.is_overridable then null else t.reason end` : sql`t.reason`
  const known = spec.isOverride ? sql`, t.reason as kind, t.refusal` : sql``
  const kept = spec.isOverride ? sql`, kind, refusal` : sql``
  // Everything a text needs comes along, so that no record is looked up again; numbers compare as bytes, whatever the locale.
  return sql`with judged as (
      select r.*, b.name as branch, t.e164, t.country, t.is_overridable, ${spec.isOverride ? sql`t.is_overridable` : sql`false`} as is_overridden, ${sender.id} as sender_id ${known},
        coalesce(${own}, case when t.country = any(${reachable}::text[]) then ${sender.fault} when t.country = any(${spec.blockedCountries}::text[]) then 'destination_blocked' else 'country_blocked' end) as judgement
      from ${rankedCandidates(db, scope, spec.audience, reachable)
        .select(['c.first_name', 'c.last_name', 'c.trade', 'c.town', 'c.branch_id'])
        .select(messageLanguage(spec).as('language'))} as r
      join candidate_textability t on t.company_id = ${scope.companyId} and t.candidate_id = r.id
      left join branch b on b.company_id = ${scope.companyId} and b.id = r.branch_id
      ${sender.join}
    ), numbered as (
      select *, judgement is null and rank = min(rank) over (partition by case when judgement is null then e164 collate "C" end) as is_first from judged
    ), placed as (
      select *, case when is_first then (count(*) filter (where is_first) over (order by rank rows unbounded preceding))::int end as position from numbered
    ), audience as materialized (
      select id, rank, e164, country, language, first_name, last_name, trade, town, branch, sender_id, is_overridable, is_overridden, position, is_first and position <= ${spec.limit} as is_recipient,
        case when judgement is not null then judgement when not is_first then 'duplicate_number' when position > ${spec.limit} then 'over_limit' end as reason ${kept}
      from placed
    )`
}

/**
 * The sender of `t`'s number, and what is wrong where there is none. Of several that fit, always the same one for a number, whoever else
 * is in the pool: who answers an SMS finds the conversation that they know.
 */
function senderOf({ senders }: AudienceSpec, reachable: readonly string[]): { join: RawBuilder<unknown>; id: RawBuilder<unknown>; fault: RawBuilder<unknown> } {
  const ids = new Set([...senders.values()].flat())
  const [only] = ids
  if (ids.size === 1 && reachable.every((country) => senders.has(country))) return { join: sql``, id: sql`${only}::bigint`, fault: sql`null` }
  const countries = [...senders.keys()]
  return {
    join: sql`left join (select country, ids::bigint[] as ids from unnest(${countries}::text[], ${countries.map((country) => `{${senders.get(country)!.join()}}`)}::text[]) as s (country, ids)) as fit on fit.country = t.country`,
    id: sql`case cardinality(fit.ids) when 1 then fit.ids[1] else (select one from unnest(fit.ids) as one order by hashtextextended(t.e164, one) limit 1) end`,
    fault: sql`case when fit.ids is null then 'no_sender' end`,
  }
}

/** The same as `batchOf`. */
function batchNo(position: RawBuilder<unknown>, batches: Pick<BatchRules, 'first' | 'next'>): RawBuilder<number> {
  return sql`case when ${position} <= ${batches.first}::int then 1 else 2 + (${position} - ${batches.first}::int - 1) / ${batches.next}::int end`
}

function messageLanguage(spec: AudienceSpec): RawBuilder<Language> {
  return sql`case when c.language = any(${spec.languages}::text[]) then c.language else ${spec.fallbackLanguage}::text end`
}
