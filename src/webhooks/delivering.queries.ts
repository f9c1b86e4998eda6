/** The steps of a delivery. None is bound to one company: the worker delivers for all, and every row carries its own. */
import { sql, type Transaction } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import {
  FAILURES_BEFORE_HOLDING, LEASE_SECONDS, LONGEST_HOLD_SECONDS, OFF_AFTER_DAYS, OFF_AFTER_FAILURES, REQUESTS_PER_ENDPOINT, WAITS_SECONDS, type Failure, type OffReason,
} from './domain.ts'

export type ClaimedDelivery = {
  id: number
  companyId: number
  endpointId: number
  eventId: string
  body: string
  url: string
  secret: string
  oldSecrets: { sealed: string; until: string }[]
  /** The database's clock, which signatures carry. */
  now: Date
}

/**
 * Deliveries that are due, leased to whoever has `token`. Endpoints take turns, those with the fewest requests under way first,
 * so that a slow one holds up nobody; one that fails at everything gets one request at a time, and none while it is held.
 */
export async function claimDeliveries(db: Db, token: string, limit: number): Promise<ClaimedDelivery[]> {
  const { rows } = await sql<ClaimedDelivery>`
    with endpoint as materialized (
      select e.id, (case when e.failures >= ${FAILURES_BEFORE_HOLDING} then 1 else ${REQUESTS_PER_ENDPOINT}::int end) as most, busy.n as busy
      from webhook_endpoint e
      join company c on c.id = e.company_id and c.disabled_at is null
      cross join lateral (select count(*) as n from webhook_delivery s where s.endpoint_id = e.id and s.state = 'sending') busy
      where e.state = 'active' and (e.held_until is null or e.held_until <= app_now())
        -- A copy tells nobody anything, and what a restored backup would tell again waits until somebody has looked.
        and not exists (select from provider_account p where starts_with(p.suspended_reason, 'copied') or starts_with(p.suspended_reason, 'restored'))
    ), due as (
      select d.id, d.next_attempt_at, e.busy + row_number() over (partition by e.id order by d.next_attempt_at, d.id) as turn
      from endpoint e
      cross join lateral (
        select id, next_attempt_at from webhook_delivery
        where endpoint_id = e.id and state = 'waiting' and next_attempt_at <= app_now()
        order by next_attempt_at, id limit greatest(0, least(e.most - e.busy, ${limit}::int))
        for no key update skip locked
      ) d
    ), picked as (
      select id from due order by turn, next_attempt_at, id limit ${limit}
    )
    update webhook_delivery d set state = 'sending', claim_key = ${token}, leased_until = app_now() + make_interval(secs => ${LEASE_SECONDS}), tries = d.tries + 1, attempts = d.attempts + 1
    from picked, webhook_endpoint e
    where d.id = picked.id and e.id = d.endpoint_id
    returning d.id, d.company_id as "companyId", e.id as "endpointId", d.event_id as "eventId", d.body, e.url, e.secret, e.old_secrets as "oldSecrets", app_now() as now`.execute(db)
  return rows.sort((a, b) => a.id - b.id)
}

/** Whoever had them has died, or was stopped before anything left. */
export async function releaseExpired(db: Db): Promise<void> {
  await sql`
    update webhook_delivery set state = 'waiting', claim_key = null, leased_until = null
    where id in (select id from webhook_delivery where state = 'sending' and leased_until <= app_now() order by id limit 1000 for no key update skip locked)`.execute(db)
}

/** Those that had no turn in their time: the endpoint was paused, switched off, or failed at everything before them. */
export async function failOverdue(db: Db): Promise<void> {
  await sql`
    update webhook_delivery set state = 'failed', reason = coalesce(reason, 'expired'), settled_at = app_now()
    where id in (select id from webhook_delivery where state = 'waiting' and gives_up_at <= app_now() order by gives_up_at limit 1000 for no key update skip locked)`.execute(db)
}

export type Try = {
  id: number
  token: string
  isTaken: boolean
  durationMs: number
  status: number | null
  answer: string
  reason: Failure | null
  retryAfterSeconds: number
}

const column = <Name extends keyof Try>(tries: readonly Try[], name: Name) => tries.map((one) => one[name])

const given = (tries: readonly Try[]) => sql`
  select * from unnest(
    ${column(tries, 'id')}::bigint[], ${column(tries, 'token')}::uuid[], ${column(tries, 'isTaken')}::boolean[], ${column(tries, 'durationMs')}::integer[], ${column(tries, 'status')}::integer[],
    ${column(tries, 'answer')}::text[], ${column(tries, 'reason')}::text[], ${column(tries, 'retryAfterSeconds')}::double precision[]
  ) as given (delivery_id, token, is_taken, duration_ms, status, answer, reason, retry_after)`

/**
 * Writes what became of requests, each of another delivery, and when it is tried again. A delivery that somebody else has by now
 * keeps its course, but the request was made and stands in the log; taken is taken, whoever is at it.
 */
export async function recordTries(trx: Transaction<DB>, tries: readonly Try[]): Promise<void> {
  await sql`
    with given as (${given(tries)}), held as materialized (
      select given.*, d.tries, d.gives_up_at, d.state = 'sending' and d.claim_key = given.token as is_ours from webhook_delivery d join given on given.delivery_id = d.id
      order by d.id for no key update of d
    ), attempt as (
      insert into webhook_attempt (delivery_id, no, at, duration_ms, status, answer, reason)
      select delivery_id, 1 + coalesce((select max(a.no) from webhook_attempt a where a.delivery_id = held.delivery_id), 0), app_now() - make_interval(secs => duration_ms / 1000.0), duration_ms, status, answer, reason
      from held
      on conflict do nothing
    ), timed as (
      select *, case when tries <= ${WAITS_SECONDS.length} then app_now() + make_interval(secs => greatest((${[...WAITS_SECONDS]}::double precision[])[tries] * (0.9 + random() * 0.1), retry_after)) end as next_at from held
    ), judged as (
      select *, case when is_taken then 'delivered' when reason = 'gone' or next_at is null or next_at > gives_up_at then 'failed' else 'waiting' end as state from timed
    )
    update webhook_delivery d set
      state = j.state, next_attempt_at = case j.state when 'waiting' then j.next_at else d.next_attempt_at end, settled_at = case j.state when 'waiting' then null else app_now() end,
      reason = j.reason, answer_status = j.status, claim_key = null, leased_until = null
    from judged j where d.id = j.delivery_id and (j.is_ours or (j.is_taken and d.state <> 'delivered'))`.execute(trx)
}

export type SwitchedOff = { companyId: number; endpointId: number; url: string; reason: OffReason; at: Date }

/**
 * What the same requests say of their endpoints: whoever takes one is well again; whoever fails often is left alone for a while,
 * and is switched off when nothing has arrived for days, or at once when it says that it is gone. Returns those that now are.
 */
export async function judgeEndpoints(trx: Transaction<DB>, tries: readonly Try[]): Promise<SwitchedOff[]> {
  const { rows } = await sql<SwitchedOff & { isOff: boolean }>`
    with given as (${given(tries)}), heard as (
      select d.endpoint_id, bool_or(given.is_taken) as is_taken, count(*) filter (where not given.is_taken) as failed, bool_or(given.reason = 'gone') as is_gone, max(given.retry_after) as retry_after
      from given join webhook_delivery d on d.id = given.delivery_id group by d.endpoint_id
    ), held as materialized (
      select heard.*, e.state, e.failing_since, e.failures + heard.failed as failures from webhook_endpoint e join heard on heard.endpoint_id = e.id
      -- While all goes well its row need not say so each time.
      where heard.failed > 0 or e.failures > 0 or coalesce(e.delivered_at, '-infinity') < app_now() - interval '1 minute'
      order by e.id for no key update of e
    ), judged as (
      select *,
        case when state not in ('active', 'paused') then null when is_gone then 'gone'
          when not is_taken and failures >= ${OFF_AFTER_FAILURES} and failing_since <= app_now() - make_interval(days => ${OFF_AFTER_DAYS}) then 'failing' end as off_reason,
        greatest(retry_after, case when not is_taken and failures >= ${FAILURES_BEFORE_HOLDING}
          then least(power(2, least(failures - ${FAILURES_BEFORE_HOLDING - 1}, 20)), ${LONGEST_HOLD_SECONDS}) else 0 end) as hold_seconds
      from held
    )
    update webhook_endpoint e set
      state = case when j.off_reason is null then e.state else 'off' end, off_reason = coalesce(j.off_reason, e.off_reason), changed_at = case when j.off_reason is null then e.changed_at else app_now() end,
      failures = case when j.is_taken then 0 else j.failures end, failing_since = case when j.is_taken then null else coalesce(e.failing_since, app_now()) end,
      held_until = case when j.hold_seconds > 0 then app_now() + make_interval(secs => j.hold_seconds) when j.is_taken then null else e.held_until end,
      delivered_at = case when j.is_taken then app_now() else e.delivered_at end
    from judged j where e.id = j.endpoint_id
    returning e.company_id as "companyId", e.id as "endpointId", e.url, j.off_reason as reason, e.changed_at as at, j.off_reason is not null as "isOff"`.execute(trx)
  return rows.filter(({ isOff }) => isOff).map(({ isOff: _isOff, ...off }) => off)
}

/** Everybody of a company who may do something about its endpoints. Each row of the callers' carries its own company. */
export async function listKeepers(trx: Transaction<DB>, companyId: number): Promise<number[]> {
  const rows = await trx
    .selectFrom('app_user as u')
    .innerJoin('user_privilege as p', (join) => join.onRef('p.user_id', '=', 'u.id').on('p.privilege', '=', 'settings.edit'))
    .select('u.id')
    .where('u.company_id', '=', companyId)
    .where('u.disabled_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

export type Lag = { waiting: number; oldestSeconds: number }

/** How far workers are behind, over all companies: what is due at endpoints that take it. One that fails says nothing about the workers. */
export async function findLag(db: Db): Promise<Lag> {
  const { rows } = await sql<Lag>`
    select coalesce(sum(due.n), 0)::bigint as waiting, coalesce(extract(epoch from app_now() - min(due.since)), 0)::double precision as "oldestSeconds"
    from webhook_endpoint e cross join lateral (
      select count(*) as n, min(next_attempt_at) as since from (
        select next_attempt_at from webhook_delivery d where d.endpoint_id = e.id and d.state = 'waiting' and d.next_attempt_at <= app_now() order by next_attempt_at, id limit 10000
      ) first
    ) due
    where e.state = 'active' and e.failures = 0 and (e.held_until is null or e.held_until <= app_now())`.execute(db)
  return rows[0]!
}
