import { sql } from 'kysely'
import { prepared, type Db } from '../db/pool.ts'
import { emittingStatuses, STATUS_COLUMNS } from '../webhooks/emit.queries.ts'
import { givingBackSegments } from './spend.queries.ts'

/** What became of one attempt, ready to be written. */
export type AttemptNews = {
  attemptId: string
  outcome: 'accepted' | 'not_sent' | 'rejected' | 'in_doubt'
  providerId: string | null
  code: string | null
  detail: string | null
  /** Why a rejected message failed, in our word. */
  reason: string | null
  /** What the provider asked us to wait. */
  retryAfterSeconds: number
}

/**
 * Writes outcomes, many at once, and only where they are still news: a receipt or the sweeper may have been faster. Never
 * moves anything backwards, and writing the same twice changes nothing. Messages are locked first and in order, as receipts do.
 * What only some outcomes need, and what only other programs need (`isHeard`), is left out of the statement without them: the
 * server prepares each part of it anew every time.
 */
export async function recordOutcomes(db: Db, news: readonly AttemptNews[], isHeard = true): Promise<void> {
  const isPlain = news.every(({ outcome }) => outcome === 'accepted')
  const rest = sql`${isPlain ? sql`` : exceptions} from attempt ${isPlain ? sql`` : sql`left join waived on waived.message_id = attempt.message_id`}`
  const column = <Name extends keyof AttemptNews>(name: Name) => news.map((one) => one[name])
  await sql`${prepared}
    with news as (
      select * from unnest(
        ${column('attemptId')}::uuid[], ${column('outcome')}::text[], ${column('providerId')}::text[], ${column('code')}::text[],
        ${column('detail')}::text[], ${column('reason')}::text[], ${column('retryAfterSeconds')}::double precision[]
      ) as news (attempt_id, outcome, provider_id, code, detail, reason, retry_after_seconds)
    ), locked as materialized (
      select m.id, m.state in ('submitting', 'in_doubt') as is_open from message m
      where m.id in (select a.message_id from send_attempt a join news on news.attempt_id = a.id)
      order by m.id
      for no key update
    ), attempt as (
      update send_attempt a set
        outcome = news.outcome, ended_at = app_now(), error_code = news.code, error_detail = news.detail,
        provider_id = coalesce(a.provider_id, news.provider_id)
      from news, locked
      where a.id = news.attempt_id and locked.id = a.message_id and (
        a.outcome = 'open'
        or (a.outcome = 'in_doubt' and news.outcome <> 'in_doubt')
        -- A receipt came first; what it could not know is the provider's id.
        or (a.outcome = 'accepted' and news.outcome = 'accepted'))
      returning a.message_id, a.n, a.started_at, locked.is_open, news.*
    ), ${news.some(({ outcome }) => outcome === 'not_sent') ? givingBackSegments() : sql``} ${isPlain ? sql`` : returningDoubts} moved as (
      update message m set
        state = case when not attempt.is_open then m.state ${isPlain ? sql`` : exceptionalState} else attempt.outcome end,
        provider_id = coalesce(m.provider_id, attempt.provider_id)${rest}
      where m.id = attempt.message_id
      returning attempt.is_open, ${STATUS_COLUMNS}
    )
    -- What a receipt settled before was told with it.
    ${isHeard ? emittingStatuses(sql`(select * from moved where is_open) news`) : sql`select`}`.execute(db)
}

/** Refused the second time, of which the first is not known: the doubt is back. */
const returningDoubts = sql`
    waived as (
      select distinct on (a.message_id) a.id, a.message_id from send_attempt a join attempt on attempt.message_id = a.message_id and attempt.outcome = 'rejected' and attempt.is_open
      where a.outcome = 'waived' order by a.message_id, a.n desc
    ), doubted as (
      update send_attempt a set outcome = 'in_doubt', waived_by = null from waived where a.id = waived.id
    ),`

/** This message, for good. A receipt may have settled it already, or an earlier hand-over may still be in doubt. */
const isRefused = sql`attempt.outcome = 'rejected' and attempt.is_open and waived.id is null`

const exceptionalState = sql`when attempt.outcome = 'not_sent' then 'queued' when attempt.outcome = 'rejected' and waived.id is not null then 'in_doubt'`
const exceptions = sql`,
        submitted_at = case when attempt.outcome = 'not_sent' and attempt.is_open then null else m.submitted_at end,
        -- 1, 2, 4 … 60 s, or longer when the provider says so.
        next_attempt_at = case when attempt.outcome = 'not_sent'
          then app_now() + make_interval(secs => greatest(least(power(2, least(attempt.n - 1, 6)), 60), attempt.retry_after_seconds)) else m.next_attempt_at end,
        failure_code = case when ${isRefused} then attempt.code else m.failure_code end,
        failure_reason = case when ${isRefused} then attempt.reason else m.failure_reason end,
        settled_at = case when ${isRefused} then app_now() else m.settled_at end`
