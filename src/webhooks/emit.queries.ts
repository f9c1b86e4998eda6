/**
 * What other rooms write into the outbox, in the statement or the transaction in which it happened. Whoever has no endpoint for
 * an event writes nothing: the first thing every statement asks is a row of a table that is empty for most companies.
 */
import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { EventType } from './domain.ts'

/** « 2026-11-22T16:05:00.123Z », as JavaScript writes it. */
export const isoUtc = (moment: RawBuilder<unknown>) => sql`to_char(${moment} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const wants = (company: RawBuilder<unknown>, type: RawBuilder<unknown>) =>
  sql`exists (select from webhook_endpoint w where w.company_id = ${company} and w.state in ('active', 'paused') and ${type} = any(w.types))`

/**
 * Condition: somebody listens to this company at all. Whoever writes many rows a second asks it first, in the transaction that
 * writes them or right before, and leaves the emission out of the statement where nobody does.
 */
export const isHeard = (company: RawBuilder<unknown>) => sql<boolean>`exists (select from webhook_endpoint w where w.company_id = ${company} and w.state in ('active', 'paused'))`

type Emitted = {
  /** `from …`: rows that something happened to. Their company is `company`. */
  from: RawBuilder<unknown>
  company: RawBuilder<unknown>
  type: RawBuilder<unknown>
  data: RawBuilder<unknown>
  campaign?: RawBuilder<unknown>
  candidate?: RawBuilder<unknown>
  number?: RawBuilder<unknown>
  /** Not before this. */
  notBefore?: RawBuilder<unknown>
}

/** A statement, alone or in a WITH. The id of the event is made in the inner query, once for all endpoints. */
function emitting({ from, company, type, data, campaign = sql`null`, candidate = sql`null`, number = sql`null`, notBefore = sql`null` }: Emitted): RawBuilder<unknown> {
  return sql`
    insert into webhook_delivery (company_id, endpoint_id, event_id, type, body, campaign_id, candidate_id, e164, next_attempt_at)
    select e.company_id, e.id, happened.event_id, happened.type, happened.body, happened.campaign_id::bigint, happened.candidate_id::bigint, happened.e164::text, greatest(app_now(), happened.not_before::timestamptz)
    from (
      select ${company} as company_id, 'msg_' || replace(gen_random_uuid()::text, '-', '') as event_id, ${type} as type,
        json_build_object('type', ${type}, 'timestamp', ${isoUtc(sql`app_now()`)}, 'data', ${data})::text as body,
        ${campaign} as campaign_id, ${candidate} as candidate_id, ${number} as e164, ${notBefore} as not_before
      from ${from}
      where ${wants(company, type)}
    ) happened
    join webhook_endpoint e on e.company_id = happened.company_id and e.state in ('active', 'paused') and happened.type = any(e.types)`
}

/** What of a message `m` that moved is told; the end of an UPDATE of messages whose new states may be news. */
export const STATUS_COLUMNS = sql`m.company_id, m.id, m.campaign_id, m.recipient_id, m.candidate_id, m.step, m.state, m.failure_reason, m.failure_code`

/** Texts of campaigns: rows of `moved` with `STATUS_COLUMNS`. */
export function emittingStatuses(moved: RawBuilder<unknown>): RawBuilder<unknown> {
  return emitting({
    from: sql`(select * from ${moved} where recipient_id is not null and state in ('accepted', 'delivered', 'undelivered', 'rejected', 'in_doubt', 'skipped', 'cancelled')) m`,
    company: sql`m.company_id`, type: sql`'message.status'::text`, campaign: sql`m.campaign_id`, candidate: sql`m.candidate_id`,
    data: sql`json_build_object('message_id', m.id, 'campaign_id', m.campaign_id, 'recipient_id', m.recipient_id, 'candidate_id', m.candidate_id, 'step', m.step,
      'status', m.state, 'failure_reason', m.failure_reason, 'failure_code', m.failure_code)`,
  })
}

/** Answers: rows of `written` as answer_version has them. */
export function emittingAnswers(written: RawBuilder<unknown>): RawBuilder<unknown> {
  return emitting({
    from: sql`${written} v join recipient r on r.id = v.recipient_id`,
    company: sql`v.company_id`, type: sql`case when v.version = 1 then 'answer.created' else 'answer.updated' end`, campaign: sql`r.campaign_id`, candidate: sql`r.candidate_id`,
    data: sql`json_build_object('campaign_id', r.campaign_id, 'recipient_id', r.id, 'candidate_id', r.candidate_id, 'version', v.version, 'choice', v.choice,
      'available_from', v.available_from, 'available_until', v.available_until, 'comment', v.comment, 'source', v.source, 'answered_at', ${isoUtc(sql`v.answered_at`)})`,
  })
}

/** What records say since now: rows of `changed` as availability_change has them. */
export function emittingAvailability(changed: RawBuilder<unknown>): RawBuilder<unknown> {
  return emitting({
    from: sql`${changed} h`,
    company: sql`h.company_id`, type: sql`'candidate.availability'::text`, campaign: sql`h.campaign_id`, candidate: sql`h.candidate_id`,
    data: sql`json_build_object('candidate_id', h.candidate_id, 'availability', h.availability, 'available_from', h.available_from, 'available_until', h.available_until,
      'source', h.source, 'campaign_id', h.campaign_id, 'changed_at', ${isoUtc(sql`h.at`)})`,
  })
}

/** A STOP, or the end of one: rows of `told` as opt_out_event has them. */
export function emittingOptOuts(told: RawBuilder<unknown>): RawBuilder<unknown> {
  return emitting({
    from: sql`${told} o`,
    company: sql`o.company_id`, type: sql`case o.kind when 'opt_out' then 'opt_out.created' else 'opt_out.removed' end`, campaign: sql`o.campaign_id`, number: sql`o.e164`,
    data: sql`json_build_object('phone', o.e164, 'source', o.source, 'campaign_id', o.campaign_id, 'candidate_ids', (
      select coalesce(json_agg(distinct p.candidate_id), '[]'::json) from candidate_phone p where p.company_id = o.company_id and p.e164 = o.e164))`,
  })
}

/** Which line of a campaign's history is which event. What is not there happens in other statements, or concerns nobody else. */
const EVENT_OF_HISTORY = {
  launched: 'campaign.scheduled', rescheduled: 'campaign.scheduled', paused: 'campaign.paused', resumed: 'campaign.resumed', released: 'campaign.resumed',
  suspended: 'campaign.suspended', cancelled: 'campaign.cancelled', completed: 'campaign.completed',
} as const satisfies Record<string, EventType>

/** Where a campaign is after an event; the row may still say otherwise to the statement that moves it. */
const STATUS_AFTER = {
  'campaign.started': 'in_process', 'campaign.paused': 'paused', 'campaign.suspended': 'suspended', 'campaign.cancelled': 'cancelled', 'campaign.completed': 'completed',
} as const satisfies Partial<Record<EventType, string>>

/** Campaigns: rows of `moved` with `company_id`, `campaign_id`, `type` and `reason`. A launch is told once it cannot be taken back. */
export function emittingCampaigns(moved: RawBuilder<unknown>): RawBuilder<unknown> {
  return emitting({
    from: sql`${moved} moved join campaign c on c.company_id = moved.company_id and c.id = moved.campaign_id`,
    company: sql`c.company_id`, type: sql`moved.type`, campaign: sql`c.id`, notBefore: sql`case when moved.type = 'campaign.scheduled' then c.undo_until end`,
    data: sql`json_build_object('campaign_id', c.id, 'name', c.name, 'kind', c.kind, 'status', coalesce(${JSON.stringify(STATUS_AFTER)}::jsonb ->> moved.type, c.status), 'reason', moved.reason)`,
  })
}

/** The same for lines of campaigns' histories, as `tellingSenders` takes them. */
export function emittingHistory(events: RawBuilder<unknown>): RawBuilder<unknown> {
  return emittingCampaigns(sql`(
    select h.company_id, h.campaign_id, ${JSON.stringify(EVENT_OF_HISTORY)}::jsonb ->> h.kind as type, h.detail ->> 'reason' as reason from ${events} h where ${JSON.stringify(EVENT_OF_HISTORY)}::jsonb ? h.kind
  )`)
}

/** To this endpoint alone, whatever it wants to hear; undefined where nothing is sent to it. */
export async function insertTest(trx: Transaction<DB>, scope: CompanyScope, endpointId: number, type: string): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    insert into webhook_delivery (company_id, endpoint_id, event_id, type, body)
    select e.company_id, e.id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), ${type},
      json_build_object('type', ${type}::text, 'timestamp', ${isoUtc(sql`app_now()`)}, 'data', json_build_object('endpoint_id', e.id))::text
    from webhook_endpoint e where e.company_id = ${scope.companyId} and e.id = ${endpointId} and e.state = 'active'
    returning id`.execute(trx)
  return rows[0]?.id
}

/** A launch that was taken back has not happened: what waits to be told of it is not. */
export async function forgetLaunch(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await sql`
    delete from webhook_delivery d using webhook_endpoint e
    where e.company_id = ${scope.companyId} and d.endpoint_id = e.id and d.type = 'campaign.scheduled' and d.state = 'waiting' and d.tries = 0 and d.campaign_id = ${campaignId}`.execute(trx)
}
