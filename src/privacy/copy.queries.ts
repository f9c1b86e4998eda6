/**
 * Everything that is held about one person, and about nobody else (F-90). One section for each kind of thing; the test compares the
 * tables named here with the schema, so that a new table about people is not forgotten.
 */
import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { listOwnNumbers, textsOf } from './erasure.queries.ts'

export type Row = Record<string, unknown>

type Subject = { companyId: number; id: number; own: readonly string[]; texts: RawBuilder<unknown> }
type Section = { key: string; tables: readonly string[]; rows: (subject: Subject) => RawBuilder<Row> }

/** Numbers on the record, shared or not, and those that stood for this person alone. */
const numbers = ({ companyId, id, own }: Subject) =>
  sql`(select e164 from candidate_phone where company_id = ${companyId} and candidate_id = ${id} and e164 is not null union select unnest(${[...own]}::text[]))`

export const COPY_SECTIONS = [
  {
    key: 'record', tables: ['candidate'],
    rows: ({ companyId, id }) => sql`
      select c.kind, c.first_name, c.last_name, c.email, c.trade, c.organisation, c.skills, c.tags, c.town, c.postal_code, c.latitude, c.longitude, c.language, c.registered_on, c.external_id,
        b.name as branch, c.consent_given, c.consent_source, c.consent_at, c.availability, c.available_from, c.available_until, c.availability_updated_at, c.created_at, c.updated_at
      from candidate c left join branch b on b.company_id = c.company_id and b.id = c.branch_id where c.company_id = ${companyId} and c.id = ${id}`,
  },
  {
    key: 'phones', tables: ['candidate_phone', 'phone'],
    rows: (subject) => sql`
      select coalesce(p.e164, n.e164) as number, p.raw as as_written, p.kind, p.country, n.opted_out_at, n.opt_out_source, n.bounced_at, n.last_submit_at
      from (select * from candidate_phone where company_id = ${subject.companyId} and candidate_id = ${subject.id}) p
      full join (select * from phone where company_id = ${subject.companyId} and e164 in ${numbers(subject)}) n on n.e164 = p.e164
      order by p.kind desc, p.position, number`,
  },
  {
    key: 'consents', tables: ['consent_event'],
    rows: ({ companyId, id }) => sql`
      select e.at, e.is_given, e.said_on, e.source, i.file_name from consent_event e left join candidate_import i on i.company_id = e.company_id and i.id = e.import_id
      where e.company_id = ${companyId} and e.candidate_id = ${id} order by e.id`,
  },
  {
    key: 'optOuts', tables: ['opt_out_event'],
    rows: (subject) => sql`select at, kind, source, reason, e164 as number from opt_out_event where company_id = ${subject.companyId} and e164 in ${numbers(subject)} order by id`,
  },
  {
    key: 'campaigns', tables: ['recipient', 'short_link'],
    rows: ({ companyId, id }) => sql`
      select k.name as campaign, b.local_date as day, r.e164 as number, r.language, l.fetch_count as opened, l.first_fetched_at, l.last_fetched_at, l.expires_at
      from recipient r join campaign k on k.id = r.campaign_id join batch b on b.id = r.batch_id join short_link l on l.code = r.code
      where r.company_id = ${companyId} and r.candidate_id = ${id} order by r.id`,
  },
  {
    // The text greets somebody else: that it came to this number is this person's, its words are not.
    key: 'shared', tables: ['recipient_profile'],
    rows: ({ companyId, id }) => sql`
      select k.name as campaign, b.local_date as day from recipient_profile f join recipient r on r.id = f.recipient_id join campaign k on k.id = r.campaign_id join batch b on b.id = r.batch_id
      where f.company_id = ${companyId} and f.candidate_id = ${id} and r.candidate_id is distinct from ${id} order by f.recipient_id`,
  },
  {
    key: 'texts', tables: ['message'],
    rows: ({ texts }) => sql`
      select m.created_at, m.submitted_at, m.settled_at, m.purpose, k.name as campaign, m.e164 as number, m.sender, m.body, m.state, m.failure_reason, m.failure_code
      from message m left join campaign k on k.id = m.campaign_id where m.id in (${texts}) order by m.id`,
  },
  {
    key: 'handovers', tables: ['send_attempt'],
    rows: ({ texts }) => sql`select a.started_at, a.ended_at, a.outcome, a.provider_id, a.error_code, a.error_detail from send_attempt a where a.message_id in (${texts}) order by a.started_at`,
  },
  {
    key: 'receipts', tables: ['provider_event'],
    rows: (subject) => sql`
      select e.received_at, e.kind, e.body from provider_event e where e.body ->> 'message_uuid' in (
        select a.provider_id from send_attempt a where a.message_id in (${subject.texts}) and a.provider_id is not null
        union all select y.provider_id from reply y where ${repliesOf(subject)})
      or (e.kind = 'inbound' and e.body ? 'concat' and exists (
        select from reply y where ${repliesOf(subject)} and ltrim(e.body ->> 'from', '+') = substr(y.e164, 2) and ltrim(e.body ->> 'to', '+') = y.sender)) order by e.id`,
  },
  {
    key: 'replies', tables: ['reply'],
    rows: (subject) => sql`
      select y.received_at, y.e164 as number, y.sender, y.body, y.keyword, k.name as campaign, y.review, y.reading_state, y.reading ->> 'choice' as read_as, y.reading ->> 'from' as read_from, y.reading ->> 'until' as read_until, y.reading_at
      from reply y left join campaign k on k.id = y.campaign_id where ${repliesOf(subject)} order by y.id`,
  },
  {
    key: 'answers', tables: ['answer', 'answer_version'],
    rows: ({ companyId, id }) => sql`
      select v.answered_at, k.name as campaign, v.version, v.version = a.version as is_current, v.choice, v.available_from, v.available_until, v.comment, v.source
      from recipient r join answer_version v on v.recipient_id = r.id join answer a on a.recipient_id = r.id join campaign k on k.id = r.campaign_id
      where r.company_id = ${companyId} and r.candidate_id = ${id} order by v.id`,
  },
  {
    key: 'notes', tables: ['follow_up_note'],
    rows: ({ companyId, id }) => sql`
      select n.created_at, n.kind, n.body, k.name as campaign from follow_up_note n left join campaign k on k.id = n.campaign_id where n.company_id = ${companyId} and n.candidate_id = ${id} order by n.id`,
  },
  {
    key: 'availability', tables: ['availability_change'],
    rows: ({ companyId, id }) => sql`
      select h.at, h.availability, h.available_from, h.available_until, h.source, h.answer_source, k.name as campaign from availability_change h left join campaign k on k.id = h.campaign_id
      where h.company_id = ${companyId} and h.candidate_id = ${id} order by h.id`,
  },
  {
    key: 'lists', tables: ['talent_list_member'],
    rows: ({ companyId, id }) => sql`select l.name, l.kind, m.added_at from talent_list_member m join talent_list l on l.id = m.list_id where m.company_id = ${companyId} and m.candidate_id = ${id} order by m.added_at, l.id`,
  },
  {
    key: 'exclusions', tables: ['campaign_exclusion'],
    rows: ({ companyId, id }) => sql`select k.name as campaign, x.reason from campaign_exclusion x join campaign k on k.id = x.campaign_id where x.company_id = ${companyId} and x.candidate_id = ${id} order by x.campaign_id`,
  },
  {
    key: 'overrides', tables: ['campaign_override'],
    rows: ({ companyId, id }) => sql`select o.at, k.name as campaign, o.kind, o.reason, o.e164 as number from campaign_override o join campaign k on k.id = o.campaign_id where o.company_id = ${companyId} and o.candidate_id = ${id} order by o.recipient_id`,
  },
  {
    key: 'imports', tables: ['candidate_import_row'],
    rows: ({ companyId, id }) => sql`
      select i.created_at, i.file_name, r.line, r.action, r.applied, r.record, r.problems from candidate_import_row r join candidate_import i on i.id = r.import_id
      where r.company_id = ${companyId} and r.candidate_id = ${id} order by r.import_id, r.line`,
  },
  {
    // That somebody of the agency was told about this person; the sentence is made from the rows above.
    key: 'notifications', tables: ['notification'],
    rows: ({ companyId, id }) => sql`select n.at, k.name as campaign from notification n left join campaign k on k.id = n.campaign_id where n.company_id = ${companyId} and n.candidate_id = ${id} order by n.id`,
  },
  {
    // Which other programs of the company were told what.
    key: 'webhooks', tables: ['webhook_delivery'],
    rows: ({ companyId, id, own }) => sql`
      select d.created_at as at, substring(e.url from '^https?://([^/?#]+)') as name, d.type as action, d.body::json as record from webhook_delivery d join webhook_endpoint e on e.id = d.endpoint_id
      where d.company_id = ${companyId} and (d.candidate_id = ${id} or d.e164 = any(${[...own]}::text[])) order by d.id`,
  },
  {
    key: 'edits', tables: ['candidate_edit'],
    rows: ({ companyId, id }) => sql`select at, kind, fields from candidate_edit where company_id = ${companyId} and candidate_id = ${id} order by id`,
  },
  {
    key: 'journal', tables: ['journal'],
    rows: ({ companyId, id }) => sql`select at, action, detail, user_id is null as is_automatic from journal where company_id = ${companyId} and subject_kind = 'candidate' and subject_id = ${String(id)} order by id`,
  },
] as const satisfies readonly Section[]

export type CopySection = (typeof COPY_SECTIONS)[number]['key']

/** Section by section, each asked for when the one before has gone. */
export async function* readCopy(db: Db, scope: CompanyScope, id: number): AsyncGenerator<{ key: CopySection; rows: Row[] }> {
  const own = await listOwnNumbers(db, scope, id)
  const subject = { companyId: scope.companyId, id, own, texts: textsOf(scope, id, own) }
  for (const { key, rows } of COPY_SECTIONS) yield { key, rows: (await rows(subject).execute(db)).rows as Row[] }
}

function repliesOf({ companyId, id, own }: Subject) {
  return sql`y.company_id = ${companyId} and (y.candidate_id = ${id} or y.e164 = any(${[...own]}::text[]))`
}
