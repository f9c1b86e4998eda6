import { sql } from 'kysely'
import type { Db } from '../../src/db/pool.ts'
import type { MessageState } from '../../src/messaging/domain.ts'
import type { LogLine } from './log.ts'
import type { PagesSaid } from './pages.ts'

export type Attempt = { id: string; n: number; outcome: 'open' | 'accepted' | 'not_sent' | 'rejected' | 'in_doubt' | 'waived' }
/** `step`: 1 is the text, 2 the reminder. */
export type Message = { id: number; e164: string; step: number; state: MessageState; batch: number; attempts: Attempt[] }

/** Everything known at the end of a run, from three sides that cannot have agreed with one another. */
export type Evidence = {
  recipients: number
  /** As many as all workers together may hand over in a second. */
  perSecond: number
  log: readonly LogLine[]
  messages: readonly Message[]
  /** Of the campaign's batches; each must have begun once and be done. */
  batches: readonly { no: number; state: string; sentEvents: number }[]
  campaignStatus: string
  /** Stored events that were never applied to a message. */
  unappliedEvents: number
  pages: PagesSaid
  /** From one confirmation of a pause, with the calls in flight over, to the resumption: nothing may be taken in between. */
  pauses: readonly { from: number; until: number }[]
  /** Kills, freezes and stops of the database; each may leave as many hand-overs open as a worker has in flight. */
  breaks: number
  inFlight: number
  /** Lines of the product's and the database's logs that must not exist. */
  alarms: readonly string[]
  /** Processes that ended although nobody had ended them. */
  surprises: readonly string[]
}

export async function listMessages(db: Db, campaignId: number): Promise<Message[]> {
  const { rows } = await sql<Message>`
    select m.id, m.e164, m.step, m.state, b.no as batch,
      coalesce((select json_agg(json_build_object('id', a.id, 'n', a.n, 'outcome', a.outcome) order by a.n) from send_attempt a where a.message_id = m.id), '[]') as attempts
    from message m join batch b on b.id = m.batch_id where m.campaign_id = ${campaignId} and m.purpose = 'campaign' order by m.id`.execute(db)
  return rows
}

export async function listBatches(db: Db, campaignId: number): Promise<Evidence['batches'][number][]> {
  const { rows } = await sql<Evidence['batches'][number]>`
    select b.no, b.state, (select count(*) from campaign_event e where e.campaign_id = b.campaign_id and e.kind in ('batch_sent', 'reminder_sent') and (e.detail->>'no')::integer = b.no) as "sentEvents"
    from batch b where b.campaign_id = ${campaignId} order by b.no`.execute(db)
  return rows
}

export async function countUnapplied(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from provider_event where applied_at is null or result in ('orphan', 'unreadable', 'contradiction')`.execute(db)
  return rows[0]!.n
}
