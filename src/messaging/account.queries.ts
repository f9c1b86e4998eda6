/** The provider account, shared by all workers: how fast, whether at all. */
import { sql, type Transaction } from 'kysely'
import { prepared, type Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { ACCOUNT_REFUSED, BREAKER, burstOf, COPIED, PACE, RESTORED, UNANSWERED, type Breaker } from './domain.ts'

export type Grant = {
  granted: number
  /** Until a token may be there. */
  waitMs: number
  /** Nothing may leave now: somebody must mend the account, or a pause is running. */
  blocked: 'suspended' | 'breaker' | undefined
  /** What is granted is the one message that tries whether the provider is back. */
  isProbe: boolean
  /** Doubts in a row. */
  streak: number
  /** There were unclear answers lately, so that clear ones must be counted. */
  isDoubting: boolean
  /** What the account can take at present, per second. */
  rate: number
}

type GrantRow = Pick<Grant, 'granted' | 'streak' | 'rate'> & { wait_ms: number; paused_ms: number | null; is_suspended: boolean; is_broken: boolean; is_doubting: boolean }

/**
 * Takes up to `want` tokens of the one bucket. After a breaker's pause exactly one is given, and with it the next pause
 * begins, so that a single message tries whether the provider is back. Nothing is lost when a crash forgets the last grants, so
 * their commit waits for no disk.
 */
export async function takeTokens(db: Db, want: number, perSecond: number): Promise<Grant> {
  const { rows } = await sql<GrantRow>`${prepared}
    with account as (
      select *, app_now() as at from provider_account for update
    ), paced as (
      select *, coalesce(greatest(0, floor(extract(epoch from at - paced_at) / ${PACE.everySeconds})), 0)::integer as steps from account
    ), rated as (
      select *, least(1, pace * power(${PACE.factor}::double precision, least(steps, 50))) as new_pace,
        suspended_at is not null as is_suspended, coalesce(open_until > at, false) as is_paused, open_until is not null as is_broken
      from paced
    ), offer as (
      select *, greatest(least(1, ${perSecond}::double precision), ${perSecond} * new_pace) as rate from rated
    ), decision as (
      select *, greatest(0, case when is_suspended or is_paused then 0 when is_broken then least(1, floor(available)) else least(${want}, floor(available)) end) as granted
      from (select *, least(${burstOf(perSecond)}, tokens + rate * greatest(0, extract(epoch from at - refilled_at)))::double precision as available from offer) filled
    )
    update provider_account p set
      tokens = d.available - d.granted,
      refilled_at = greatest(d.refilled_at, d.at),
      pace = d.new_pace,
      paced_at = case when d.new_pace < 1 then d.paced_at + make_interval(secs => d.steps * ${PACE.everySeconds}) end,
      open_until = case when d.is_broken and d.granted > 0 then d.at + make_interval(secs => ${BREAKER.pauseSeconds} * power(2, d.failed_probes)) else d.open_until end
    from decision d where p.id = d.id
    returning d.granted, d.doubt_streak as streak, d.rate, d.is_suspended, d.is_broken, d.is_broken or d.recent like '%d%' or d.doubt_streak > 0 as is_doubting, set_config('synchronous_commit', 'off', true) as is_durable,
      case when d.is_paused then extract(epoch from d.open_until - d.at)::double precision * 1000 end as paused_ms,
      (greatest(0, (1 - d.available + d.granted) / d.rate) + greatest(0, extract(epoch from d.refilled_at - d.at)))::double precision * 1000 as wait_ms`.execute(db)
  const row = rows[0]
  if (!row) throw new Error('provider_account has no row')
  const blocked = row.is_suspended ? 'suspended' : row.paused_ms === null ? undefined : 'breaker'
  return {
    granted: row.granted, waitMs: row.paused_ms ?? Math.ceil(row.wait_ms), blocked, isProbe: row.is_broken && row.granted > 0,
    streak: row.streak, isDoubting: row.is_doubting, rate: row.rate,
  }
}

/** Tokens that nobody used after all. */
export async function returnTokens(db: Db, tokens: number): Promise<void> {
  await sql`update provider_account set tokens = tokens + ${tokens}`.execute(db)
}

/** The message that should have tried the provider did not leave: the next one may. */
export async function returnProbe(db: Db): Promise<void> {
  await sql`update provider_account set open_until = app_now() where open_until > app_now() and suspended_at is null`.execute(db)
}

/** Reads the breaker and holds the account until the transaction ends. */
export async function lockBreaker(trx: Transaction<DB>): Promise<Breaker> {
  const row = await trx.selectFrom('provider_account').select(['recent', 'doubt_streak', 'open_until', 'failed_probes']).forUpdate().executeTakeFirstOrThrow()
  return { recent: row.recent, streak: row.doubt_streak, isOpen: row.open_until !== null, failedProbes: row.failed_probes }
}

/** `pauseSeconds`: for how long nobody sends from now; undefined leaves a pause as it is. */
export async function saveBreaker(trx: Transaction<DB>, { recent, streak, isOpen, failedProbes }: Breaker, pauseSeconds: number | undefined): Promise<void> {
  await sql`
    update provider_account set recent = ${recent}, doubt_streak = ${streak}, failed_probes = ${failedProbes},
      open_until = case when not ${isOpen}::boolean then null when ${pauseSeconds ?? null}::double precision is null then open_until
        else app_now() + make_interval(secs => ${pauseSeconds ?? null}::double precision) end`.execute(trx)
}

/** The provider asks for patience: nobody sends for so long, and then all of us at half the pace. */
export async function slowDown(db: Db, seconds: number): Promise<void> {
  await sql`
    update provider_account set
      tokens = least(tokens, 0),
      refilled_at = greatest(refilled_at, app_now() + make_interval(secs => ${seconds})),
      pace = case when paced_at > app_now() - interval '1 second' then pace else greatest(${PACE.lowest}, pace / 2) end,
      paced_at = greatest(paced_at, app_now() + make_interval(secs => ${seconds}))`.execute(db)
}

/** What only a person may lift takes the place of what a start or a mended account may lift, and the more certain that of the less. */
const OUTRANKED: Partial<Record<string, readonly string[]>> = { [COPIED]: [ACCOUNT_REFUSED, UNANSWERED], [RESTORED]: [ACCOUNT_REFUSED, UNANSWERED, COPIED] }

/** Stops all sending; true when it was going until now, or stood still for a lesser reason. */
export async function suspendAccount(db: Db, reason: string): Promise<boolean> {
  const result = await sql`
    update provider_account set suspended_at = coalesce(suspended_at, app_now()), suspended_reason = ${reason}
    where suspended_at is null or exists (select from unnest(${[...(OUTRANKED[reason] ?? [])]}::text[]) lesser where starts_with(suspended_reason, lesser))`.execute(db)
  return Number(result.numAffectedRows ?? 0) > 0
}

/** Lets messages leave again. `onlyReason`: unless it was suspended for something else. */
export async function resumeAccount(db: Db, onlyReason?: string): Promise<boolean> {
  const result = await sql`
    update provider_account set suspended_at = null, suspended_reason = null, doubt_streak = 0, recent = '', failed_probes = 0, open_until = null
    where suspended_at is not null and (${onlyReason ?? null}::text is null or starts_with(suspended_reason, ${onlyReason ?? null}))`.execute(db)
  return Number(result.numAffectedRows ?? 0) > 0
}

export async function getAccount(db: Db) {
  return db.selectFrom('provider_account').select(['doubt_streak', 'open_until', 'suspended_at', 'suspended_reason', 'pace', 'failed_probes']).executeTakeFirstOrThrow()
}

/** A worker is at work at this moment. */
export async function markWork(db: Db): Promise<void> {
  await sql`update provider_account set worked_at = app_now()`.execute(db)
}

/** When a worker was last at work, by the database's clock; null before the first. */
export async function getLastWork(db: Db): Promise<Date | null> {
  const { worked_at } = await db.selectFrom('provider_account').select('worked_at').executeTakeFirstOrThrow()
  return worked_at
}

/** What the provider's account was said to hold a moment ago, in euros. */
export async function keepBalance(db: Db, euros: number): Promise<void> {
  await sql`update provider_account set balance = ${euros}, balance_at = app_now()`.execute(db)
}
