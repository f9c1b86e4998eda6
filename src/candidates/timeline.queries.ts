import { sql, type RawBuilder } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { TimelineKind, TimelinePosition } from './domain.ts'

export const TIMELINE_PAGE_SIZE = 30

/** One thing that happened. Which columns are filled depends on `event`. */
export type TimelineRow = {
  at_key: number
  source_key: number
  id: number
  event: 'import_create' | 'import_update' | 'availability' | 'note_automatic' | 'note_manual' | 'answer' | 'reply' | 'opt_out' | 'opt_in' | 'held' | 'released' | 'consent_given' | 'consent_withdrawn' | 'created' | 'edited' | 'sms' | 'override'
  at: Date
  /** Words of a person or a message: note, comment, reply, SMS text, source of a consent; an import's file; names of edited fields. */
  body: string | null
  /** Answer (yes, no), availability, state of an SMS. */
  value: string | null
  available_from: CalendarDate | null
  available_until: CalendarDate | null
  /** Who or what did it: the source of an opt-out or availability. */
  origin: string | null
  /** Why an SMS failed, in our words. */
  failure_reason: string | null
  version: number | null
  e164: string | null
  /** The text greets another record with the same number (S46). */
  is_shared: boolean
  actor: string | null
  campaign_id: number | null
  campaign_name: string | null
}

type Source = { key: number; kinds: readonly TimelineKind[]; rows: (companyId: number, candidateId: number) => RawBuilder<unknown> }

/** Every source gives these columns, in this order; what it does not know is null. */
const COLUMNS = sql.raw('id, event, at, body, value, available_from, available_until, origin, failure_reason, version, e164, is_shared, user_id, campaign_id')
// A bare null has no type of its own, and the parts of a union must agree.
const TYPED = sql.raw('id, event, at, body, value, available_from::date, available_until::date, origin, failure_reason, version::int, e164, is_shared, user_id::bigint, campaign_id::bigint')

const SOURCES: readonly Source[] = [
  {
    key: 1,
    kinds: ['imports'],
    rows: (companyId, candidateId) => sql`
      select i.id, 'import_' || r.action, coalesce(i.finished_at, i.confirmed_at, i.created_at), i.file_name, null, null, null, null, null, r.line, null, false, i.user_id, null
      from candidate_import_row r join candidate_import i on i.company_id = r.company_id and i.id = r.import_id
      where r.company_id = ${companyId} and r.candidate_id = ${candidateId} and r.applied and r.action in ('create', 'update')`,
  },
  {
    key: 2,
    kinds: ['availability'],
    rows: (companyId, candidateId) => sql`
      select id, 'availability', at, null, availability, available_from, available_until, source, null, null, null, false, user_id, campaign_id
      from availability_change where company_id = ${companyId} and candidate_id = ${candidateId}`,
  },
  {
    key: 3,
    kinds: ['notes'],
    rows: (companyId, candidateId) => sql`
      select id, 'note_' || kind, created_at, body, null, null, null, null, null, null, null, false, user_id, campaign_id
      from follow_up_note where company_id = ${companyId} and candidate_id = ${candidateId}`,
  },
  {
    key: 4,
    kinds: ['answers'],
    rows: (companyId, candidateId) => sql`
      select v.id, 'answer', v.answered_at, v.comment, v.choice, v.available_from, v.available_until, v.source, null, v.version, null, false, v.answered_by, r.campaign_id
      from recipient r join answer_version v on v.company_id = r.company_id and v.recipient_id = r.id
      where r.company_id = ${companyId} and r.candidate_id = ${candidateId}`,
  },
  {
    key: 5,
    kinds: ['sms'],
    rows: (companyId, candidateId) => sql`
      select id, 'reply', received_at, body, keyword, null, null, case when is_automatic then 'automatic' end, case when not is_complete then 'incomplete' end, case when read_at is null then 1 end, e164, false, null, campaign_id
      from reply where company_id = ${companyId} and candidate_id = ${candidateId}`,
  },
  {
    key: 6,
    kinds: ['consent'],
    rows: (companyId, candidateId) => sql`
      select e.id, e.kind, e.at, e.reason, null, null, null, e.source, null, null, e.e164, false, e.user_id, e.campaign_id
      from opt_out_event e
      where e.company_id = ${companyId} and e.e164 in (select p.e164 from candidate_phone p where p.company_id = ${companyId} and p.candidate_id = ${candidateId} and p.e164 is not null)`,
  },
  {
    key: 7,
    kinds: ['sms'],
    rows: (companyId, candidateId) => sql`
      select m.id, 'sms', coalesce(m.submitted_at, m.created_at), m.body, m.state, null, null, m.purpose, m.failure_reason, null, m.e164, m.candidate_id is distinct from ${candidateId}::bigint, m.requested_by, m.campaign_id
      from message m
      where m.company_id = ${companyId} and m.purpose <> 'test' and m.id in (
        select own.id from message own where own.company_id = ${companyId} and own.candidate_id = ${candidateId}
        union
        select sent.id from recipient_profile f join message sent on sent.company_id = f.company_id and sent.recipient_id = f.recipient_id
        where f.company_id = ${companyId} and f.candidate_id = ${candidateId})`,
  },
  {
    key: 8,
    kinds: ['consent'],
    rows: (companyId, candidateId) => sql`
      select e.id, case when e.is_given then 'consent_given' else 'consent_withdrawn' end, e.at, e.source, null, e.said_on, null, i.file_name, null, null, null, false, e.user_id, null
      from consent_event e left join candidate_import i on i.company_id = e.company_id and i.id = e.import_id
      where e.company_id = ${companyId} and e.candidate_id = ${candidateId}`,
  },
  {
    key: 9,
    kinds: ['edits'],
    rows: (companyId, candidateId) => sql`
      select id, kind, at, array_to_string(fields, ' '), null, null, null, null, null, null, null, false, user_id, null
      from candidate_edit where company_id = ${companyId} and candidate_id = ${candidateId}`,
  },
  {
    key: 10,
    kinds: ['consent'],
    rows: (companyId, candidateId) => sql`
      select recipient_id, 'override', at, reason, kind, null, null, null, null, null, e164, false, user_id, campaign_id
      from campaign_override where company_id = ${companyId} and candidate_id = ${candidateId}`,
  },
]

/** What happened with a candidate, newest first, from all rooms in one statement; `hasMore` says whether older events follow. */
export async function listTimeline(
  db: Db,
  scope: CompanyScope,
  candidateId: number,
  { kind, before }: { kind: '' | TimelineKind; before?: TimelinePosition | undefined },
): Promise<{ rows: TimelineRow[]; hasMore: boolean }> {
  const chosen = SOURCES.filter(({ kinds }) => kind === '' || kinds.includes(kind))
  const branches = chosen.map(({ key, rows }) => sql`select ${sql.lit(key)}::int as source_key, ${TYPED} from (${rows(scope.companyId, candidateId)}) as own (${COLUMNS})`)
  const older = before ? sql`where (e.at_key, e.source_key, e.id) < (${before.at}::bigint, ${before.source}::int, ${before.id}::bigint)` : sql``
  const { rows } = await sql<TimelineRow>`
    with event as (
      select (extract(epoch from at) * 1000000)::bigint as at_key, * from (${sql.join(branches, sql` union all `)}) as u
    )
    select e.at_key, e.source_key, e.id, e.event, e.at, e.body, e.value, e.available_from, e.available_until, e.origin, e.failure_reason, e.version, e.e164, e.is_shared,
      u.name as actor, k.id as campaign_id, k.name as campaign_name
    from event e
    left join app_user u on u.company_id = ${scope.companyId} and u.id = e.user_id
    left join campaign k on k.company_id = ${scope.companyId} and k.id = e.campaign_id
    ${older}
    order by e.at_key desc, e.source_key desc, e.id desc
    limit ${TIMELINE_PAGE_SIZE + 1}`.execute(db)
  return { rows: rows.slice(0, TIMELINE_PAGE_SIZE), hasMore: rows.length > TIMELINE_PAGE_SIZE }
}
