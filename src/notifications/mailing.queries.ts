import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'
import { COLUMNS, FROM, type NotificationRow } from './list.queries.ts'

export type DueRow = NotificationRow & { waits_for: string | null; mailed_at: Date | null }

/** Whoever has something to be asked about, the longest waiting first. Background work: each row carries its own company. */
export async function listDueUsers(db: Db, limit: number): Promise<{ user_id: number; company_id: number }[]> {
  const { rows } = await sql<{ user_id: number; company_id: number }>`
    select user_id, company_id from notification where mail_at <= app_now() group by user_id, company_id order by min(mail_at) limit ${limit}`.execute(db)
  return rows
}

/** One worker at a time writes to somebody: two would make two digests of one. Held until the transaction ends. */
export async function takeUser(trx: Transaction<DB>, userId: number): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(hashtextextended('notifications.mail', ${userId})) as taken`.execute(trx)
  return rows[0]!.taken
}

export type Receiver = { name: string; email: string; language: Language; zone: string; companyName: string; isGone: boolean; now: Date }

export async function getReceiver(trx: Transaction<DB>, scope: CompanyScope, userId: number): Promise<Receiver> {
  const { rows } = await sql<Receiver>`
    select u.name, u.email, u.language, c.time_zone as zone, c.name as "companyName", u.disabled_at is not null or c.disabled_at is not null as "isGone", app_now() as now
    from app_user u join company c on c.id = u.company_id where u.company_id = ${scope.companyId} and u.id = ${userId}`.execute(trx)
  return rows[0]!
}

/** Held until the transaction ends, with whatever has been told or read meanwhile. */
export async function lockDue(trx: Transaction<DB>, scope: CompanyScope, userId: number, limit: number): Promise<DueRow[]> {
  const { rows } = await sql<DueRow>`
    with due as materialized (
      select id from notification where company_id = ${scope.companyId} and user_id = ${userId} and mail_at <= app_now() order by mail_at, id limit ${limit} for update
    )
    select ${COLUMNS}, n.waits_for, n.mailed_at from ${FROM} where n.id in (select id from due) and n.mail_at <= app_now() order by n.at desc, n.id desc`.execute(trx)
  return rows
}

/** Never asked about again; `isMailed`: because it went. */
export async function settleLines(trx: Transaction<DB>, scope: CompanyScope, ids: readonly number[], isMailed: boolean): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update notification set mail_at = null, waits_for = null, mailed_at = case when ${isMailed} then app_now() else mailed_at end
    where company_id = ${scope.companyId} and id = any(${[...ids]}::bigint[])`.execute(trx)
}

export async function postponeLines(trx: Transaction<DB>, scope: CompanyScope, ids: readonly number[], at: Date, waitsFor: 'digest' | 'hours'): Promise<void> {
  await trx.updateTable('notification').set({ mail_at: at, waits_for: waitsFor }).where('company_id', '=', scope.companyId).where('id', 'in', [...ids]).execute()
}

/** Of which campaigns this person had a mail in the last minutes, and until when the next one waits. */
export async function listJustMailed(trx: Transaction<DB>, scope: CompanyScope, userId: number, campaignIds: readonly number[], minutes: number): Promise<Map<number, Date>> {
  const { rows } = await sql<{ campaign_id: number; until: Date }>`
    select campaign_id, max(mailed_at) + make_interval(mins => ${minutes}) as until from notification
    where company_id = ${scope.companyId} and user_id = ${userId} and campaign_id = any(${[...campaignIds]}::bigint[]) and mailed_at > app_now() - make_interval(mins => ${minutes})
    group by campaign_id`.execute(trx)
  return new Map(rows.map(({ campaign_id, until }) => [campaign_id, until]))
}

export type CampaignFigures = { id: number; name: string; yes: number; no: number; waiting: number; fresh: number; comments: { first_name: string | null; last_name: string | null; choice: 'yes' | 'no'; comment: string }[]; more_comments: number }

/** How campaigns stand, and what was written since a moment of each, in microseconds; the newest comments first. */
export async function listFigures(trx: Transaction<DB>, scope: CompanyScope, given: readonly { campaignId: number; since: number }[], comments: number): Promise<CampaignFigures[]> {
  const { rows } = await sql<CampaignFigures>`
    select c.id, c.name, figures.yes, figures.no, figures.waiting, figures.fresh, coalesce(said.comments, '[]') as comments, greatest(0, figures.commented - ${comments}) as more_comments
    from unnest(${given.map(({ campaignId }) => campaignId)}::bigint[], ${given.map(({ since }) => since)}::bigint[]) as given (id, since)
    join campaign c on c.company_id = ${scope.companyId} and c.id = given.id
    cross join lateral (select to_timestamp(0) + given.since * interval '1 microsecond' as at) as since
    cross join lateral (
      select count(*) filter (where a.choice = 'yes') as yes, count(*) filter (where a.choice = 'no') as no,
        count(*) filter (where a.recipient_id is null and exists (select from message m where m.recipient_id = r.id and m.state in ('accepted', 'delivered'))) as waiting,
        count(*) filter (where a.answered_at > since.at) as fresh, count(*) filter (where a.answered_at > since.at and a.comment <> '') as commented
      from recipient r left join answer a on a.recipient_id = r.id where r.campaign_id = c.id
    ) as figures
    left join lateral (
      select jsonb_agg(jsonb_build_object('first_name', one.first_name, 'last_name', one.last_name, 'choice', one.choice, 'comment', one.comment)) as comments from (
        select k.first_name, k.last_name, a.choice, a.comment from recipient r join answer a on a.recipient_id = r.id left join candidate k on k.id = r.candidate_id
        where r.campaign_id = c.id and a.answered_at > since.at and a.comment <> '' order by a.answered_at desc limit ${comments}
      ) as one
    ) as said on true`.execute(trx)
  return rows
}
