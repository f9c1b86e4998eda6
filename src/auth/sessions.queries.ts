import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { SignInWay } from './domain.ts'

export type SessionStart = { userId: number; how: SignInWay; address: string; agent: string; deviceHash: Buffer }

/** Undefined where the user has been deactivated meanwhile. `isNewDevice`: their first one is not news to anybody. */
export async function insertSession(trx: Transaction<DB>, { userId, how, address, agent, deviceHash }: SessionStart): Promise<{ id: number; companyId: number; isNewDevice: boolean } | undefined> {
  const user = await trx
    .updateTable('app_user')
    .set({ last_sign_in_at: sql`app_now()`, joined_at: sql`coalesce(joined_at, app_now())` })
    .where('id', '=', userId)
    .where('disabled_at', 'is', null)
    .returning('company_id')
    .executeTakeFirst()
  if (!user) return undefined
  const known = await trx.selectFrom('user_device').select('token_hash').where('user_id', '=', userId).execute()
  const isNewDevice = known.length > 0 && !known.some(({ token_hash }) => token_hash.equals(deviceHash))
  await trx
    .insertInto('user_device')
    .values({ company_id: user.company_id, user_id: userId, token_hash: deviceHash, agent })
    .onConflict((conflict) => conflict.columns(['user_id', 'token_hash']).doUpdateSet({ agent, last_seen_at: sql`app_now()` }))
    .execute()
  const { id } = await trx
    .insertInto('user_session')
    .values({ company_id: user.company_id, user_id: userId, how, address, agent, is_to_be_told: isNewDevice && how === 'password' })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, companyId: user.company_id, isNewDevice }
}

/** Whether this browser has signed in to this account before. */
export async function isKnownDevice(db: Db, email: string, deviceHash: Buffer): Promise<boolean> {
  const row = await db
    .selectFrom('user_device as d')
    .innerJoin('app_user as u', 'u.id', 'd.user_id')
    .select('d.id')
    .where(sql<string>`lower(u.email)`, '=', email.toLowerCase())
    .where('d.token_hash', '=', deviceHash)
    .executeTakeFirst()
  return row !== undefined
}

export async function isDeviceOf(db: Db, userId: number, deviceHash: Buffer): Promise<boolean> {
  return (await db.selectFrom('user_device').select('id').where('user_id', '=', userId).where('token_hash', '=', deviceHash).executeTakeFirst()) !== undefined
}

/** After a change of the password every browser is new again, but for the one it was changed in. */
export async function forgetDevices(db: Db, userId: number, exceptHash?: Buffer): Promise<void> {
  await db
    .deleteFrom('user_device')
    .where('user_id', '=', userId)
    .$if(exceptHash !== undefined, (query) => query.where('token_hash', '!=', exceptHash as Buffer))
    .execute()
}

export async function touchSession(db: Db, id: number): Promise<void> {
  await db.updateTable('user_session').set({ last_seen_at: sql`app_now()` }).where('id', '=', id).where('ended_at', 'is', null).execute()
}

export type OpenSession = { id: number; how: SignInWay; address: string; agent: string; startedAt: Date; lastSeenAt: Date }

/** Where somebody is signed in now, the latest first. */
export async function listSessions(db: Db, scope: CompanyScope, userId: number, limits: { idleSeconds: number; seconds: number }): Promise<OpenSession[]> {
  const rows = await db
    .selectFrom('user_session')
    .select(['id', 'how', 'address', 'agent', 'started_at as startedAt', 'last_seen_at as lastSeenAt'])
    .where('company_id', '=', scope.companyId)
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('last_seen_at', '>', sql<Date>`app_now() - make_interval(secs => ${limits.idleSeconds})`)
    .where('started_at', '>', sql<Date>`app_now() - make_interval(secs => ${limits.seconds})`)
    .orderBy('last_seen_at', 'desc')
    .orderBy('id', 'desc')
    .limit(100)
    .execute()
  return rows as OpenSession[]
}

/** Ends one session of a user; false where it is not theirs or has ended. */
export async function endSession(db: Db, scope: CompanyScope, userId: number, id: number): Promise<boolean> {
  const ended = await db
    .updateTable('user_session')
    .set({ ended_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return ended.numUpdatedRows > 0n
}

/** Ends every session of a user, but for the one they are in where it is given; says how many. */
export async function endSessions(db: Db, userId: number, exceptId?: number): Promise<number> {
  const ended = await db
    .updateTable('user_session')
    .set({ ended_at: sql`app_now()` })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId as number))
    .executeTakeFirst()
  return Number(ended.numUpdatedRows)
}

/** Sign-ins from a device never seen before whose owner is to be told, a few at a time; held until the transaction ends. */
export async function takeUntoldSessions(trx: Transaction<DB>, limit: number) {
  const { rows } = await sql<{ id: number; user_id: number; company_id: number; address: string; agent: string; started_at: Date }>`
    update user_session set is_to_be_told = false
    where id in (select id from user_session where is_to_be_told order by id limit ${limit} for update skip locked)
    returning id, user_id, company_id, address, agent, started_at
  `.execute(trx)
  return rows
}

/** What nobody can use any more: stored sessions, links, requests, devices not seen for over a year. */
export async function purgeSessions(db: Db): Promise<void> {
  await db.deleteFrom('session').where('expire', '<', sql<Date>`app_now()`).execute()
  await db.deleteFrom('user_session').where('last_seen_at', '<', sql<Date>`app_now() - interval '30 days'`).execute()
  await db.deleteFrom('user_token').where('expires_at', '<', sql<Date>`app_now() - interval '90 days'`).execute()
  await db.deleteFrom('password_request').where('created_at', '<', sql<Date>`app_now() - interval '1 day'`).execute()
  await db.deleteFrom('user_device').where('last_seen_at', '<', sql<Date>`app_now() - interval '400 days'`).execute()
}
