/** Numbers that may send less than the account: one bucket each, whichever companies and workers use them. */
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'

export type SenderGrant = { sender: string; granted: number; waitMs: number }

/** Every limited sender has a bucket before anybody asks it for a token. */
export async function ensureSenderBuckets(db: Db, senders: readonly string[]): Promise<void> {
  if (senders.length === 0) return
  await sql`
    insert into sender_bucket (address, tokens)
    select distinct address, 1 from unnest(${senders}::text[]) as given (address) order by address
    on conflict do nothing`.execute(db)
}

/**
 * Takes up to so many tokens of each sender's bucket. One, and what comes in a tenth of a second, may pile up: enough that asking
 * late costs nothing, and no second text for a number that may send one a second and has rested.
 */
export async function takeSenderTokens(db: Db, wanted: readonly { sender: string; perSecond: number; count: number }[]): Promise<SenderGrant[]> {
  const { rows } = await sql<SenderGrant>`
    with bucket as (
      select s.address, s.refilled_at, w.per_second, w.count, app_now() as at,
        least(1 + least(4, w.per_second * 0.1), s.tokens + w.per_second * greatest(0, extract(epoch from app_now() - s.refilled_at)))::double precision as available
      from unnest(${wanted.map(({ sender }) => sender)}::text[], ${wanted.map(({ perSecond }) => perSecond)}::integer[], ${wanted.map(({ count }) => count)}::integer[]) as w (address, per_second, count)
      join sender_bucket s on s.address = w.address
      order by s.address
      for no key update of s
    )
    update sender_bucket s set tokens = b.available - b.granted, refilled_at = greatest(s.refilled_at, b.at)
    from (select *, greatest(0, least(count, floor(available))) as granted from bucket) b
    where s.address = b.address
    returning s.address as sender, b.granted, ceil(greatest(0, 1 - b.available + b.granted) / b.per_second * 1000)::double precision as "waitMs"`.execute(db)
  return rows
}
