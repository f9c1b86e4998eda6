/** Where the texts and answers of campaigns stand, asked of the rows themselves: no counter can drift. */
import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { UNSENT_STATES, type MessageState } from '../messaging/domain.ts'
import { SENT_STATES, type BatchKind, type BatchState } from './domain.ts'

export type Progress = {
  total: number
  /** Handed over and answered by the provider, whatever came of it. Never falls. */
  sent: number
  /** Still to be handed over; `held` of these wait for the hours in which one may text. */
  remaining: number
  held: number
  /** Taken by the provider, nothing more known. */
  underway: number
  delivered: number
  /** Of those sent. */
  undelivered: number
  /** Left out at the last look before the hand-over. */
  blocked: number
  /** Taken back by a person or by the end of the campaign. */
  cancelled: number
  doubtful: number
  /** People with a second text that left or may still leave, and those of these texts that are in doubt. Everything above is about first texts. */
  reminded: number
  reminders_in_doubt: number
  yes: number
  no: number
  /** Numbers that want no more SMS because of this campaign (S71). */
  unsubscribed: number
}

export async function getProgress(db: Db, scope: CompanyScope, campaignId: number): Promise<Progress> {
  const { rows } = await sql<Progress>`
    select p.* from campaign c cross join lateral ${progressOf(sql`c.company_id`, sql`c.id`)} as p where c.company_id = ${scope.companyId} and c.id = ${campaignId}`.execute(db)
  return rows[0]!
}

/**
 * A row of counts for the campaign named. Texts are counted by batch, where the index alone knows their state; what has no
 * batch is a test.
 */
export function progressOf(companyId: ReturnType<typeof sql>, campaignId: ReturnType<typeof sql>) {
  const among = (states: readonly MessageState[]) => sql`coalesce(sum(n) filter (where state = any(${[...states]}::text[])), 0)::int`
  return sql`(
    select m.*, w.held, s.*, a.*, o.unsubscribed from (
      select coalesce(sum(n), 0)::int as total, ${among(SENT_STATES)} as sent, ${among(UNSENT_STATES)} as remaining, ${among(['accepted'])} as underway, ${among(['delivered'])} as delivered,
        ${among(['undelivered', 'rejected'])} as undelivered, ${among(['skipped'])} as blocked, ${among(['cancelled'])} as cancelled, ${among(['in_doubt'])} as doubtful
      from (select m.state, count(*) as n from batch b join message m on m.batch_id = b.id where b.campaign_id = ${campaignId} and b.kind <> 'reminder' group by m.state) as counted
    ) as m, (
      select count(*) as held from message w where w.campaign_id = ${campaignId} and w.step = 1 and w.wait_reason is not null and w.state = any(${[...UNSENT_STATES]}::text[])
    ) as w, (
      select count(*) filter (where s.state not in ('skipped', 'cancelled')) as reminded, count(*) filter (where s.state = 'in_doubt') as reminders_in_doubt
      from batch b join message s on s.batch_id = b.id where b.campaign_id = ${campaignId} and b.kind = 'reminder'
    ) as s, (
      select count(*) filter (where a.choice = 'yes') as yes, count(*) filter (where a.choice = 'no') as no from ${answersOf(campaignId)} as a
    ) as a, (
      select count(distinct e.e164) as unsubscribed from opt_out_event e
      where e.company_id = ${companyId} and e.campaign_id = ${campaignId} and e.kind = 'opt_out' and exists (select from recipient r where r.campaign_id = ${campaignId} and r.e164 = e.e164)
    ) as o
  )`
}

/**
 * The answers to a campaign. Its recipients were numbered together, so their answers lie together too: without the bounds every
 * answer there is would be read. Where nobody else's number lies between, as is usual, no answer needs to be asked whose it is.
 * The sums keep the planner from walking the primary key for the bounds.
 */
export function answersOf(campaignId: ReturnType<typeof sql>) {
  return sql`(
    with span as materialized (select min(id + 0) as low, max(id + 0) as high, max(id + 0) - min(id + 0) + 1 = count(*) as is_whole from recipient where campaign_id = ${campaignId})
    select a.* from answer a
    where a.recipient_id between (select low from span) and (select high from span)
      and ((select is_whole from span) or (select r.campaign_id from recipient r where r.id = a.recipient_id) = ${campaignId})
  )`
}

/** Median minutes from the hand-over to the first answer; null before the first. */
export async function findMedianMinutes(db: Db, scope: CompanyScope, campaignId: number): Promise<number | null> {
  const { rows } = await sql<{ minutes: number | null }>`
    select percentile_cont(0.5) within group (order by greatest(0, extract(epoch from a.first_answered_at - coalesce(m.submitted_at, c.launched_at)) / 60))::float8 as minutes
    from campaign c cross join lateral ${answersOf(sql`c.id`)} as a join message m on m.recipient_id = a.recipient_id and m.step = 1
    where c.company_id = ${scope.companyId} and c.id = ${campaignId}`.execute(db)
  return rows[0]?.minutes ?? null
}

export type BatchRow = {
  no: number
  kind: BatchKind
  local_date: string
  due_at: Date
  state: BatchState
  started_at: Date | null
  finished_at: Date | null
  total: number
  sent: number
  remaining: number
  /** Waiting for the hours in which one may text, and from when the first and the last may go. */
  held: number
  held_from: Date | null
  held_until: Date | null
}

export async function listBatches(db: Db, scope: CompanyScope, campaignId: number): Promise<BatchRow[]> {
  const unsent = sql`any(${[...UNSENT_STATES]}::text[])`
  const { rows } = await sql<BatchRow>`
    select b.no, b.kind, b.local_date, b.due_at, b.state, b.started_at, b.finished_at, m.total, m.sent, m.remaining, coalesce(w.held, 0) as held, w.held_from, w.held_until
    from batch b
    cross join lateral (
      select count(*) as total, count(*) filter (where m.state = any(${[...SENT_STATES]}::text[])) as sent, count(*) filter (where m.state = ${unsent}) as remaining
      from message m where m.batch_id = b.id
    ) as m
    left join (
      select batch_id, count(*) as held, min(next_attempt_at) as held_from, max(next_attempt_at) as held_until
      from message where campaign_id = ${campaignId} and wait_reason is not null and state = ${unsent} group by batch_id
    ) as w on w.batch_id = b.id
    where b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId}
    order by b.no`.execute(db)
  return rows
}

export type LeftOut = { state: 'skipped' | 'cancelled'; reason: string; count: number }

/** Recipients who got no text after all, by the reason. */
export async function countLeftOut(db: Db, scope: CompanyScope, campaignId: number): Promise<LeftOut[]> {
  const { rows } = await sql<LeftOut>`
    select state, coalesce(failure_reason, '') as reason, count(*) as count
    from message where company_id = ${scope.companyId} and campaign_id = ${campaignId} and recipient_id is not null and step = 1 and state in ('skipped', 'cancelled')
    group by state, failure_reason order by state desc, count desc, failure_reason`.execute(db)
  return rows
}

/**
 * What decides how fast a campaign leaves: the batches at work at this moment, of all companies, since they take turns; the share
 * of the configured rate that the provider can take; and the sender's own limit.
 */
export async function findPace(db: Db, scope: CompanyScope, campaignId: number): Promise<{ running: number; pace: number; per_second: number | null }> {
  const { rows } = await sql<{ running: number; pace: number; per_second: number | null }>`
    select s.per_second, (select pace from provider_account) as pace, (
      select count(*) from batch b join campaign going on going.id = b.campaign_id and going.status = 'in_process'
      where b.state = 'running' and exists (select from message m where m.batch_id = b.id and m.state = 'queued' and m.next_attempt_at <= app_now())
    ) as running
    from campaign c join sms_sender s on s.id = c.sender_id where c.company_id = ${scope.companyId} and c.id = ${campaignId}`.execute(db)
  return rows[0] ?? { running: 1, pace: 1, per_second: null }
}
