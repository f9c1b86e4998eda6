/** The steps of a hand-over. None is bound to one company: the worker sends for all, and every row carries its own. */
import { sql, type Transaction } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { ExclusionReason } from '../consent/domain.ts'
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
 * a large one. A leased message was certainly not sent: when the lease ends, it simply queues again. Of a limited sender
 * never more than it can send in two seconds, and nothing of the senders in `except`: their texts must not fill the hands
 * that others wait for.
 */
export async function claimMessages(db: Db, lease: { token: string; seconds: number; limit: number; except?: readonly string[] }): Promise<LeasedMessage[]> {
  const except = lease.except ?? []
  const { rows } = await sql<LeasedMessage & { place: number }>`
    with running as (
      select b.id
      from batch b
      join campaign c on c.company_id = b.company_id and c.id = b.campaign_id
      join company o on o.id = b.company_id
      left join sms_sender s on s.company_id = c.company_id and s.id = c.sender_id
      where b.state = 'running' and ${isOpen} and coalesce(s.address, '') <> all(${except}::text[])
    ), direct as (
      select id, sender, 0 as turn, next_attempt_at
      from message
      where batch_id is null and purpose <> 'campaign' and state = 'queued' and next_attempt_at <= app_now()
        and company_id in (select id from company where can_send_sms) and sender <> all(${except}::text[])
      order by next_attempt_at, id limit ${lease.limit}
      for no key update skip locked
    ), batched as (
      select m.id, m.sender, row_number() over (partition by r.id order by m.next_attempt_at, m.id) as turn, m.next_attempt_at
      from running r
      cross join lateral (
        select id, sender, next_attempt_at from message
        where batch_id = r.id and state = 'queued' and next_attempt_at <= app_now()
        order by next_attempt_at, id limit ${lease.limit}
        for no key update skip locked
      ) m
    ), due as (
      select id, turn, next_attempt_at, per_second, row_number() over (partition by sender order by turn, next_attempt_at, id) as of_sender
      from (select * from direct union all select * from batched) found
      left join (select address, min(per_second) as per_second from sms_sender where per_second is not null group by address) l on l.address = found.sender
    ), picked as (
      select id, per_second, row_number() over (order by turn, next_attempt_at, id) as place
      from due where per_second is null or of_sender <= 2 * per_second
      order by place limit ${lease.limit}
    )
    update message m
    set state = 'leased', lease_token = ${lease.token}, lease_until = app_now() + make_interval(secs => ${lease.seconds})
    from picked
    where m.id = picked.id
    returning m.id, m.company_id as "companyId", m.purpose, m.e164, m.sender, picked.per_second as "perSecond", m.body, m.encoding, picked.place`.execute(db)
  return rows.sort((a, b) => a.place - b.place).map(({ place: _place, ...message }) => message)
}

/** The fence: only messages that are still ours. One whose lease ended may belong to somebody else by now. */
export async function lockLeased(trx: Transaction<DB>, token: string, ids: readonly number[]): Promise<Set<number>> {
  const { rows } = await sql<{ id: number }>`
    select id from message
    where id = any(${ids}::bigint[]) and state = 'leased' and lease_token = ${token} and lease_until > app_now()
    order by id
    for no key update`.execute(trx)
  return new Set(rows.map(({ id }) => id))
}

export type GateFacts = { id: number; isOpen: boolean; exclusion: ExclusionReason | 'no_candidate' | null }

/**
 * What campaign, batch and candidate say at this moment. A plain read, without locks, and the last one: whoever pauses a
 * campaign waits for nobody, and is obeyed by every gate that comes after. Also makes the gate's commit a durable one.
 */
export async function readGateFacts(trx: Transaction<DB>, ids: readonly number[]): Promise<Map<number, GateFacts>> {
  const { rows } = await sql<GateFacts & { durable: string }>`
    select m.id,
      coalesce(case when m.purpose = 'campaign' then b.state = 'running' and ${isOpen} else o.can_send_sms end, false) as "isOpen",
      case when m.purpose = 'campaign' then case when t.candidate_id is null then 'no_candidate' else t.reason end end as exclusion,
      set_config('synchronous_commit', 'on', true) as durable
    from message m
    join company o on o.id = m.company_id
    left join batch b on b.company_id = m.company_id and b.id = m.batch_id
    left join campaign c on c.company_id = m.company_id and c.id = m.campaign_id
    left join candidate_textability t on t.company_id = m.company_id and t.candidate_id = m.candidate_id
    where m.id = any(${ids}::bigint[])`.execute(trx)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Opens one attempt per message. Once committed, only an answer, a receipt or a person decides what comes next. */
export async function beginAttempts(trx: Transaction<DB>, attempts: readonly { id: string; messageId: number }[]): Promise<void> {
  await sql`
    with given as (
      select * from unnest(${attempts.map(({ id }) => id)}::uuid[], ${attempts.map(({ messageId }) => messageId)}::bigint[]) as given (id, message_id)
    ), attempt as (
      insert into send_attempt (company_id, id, message_id, n, outcome)
      select m.company_id, given.id, m.id, 1 + coalesce((select max(a.n) from send_attempt a where a.message_id = m.id), 0), 'open'
      from given join message m on m.id = given.message_id
      returning message_id
    )
    update message m set state = 'submitting', lease_token = null, lease_until = null, submitted_at = app_now()
    from attempt where m.id = attempt.message_id`.execute(trx)
}

export async function skipMessages(trx: Transaction<DB>, skipped: readonly { id: number; reason: string }[]): Promise<void> {
  await sql`
    update message m set state = 'skipped', lease_token = null, lease_until = null, failure_reason = given.reason, settled_at = app_now()
    from unnest(${skipped.map(({ id }) => id)}::bigint[], ${skipped.map(({ reason }) => reason)}::text[]) as given (id, reason)
    where m.id = given.id`.execute(trx)
}

/** Gives unsent messages back; those that are no longer ours stay as they are. */
export async function releaseMessages(db: Db, token: string, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update message set state = 'queued', lease_token = null, lease_until = null
    where id = any(${ids}::bigint[]) and state = 'leased' and lease_token = ${token}`.execute(db)
}

/** Leases that ended without a hand-over: their worker is gone or was too slow. */
export async function requeueExpiredLeases(db: Db): Promise<number> {
  const result = await sql`
    update message set state = 'queued', lease_token = null, lease_until = null
    where id in (select id from message where state = 'leased' and lease_until <= app_now() order by id limit 1000 for no key update skip locked)`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/** Hand-overs that nobody recorded: their worker died in between, and whether the provider has them is not known. */
export async function doubtLostSubmissions(db: Db, afterSeconds: number): Promise<number> {
  const result = await sql`
    with lost as (
      select id from message where state = 'submitting' and submitted_at <= app_now() - make_interval(secs => ${afterSeconds})
      order by id limit 1000 for no key update skip locked
    ), attempt as (
      update send_attempt a set outcome = 'in_doubt', error_code = 'not_recorded', ended_at = app_now()
      from lost where a.message_id = lost.id and a.outcome = 'open'
    )
    update message m set state = 'in_doubt' from lost where m.id = lost.id and m.state = 'submitting'`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

/** The campaign and its company send at this moment; `c` and `o` are their aliases. */
export const isOpen = sql`(c.status = 'in_process' and c.closed_at is null and (c.closes_at is null or c.closes_at > app_now()) and o.can_send_sms)`
