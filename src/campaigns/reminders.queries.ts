/** Who of a campaign has not answered and may be texted once more, judged at the moment it is asked. */
import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { isUnclosed } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { removeQueued } from '../messaging/cancel.queries.ts'
import type { Language } from '../words/define.ts'
import { REMINDER_STEP, silentCounts, type SilentCounts, type SilentReason } from './reminders.domain.ts'

/** Where texts of the company may go today. */
export type Reach = {
  allowedCountries: readonly string[]
  blockedCountries: readonly string[]
  /** No second campaign text to a number within so many hours; 0: no such rule. */
  hoursBetween: number
  /** The text leaves so much later than it is judged. */
  leadSeconds?: number
}

/** Of all batches, or only of these. */
export type Among = { batchIds?: readonly number[] }

export type SilentPerson = {
  recipient_id: number
  rank: number
  candidate_id: number
  e164: string
  language: Language
  code: string
  country: string | null
  /** The address that the first text came from. */
  sender: string
  first_name: string
  last_name: string
  trade: string
  town: string
  branch: string
}

/** Every recipient with the first reason that keeps a reminder from them; null: none does. `rank` pages through them. */
function judged(scope: CompanyScope, campaignId: number, { allowedCountries, blockedCountries, hoursBetween, leadSeconds = 0 }: Reach, { batchIds }: Among, page: RawBuilder<unknown> = sql``): RawBuilder<unknown> {
  return sql`
    select r.id as recipient_id, r.rank, r.candidate_id, r.e164, r.language, r.code, m.country, m.sender,
      case
        when exists (select from message second where second.recipient_id = r.id and second.step = ${REMINDER_STEP}) then 'reminded'
        when exists (select from answer a where a.recipient_id = r.id) then 'answered'
        when m.state in ('queued', 'leased', 'submitting') then 'unsent'
        when m.state = 'in_doubt' then 'doubtful'
        when m.state in ('undelivered', 'rejected') then 'failed'
        when m.state in ('skipped', 'cancelled') then 'left_out'
        -- Whoever has written to us since needs no reminder, whatever they wrote.
        when exists (select from reply p where p.company_id = r.company_id and p.e164 = r.e164 and p.received_at >= m.submitted_at) then 'replied'
        when t.candidate_id is null then 'no_candidate'
        when t.reason is not null and not (t.is_overridable and exists (
          select from campaign_override v where v.company_id = r.company_id and v.recipient_id = r.id and v.candidate_id = r.candidate_id and v.e164 = t.e164 and v.refusal = t.refusal)) then t.reason
        when t.e164 is distinct from r.e164 then 'number_changed'
        when m.country is not null and m.country <> all(${[...allowedCountries]}::text[]) then 'country_blocked'
        when m.country = any(${[...blockedCountries]}::text[]) then 'destination_blocked'
        when ${hoursBetween}::int > 0 and exists (
          select from message other where other.company_id = r.company_id and other.e164 = r.e164 and other.purpose = 'campaign' and other.submitted_at > app_now() + make_interval(secs => ${leadSeconds}) - make_interval(hours => ${hoursBetween})) then 'too_soon'
      end as reason
    from recipient r
    join message m on m.recipient_id = r.id and m.step = 1
    left join lateral (select * from candidate_textability t where t.company_id = r.company_id and t.candidate_id = r.candidate_id offset 0) as t on true
    where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} ${batchIds ? sql`and r.batch_id = any(${[...batchIds]}::bigint[])` : sql``} ${page}`
}

export async function countSilent(db: Db, scope: CompanyScope, campaignId: number, reach: Reach, among: Among = {}): Promise<SilentCounts> {
  const { rows } = await sql<{ reason: SilentReason | 'silent'; n: number }>`
    select coalesce(reason, 'silent') as reason, count(*) as n from (${judged(scope, campaignId, reach, among)}) as judged group by 1`.execute(db)
  return silentCounts(Object.fromEntries(rows.map(({ reason, n }) => [reason, n])))
}

/** Who gets the reminder, best-ranked first, after `afterRank`. `lastRank`: how far was looked; undefined: to the end. */
export async function listSilent(db: Db, scope: CompanyScope, campaignId: number, reach: Reach, page: Among & { afterRank: number; size: number }): Promise<{ people: SilentPerson[]; lastRank: number | undefined }> {
  const { rows } = await sql<SilentPerson & { reason: SilentReason | null }>`
    select j.recipient_id, j.rank, j.candidate_id, j.e164, j.language, j.code, j.country, j.sender, j.reason,
      coalesce(c.first_name, '') as first_name, coalesce(c.last_name, '') as last_name, coalesce(c.trade, '') as trade, coalesce(c.town, '') as town, coalesce(b.name, '') as branch
    from (${judged(scope, campaignId, reach, page, sql`and r.rank > ${page.afterRank} order by r.rank limit ${page.size}`)}) as j
    left join candidate c on c.company_id = ${scope.companyId} and c.id = j.candidate_id
    left join branch b on b.company_id = ${scope.companyId} and b.id = c.branch_id
    order by j.rank`.execute(db)
  return { people: rows.filter(({ reason }) => reason === null), lastRank: rows.length < page.size ? undefined : rows.at(-1)!.rank }
}

/** A batch of second texts, after all others; returns its id. Its moment comes when all are written. */
export async function insertReminderBatch(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, requestKey: string | null): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into batch (company_id, campaign_id, kind, no, local_date, due_at, request_key)
    select c.company_id, c.id, 'reminder', 1 + coalesce((select max(b.no) from batch b where b.campaign_id = c.id), 0), (app_now() at time zone c.time_zone)::date, app_now(), ${requestKey}::uuid
    from campaign c where c.company_id = ${scope.companyId} and c.id = ${campaignId}
    returning id`.execute(trx)
  return rows[0]!.id
}

/** It leaves so many seconds from now, and not before the moment that was promised; returns when. */
export async function dateBatch(trx: Transaction<DB>, scope: CompanyScope, batchId: number, { seconds, notBefore = null }: { seconds: number; notBefore?: Date | null }): Promise<Date> {
  const { rows } = await sql<{ due_at: Date }>`
    update batch b set due_at = moment.at, local_date = (moment.at at time zone c.time_zone)::date
    from campaign c, (select greatest(app_now() + make_interval(secs => ${seconds}), ${notBefore}::timestamptz) as at) as moment
    where b.company_id = ${scope.companyId} and b.id = ${batchId} and c.id = b.campaign_id
    returning b.due_at`.execute(trx)
  return rows[0]!.due_at
}

export async function removeBatch(trx: Transaction<DB>, scope: CompanyScope, batchId: number): Promise<void> {
  await trx.deleteFrom('batch').where('company_id', '=', scope.companyId).where('id', '=', batchId).where('kind', '=', 'reminder').execute()
}

/** A campaign whose texts had all left has something to send again. */
export async function moveToReminding(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await sql`
    update campaign set status = 'in_process', finished_at = null, status_reason = null, status_detail = '{}', bodies_removed_at = null, updated_at = app_now()
    where company_id = ${scope.companyId} and id = ${campaignId} and status in ('completed', 'in_process')`.execute(trx)
}

export async function findRequest(db: Db, scope: CompanyScope, campaignId: number, requestKey: string): Promise<{ id: number } | undefined> {
  return db.selectFrom('batch').select('id').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).where('request_key', '=', requestKey).executeTakeFirst()
}

/** `is_automatic`: nobody pressed a button for it. */
export type PendingReminder = { id: number; due_at: Date; seconds: number; messages: number; created_seconds: number; is_automatic: boolean }

/** The reminder that can still be taken back: nothing of it has left, and its moment has not come. */
export async function findPending(db: Db, scope: CompanyScope, campaignId: number): Promise<PendingReminder | undefined> {
  const { rows } = await sql<PendingReminder>`
    select b.id, b.due_at, b.request_key is null as is_automatic, ceil(extract(epoch from b.due_at - app_now()))::int as seconds, (select count(*) from message m where m.batch_id = b.id) as messages,
      ceil(extract(epoch from b.due_at - (select min(m.created_at) from message m where m.batch_id = b.id)))::int as created_seconds
    from batch b
    where b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId} and b.kind = 'reminder' and b.state = 'planned' and b.due_at > app_now()
    order by b.no desc limit 1`.execute(db)
  return rows[0]
}

/** Takes the texts of a reminder away that has not begun; how many there were. The caller holds the campaign. */
export async function removeReminder(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<number | undefined> {
  const pending = await findPending(trx, scope, campaignId)
  if (!pending) return undefined
  const removed = await removeQueued(trx, scope, pending.id)
  if (removed !== undefined) await removeBatch(trx, scope, pending.id)
  return removed
}

/** Nothing is left to send, as before the reminder was asked for: the campaign is as complete as it was. */
export async function moveBackToCompleted(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await sql`
    update campaign c set status = 'completed', finished_at = coalesce((select max(b.finished_at) from batch b where b.campaign_id = c.id), app_now()), updated_at = app_now()
    where c.company_id = ${scope.companyId} and c.id = ${campaignId} and c.status = 'in_process'
      and not exists (select from batch b where b.campaign_id = c.id and b.state not in ('done', 'cancelled'))`.execute(trx)
}

export type DueReminder = { companyId: number; campaignId: number }

/** `notice`: minutes before its moment. */
const isDue = (notice: number) => sql`b.state = 'done' and b.kind <> 'reminder' and b.reminded_at is null and ${promisedAt} <= app_now() + make_interval(mins => ${notice})`

/** When the silent people of a batch `b` of a campaign `c` get their reminder, as was said. */
const promisedAt = sql`b.finished_at + make_interval(hours => c.remind_after_hours)`

/** Campaigns whose automatic reminder is to be made ready. */
export async function listDue(db: Db, notice: number): Promise<DueReminder[]> {
  const { rows } = await sql<DueReminder>`
    select c.company_id as "companyId", c.id as "campaignId" from campaign c join company o on o.id = c.company_id and o.can_send_sms
    where c.remind_after_hours is not null and c.status in ('in_process', 'completed') and ${isUnclosed}
      and exists (select from batch b where b.campaign_id = c.id and ${isDue(notice)})
    order by c.id`.execute(db)
  return rows
}

/** The batches of a campaign whose people are due. */
export async function listDueBatches(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, notice: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select b.id from batch b join campaign c on c.id = b.campaign_id
    where b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId} and ${isDue(notice)} and c.status in ('in_process', 'completed') and ${isUnclosed} order by b.no`.execute(trx)
  return rows.map(({ id }) => id)
}

/** From now on these have had their reminder, of a campaign that the caller holds; how many, and when the last was promised. */
export async function takeDueBatches(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, batchIds: readonly number[]): Promise<{ count: number; promisedAt: Date } | undefined> {
  const { rows } = await sql<{ at: Date }>`
    update batch b set reminded_at = app_now() from campaign c
    where c.id = b.campaign_id and b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId} and b.id = any(${[...batchIds]}::bigint[]) and b.reminded_at is null
    returning ${promisedAt} as at`.execute(trx)
  return rows.length === 0 ? undefined : { count: rows.length, promisedAt: new Date(Math.max(...rows.map(({ at }) => at.getTime()))) }
}

export type ReminderNumbers = {
  /** Second texts, and where they are. */
  total: number
  sent: number
  remaining: number
  doubtful: number
  /** Not sent, because the person answered or wrote in between. */
  spoken: number
}

export async function countReminders(db: Db, scope: CompanyScope, campaignId: number): Promise<ReminderNumbers> {
  const { rows } = await sql<ReminderNumbers>`
    select count(*) as total, count(*) filter (where m.state in ('accepted', 'delivered', 'undelivered', 'rejected')) as sent, count(*) filter (where m.state in ('queued', 'leased', 'submitting')) as remaining,
      count(*) filter (where m.state = 'in_doubt') as doubtful, count(*) filter (where m.state = 'skipped' and m.failure_reason in ('answered', 'replied')) as spoken
    from batch b join message m on m.batch_id = b.id where b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId} and b.kind = 'reminder'`.execute(db)
  return rows[0]!
}

/** When the next automatic reminder is due: the first batch that left and has had none. */
export async function findNextReminder(db: Db, scope: CompanyScope, campaignId: number): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`
    select min(${promisedAt}) as at from campaign c join batch b on b.campaign_id = c.id and b.state = 'done' and b.kind <> 'reminder' and b.reminded_at is null
    where c.company_id = ${scope.companyId} and c.id = ${campaignId}`.execute(db)
  return rows[0]?.at ?? null
}
