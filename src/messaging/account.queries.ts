/** The provider account, shared by all workers: how fast, whether at all. */
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { BREAKER, burstOf } from './domain.ts'

export type Grant = {
  granted: number
  /** Until a token may be there. */
  waitMs: number
  /** Nothing may leave now: somebody must mend the account, or a pause is running. */
  blocked: 'suspended' | 'breaker' | undefined
  /** The last answers were unclear: the next clear one must be counted. */
  isDoubting: boolean
}

/**
 * Takes up to `want` tokens of the one bucket. After a breaker's pause exactly one is given, and with it the next pause
 * begins, so that a single message tries whether the provider is back.
 */
export async function takeTokens(db: Db, want: number, perSecond: number): Promise<Grant> {
  const burst = burstOf(perSecond)
  const { rows } = await sql<{ granted: number; available: number; suspended: boolean; paused_ms: number | null; doubting: boolean }>`
    with account as (
      select id, tokens, refilled_at, open_until, suspended_at is not null as suspended, doubt_streak >= ${BREAKER.doubts} as broken, app_now() as at
      from provider_account for update
    ), offer as (
      select *, coalesce(open_until > at, false) as paused,
        least(${burst}::double precision, tokens + ${perSecond}::double precision * greatest(0, extract(epoch from at - refilled_at))) as available
      from account
    ), decision as (
      select *, greatest(0, case when suspended or paused then 0 when broken then least(1, floor(available)) else least(${want}::double precision, floor(available)) end) as granted
      from offer
    )
    update provider_account p set
      tokens = d.available - d.granted,
      refilled_at = greatest(d.refilled_at, d.at),
      open_until = case when d.broken and d.granted > 0 then d.at + make_interval(secs => ${BREAKER.pauseSeconds}) else p.open_until end
    from decision d where p.id = d.id
    returning d.granted, d.available, d.suspended, p.doubt_streak > 0 as doubting, case when d.paused then extract(epoch from d.open_until - d.at)::double precision * 1000 end as paused_ms`.execute(db)
  const row = rows[0]
  if (!row) throw new Error('provider_account has no row')
  const blocked = row.suspended ? 'suspended' : row.paused_ms === null ? undefined : 'breaker'
  return { granted: row.granted, blocked, isDoubting: row.doubting, waitMs: row.paused_ms ?? Math.max(0, Math.ceil(((1 - row.available) / perSecond) * 1000)) }
}

/** Counts unclear answers in a row; any clear one starts the count again and ends a pause. Returns whether sending paused. */
export async function countDoubts(db: Db, { answered, doubts }: { answered: boolean; doubts: number }): Promise<boolean> {
  const { rows } = await sql<{ paused: boolean }>`
    update provider_account set
      doubt_streak = case when ${answered} then 0 else doubt_streak end + ${doubts},
      open_until = case when case when ${answered} then 0 else doubt_streak end + ${doubts} >= ${BREAKER.doubts}
        then app_now() + make_interval(secs => ${BREAKER.pauseSeconds}) end
    where ${doubts} > 0 or doubt_streak > 0
    returning open_until is not null as paused`.execute(db)
  return rows[0]?.paused ?? false
}

/** The provider asks for patience: nobody sends for so long. */
export async function pauseTokens(db: Db, seconds: number, perSecond: number): Promise<void> {
  await sql`update provider_account set tokens = least(tokens, ${-seconds * perSecond}::double precision), refilled_at = greatest(refilled_at, app_now())`.execute(db)
}

/** Stops all sending; true when it was going until now. */
export async function suspendAccount(db: Db, reason: string): Promise<boolean> {
  const result = await sql`update provider_account set suspended_at = app_now(), suspended_reason = ${reason} where suspended_at is null`.execute(db)
  return Number(result.numAffectedRows ?? 0) > 0
}

/** Lets messages leave again. `onlyReason`: unless it was suspended for something else. */
export async function resumeAccount(db: Db, onlyReason?: string): Promise<boolean> {
  const result = await sql`
    update provider_account set suspended_at = null, suspended_reason = null, doubt_streak = 0, open_until = null
    where suspended_at is not null and (${onlyReason ?? null}::text is null or starts_with(suspended_reason, ${onlyReason ?? null}))`.execute(db)
  return Number(result.numAffectedRows ?? 0) > 0
}

export async function getAccount(db: Db) {
  return db.selectFrom('provider_account').select(['doubt_streak', 'open_until', 'suspended_at', 'suspended_reason']).executeTakeFirstOrThrow()
}
