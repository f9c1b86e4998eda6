/** The steps of a hand-over. None is bound to one company: the worker sends for all, and every row carries its own. */
import { sql } from 'kysely'
import { isUnclosed } from '../db/closing.queries.ts'
import { prepared, type Db } from '../db/pool.ts'
import { emittingStatuses, STATUS_COLUMNS } from '../webhooks/emit.queries.ts'
import type { MessagePurpose } from './domain.ts'

export type LeasedMessage = {
  id: number
  companyId: number
  purpose: MessagePurpose
  e164: string
  sender: string
  /** How many a second the sender may send; null: as many as the account. */
  perSecond: number | null
  body: string
  encoding: 'gsm7' | 'ucs2'
}

/**
 * Leases up to `limit` messages that may go now, taking turns between batches so that a small campaign does not wait for
 * a large one. A leased message queues as before and was certainly not sent: when the lease ends, anybody may lease it. Of a limited sender
 * never more than it can send in two seconds, and nothing of the senders in `except`: their texts must not fill the hands
 * that others wait for.
 */
export async function claimMessages(db: Db, lease: { token: string; seconds: number; limit: number; except?: readonly string[] }): Promise<LeasedMessage[]> {
  const except = lease.except ?? []
  const { rows } = await sql<LeasedMessage & { place: number }>`${prepared}
    with running as (
      select b.id
      from batch b
      join campaign c on c.company_id = b.company_id and c.id = b.campaign_id
      join company o on o.id = b.company_id
      left join sms_sender s on s.company_id = c.company_id and s.id = c.sender_id
      where b.state = 'running' and ${isOpen} and coalesce(s.address, '') <> all(${except}::text[])
    ), direct as (
      select id, sender, 0 as turn, next_attempt_at
      from message m
      where batch_id is null and purpose <> 'campaign' and state = 'queued' and next_attempt_at <= app_now() and ${isFree}
        and company_id in (select id from company where can_send_sms) and sender <> all(${except}::text[])
      order by next_attempt_at, id limit ${lease.limit}
    ), batched as (
      select m.id, m.sender, row_number() over (partition by r.id order by m.next_attempt_at, m.id) as turn, m.next_attempt_at
      from running r
      cross join lateral (
        select id, sender, next_attempt_at from message m
        where batch_id = r.id and state = 'queued' and next_attempt_at <= app_now() and ${isFree}
        order by next_attempt_at, id limit ${lease.limit}
      ) m
    ), due as (
      select id, turn, next_attempt_at, per_second, row_number() over (partition by sender order by turn, next_attempt_at, id) as of_sender
      from (select * from direct union all select * from batched) found
      left join (select address, min(per_second) as per_second from sms_sender where per_second is not null group by address) l on l.address = found.sender
    ), picked as (
      select id, per_second, row_number() over (order by turn, next_attempt_at, id) as place
      from due where per_second is null or of_sender <= 2 * per_second
      order by place limit ${lease.limit}
    ), leased as (
      insert into message_lease as l (message_id, token, lease_until)
      select id, ${lease.token}::uuid, app_now() + make_interval(secs => ${lease.seconds}) from picked order by id
      on conflict (message_id) do update set token = excluded.token, lease_until = excluded.lease_until where l.lease_until <= app_now()
      returning message_id
    )
    select m.id, m.company_id as "companyId", m.purpose, m.e164, m.sender, picked.per_second as "perSecond", m.body, m.encoding, picked.place
    from picked left join leased on leased.message_id = picked.id left join message m on m.id = leased.message_id`.execute(db)
  const ours = rows.filter(({ id }) => id !== null)
  // Somebody else took the same ones a moment before, and can be seen by now.
  if (ours.length === 0 && rows.length > 0) return claimMessages(db, lease)
  return ours.sort((a, b) => a.place - b.place).map(({ place: _place, ...message }) => message)
}

/** Nobody has it in hand. Looked up for each by its key, whatever the statistics say, so that the queue is read in its order and no further than asked for. */
const isFree = sql`coalesce((select l.lease_until <= app_now() from message_lease l where l.message_id = m.id), true)`

/** Gives unsent messages back; those that are no longer ours stay as they are. */
export async function releaseMessages(db: Db, token: string, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await sql`delete from message_lease where message_id = any(${ids}::bigint[]) and token = ${token}`.execute(db)
}

/** Leases that ended without a hand-over, their worker gone or too slow; returns how many messages anybody may take again. */
export async function requeueExpiredLeases(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with ended as (
      delete from message_lease where message_id in (select message_id from message_lease where lease_until <= app_now() order by message_id limit 1000 for update skip locked)
      returning message_id
    ), moved as (
      -- As workers of before lease them.
      update message set state = 'queued', lease_token = null, lease_until = null
      where id in (select id from message where state = 'leased' and lease_until <= app_now() order by id limit 1000 for no key update skip locked)
      returning id
    )
    select (select count(*) from ended e join message m on m.id = e.message_id where m.state = 'queued') + (select count(*) from moved) as n`.execute(db)
  return rows[0]!.n
}

/** Hand-overs that nobody recorded: their worker died in between, and whether the provider has them is not known. */
export async function doubtLostSubmissions(db: Db, afterSeconds: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with lost as (
      select id from message where state = 'submitting' and submitted_at <= app_now() - make_interval(secs => ${afterSeconds})
      order by id limit 1000 for no key update skip locked
    ), attempt as (
      update send_attempt a set outcome = 'in_doubt', error_code = 'not_recorded', ended_at = app_now()
      from lost where a.message_id = lost.id and a.outcome = 'open'
    ), moved as (
      update message m set state = 'in_doubt' from lost where m.id = lost.id and m.state = 'submitting'
      returning ${STATUS_COLUMNS}
    ), emitted as (${emittingStatuses(sql`moved`)})
    select count(*) as n from moved`.execute(db)
  return rows[0]!.n
}

/** The campaign and its company send at this moment; `c` and `o` are their aliases. */
export const isOpen = sql`(c.status = 'in_process' and ${isUnclosed} and o.can_send_sms)`
