/**
 * What each kind of the retention removes. A step says once which rows are due: the preview counts them, the run takes them.
 * Nothing of a campaign that is not over is ever due.
 */
import { sql, type RawBuilder } from 'kysely'
import type { Settings } from '../companies/settings.ts'
import { takesAnswers } from '../db/closing.queries.ts'
import { NOTIFICATION_DAYS } from '../notifications/domain.ts'
import { WEBHOOK_LOG_DAYS } from '../webhooks/domain.ts'
import { IMPORT_DAYS, LATE_DAYS, type RetentionKind } from './retention.domain.ts'

export type Given = { companyId: number; settings: Settings; markers: readonly string[] }

export type Step = {
  /** `select …, <moment> as at from …`: the rows whose time is over. */
  due: RawBuilder<unknown>
  /** Of the rows named there, only those that nobody else holds. */
  lock: RawBuilder<unknown>
  /** Statements of a WITH, behind commas, that remove `gone`. */
  act: RawBuilder<unknown>
  /** Once nothing is left: marks what has been gone through. */
  after?: RawBuilder<unknown>
}

const days = (n: number) => sql`app_now() - make_interval(days => ${n}::int)`
const months = (n: number) => sql`app_now() - make_interval(months => ${n}::int)`
const IS_OVER = sql`c.status in ('completed', 'cancelled')`
const UNSENT = sql`('queued', 'leased', 'submitting')`

/** The people of `candidates` are erased one by one, as by hand: they have no step here. */
export function stepsOf(kind: Exclude<RetentionKind, 'candidates'>, given: Given): Step[] {
  switch (kind) {
    case 'texts': return texts(given)
    case 'tests': return tests(given)
    case 'comments': return comments(given)
    case 'events': return events(given)
    case 'imports': return imports(given)
    case 'notifications': return notifications(given)
    case 'webhooks': return webhooks(given)
    case 'links': return links(given)
    case 'mails': return mails(given)
    case 'journal': return journal(given)
  }
}

function texts({ companyId, settings }: Given): Step[] {
  const before = days(settings['retention.bodies_days'])
  const campaigns = sql`c.company_id = ${companyId} and c.bodies_removed_at is null and c.finished_at < ${before} and ${IS_OVER}`
  return [
    {
      due: sql`
        select m.id, coalesce(m.submitted_at, m.created_at) as at from campaign c join message m on m.campaign_id = c.id
        where ${campaigns} and m.body <> '' and m.purpose <> 'test' and m.state not in ${UNSENT}`,
      lock: sql`m`,
      act: sql`, emptied as (update message m set body = '' from gone where m.id = gone.id)`,
      after: sql`
        update campaign c set bodies_removed_at = app_now()
        where ${campaigns} and not exists (select from message m where m.campaign_id = c.id and m.body <> '' and m.purpose <> 'test')`,
    },
    {
      due: sql`
        select y.id, y.received_at as at from reply y left join campaign c on c.id = y.campaign_id
        where y.company_id = ${companyId} and y.body <> '' and y.received_at < ${before} and (c.id is null or ${IS_OVER})`,
      lock: sql`y`,
      act: sql`, emptied as (update reply y set body = '', reading = null from gone where y.id = gone.id)`,
    },
  ]
}

function tests({ companyId, settings }: Given): Step[] {
  return [{
    due: sql`
      select m.id, m.created_at as at from message m left join campaign c on c.id = m.campaign_id
      where m.company_id = ${companyId} and m.purpose = 'test' and m.created_at < ${days(settings['retention.bodies_days'])} and m.state not in ${UNSENT} and (c.id is null or ${IS_OVER})`,
    lock: sql`m`,
    act: sql`, removed as (delete from message m using gone where m.id = gone.id)`,
  }]
}

/** The choice and the dates are the campaign's history; the person's own words are not. Notes quote them. */
function comments({ companyId, settings, markers }: Given): Step[] {
  const campaigns = sql`
    c.company_id = ${companyId} and c.comments_removed_at is null and c.launched_at is not null and ${IS_OVER} and not ${takesAnswers}
      and greatest(c.finished_at, coalesce(c.closed_at, c.closes_at)) < ${months(settings['retention.answers_months'])}`
  const quote = (marker: string) => sql`${marker}::text || gone.comment`
  const unquoted = markers.reduce((body, marker) => sql`replace(${body}, ${quote(marker)}, ${`${marker}…`}::text)`, sql`n.body`)
  return [{
    due: sql`
      select v.id, v.recipient_id, v.comment, v.answered_at as at from campaign c join recipient r on r.campaign_id = c.id join answer_version v on v.recipient_id = r.id
      where ${campaigns} and v.comment <> ''`,
    lock: sql`v`,
    act: sql`,
      noted as (
        update follow_up_note n set body = ${unquoted} from gone
        where n.recipient_id = gone.recipient_id and n.kind = 'automatic' and (${sql.join(markers.map((marker) => sql`strpos(n.body, ${quote(marker)}) > 0`), sql` or `)})
      ),
      answered as (update answer a set comment = '' from gone where a.recipient_id = gone.recipient_id),
      emptied as (update answer_version v set comment = '' from gone where v.id = gone.id)`,
    after: sql`
      update campaign c set comments_removed_at = app_now()
      where ${campaigns} and not exists (select from recipient r join answer_version v on v.recipient_id = r.id where r.campaign_id = c.id and v.comment <> '')`,
  }]
}

/** Events know no company: theirs is that of the text they are about. Hashes of numbers without a STOP serve late events only. */
function events({ companyId, settings }: Given): Step[] {
  return [
    {
      due: sql`
        select e.id, e.received_at as at from provider_event e
        where e.received_at < ${days(settings['retention.webhooks_days'])} and (
          exists (select from send_attempt a where a.provider_id = e.body ->> 'message_uuid' and a.company_id = ${companyId})
          or exists (select from reply y where y.company_id = ${companyId} and y.provider_id = e.body ->> 'message_uuid'))`,
      lock: sql`e`,
      act: sql`, removed as (delete from provider_event e using gone where e.id = gone.id)`,
    },
    {
      due: sql`select h.number_hash, h.erased_at as at from erased_number h where h.company_id = ${companyId} and h.opted_out_at is null and h.erased_at < ${days(LATE_DAYS)}`,
      lock: sql`h`,
      act: sql`, removed as (delete from erased_number h using gone where h.company_id = ${companyId} and h.number_hash = gone.number_hash)`,
    },
  ]
}

/** That a line made or changed a record stays in its history; what stood in it goes, and so does what nobody confirmed. */
function imports({ companyId }: Given): Step[] {
  const old = sql`i.company_id = ${companyId} and i.emptied_at is null and i.created_at < ${days(IMPORT_DAYS)} and i.status not in ('checking', 'importing')`
  return [
    {
      due: sql`
        select r.import_id, r.line, r.candidate_id is not null and r.applied as is_history, i.created_at as at from candidate_import i join candidate_import_row r on r.import_id = i.id
        where ${old} and not (r.record = '{}' and r.problems = '[]' and r.candidate_id is not null and r.applied)`,
      lock: sql`r`,
      act: sql`,
        removed as (delete from candidate_import_row r using gone where r.import_id = gone.import_id and r.line = gone.line and not gone.is_history),
        emptied as (update candidate_import_row r set record = '{}', problems = '[]' from gone where r.import_id = gone.import_id and r.line = gone.line and gone.is_history)`,
    },
    {
      due: sql`
        select i.id, i.created_at as at from candidate_import i
        where ${old} and not exists (select from candidate_import_row r where r.import_id = i.id and not (r.record = '{}' and r.problems = '[]' and r.candidate_id is not null and r.applied))`,
      lock: sql`i`,
      act: sql`,
        emptied as (
          update candidate_import i set content = null, emptied_at = app_now(), status = case when i.status = 'completed' then i.status else 'discarded' end, finished_at = coalesce(i.finished_at, app_now())
          from gone where i.id = gone.id
        )`,
    },
    {
      due: sql`select f.user_id, f.kind, f.created_at as at from reference_file f where f.company_id = ${companyId} and f.created_at < ${days(IMPORT_DAYS)}`,
      lock: sql`f`,
      act: sql`, removed as (delete from reference_file f using gone where f.company_id = ${companyId} and f.user_id = gone.user_id and f.kind = gone.kind)`,
    },
  ]
}

/** Read or not: campaigns and records remember what happened. */
function notifications({ companyId }: Given): Step[] {
  return [{
    due: sql`select n.id, n.at from notification n where n.company_id = ${companyId} and n.at < ${days(NOTIFICATION_DAYS)}`,
    lock: sql`n`,
    act: sql`, removed as (delete from notification n using gone where n.id = gone.id)`,
  }]
}

/** What was sent to other programs, and what would be if anybody took it; and all of it once its address was removed. */
function webhooks({ companyId }: Given): Step[] {
  const act = sql`, removed as (delete from webhook_delivery d using gone where d.id = gone.id)`
  return [
    { due: sql`select d.id, d.created_at as at from webhook_delivery d where d.company_id = ${companyId} and d.created_at < ${days(WEBHOOK_LOG_DAYS)} and d.state <> 'sending'`, lock: sql`d`, act },
    {
      due: sql`
        select d.id, d.created_at as at from webhook_endpoint e join webhook_delivery d on d.endpoint_id = e.id
        where e.company_id = ${companyId} and e.state = 'removed' and d.created_at >= ${days(WEBHOOK_LOG_DAYS)} and d.state <> 'sending'`,
      lock: sql`d`, act,
    },
  ]
}

/** A code stays where a campaign's history names it; when it was opened is forgotten. Codes of tests are nobody's history. */
function links({ companyId }: Given): Step[] {
  const over = sql`l.company_id = ${companyId} and l.revoked_at is null and l.expires_at < app_now()`
  const ofTest = sql`(exists (select from campaign_test_link t where t.code = l.code) or exists (select from template_test_link t where t.code = l.code))`
  return [
    {
      due: sql`select l.code, l.expires_at as at from short_link l where ${over} and ${ofTest}`,
      lock: sql`l`,
      act: sql`, removed as (delete from short_link l using gone where l.code = gone.code)`,
    },
    {
      due: sql`select l.code, l.expires_at as at from short_link l where ${over} and not ${ofTest}`,
      lock: sql`l`,
      act: sql`, ended as (update short_link l set revoked_at = app_now(), first_fetched_at = null, last_fetched_at = null from gone where l.code = gone.code)`,
    },
  ]
}

function mails({ companyId, settings }: Given): Step[] {
  return [{
    due: sql`select m.id, m.created_at as at from mail m where m.company_id = ${companyId} and m.created_at < ${days(settings['retention.mails_days'])} and m.status not in ('waiting', 'sending')`,
    lock: sql`m`,
    act: sql`, removed as (delete from mail m using gone where m.id = gone.id)`,
  }]
}

function journal({ companyId, settings }: Given): Step[] {
  return [{
    due: sql`select j.id, j.at from journal j where j.company_id = ${companyId} and j.at < ${months(settings['retention.journal_months'])}`,
    lock: sql`j`,
    // The database removes a line of the journal only where this was said, for this transaction.
    act: sql`, removed as (delete from journal j using gone where j.id = gone.id)`,
  }]
}
