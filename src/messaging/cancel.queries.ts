import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { emittingStatuses, STATUS_COLUMNS } from '../webhooks/emit.queries.ts'
import { returnToDoubt } from './resend.queries.ts'

/** Takes back what a campaign has not handed over yet; returns how many. What is being handed over this moment goes its way. */
export async function cancelUnsent(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, reason: 'cancelled' | 'closed'): Promise<number> {
  await returnToDoubt(trx, await lockRequeued(trx, scope, campaignId))
  const { rows } = await sql<{ n: number }>`
    with unsent as (
      select id from message where company_id = ${scope.companyId} and campaign_id = ${campaignId} and purpose = 'campaign' and state in ('queued', 'leased')
      order by id for no key update
    ), moved as (
      update message m set state = 'cancelled', lease_token = null, lease_until = null, failure_reason = ${reason}, settled_at = app_now()
      from unsent where m.id = unsent.id
      returning ${STATUS_COLUMNS}
    ), emitted as (${emittingStatuses(sql`moved`)})
    select count(*) as n from moved`.execute(trx)
  return rows[0]!.n
}

/** What a person had put into the queue again; all that is unsent is locked with it, in the order in which everybody locks. */
async function lockRequeued(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<number[]> {
  const { rows: [resent] } = await sql<{ n: number }>`select count(*) as n from campaign_event where company_id = ${scope.companyId} and campaign_id = ${campaignId} and kind = 'resent'`.execute(trx)
  if (resent!.n === 0) return []
  const { rows } = await sql<{ id: number; requeued: boolean }>`
    select m.id, exists (select from send_attempt a where a.message_id = m.id and a.outcome = 'waived') as requeued from message m
    where m.company_id = ${scope.companyId} and m.campaign_id = ${campaignId} and m.purpose = 'campaign' and m.state in ('queued', 'leased')
    order by m.id for no key update`.execute(trx)
  return rows.flatMap(({ id, requeued }) => (requeued ? [id] : []))
}

/** Takes the texts of a batch out of the outbox as if they had never been there; how many, or undefined when one of them is on its way already. */
export async function removeQueued(trx: Transaction<DB>, scope: CompanyScope, batchId: number): Promise<number | undefined> {
  const { rows } = await sql<{ state: string }>`select state from message where company_id = ${scope.companyId} and batch_id = ${batchId} order by id for update`.execute(trx)
  if (rows.some(({ state }) => state !== 'queued')) return undefined
  const { numDeletedRows } = await trx.deleteFrom('message').where('company_id', '=', scope.companyId).where('batch_id', '=', batchId).executeTakeFirst()
  return Number(numDeletedRows)
}
