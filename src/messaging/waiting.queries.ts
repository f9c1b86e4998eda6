/** Messages that wait for the hours in which their country may be texted. */
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'

/** What the gate found for one message holds for all of its batch and country: when they may go, or why they never will. */
export type Closed = { batchId: number; country: string | null; opensAt: Date | null; reason: string | null }

/**
 * Settles at once what would otherwise come to the gate one by one: everything of these batches that is queued, and what this
 * worker holds of them. Waits for no lock: what somebody else has in hand at this moment comes to the gate by itself. A text
 * that a person had sent again is left to the gate, because what is in doubt must not be called skipped.
 */
export async function settleClosed(db: Db, token: string, closed: readonly Closed[]): Promise<number> {
  const result = await sql`
    with given as (
      select * from unnest(
        ${closed.map(({ batchId }) => batchId)}::bigint[], ${closed.map(({ country }) => country)}::text[], ${closed.map(({ opensAt }) => opensAt)}::timestamptz[], ${closed.map(({ reason }) => reason)}::text[]
      ) as given (batch_id, country, opens_at, reason)
    ), queued as (
      select m.id, given.opens_at, given.reason from given join message m on m.batch_id = given.batch_id and m.country is not distinct from given.country
      where m.state = 'queued' and (given.opens_at is null or m.next_attempt_at < given.opens_at) and ${maySettle}
      order by m.id for no key update of m skip locked
    ), leased as (
      select m.id, given.opens_at, given.reason from given join message m on m.batch_id = given.batch_id and m.country is not distinct from given.country
      where m.state = 'leased' and m.lease_token = ${token} and ${maySettle}
      order by m.id for no key update of m skip locked
    )
    update message m set
      state = case when due.reason is null then 'queued' else 'skipped' end, lease_token = null, lease_until = null,
      next_attempt_at = coalesce(due.opens_at, m.next_attempt_at), wait_reason = case when due.reason is null then 'window' else m.wait_reason end,
      failure_reason = due.reason, settled_at = case when due.reason is not null then app_now() end
    from (select * from queued union all select * from leased) due where m.id = due.id`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

const maySettle = sql`(given.reason is null or not exists (select from send_attempt a where a.message_id = m.id and a.outcome = 'waived'))`
