/** The two statements of the gate. Neither is bound to one company: a group may belong to several, and every row carries its own. */
import { sql, type Transaction } from 'kysely'
import { lockingPhones, markingTexted } from '../consent/queries.ts'
import { prepared } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { HeldMessage, Verdict } from './gate.domain.ts'
import { CONFIRMATION_MINUTES } from '../sms/confirmations.ts'
import { emittingStatuses, isHeard, STATUS_COLUMNS } from '../webhooks/emit.queries.ts'
import { isOpen, type LeasedMessage } from './sending.queries.ts'
import { budgeting, countingSegments, type Spending } from './spend.queries.ts'

/**
 * Holds numbers and messages still, phones first, each in one order. The fence: of the messages only those that still queue and
 * whose lease is still ours; one whose lease ended may be in somebody else's hands by now. Whatever comes of them, the lease ends
 * with this transaction.
 */
export async function holdGroup(trx: Transaction<DB>, token: string, group: readonly LeasedMessage[]): Promise<HeldMessage[]> {
  const ids = group.map(({ id }) => id)
  const { rows } = await sql<HeldMessage>`${prepared}
    with mine as materialized (
      delete from message_lease where message_id = any(${ids}::bigint[]) and token = ${token} returning message_id, lease_until
    ),
    phones as materialized (${lockingPhones(group)}),
    ours as materialized (
      select id, company_id, purpose, campaign_id, batch_id, recipient_id, country, e164, created_at from message
      where id = any(array(select message_id from mine where lease_until > app_now())) and state = 'queued' and next_attempt_at <= app_now()
        -- No message is locked before all the numbers are.
        and (select count(*) from phones) >= 0
      order by id
      for no key update
    ),
    held as materialized (select app_now() as at where (select count(*) from ours) >= 0)
    select m.id, m.purpose, m.company_id as "companyId", m.campaign_id as "campaignId", m.batch_id as "batchId", m.country, held.at,
      p.e164 is not null as "hasPhone", coalesce(${optedOut}, false) as "optedOut", coalesce(p.held, false) as "isUnderReview", coalesce(p.bounced, false) as bounced, p.last_submit_at as "lastTextedAt",
      m.purpose = 'confirmation' and m.created_at < held.at - make_interval(mins => ${CONFIRMATION_MINUTES}) as "isLate",
      exists (select from send_attempt a where a.message_id = m.id and a.outcome = 'waived') as "isResent",
      ${isHeard(sql`m.company_id`)} as "isHeard",
      exists (select from campaign_spend s where s.campaign_id = m.campaign_id) as "isCampaignCounted",
      exists (select from day_spend s where s.company_id = m.company_id and s.local_date = (held.at at time zone o.time_zone)::date) as "isDayCounted"
    from ours m
    cross join held
    join company o on o.id = m.company_id
    left join phones p on p.company_id = m.company_id and p.e164 = m.e164
    order by m.id`.execute(trx)
  return rows
}

/**
 * Somebody with the right to do so decided that this person is texted all the same (S103): then the opt-out that they knew of does not
 * count, and only that one. What the person or the provider said always counts.
 */
const optedOut = sql`case when p.opted_out and p.opt_out_source in ('recruiter', 'import') and m.purpose = 'campaign' then not exists (
    select from campaign_override v
    where v.company_id = m.company_id and v.recipient_id = m.recipient_id and split_part(v.refusal, '/', 1) = extract(epoch from p.opted_out_at)::text
  ) else p.opted_out end`

/** A reminder is for those who stay silent: whoever has answered, or written anything since the first text, needs none. */
const spoken = sql`(select case when exists (select from answer a where a.recipient_id = m.recipient_id) then 'answered'
  when exists (select from reply p join message first on first.recipient_id = m.recipient_id and first.step = 1
    where p.company_id = m.company_id and p.e164 = m.e164 and p.received_at >= first.submitted_at) then 'replied' end)`

export type Ruling = { message: HeldMessage; verdict: Verdict; attemptId: string }

/**
 * What became of a message: handed over from here on, skipped, waiting for its hours, or queued as it was (`back`, or because
 * a budget has no room for it). `doubt`: it may not be sent again and is the doubt it was, which the caller writes.
 */
export type Fate = { id: number; fate: 'go' | 'skip' | 'doubt' | 'wait' | 'back' | 'campaign_budget' | 'day_budget'; segments: number }

/**
 * Reads what campaign, batch and candidate say at this moment, and writes what follows. The last look: a plain one, without
 * locks, in a statement that waits for nobody's, so that whoever pauses a campaign waits for nobody either and is obeyed by
 * every gate that comes after. Also makes the commit a durable one.
 */
export async function settleGroup(trx: Transaction<DB>, rulings: readonly Ruling[], spending: Spending | undefined): Promise<Fate[]> {
  const at = rulings[0]?.message.at ?? new Date(0)
  const { rows } = await sql<Fate>`${prepared}
    with given as (
      select * from unnest(
        ${rulings.map(({ message }) => message.id)}::bigint[], ${rulings.map(({ attemptId }) => attemptId)}::uuid[], ${rulings.map(({ message }) => message.isResent)}::boolean[],
        ${rulings.map(({ verdict }) => verdict.pass)}::text[], ${rulings.map(({ verdict }) => (verdict.pass === 'skip' ? verdict.reason : null))}::text[],
        ${rulings.map(({ verdict }) => (verdict.pass === 'wait' ? verdict.opensAt : null))}::timestamptz[], ${rulings.map(({ verdict }) => (verdict.pass === 'wait' ? verdict.why : null))}::text[],
        ${rulings.map(({ verdict }) => (verdict.pass === 'go' ? verdict.quietHours : 0))}::integer[]
      ) as given (id, attempt_id, is_resent, verdict, reason, opens_at, why, quiet_hours)
    ), known as materialized (
      select given.*, m.company_id, m.campaign_id, m.purpose, m.e164, m.segments,
        -- Not a join: whatever the statistics say, this looks up one person by their keys.
        case when m.purpose = 'campaign' then coalesce((
          select case when t.is_overridable and exists (
              select from campaign_override v where v.company_id = m.company_id and v.recipient_id = m.recipient_id and v.candidate_id = m.candidate_id and v.e164 = t.e164 and v.refusal = t.refusal
            ) then '' else coalesce(t.reason, '') end
          from candidate_textability t where t.company_id = m.company_id and t.candidate_id = m.candidate_id), 'no_candidate') end as exclusion,
        case when m.step > 1 then ${spoken} end as spoken,
        coalesce(case when m.purpose = 'campaign' then b.state = 'running' and ${isOpen} else o.can_send_sms end, false) as is_open,
        given.quiet_hours > 0 and exists (
          select from message other where other.company_id = m.company_id and other.e164 = m.e164 and other.id <> m.id and other.purpose = 'campaign'
            and other.submitted_at > ${at}::timestamptz - make_interval(hours => given.quiet_hours)) as is_too_soon,
        set_config('synchronous_commit', 'on', true) as durable
      from given
      join message m on m.id = given.id
      join company o on o.id = m.company_id
      left join batch b on b.company_id = m.company_id and b.id = m.batch_id
      left join campaign c on c.company_id = m.company_id and c.id = m.campaign_id
    ), judged as (
      select *, case when not is_open then 'back' when verdict in ('back', 'skip') or purpose <> 'campaign' then verdict
          when exclusion not in ('', 'under_review') or spoken is not null then 'skip' when verdict = 'wait' then verdict when is_too_soon then 'skip' else verdict end as fate,
        coalesce(reason, nullif(nullif(exclusion, ''), 'under_review'), spoken, 'too_soon') as failure_reason
      from known
    ),
    ${budgeting(spending)}
    settled as materialized (
      select *, case when fate = 'skip' and is_resent then 'doubt' when is_over_campaign then 'campaign_budget' when is_over_day then 'day_budget' else fate end as final
      from budgeted
    ), going as (
      select * from settled where final = 'go'
    ), attempt as (
      insert into send_attempt (company_id, id, message_id, n, outcome, started_at)
      select company_id, attempt_id, id, 1 + coalesce((select max(a.n) from send_attempt a where a.message_id = going.id), 0), 'open', ${at} from going
    ), texted as (${markingTexted(sql`going`, at)}),
    ${countingSegments(spending)}
    moved as (
      update message m set
        state = case final when 'go' then 'submitting' when 'skip' then 'skipped' else 'queued' end,
        submitted_at = case final when 'go' then ${at} else m.submitted_at end,
        next_attempt_at = case final when 'wait' then s.opens_at else m.next_attempt_at end,
        wait_reason = case final when 'wait' then s.why when 'go' then null else m.wait_reason end,
        failure_reason = case final when 'skip' then s.failure_reason else m.failure_reason end,
        settled_at = case final when 'skip' then ${at} else m.settled_at end
      from settled s where m.id = s.id and final in ('go', 'skip', 'wait')
      returning ${STATUS_COLUMNS}
    )${rulings.some(({ message }) => message.isHeard) ? sql`, emitted as (${emittingStatuses(sql`moved`)})` : sql``}
    select id, final as fate, segments from settled order by id`.execute(trx)
  return rows
}
