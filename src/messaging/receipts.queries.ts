import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { RECEIPT_RANK, type MessageState } from './domain.ts'

export type FoundAttempt = { id: string; companyId: number; messageId: number; e164: string; campaignId: number | null; outcome: string }

/** The attempt a receipt is about: by our reference, or, where the provider left it out, by the provider's id. */
export async function findAttempt(db: Db, by: { reference: string | undefined; providerId: string }): Promise<FoundAttempt | undefined> {
  const { rows } = await sql<FoundAttempt>`
    select a.id, a.company_id as "companyId", a.message_id as "messageId", m.e164, m.campaign_id as "campaignId", a.outcome
    from send_attempt a join message m on m.company_id = a.company_id and m.id = a.message_id
    where ${by.reference === undefined ? sql`a.provider_id = ${by.providerId}` : sql`a.id = ${by.reference}`}
    order by a.started_at desc limit 1`.execute(db)
  return rows[0]
}

const RANKED = Object.keys(RECEIPT_RANK) as (keyof typeof RECEIPT_RANK)[]
const FINAL_RECEIPTS: readonly string[] = ['delivered', 'undelivered']

/** What is true of the person whichever of two hand-overs it came by. That the first one failed says nothing about the second. */
const TRUE_OF_ANY: readonly string[] = ['accepted', 'delivered']

/**
 * Moves a message forward, never back. The receipt proves that the provider has the attempt, so an open or doubtful one
 * is settled with it; a waived one stays waived, because another has taken its place. Returns the state before and after.
 */
export async function applyReceipt(
  db: Db, scope: CompanyScope,
  receipt: { attemptId: string; messageId: number; providerId: string; state: keyof typeof RECEIPT_RANK; code: string | null; reason: string | null },
): Promise<{ was: MessageState; now: MessageState }> {
  const { rows } = await sql<{ was: MessageState; now: MessageState }>`
    with before as materialized (
      select id, state from message where company_id = ${scope.companyId} and id = ${receipt.messageId} for no key update
    ), attempt as (
      update send_attempt a set
        outcome = case when a.outcome in ('open', 'in_doubt') then ${receipt.state === 'in_doubt' ? 'in_doubt' : 'accepted'} else a.outcome end,
        provider_id = coalesce(a.provider_id, ${receipt.providerId}),
        ended_at = coalesce(a.ended_at, app_now())
      from before where a.id = ${receipt.attemptId}
      returning a.outcome
    )
    update message m set
      state = case when ${raises} then ${receipt.state} else m.state end,
      failure_code = case when ${raises} then ${receipt.code} else m.failure_code end,
      failure_reason = case when ${raises} then ${receipt.reason} else m.failure_reason end,
      settled_at = case when ${raises} and ${FINAL_RECEIPTS.includes(receipt.state)} then app_now() else m.settled_at end,
      provider_id = coalesce(m.provider_id, ${receipt.providerId})
    from before
    cross join attempt
    cross join (select array_position(${RANKED}::text[], ${receipt.state}) as rank, ${TRUE_OF_ANY.includes(receipt.state)}::boolean as is_true_of_any) news
    where m.id = before.id
    returning before.state as was, m.state as now`.execute(db)
  const moved = rows[0]
  if (!moved) throw new Error(`message ${receipt.messageId} is gone`)
  return moved
}

/** States without a rank take no receipts: their position is null. */
const raises = sql`coalesce(news.rank > array_position(${RANKED}::text[], m.state) and (attempt.outcome <> 'waived' or news.is_true_of_any), false)`
