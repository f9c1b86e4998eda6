import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { LOOK_AGAIN_MINUTES, LOOKS_AFTER_MINUTES, NO_RECEIPT_HOURS, type Doubt } from './reconcile.domain.ts'

const LOOKS = LOOKS_AFTER_MINUTES.length
const looksAfter = sql`(${[...LOOKS_AFTER_MINUTES]}::int[])[a.checks + 1]`

/**
 * Doubts whose next look is due, for this process alone: the look is noted before it is made, so that two workers never make
 * it together, and one that dies in between only delays it. `callSeconds`: how long a hand-over may have been under way.
 */
export async function claimDoubts(db: Db, { limit, callSeconds }: { limit: number; callSeconds: number }): Promise<Doubt[]> {
  const { rows } = await sql<Doubt>`
    with due as (
      select a.id, m.e164, a.started_at as until,
        -- After a restore only the day is known on which it was noticed, and when the message was written.
        case when a.error_code = 'restored' then greatest(m.created_at, a.started_at - make_interval(hours => ${NO_RECEIPT_HOURS})) else a.started_at end as from
      from message m
      join send_attempt a on a.message_id = m.id and a.outcome = 'in_doubt'
      where m.state = 'in_doubt' and m.submitted_at > app_now() - make_interval(hours => ${NO_RECEIPT_HOURS})
        and a.checks < ${LOOKS}
        and a.started_at <= app_now() - make_interval(mins => ${looksAfter})
        and (a.checked_at is null or a.checked_at <= app_now() - make_interval(mins => ${LOOK_AGAIN_MINUTES}))
      order by a.started_at
      limit ${limit}
      for no key update of a skip locked
    )
    update send_attempt a set checked_at = app_now() from due where a.id = due.id
    returning a.id as "attemptId", due.e164, due.from, due.until + make_interval(secs => ${callSeconds}) as until`.execute(db)
  return rows
}

/** Looked up and not found; the second time it is said. What a receipt has settled meanwhile is left alone. */
export async function markMissing(db: Db, attemptIds: readonly string[]): Promise<void> {
  await sql`
    update send_attempt set checks = checks + 1, finding = case when checks + 1 >= ${LOOKS} then 'no_record' end
    where id = any(${[...attemptIds]}::uuid[]) and outcome = 'in_doubt' and checks < ${LOOKS}`.execute(db)
}

/** In the books, and still in doubt: the provider itself does not know. There is nothing more to look up. */
export async function endLooks(db: Db, attemptIds: readonly string[]): Promise<void> {
  await sql`update send_attempt set checks = ${LOOKS} where id = any(${[...attemptIds]}::uuid[]) and outcome = 'in_doubt'`.execute(db)
}

/** The last step: no receipt at all, long after the provider would have sent the last one. */
export async function markWithoutReceipt(db: Db): Promise<number> {
  const result = await sql`
    update send_attempt a set finding = 'no_receipt'
    from message m
    where m.state = 'in_doubt' and m.submitted_at <= app_now() - make_interval(hours => ${NO_RECEIPT_HOURS})
      and a.message_id = m.id and a.outcome = 'in_doubt' and a.provider_id is null and a.finding is distinct from 'no_receipt'`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}
