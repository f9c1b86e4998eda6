import { sql, type Transaction } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { UNSENT_STATES } from '../messaging/domain.ts'

// These statements belong to the clock, not to a company: each row carries its own.

/** Batches that fell due begin, and a scheduled campaign with them (S78). */
export async function startDueBatches(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with started as (
      update batch b set state = 'running', started_at = coalesce(b.started_at, app_now())
      from campaign c
      where c.id = b.campaign_id and b.state = 'planned' and b.due_at <= app_now()
        and c.status in ('scheduled', 'in_process') and c.closed_at is null
      returning b.campaign_id
    ), moved as (
      update campaign c set status = 'in_process', updated_at = app_now()
      where c.status = 'scheduled' and c.id in (select campaign_id from started)
    )
    select count(*) as n from started`.execute(db)
  return rows[0]!.n
}

/** A running batch without a message left to hand over is done; the history says how many went out. */
export async function finishEmptiedBatches(trx: Transaction<DB>): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with done as (
      update batch b set state = 'done', finished_at = app_now()
      from campaign c
      where c.id = b.campaign_id and b.state = 'running' and c.status <> 'paused'
        and not exists (select from message m where m.batch_id = b.id and m.state = any(${[...UNSENT_STATES]}::text[]))
      returning b.company_id, b.campaign_id, b.id, b.no
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind, detail)
      select company_id, campaign_id, 'batch_sent', jsonb_build_object('no', no, 'messages', (select count(*) from message m where m.batch_id = done.id and m.state not in ('skipped', 'cancelled', 'rejected'))) from done
    )
    select count(*) as n from done`.execute(trx)
  return rows[0]!.n
}

/** A campaign is completed when every batch has gone (S78); asked by query, so no counter can be wrong. */
export async function completeFinished(trx: Transaction<DB>): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with completed as (
      update campaign c set status = 'completed', finished_at = app_now(), updated_at = app_now()
      where c.status = 'in_process'
        and not exists (select from batch b where b.campaign_id = c.id and b.state not in ('done', 'cancelled'))
      returning c.company_id, c.id
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind) select company_id, id, 'completed' from completed
    )
    select count(*) as n from completed`.execute(trx)
  return rows[0]!.n
}

/** Campaigns whose time is over take no more answers, and send nothing more. */
export async function closeExpired(trx: Transaction<DB>): Promise<{ company_id: number; id: number }[]> {
  const { rows } = await sql<{ company_id: number; id: number }>`
    with closed as (
      update campaign c set closed_at = c.closes_at, updated_at = app_now()
      where c.closed_at is null and c.closes_at <= app_now() and c.status <> 'draft'
      returning c.company_id, c.id
    ), told as (
      insert into campaign_event (company_id, campaign_id, kind) select company_id, id, 'closed_by_time' from closed
    )
    select company_id, id from closed`.execute(trx)
  return rows
}
