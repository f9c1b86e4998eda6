/**
 * The clock's own steps. They belong to no company: each row carries its own. Whoever changes a campaign's batches holds the
 * campaign's row first, so each step locks the campaigns it is about, passing over those in other hands, and only then looks
 * again and acts: the second statement sees whatever happened before the lock.
 */
import { sql, type Transaction } from 'kysely'
import { isUnclosed } from '../db/closing.queries.ts'
import type { DB } from '../db/schema.ts'
import { tellingSenders } from '../notifications/queries.ts'
import { emittingCampaigns, emittingHistory } from '../webhooks/emit.queries.ts'
import { ACTION_FROM } from './domain.ts'

type Ids = readonly number[]
export type CampaignKey = { companyId: number; campaignId: number }

/**
 * The first message of a batch in the order in which it is claimed: ordered, so that every plan is one look into that index,
 * whatever the statistics promise.
 */
const firstQueued = (condition = sql`true`) => sql`(
  select m.id from message m where m.batch_id = b.id and m.state = 'queued' and ${condition} order by m.next_attempt_at, m.id limit 1)`
/** Few at any time. */
const hasLeased = sql`exists (select from message m where m.batch_id = b.id and m.state = 'leased')`
const hasInFlight = sql`exists (select from message m where m.batch_id = b.id and m.state in ('leased', 'submitting'))`
const isEmptied = sql`${firstQueued()} is null and not ${hasInFlight}`

/** What the news to the sender are made from. */
const EVENT = sql`company_id, campaign_id, user_id, id, kind, detail`

/** A wave waits for the one before it, however long that one takes. */
const mayBegin = sql`not (b.kind = 'wave' and exists (
  select from batch earlier where earlier.campaign_id = b.campaign_id and earlier.kind = 'wave' and earlier.no < b.no and earlier.state in ('planned', 'running', 'held')))`

/** Campaigns with a batch that is due. */
export async function lockDue(trx: Transaction<DB>): Promise<number[]> {
  return lock(trx, sql`c.status = any(${[...ACTION_FROM.pause]}::text[]) and ${isUnclosed}
    and c.id in (select b.campaign_id from batch b where b.state = 'planned' and b.due_at <= app_now() and ${mayBegin})`)
}

/**
 * Of each campaign the first batch that is due begins, and a scheduled campaign with it (S78); one that is late by more than
 * `lateMinutes` is held instead, and its campaign waits for a person with all that comes after.
 */
export async function startOrHold(trx: Transaction<DB>, campaignIds: Ids, lateMinutes: number): Promise<{ started: number; held: number }> {
  const { rows } = await sql<{ started: number; held: number }>`
    with due as (
      select distinct on (campaign_id) id, campaign_id, due_at < app_now() - make_interval(mins => ${lateMinutes}) as is_missed,
        not exists (select from batch begun where begun.campaign_id = b.campaign_id and begun.started_at is not null) as is_first
      from batch b where campaign_id = any(${campaignIds}::bigint[]) and state = 'planned' and due_at <= app_now() and ${mayBegin}
      order by campaign_id, no
    ), moved as (
      update batch b set state = case when due.is_missed then 'held' else 'running' end,
        started_at = case when due.is_missed then b.started_at else coalesce(b.started_at, app_now()) end
      from due where b.id = due.id
      returning b.company_id, b.campaign_id, b.no, b.local_date, b.due_at, b.started_at, due.is_missed, due.is_first
    ), campaigns as (
      update campaign c set
        status = case when moved.is_missed then 'paused' else 'in_process' end,
        status_reason = case when moved.is_missed then 'batch_missed' end,
        status_detail = case when moved.is_missed then jsonb_build_object('no', moved.no, 'on', moved.local_date, 'due', to_char(moved.due_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) else '{}' end,
        starts_at = case when c.status = 'scheduled' and not moved.is_missed then moved.started_at else c.starts_at end,
        updated_at = app_now()
      from moved where c.id = moved.campaign_id
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind, detail)
      select company_id, campaign_id, 'batch_held', jsonb_build_object('no', no, 'on', local_date) from moved where is_missed
      returning ${EVENT}
    ), news as (${tellingSenders(sql`told`)}), emitted as (${emittingCampaigns(sql`(
      select company_id, campaign_id, case when is_missed then 'campaign.paused' else 'campaign.started' end as type, case when is_missed then 'batch_missed' end as reason
      from moved where is_missed or is_first
    )`)})
    select count(*) filter (where not is_missed) as started, count(*) filter (where is_missed) as held from moved`.execute(trx)
  return rows[0]!
}

/** One campaign whose time for answers is over, closed; undefined when there is none. */
export async function closeOneExpired(trx: Transaction<DB>): Promise<CampaignKey | undefined> {
  const { rows } = await sql<CampaignKey>`
    with expired as (
      select id from campaign where closed_at is null and closes_at <= app_now() and status <> 'draft'
      order by id limit 1 for no key update skip locked
    ), closed as (
      update campaign c set closed_at = c.closes_at, updated_at = app_now() from expired where c.id = expired.id
      returning c.company_id, c.id
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind) select company_id, id, 'closed_by_time' from closed
    )
    select company_id as "companyId", id as "campaignId" from closed`.execute(trx)
  return rows[0]
}

/**
 * A campaign that was cancelled or closed and still has something queued: what was with the provider's door at that moment
 * and came back. `lookBackHours`: older ones have nothing on its way any more.
 */
export async function lockOneEnded(trx: Transaction<DB>, lookBackHours: number): Promise<(CampaignKey & { reason: 'cancelled' | 'closed' }) | undefined> {
  const { rows } = await sql<CampaignKey & { reason: 'cancelled' | 'closed' }>`
    select c.company_id as "companyId", c.id as "campaignId", case when c.status = 'cancelled' then 'cancelled' else 'closed' end as reason
    from campaign c
    where c.id in (
        select id from campaign where status = 'cancelled' and finished_at > app_now() - make_interval(hours => ${lookBackHours})
        union select id from campaign where closed_at > app_now() - make_interval(hours => ${lookBackHours}))
      and exists (select from batch b where b.campaign_id = c.id and (${firstQueued()} is not null or ${hasLeased}))
    order by c.id limit 1 for no key update of c skip locked`.execute(trx)
  return rows[0]
}

/** Campaigns with a running batch from which everything was handed over. */
export async function lockEmptied(trx: Transaction<DB>): Promise<number[]> {
  return lock(trx, sql`c.id in (select b.campaign_id from batch b where b.state = 'running' and ${isEmptied})`)
}

/** A running batch without a message left to hand over is done; the history says how many went out. */
export async function finishEmptied(trx: Transaction<DB>, campaignIds: Ids): Promise<void> {
  await sql`
    with done as (
      update batch b set state = 'done', finished_at = app_now()
      where b.campaign_id = any(${campaignIds}::bigint[]) and b.state = 'running' and ${isEmptied}
      returning b.company_id, b.campaign_id, b.id, b.no, b.kind
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind, detail)
      select company_id, campaign_id, case kind when 'reminder' then 'reminder_sent' else 'batch_sent' end,
        jsonb_build_object('no', no, 'messages', (select count(*) from message m where m.batch_id = done.id and m.state not in ('skipped', 'cancelled', 'rejected')))
      from done order by campaign_id, no
      returning ${EVENT}
    )
    ${tellingSenders(sql`told`)}`.execute(trx)
}

/** Campaigns of which a batch that was done has something to send again: a doubt that ended well, or one that is sent again. */
export async function lockReopened(trx: Transaction<DB>, lookBackHours: number): Promise<number[]> {
  return lock(trx, sql`c.status not in ('draft', 'cancelled') and ${isUnclosed} and c.id in (
    select b.campaign_id from batch b where b.state = 'done' and b.finished_at > app_now() - make_interval(hours => ${lookBackHours})
      and ${firstQueued()} is not null)`)
}

/** Such a batch runs again, and a campaign that was completed is not. */
export async function reopenBatches(trx: Transaction<DB>, campaignIds: Ids): Promise<void> {
  await sql`
    with again as (
      -- Whoever gets the first text only now may be reminded of it later.
      update batch b set state = 'running', finished_at = null, reminded_at = null
      where b.campaign_id = any(${campaignIds}::bigint[]) and b.state = 'done' and ${firstQueued()} is not null
      returning b.campaign_id
    )
    update campaign c set status = 'in_process', finished_at = null, updated_at = app_now()
    where c.status = 'completed' and c.id in (select campaign_id from again)`.execute(trx)
}

/** Campaigns without a batch left to send. A paused one has nothing to resume; what was suspended waits for a person. */
export async function lockFinished(trx: Transaction<DB>): Promise<number[]> {
  return lock(trx, isFinished)
}

const isFinished = sql`c.status in ('scheduled', 'in_process', 'paused') and not exists (select from batch b where b.campaign_id = c.id and b.state not in ('done', 'cancelled'))`

/** A campaign is completed when every batch has gone (S78), and its end is then the real one (S71). */
export async function completeFinished(trx: Transaction<DB>, campaignIds: Ids): Promise<void> {
  await sql`
    with completed as (
      update campaign c set status = 'completed', status_reason = null, status_detail = '{}', finished_at = app_now(), updated_at = app_now(),
        ends_at = coalesce((select max(b.finished_at) from batch b where b.campaign_id = c.id and b.state = 'done'), app_now())
      where c.id = any(${campaignIds}::bigint[]) and ${isFinished}
      returning c.company_id, c.id
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind) select company_id, id, 'completed' from completed order by id returning ${EVENT}
    ), emitted as (${emittingHistory(sql`told`)})
    ${tellingSenders(sql`told`)}`.execute(trx)
}

/** Campaigns that should have been sending while for so long no worker was at work. A new installation has no gap. */
export async function lockInterrupted(trx: Transaction<DB>, gapMinutes: number): Promise<number[]> {
  return lock(trx, sql`c.status = 'in_process' and ${isUnclosed}
    and exists (select from provider_account where worked_at < app_now() - make_interval(mins => ${gapMinutes}))
    and c.id in (select b.campaign_id from batch b where b.state = 'running' and ${hasDue})`, sql``)
}

/** What of them would have left in between waits for a person. */
export async function holdInterrupted(trx: Transaction<DB>, campaignIds: Ids): Promise<void> {
  await sql`
    with held as (
      update batch b set state = 'held' where b.campaign_id = any(${campaignIds}::bigint[]) and b.state = 'running' and ${hasDue}
      returning b.company_id, b.campaign_id, b.no, b.local_date
    ), paused as (
      update campaign c set status = 'paused', status_reason = 'interrupted', updated_at = app_now(),
        status_detail = jsonb_build_object('minutes', (select floor(extract(epoch from app_now() - worked_at) / 60)::integer from provider_account))
      where c.id in (select campaign_id from held)
      returning c.company_id, c.id as campaign_id, 'campaign.paused' as type, 'interrupted' as reason
    ), emitted as (${emittingCampaigns(sql`paused`)}), told as (
      insert into campaign_event (company_id, campaign_id, kind, detail)
      select company_id, campaign_id, 'batch_held', jsonb_build_object('no', no, 'on', local_date) from held order by campaign_id, no
      returning ${EVENT}
    )
    ${tellingSenders(sql`told`)}`.execute(trx)
}

const hasDue = sql`(${firstQueued(sql`m.next_attempt_at <= app_now()`)} is not null or ${hasLeased})`

/** Locked in one order. The clock waits for nobody: its next tick comes in two seconds. */
async function lock(trx: Transaction<DB>, condition: ReturnType<typeof sql>, patience = sql`skip locked`): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select c.id from campaign c where ${condition} order by c.id for no key update of c ${patience}`.execute(trx)
  return rows.map(({ id }) => id)
}
