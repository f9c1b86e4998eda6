import { sql } from 'kysely'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import { PRIVILEGES, type Privilege } from '../web/privileges.ts'
import { UNREAD_COUNTED, type Viewer } from '../web/viewer.ts'
import { SESSION_IDLE_SECONDS, SESSION_SECONDS, type SignInWay } from './domain.ts'

export { recordInJournal } from '../web/journal.queries.ts'

/** Who belongs to a disabled company is disabled too. */
export async function findUserByEmail(db: Db, email: string) {
  return db
    .selectFrom('app_user as u')
    .innerJoin('company as c', 'c.id', 'u.company_id')
    .select(['u.id', 'u.company_id', 'u.password_hash', sql<Date | null>`coalesce(u.disabled_at, c.disabled_at)`.as('disabled_at')])
    .select((eb) => eb.exists(eb.selectFrom('second_factor as f').select('f.user_id').whereRef('f.user_id', '=', 'u.id')).$castTo<boolean>().as('has_factor'))
    .select(sql<boolean>`exists (select from company_sso s where s.company_id = u.company_id and s.is_enforced)
      and not exists (select from user_privilege p where p.user_id = u.id and p.privilege = 'users.manage')`.as('is_sent_elsewhere'))
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

/** What a page knows of its person: whoever is deactivated is nobody. */
function viewerRows(db: Db) {
  return db
    .selectFrom('app_user as u')
    .innerJoin('company as c', 'c.id', 'u.company_id')
    .select(['u.id', 'u.company_id', 'u.name', 'u.email', 'u.language', 'u.mobile', 'c.name as company_name', 'c.time_zone', 'c.language as company_language', 'c.country', 'c.can_send_sms'])
    .select((eb) => eb.selectFrom('user_privilege as p').whereRef('p.user_id', '=', 'u.id').select(sql<string[]>`coalesce(array_agg(p.privilege), '{}')`.as('names')).as('privileges'))
    .where('u.disabled_at', 'is', null)
    .where('c.disabled_at', 'is', null)
}

type ViewerRow = Awaited<ReturnType<ReturnType<typeof viewerRows>['executeTakeFirstOrThrow']>>

function toViewer(row: ViewerRow): Viewer {
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

/** Somebody who is not at a page: a worker acting for whoever asked, or a test. */
export async function findViewer(db: Db, userId: number): Promise<Viewer | undefined> {
  const row = await viewerRows(db).where('u.id', '=', userId).executeTakeFirst()
  return row && toViewer(row)
}

export type SignedIn = { viewer: Viewer; how: SignInWay; hasFactor: boolean; factorRule: unknown; isStale: boolean; unread: number }

/** Everything a request needs to know of its person, in one round trip; undefined once the session has ended or the user is disabled. */
export async function findSignedIn(db: Db, sessionId: number): Promise<SignedIn | undefined> {
  const row = await viewerRows(db)
    .innerJoin('user_session as s', 's.user_id', 'u.id')
    .select(['s.how', sql<boolean>`s.last_seen_at < app_now() - interval '1 minute'`.as('is_stale')])
    .select((eb) => [
      eb.exists(eb.selectFrom('second_factor as f').select('f.user_id').whereRef('f.user_id', '=', 'u.id')).as('has_factor'),
      sql<number>`(select count(*) from (select from reply r where r.company_id = u.company_id and r.read_at is null and r.e164 not like '+0%' limit 100) as counted)`.as('unread_replies'),
      sql<number>`(select count(*) from (select from notification n where n.user_id = u.id and n.read_at is null limit ${UNREAD_COUNTED}) as counted)`.as('unread'),
      eb.selectFrom('company_setting as g').select('g.value').whereRef('g.company_id', '=', 'u.company_id').where('g.name', '=', 'auth.second_factor').as('factor_rule'),
    ])
    .where('s.id', '=', sessionId)
    .where('s.ended_at', 'is', null)
    .where('s.last_seen_at', '>', sql<Date>`app_now() - make_interval(secs => ${SESSION_IDLE_SECONDS})`)
    .where('s.started_at', '>', sql<Date>`app_now() - make_interval(secs => ${SESSION_SECONDS})`)
    .executeTakeFirst()
  return row && { viewer: { ...toViewer(row), unreadReplies: row.unread_replies }, how: row.how as SignInWay, hasFactor: Boolean(row.has_factor), factorRule: row.factor_rule, isStale: row.is_stale, unread: row.unread }
}

/** Without a password they are expected: an invitation or a provider lets them in, and only then have they joined. */
export async function insertUser(
  db: Db,
  scope: CompanyScope,
  user: { email: string; name: string; passwordHash: string | null; language: Language; mobile: string | null; privileges: readonly Privilege[] },
): Promise<number> {
  const { id } = await db
    .insertInto('app_user')
    .values({ company_id: scope.companyId, email: user.email, name: user.name, password_hash: user.passwordHash, language: user.language, mobile: user.mobile, joined_at: user.passwordHash === null ? null : sql`app_now()` })
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

/** Somebody about to sign in. */
export async function findUser(db: Db, userId: number) {
  return db
    .selectFrom('app_user as u')
    .innerJoin('company as c', 'c.id', 'u.company_id')
    .select(['u.id', 'u.company_id', 'u.email', 'u.name', 'u.language', 'c.name as company_name', 'c.time_zone'])
    .where('u.id', '=', userId)
    .where('u.disabled_at', 'is', null)
    .where('c.disabled_at', 'is', null)
    .executeTakeFirst()
}

/** Null where they come in through a provider. */
export async function findPasswordHash(db: Db, scope: CompanyScope, userId: number): Promise<string | null> {
  const row = await db.selectFrom('app_user').select('password_hash').where('company_id', '=', scope.companyId).where('id', '=', userId).executeTakeFirst()
  return row?.password_hash ?? null
}

export async function findPasswordChange(db: Db, scope: CompanyScope, userId: number): Promise<Date | null> {
  const row = await db.selectFrom('app_user').select('password_changed_at').where('company_id', '=', scope.companyId).where('id', '=', userId).executeTakeFirst()
  return row?.password_changed_at ?? null
}
