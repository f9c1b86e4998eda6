import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { tellingSenders } from '../notifications/queries.ts'
import { writingJournal } from '../web/journal.queries.ts'
import { emittingHistory } from '../webhooks/emit.queries.ts'
import { ACTION_FROM, type BatchState } from './domain.ts'

/** What a page was made from: the moment of the campaign's last change, in microseconds. */
export type Seen = number

export const seenOf = sql<Seen>`(extract(epoch from updated_at) * 1000000)::bigint`

/** Read it before what the page shows: a change in between then looks like one, and never the other way round. */
export async function findSeen(db: Db, scope: CompanyScope, id: number): Promise<Seen | undefined> {
  const row = await db.selectFrom('campaign').select(seenOf.as('seen')).where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  return row?.seen
}

/** Where a campaign's texts are at this moment, as far as anybody can still do something about them. */
export type Handed = {
  /** Taken by the provider. */
  out: number
  /** Being handed over right now: these cannot be held back either. */
  inFlight: number
  doubtful: number
  waiting: number
}

export async function countHanded(db: Db, scope: CompanyScope, campaignId: number): Promise<Handed> {
  const { rows } = await sql<Handed>`
    select count(*) filter (where state in ('accepted', 'delivered', 'undelivered')) as out, count(*) filter (where state = 'submitting') as "inFlight",
      count(*) filter (where state = 'in_doubt') as doubtful, count(*) filter (where state in ('queued', 'leased')) as waiting
    from message where company_id = ${scope.companyId} and campaign_id = ${campaignId} and purpose = 'campaign'`.execute(db)
  return rows[0]!
}

/**
 * Waits for the gates that began before a campaign was stopped, a moment at most: what they let through is then in flight, and
 * is counted. Throws when a gate takes longer than that.
 */
export async function waitForGates(db: Db, scope: CompanyScope, campaignId: number): Promise<void> {
  // One statement, because whoever pressed the button waits for each trip to the database.
  await sql`
    with patience as materialized (select set_config('lock_timeout', '120ms', true))
    select m.id from patience cross join message_lease l join message m on m.id = l.message_id
    where m.company_id = ${scope.companyId} and m.campaign_id = ${campaignId} and m.state = 'queued' order by m.id for share of m`.execute(db)
}

/**
 * The row alone, and nothing else: whoever stops a campaign waits for nobody, and every gate that comes after obeys. One
 * statement with its traces, because the person who pressed the button waits for each trip to the database.
 */
export async function moveToPaused(db: Db, scope: CompanyScope, id: number, by: { userId: number; name: string }): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    with moved as (
      update campaign set status = 'paused', status_reason = 'person', status_detail = jsonb_build_object('by', ${by.name}::text), updated_at = app_now()
      where company_id = ${scope.companyId} and id = ${id} and status = any(${[...ACTION_FROM.pause]}::text[])
      returning id
    ), told as materialized (
      select moved.id as subject_id, jsonb_build_object('out', (
        select count(*) from message where company_id = ${scope.companyId} and campaign_id = moved.id and purpose = 'campaign'
          and state in ('accepted', 'delivered', 'undelivered', 'submitting', 'in_doubt')
      )) as detail from moved
    ), event as (
      insert into campaign_event (company_id, campaign_id, user_id, kind, detail) select ${scope.companyId}, subject_id, ${by.userId}, 'paused', detail from told
      returning company_id, campaign_id, user_id, id, kind, detail
    ), news as (${tellingSenders(sql`event`)}), emitted as (${emittingHistory(sql`event`)}), line as (${writingJournal({ companyId: scope.companyId, userId: by.userId, action: 'campaign.paused', subjectKind: 'campaign' }, sql`told`)})
    select id from moved`.execute(db)
  return rows.length > 0
}

/** False when the campaign is not where this may start, is not what was `seen`, or is not there at all. */
export async function moveToCancelled(trx: Transaction<DB>, scope: CompanyScope, id: number, seen: Seen | undefined): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('campaign')
    .set({ status: 'cancelled', status_reason: null, status_detail: '{}', finished_at: sql`app_now()`, ends_at: sql`app_now()`, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', ACTION_FROM.cancel)
    .$if(seen !== undefined, (query) => query.where(seenOf, '=', seen as Seen))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function moveToClosed(trx: Transaction<DB>, scope: CompanyScope, id: number, seen: Seen | undefined): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('campaign')
    .set({ closed_at: sql`app_now()`, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', ACTION_FROM.close)
    .where('closed_at', 'is', null)
    .where('closes_at', '>', sql<Date>`app_now()`)
    .$if(seen !== undefined, (query) => query.where(seenOf, '=', seen as Seen))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function cancelBatches(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, states: readonly BatchState[]): Promise<void> {
  await trx
    .updateTable('batch')
    .set({ state: 'cancelled', finished_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', campaignId)
    .where('state', 'in', states)
    .execute()
}
