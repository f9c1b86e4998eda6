import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { prepared, type Db } from '../db/pool.ts'
import { emittingStatuses, STATUS_COLUMNS } from '../webhooks/emit.queries.ts'
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
    ), moved as (
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
      returning before.state as was, ${STATUS_COLUMNS}
    ), emitted as (${emittingStatuses(sql`(select * from moved where state <> was) news`)})
    select was, state as now from moved`.execute(db)
  const moved = rows[0]
  if (!moved) throw new Error(`message ${receipt.messageId} is gone`)
  return moved
}

/** States without a rank take no receipts: their position is null. */
const raises = sql`coalesce(news.rank > array_position(${RANKED}::text[], m.state) and (attempt.outcome <> 'waived' or news.is_true_of_any), false)`

/** A receipt with our reference that moves a message and nothing else. */
export type PlainReceipt = {
  dedupeKey: string
  body: unknown
  attemptId: string
  providerId: string
  state: keyof typeof RECEIPT_RANK
  code: string | null
  reason: string | null
}

/**
 * Stores and applies receipts in one statement, each about another attempt, by the rules of `applyReceipt`. Returns the keys
 * of those that are done; the others, about unknown, waived or requeued hand-overs, or news that change what is known of the
 * number, are neither stored nor applied.
 */
export async function applyPlainReceipts(db: Db, receipts: readonly PlainReceipt[]): Promise<Set<string>> {
  const { rows } = await sql<{ key: string }>`${prepared}
    with given as (
      select *, array_position(${RANKED}::text[], state) as rank from unnest(
        ${receipts.map(({ dedupeKey }) => dedupeKey)}::text[], ${receipts.map(({ body }) => JSON.stringify(body))}::jsonb[], ${receipts.map(({ attemptId }) => attemptId)}::uuid[],
        ${receipts.map(({ providerId }) => providerId)}::text[], ${receipts.map(({ state }) => state)}::text[], ${receipts.map(({ code }) => code)}::text[], ${receipts.map(({ reason }) => reason)}::text[]
      ) as given (key, body, attempt_id, provider_id, state, code, reason)
    ), found as materialized (
      select given.*, a.message_id from given join send_attempt a on a.id = given.attempt_id and a.outcome <> 'waived'
    ), held as materialized (
      select id, state, e164 from message where id in (select message_id from found) order by id for no key update
    ), plain as materialized (
      select found.*, held.state as was, held.e164 like '+0%' as is_erased from found join held on held.id = found.message_id
      where held.state = any(${RANKED}::text[]) and not (held.state = 'undelivered' and found.state = 'delivered')
    ), stored as (
      insert into provider_event (kind, dedupe_key, body, applied_at, result)
      select 'status', key, case when is_erased then body - 'to' - 'from' else body end, app_now(), case when rank > array_position(${RANKED}::text[], was) then 'applied' else 'no_news' end from plain
      on conflict (dedupe_key) do nothing
      returning dedupe_key
    ), news as materialized (
      select plain.* from plain join stored on stored.dedupe_key = plain.key
    ), attempt as (
      update send_attempt a set
        outcome = case when a.outcome in ('open', 'in_doubt') then case news.state when 'in_doubt' then 'in_doubt' else 'accepted' end else a.outcome end,
        provider_id = coalesce(a.provider_id, news.provider_id),
        ended_at = coalesce(a.ended_at, app_now())
      from news where a.id = news.attempt_id
    ), moved as (
      update message m set
        state = news.state, failure_code = news.code, failure_reason = news.reason,
        settled_at = case when news.state = any(${FINAL_RECEIPTS}::text[]) then app_now() else m.settled_at end,
        provider_id = coalesce(m.provider_id, news.provider_id)
      from news where m.id = news.message_id and news.rank > array_position(${RANKED}::text[], news.was)
      returning ${STATUS_COLUMNS}
    ), emitted as (${emittingStatuses(sql`moved`)}), named as (
      update message m set provider_id = news.provider_id
      from news where m.id = news.message_id and m.provider_id is null and news.rank <= array_position(${RANKED}::text[], news.was)
    )
    select key from plain`.execute(db)
  return new Set(rows.map(({ key }) => key))
}
