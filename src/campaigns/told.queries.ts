/** Who is told of a campaign's answers, as somebody chose. */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** Of a campaign called `c`: the people chosen, by their ids; none: its sender. */
export const chosenFollowers = sql<number[]>`(select coalesce(jsonb_agg(f.user_id order by f.user_id), '[]') from campaign_follower f where f.campaign_id = c.id)`

export type Colleague = { id: number; name: string }

/** Who may be told: everybody who may see campaigns and still belongs to the company. */
export async function listColleagues(db: Db, scope: CompanyScope): Promise<Colleague[]> {
  return db
    .selectFrom('app_user as u')
    .select(['u.id', 'u.name'])
    .where('u.company_id', '=', scope.companyId)
    .where('u.disabled_at', 'is', null)
    .where(({ exists, selectFrom }) => exists(selectFrom('user_privilege as p').select('p.user_id').whereRef('p.user_id', '=', 'u.id').where('p.privilege', '=', 'campaigns.view')))
    .orderBy(sql`fold(u.name)`)
    .orderBy('u.id')
    .execute()
}

/** Who is told as things are: those chosen without who has gone or may not see it any more, else the sender. */
export async function listTold(db: Db, scope: CompanyScope, campaignId: number): Promise<Colleague[]> {
  const { rows } = await sql<Colleague>`
    select u.id, u.name from campaign_listener l join app_user u on u.id = l.user_id
    where l.company_id = ${scope.companyId} and l.campaign_id = ${campaignId} order by fold(u.name), u.id`.execute(db)
  return rows
}

export async function replaceFollowers(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, userIds: readonly number[]): Promise<void> {
  await sql`delete from campaign_follower where company_id = ${scope.companyId} and campaign_id = ${campaignId} and user_id <> all(${[...userIds]}::bigint[])`.execute(trx)
  await sql`
    insert into campaign_follower (company_id, campaign_id, user_id)
    select ${scope.companyId}, ${campaignId}, u.id from app_user u where u.company_id = ${scope.companyId} and u.id = any(${[...userIds]}::bigint[])
    on conflict do nothing`.execute(trx)
}

/** The campaign, held, with its sender and the people chosen; undefined when there is no such campaign. */
export async function lockFollowers(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<{ isDraft: boolean; senderId: number; chosen: number[] } | undefined> {
  const { rows } = await sql<{ isDraft: boolean; senderId: number }>`
    select c.status = 'draft' as "isDraft", coalesce(c.launched_by, c.created_by) as "senderId" from campaign c where c.company_id = ${scope.companyId} and c.id = ${campaignId} for no key update`.execute(trx)
  const [row] = rows
  return row && { ...row, chosen: await listFollowers(trx, scope, campaignId) }
}

export async function listFollowers(db: Db, scope: CompanyScope, campaignId: number): Promise<number[]> {
  const rows = await db.selectFrom('campaign_follower').select('user_id').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).orderBy('user_id').execute()
  return rows.map(({ user_id }) => user_id)
}
