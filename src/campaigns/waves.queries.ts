/** When the waves that have not begun are due: the clock's own question, and that of whoever changes the waiting. */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { DB } from '../db/schema.ts'
import type { CampaignKey } from './advance.queries.ts'

/** Of these campaigns those with waves to come, of which one has just left. */
export async function listWaiting(trx: Transaction<DB>, campaignIds: readonly number[]): Promise<CampaignKey[]> {
  const { rows } = await sql<CampaignKey>`
    select c.company_id as "companyId", c.id as "campaignId" from campaign c
    where c.id = any(${campaignIds}::bigint[]) and c.wave_minutes is not null
      and exists (select from batch b where b.campaign_id = c.id and b.kind = 'wave' and b.state = 'planned')
      and not exists (select from batch b where b.campaign_id = c.id and b.kind = 'wave' and b.state in ('running', 'held'))
    order by c.id`.execute(trx)
  return rows
}

export type WavesToCome = {
  minutes: number
  zone: string
  now: Date
  /** When the newest wave left; null: none has yet, or one is leaving. */
  leftAt: Date | null
  isLeaving: boolean
  /** When the first wave is due that has not begun. */
  dueAt: Date
  ids: number[]
}

/** Undefined where no wave is to come. */
export async function findWaves(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<WavesToCome | undefined> {
  const { rows } = await sql<WavesToCome>`
    select c.wave_minutes as minutes, c.time_zone as zone, app_now() as now,
      max(b.finished_at) filter (where b.state = 'done') as "leftAt", bool_or(b.state = 'running') as "isLeaving",
      min(b.due_at) filter (where b.state = 'planned') as "dueAt", coalesce(array_agg(b.id order by b.no) filter (where b.state = 'planned'), '{}') as ids
    from campaign c join batch b on b.campaign_id = c.id and b.kind = 'wave'
    where c.company_id = ${scope.companyId} and c.id = ${campaignId} and c.wave_minutes is not null
    group by c.id having bool_or(b.state = 'planned')`.execute(trx)
  return rows[0]
}

export async function saveWaves(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, waves: readonly { id: number; localDate: CalendarDate; dueAt: Date }[]): Promise<void> {
  await sql`
    with moved as (
      update batch b set local_date = plan.local_date, due_at = plan.due_at
      from unnest(${waves.map(({ id }) => id)}::bigint[], ${waves.map(({ localDate }) => localDate)}::date[], ${waves.map(({ dueAt }) => dueAt)}::timestamptz[]) as plan (id, local_date, due_at)
      where b.id = plan.id and b.company_id = ${scope.companyId} and b.campaign_id = ${campaignId} and b.state = 'planned'
      returning b.due_at
    )
    update campaign set ends_at = (select max(due_at) from moved) where company_id = ${scope.companyId} and id = ${campaignId} and exists (select from moved)`.execute(trx)
}

/** Whether there are waves to come, or one that is held. */
export async function hasWaves(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<boolean> {
  const row = await trx
    .selectFrom('batch').select('id').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).where('kind', '=', 'wave').where('state', 'in', ['planned', 'held']).limit(1).executeTakeFirst()
  return row !== undefined
}
