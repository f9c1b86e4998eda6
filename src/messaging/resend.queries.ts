/**
 * Sending again what is in doubt, because a person says so. The first hand-over stays on record as waived: the provider may
 * have taken it after all, and whatever comes to light about it later must neither be lost nor lead to a text too many.
 */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** What a person saw when they decided: a hand-over that began later is not among what they meant. Microseconds. */
export type Chosen = { campaignId: number; messageIds: readonly number[] | 'all'; seenAt: number }

/**
 * Puts chosen messages back into the queue and waives their hand-overs. Only what is in doubt at this moment; what a receipt
 * has settled meanwhile is left alone. Returns the batches they belong to, one entry per message.
 */
export async function requeueDoubts(trx: Transaction<DB>, scope: CompanyScope, chosen: Chosen, userId: number): Promise<number[]> {
  const { rows } = await sql<{ batchId: number }>`
    with chosen as materialized (
      select m.id from message m
      join send_attempt a on a.message_id = m.id and a.outcome = 'in_doubt' and ${isSeen(chosen.seenAt)}
      where m.company_id = ${scope.companyId} and m.campaign_id = ${chosen.campaignId} and m.purpose = 'campaign' and m.state = 'in_doubt' and ${isChosen(chosen)}
        -- Without its text there is nothing to send: the person was erased, or the time of keeping it is over.
        and m.body <> ''
      order by m.id
      for no key update of m
    ), waived as (
      update send_attempt a set outcome = 'waived', waived_by = ${userId} from chosen where a.message_id = chosen.id and a.outcome = 'in_doubt'
    )
    update message m set state = 'queued', next_attempt_at = app_now(), submitted_at = null, provider_id = null, failure_code = null, failure_reason = null
    from chosen where m.id = chosen.id
    returning m.batch_id as "batchId"`.execute(trx)
  return rows.map(({ batchId }) => batchId)
}

/** How many of what was chosen this person has sent again already: a second click is told so, not refused. */
export async function countRequeued(db: Db, scope: CompanyScope, chosen: Chosen, userId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(distinct m.id) as n from message m
    join send_attempt a on a.message_id = m.id and a.outcome = 'waived' and a.waived_by = ${userId} and ${isSeen(chosen.seenAt)}
    where m.company_id = ${scope.companyId} and m.campaign_id = ${chosen.campaignId} and m.purpose = 'campaign' and ${isChosen(chosen)}`.execute(db)
  return rows[0]!.n
}

/**
 * Messages that were to be sent again and are not, because of a STOP or a cancellation: what stays true of them is the doubt
 * of their first hand-over, and never that nothing was sent. Returns those among `ids`; the caller holds their rows.
 */
export async function returnToDoubt(trx: Db, ids: readonly number[]): Promise<Set<number>> {
  const { rows } = await sql<{ attemptId: string; messageId: number }>`
    select distinct on (message_id) id as "attemptId", message_id as "messageId" from send_attempt
    where message_id = any(${[...ids]}::bigint[]) and outcome = 'waived' order by message_id, n desc`.execute(trx)
  if (rows.length === 0) return new Set()
  const messageIds = rows.map(({ messageId }) => messageId)
  await unqueue(trx, rows)
  await sql`update message set state = 'in_doubt' where id = any(${messageIds}::bigint[]) and state = 'submitting'`.execute(trx)
  return new Set(messageIds)
}

/**
 * A receipt came for a waived hand-over: if the message still waits to be sent again, it need not be. It is then as if it
 * had never been queued again, ready for the receipt. False when it is on its way again, or the hand-over was never waived.
 */
export async function takeBackRequeued(trx: Db, { attemptId, messageId }: { attemptId: string; messageId: number }): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    select m.id from message m join send_attempt a on a.message_id = m.id
    where m.id = ${messageId} and m.state in ('queued', 'leased') and a.id = ${attemptId} and a.outcome = 'waived'`.execute(trx)
  if (rows.length === 0) return false
  await unqueue(trx, [{ attemptId, messageId }])
  return true
}

/** On the way that every message takes; a worker that holds a lease on one finds at the gate that it queues no more. */
async function unqueue(trx: Db, given: readonly { attemptId: string; messageId: number }[]): Promise<void> {
  const ids = given.map(({ messageId }) => messageId)
  const attempts = given.map(({ attemptId }) => attemptId)
  await sql`
    update message m set state = 'submitting', lease_token = null, lease_until = null, wait_reason = null, submitted_at = a.started_at
    from send_attempt a where m.id = any(${ids}::bigint[]) and m.state in ('queued', 'leased') and a.message_id = m.id and a.id = any(${attempts}::uuid[])`.execute(trx)
  await sql`update send_attempt set outcome = 'in_doubt', waived_by = null where id = any(${attempts}::uuid[])`.execute(trx)
}

function isSeen(seenAt: number) {
  return sql`a.started_at <= to_timestamp(0) + make_interval(secs => ${seenAt}::numeric / 1000000)`
}

function isChosen({ messageIds }: Chosen) {
  return messageIds === 'all' ? sql`true` : sql`m.id = any(${[...messageIds]}::bigint[])`
}
