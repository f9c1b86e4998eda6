/** Messages that wait for the hours in which their country may be texted. */
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'

/** What the gate found for one message holds for all of its batch and country: when they may go, or why they never will. */
export type Closed = { batchId: number; country: string | null; opensAt: Date | null; reason: string | null }

/**
 * Settles at once what would otherwise come to the gate one by one: everything of these batches that is queued, whoever leased
 * it. Waits for no lock: what somebody else has in hand at this moment comes to the gate by itself. A text
 * that a person had sent again is left to the gate, because what is in doubt must not be called skipped.
 */
export async function settleClosed(db: Db, closed: readonly Closed[]): Promise<number> {
  const result = await sql`
    with given as (
      select * from unnest(
        ${closed.map(({ batchId }) => batchId)}::bigint[], ${closed.map(({ country }) => country)}::text[], ${closed.map(({ opensAt }) => opensAt)}::timestamptz[], ${closed.map(({ reason }) => reason)}::text[]
      ) as given (batch_id, country, opens_at, reason)
    ), queued as (
      select m.id, given.opens_at, given.reason from given join message m on m.batch_id = given.batch_id and m.country is not distinct from given.country
      where m.state = 'queued' and (given.opens_at is null or m.next_attempt_at < given.opens_at) and ${maySettle}
      order by m.id for no key update of m skip locked
    )
    update message m set
      state = case when due.reason is null then 'queued' else 'skipped' end,
      next_attempt_at = coalesce(due.opens_at, m.next_attempt_at), wait_reason = case when due.reason is null then 'window' else m.wait_reason end,
      failure_reason = due.reason, settled_at = case when due.reason is not null then app_now() end
    from queued due where m.id = due.id`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/** The hours have come: what waited for them is like everything else that has not left yet. */
export async function endWaits(db: Db): Promise<void> {
  await sql`
    update message set wait_reason = null
    where id in (
      select id from message where wait_reason is not null and state = 'queued' and next_attempt_at <= app_now()
      order by id limit 10000 for no key update skip locked)`.execute(db)
}

/** Companies of which something waits. Looks at one message of each campaign, not at all of them. */
export async function listWaitingCompanies(db: Db): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    with recursive waiting as (
      (select campaign_id from message where wait_reason is not null order by campaign_id limit 1)
      union all
      select (select m.campaign_id from message m where m.wait_reason is not null and m.campaign_id > w.campaign_id order by m.campaign_id limit 1)
      from waiting w where w.campaign_id is not null
    )
    select distinct c.company_id as id from waiting w join campaign c on c.id = w.campaign_id`.execute(db)
  return rows.map(({ id }) => id)
}

export type Waiting = { companyId: number; batchId: number; country: string | null; opensAt: Date; at: Date }

/** What waits until when, one row for all messages that wait alike. */
export async function listWaiting(db: Db, companyIds: readonly number[]): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`
    select company_id as "companyId", batch_id as "batchId", country, next_attempt_at as "opensAt", app_now() as at
    from (
      select distinct m.company_id, m.batch_id, m.country, m.next_attempt_at from campaign c
      join message m on m.campaign_id = c.id and m.wait_reason is not null and m.state = 'queued'
      where c.company_id = any(${companyIds}::bigint[])) alike`.execute(db)
  return rows
}

/** Lets these go earlier than was said. */
export async function openEarlier(db: Db, changes: readonly { batchId: number; country: string | null; opensAt: Date }[]): Promise<void> {
  await sql`
    with given as (
      select * from unnest(${changes.map(({ batchId }) => batchId)}::bigint[], ${changes.map(({ country }) => country)}::text[], ${changes.map(({ opensAt }) => opensAt)}::timestamptz[]) as given (batch_id, country, opens_at)
    ), held as (
      select m.id, given.opens_at from given join message m on m.batch_id = given.batch_id and m.country is not distinct from given.country
      where m.state = 'queued' and m.wait_reason is not null and m.next_attempt_at > given.opens_at
      order by m.id for no key update of m skip locked
    )
    update message m set next_attempt_at = held.opens_at from held where m.id = held.id`.execute(db)
}

const maySettle = sql`(given.reason is null or not exists (select from send_attempt a where a.message_id = m.id and a.outcome = 'waived'))`
