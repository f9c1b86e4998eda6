import { sql } from 'kysely'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import { PRIVILEGES, type Privilege } from '../web/privileges.ts'
import type { Viewer } from '../web/viewer.ts'

export { recordInJournal } from '../web/journal.queries.ts'

/** Who belongs to a disabled company is disabled too. */
export async function findUserByEmail(db: Db, email: string) {
  return db
    .selectFrom('app_user as u')
    .innerJoin('company as c', 'c.id', 'u.company_id')
    .select(['u.id', 'u.company_id', 'u.password_hash', sql<Date | null>`coalesce(u.disabled_at, c.disabled_at)`.as('disabled_at')])
    .where(sql<string>`lower(u.email)`, '=', email.toLowerCase())
    .executeTakeFirst()
}

/** For who is not at a page: a worker that does what somebody asked for. */
export async function hasPrivilege(db: Db, userId: number, privilege: Privilege): Promise<boolean> {
  const row = await db
    .selectFrom('user_privilege as p')
    .innerJoin('app_user as u', 'u.id', 'p.user_id')
    .select('p.user_id')
    .where('p.user_id', '=', userId)
    .where('p.privilege', '=', privilege)
    .where('u.disabled_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Everything a request needs to know of its person, in one round trip; undefined once the user is disabled. */
export async function findViewer(db: Db, userId: number): Promise<Viewer | undefined> {
  const row = await db
    .selectFrom('app_user as u')
    .innerJoin('company as c', 'c.id', 'u.company_id')
    .select(['u.id', 'u.company_id', 'u.name', 'u.email', 'u.language', 'u.mobile', 'c.name as company_name', 'c.time_zone', 'c.language as company_language', 'c.country', 'c.can_send_sms'])
    .select((eb) => eb.selectFrom('user_privilege as p').whereRef('p.user_id', '=', 'u.id').select(sql<string[]>`coalesce(array_agg(p.privilege), '{}')`.as('names')).as('privileges'))
    .where('u.id', '=', userId)
    .where('u.disabled_at', 'is', null)
    .where('c.disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) return undefined
  const known = new Set<string>(PRIVILEGES)
  return {
    scope: companyScope(row.company_id),
    userId: row.id,
    name: row.name,
    email: row.email,
    language: row.language as Language,
    mobile: row.mobile,
    company: { name: row.company_name, timeZone: row.time_zone, language: row.company_language as Language, country: row.country, canSendSms: row.can_send_sms },
    privileges: new Set((row.privileges ?? []).filter((name) => known.has(name)) as Privilege[]),
  }
}

export async function insertUser(
  db: Db,
  scope: CompanyScope,
  user: { email: string; name: string; passwordHash: string; language: Language; mobile: string | null; privileges: readonly Privilege[] },
): Promise<number> {
  const { id } = await db
    .insertInto('app_user')
    .values({ company_id: scope.companyId, email: user.email, name: user.name, password_hash: user.passwordHash, language: user.language, mobile: user.mobile })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (user.privileges.length > 0) {
    await db.insertInto('user_privilege').values(user.privileges.map((privilege) => ({ company_id: scope.companyId, user_id: id, privilege }))).execute()
  }
  return id
}

export async function setLanguage(db: Db, scope: CompanyScope, userId: number, language: Language): Promise<void> {
  await db.updateTable('app_user').set({ language }).where('company_id', '=', scope.companyId).where('id', '=', userId).execute()
}

export async function recordSignIn(db: Db, userId: number): Promise<void> {
  await db.updateTable('app_user').set({ last_sign_in_at: sql`app_now()` }).where('id', '=', userId).execute()
}

/** Ends every session of a user: after a password change, or when the user is disabled. */
export async function endSessions(db: Db, userId: number): Promise<void> {
  await db.deleteFrom('session').where(sql<string>`sess ->> 'userId'`, '=', String(userId)).execute()
}

export async function purgeSessions(db: Db): Promise<void> {
  await db.deleteFrom('session').where('expire', '<', sql<Date>`app_now()`).execute()
}
