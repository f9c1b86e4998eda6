import type { TestDatabase } from '../database.ts'
import { makeSending } from './messaging.ts'

export type GivenBatch = {
  recipients: number
  /** From the database's now: `'1 day'`, `'-5 minutes'`. */
  due: string
  state?: 'planned' | 'running' | 'done' | 'held' | 'cancelled'
}

type Given = Omit<Parameters<typeof makeSending>[1] & object, 'recipients' | 'e164' | 'batchState'> & { batches: GivenBatch[]; allowWeekends?: boolean }

export type Planned = Awaited<ReturnType<typeof makePlanned>>

/** A launched campaign in several batches, best ranks first; scheduled, unless told otherwise. */
export async function makePlanned({ db, pool }: Pick<TestDatabase, 'db' | 'pool'>, { batches, allowWeekends = true, ...given }: Given) {
  const sending = await makeSending(db, { status: 'scheduled', batchState: 'planned', ...given, recipients: batches.reduce((sum, { recipients }) => sum + recipients, 0) })
  const { campaignId, scope } = sending
  const ids: number[] = []
  let rank = 0
  for (const [index, { recipients, due, state = 'planned' }] of batches.entries()) {
    const id = index === 0 ? sending.batchId : (await pool.query<{ id: number }>(
      "insert into batch (company_id, campaign_id, no, local_date, due_at) values ($1, $2, $3, ((app_now() + $4::interval) at time zone 'Europe/Paris')::date, app_now()) returning id",
      [scope.companyId, campaignId, index + 1, due])).rows[0]!.id
    await pool.query(
      `update batch set local_date = ((app_now() + $2::interval) at time zone 'Europe/Paris')::date, due_at = app_now() + $2::interval, state = $3::text,
         started_at = case when $3::text in ('running', 'done') then app_now() + $2::interval end, finished_at = case when $3::text = 'done' then app_now() end
       where id = $1`, [id, due, state])
    ids.push(id)
    const range = [campaignId, id, rank, rank + recipients]
    await pool.query('update recipient set batch_id = $2 where campaign_id = $1 and rank > $3 and rank <= $4', range)
    await pool.query('update message m set batch_id = r.batch_id from recipient r where r.id = m.recipient_id and m.campaign_id = $1 and r.rank > $3 and r.rank <= $4 and r.batch_id = $2', range)
    rank += recipients
  }
  await pool.query(
    `update campaign c set allow_weekends = $2, undo_until = null, start_on = p.on_day, start_time = p.at_time, starts_at = p.first_at, ends_at = p.last_at, updated_at = app_now()
     from (select min(local_date) as on_day, (min(due_at) at time zone 'Europe/Paris')::time(0) as at_time, min(coalesce(started_at, due_at)) as first_at, max(due_at) as last_at from batch where campaign_id = $1) p
     where c.id = $1`, [campaignId, allowWeekends])
  return { ...sending, batchIds: ids }
}

/** Moves messages to a state by legal steps. `batch`: only those of one. */
export async function moveMessages({ pool }: Pick<TestDatabase, 'pool'>, campaignId: number, steps: readonly string[], given: { batchId?: number; limit?: number } = {}): Promise<void> {
  const { rows } = await pool.query<{ id: number }>(
    `select id from message where campaign_id = $1 and ($2::bigint is null or batch_id = $2) and state = 'queued' order by id limit $3`, [campaignId, given.batchId ?? null, given.limit ?? null])
  const ids = rows.map(({ id }) => id)
  for (const step of steps) {
    await pool.query(
      `update message set state = $2, lease_until = case when $2 = 'leased' then app_now() + interval '1 minute' end,
         submitted_at = case when $2 = 'submitting' then app_now() when $2 = 'queued' then null else submitted_at end,
         settled_at = case when $2 in ('delivered', 'undelivered', 'rejected', 'skipped', 'cancelled') then clock_timestamp() else settled_at end
       where id = any($1::bigint[])`, [ids, step])
  }
}

export const SENT = ['leased', 'submitting', 'accepted'] as const

type Campaign = {
  status: string
  status_reason: string | null
  status_detail: Record<string, unknown>
  starts_at: Date
  ends_at: Date
  finished_at: Date | null
  closes_at: Date
  closed_at: Date | null
  allow_weekends: boolean
  released_at: Date | null
}
type Batch = { id: number; no: number; state: string; local_date: string; due_at: Date; started_at: Date | null }

/** A campaign with its batches and events, as the database holds them. */
export async function look({ pool }: Pick<TestDatabase, 'pool'>, campaignId: number) {
  const campaign = await pool.query<Campaign>('select status, status_reason, status_detail, starts_at, ends_at, finished_at, closes_at, closed_at, allow_weekends, released_at from campaign where id = $1', [campaignId])
  const batches = await pool.query<Batch>('select id, no, state, local_date, due_at, started_at from batch where campaign_id = $1 order by no', [campaignId])
  const events = await pool.query<{ kind: string; detail: Record<string, unknown> }>('select kind, detail from campaign_event where campaign_id = $1 order by id', [campaignId])
  return { ...campaign.rows[0]!, batches: batches.rows, states: batches.rows.map(({ state }) => state), events: events.rows, kinds: events.rows.map(({ kind }) => kind) }
}
