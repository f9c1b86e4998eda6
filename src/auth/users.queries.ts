import { sql, type Transaction } from 'kysely'
import type { Cursor } from '../core/paging.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { PRIVILEGES, type Privilege } from '../web/privileges.ts'
import type { Language } from '../words/define.ts'
import type { InvitationState, UserFilters } from './users.domain.ts'

export type Person = {
  id: number
  email: string
  name: string
  language: Language
  mobile: string | null
  version: number
  privileges: Privilege[]
  disabledAt: Date | null
  joinedAt: Date | null
  lastSignInAt: Date | null
  hasPassword: boolean
  hasFactor: boolean
  /** Of whoever has not joined yet; `until` while the link works. */
  invitation: { state: InvitationState; until: Date | null } | null
  sortName: string
}

function people(db: Db, scope: CompanyScope) {
  return db
    .selectFrom('app_user as u')
    .select(['u.id', 'u.email', 'u.name', 'u.language', 'u.mobile', 'u.version', 'u.disabled_at', 'u.joined_at', 'u.last_sign_in_at'])
    .select((eb) => [
      sql<string>`lower(u.name)`.as('sort_name'),
      sql<boolean>`u.password_hash is not null`.as('has_password'),
      eb.exists(eb.selectFrom('second_factor as f').select('f.user_id').whereRef('f.user_id', '=', 'u.id')).$castTo<boolean>().as('has_factor'),
      eb.selectFrom('user_privilege as p').whereRef('p.user_id', '=', 'u.id').select(sql<string[]>`coalesce(array_agg(p.privilege), '{}')`.as('names')).as('privileges'),
      sql<{ state: InvitationState; until: string } | null>`(
        select json_build_object('until', t.expires_at, 'state',
          case when t.withdrawn_at is not null then 'withdrawn' when t.used_at is not null then 'used' when t.expires_at <= app_now() then 'expired' else 'open' end)
        from user_token t where t.company_id = u.company_id and t.user_id = u.id and t.kind = 'invitation' order by t.id desc limit 1)`.as('invitation'),
    ])
    .where('u.company_id', '=', scope.companyId)
}

type PersonRow = Awaited<ReturnType<ReturnType<typeof people>['executeTakeFirstOrThrow']>>

function toPerson(row: PersonRow): Person {
  const held = new Set<string>(row.privileges ?? [])
  return {
    id: row.id, email: row.email, name: row.name, language: row.language as Language, mobile: row.mobile, version: row.version, sortName: row.sort_name,
    privileges: PRIVILEGES.filter((privilege) => held.has(privilege)), disabledAt: row.disabled_at, joinedAt: row.joined_at, lastSignInAt: row.last_sign_in_at,
    hasPassword: row.has_password, hasFactor: row.has_factor,
    invitation: row.joined_at || !row.invitation ? null : { state: row.invitation.state, until: row.invitation.state === 'open' ? new Date(row.invitation.until) : null },
  }
}

/** One page of a company's people by name, and one more where others follow. */
export async function listPeople(db: Db, scope: CompanyScope, filters: UserFilters, after: Cursor | undefined, limit: number): Promise<Person[]> {
  let query = people(db, scope)
  if (filters.q) {
    const pattern = `%${filters.q.replace(/[\\%_]/g, '\\$&')}%`
    query = query.where(sql<boolean>`(fold(u.name) like fold(${pattern}) or lower(u.email) like lower(${pattern}))`)
  }
  if (filters.state === 'deactivated') query = query.where('u.disabled_at', 'is not', null)
  if (filters.state === 'active') query = query.where('u.disabled_at', 'is', null).where('u.joined_at', 'is not', null)
  if (filters.state === 'pending') query = query.where('u.disabled_at', 'is', null).where('u.joined_at', 'is', null)
  if (after) query = query.where(sql<boolean>`(lower(u.name), u.id) > (${after[0]}::text, ${after[1]}::bigint)`)
  return (await query.orderBy(sql`lower(u.name)`).orderBy('u.id').limit(limit).execute()).map(toPerson)
}

export async function findPerson(db: Db, scope: CompanyScope, id: number): Promise<Person | undefined> {
  const row = await people(db, scope).where('u.id', '=', id).executeTakeFirst()
  return row && toPerson(row)
}

/** Everything that decides who may do what in a company happens one after the other. */
export async function lockPeople(trx: Transaction<DB>, scope: CompanyScope): Promise<void> {
  await trx.selectFrom('company').select('id').where('id', '=', scope.companyId).forNoKeyUpdate().execute()
}

/** People who can sign in and let others in. */
export async function countAdministrators(db: Db, scope: CompanyScope, exceptId?: number): Promise<number> {
  const { count } = await db
    .selectFrom('app_user as u')
    .innerJoin('user_privilege as p', 'p.user_id', 'u.id')
    .select(sql<number>`count(*)::int`.as('count'))
    .where('u.company_id', '=', scope.companyId)
    .where('p.privilege', '=', 'users.manage' satisfies Privilege)
    .where('u.disabled_at', 'is', null)
    .where('u.joined_at', 'is not', null)
    .$if(exceptId !== undefined, (query) => query.where('u.id', '!=', exceptId as number))
    .executeTakeFirstOrThrow()
  return count
}

/** The new version; undefined where somebody was faster. */
export async function updatePerson(db: Db, scope: CompanyScope, id: number, version: number, change: { name: string; email?: string; language: Language; mobile: string | null }): Promise<number | undefined> {
  const row = await db
    .updateTable('app_user')
    .set({ ...change, version: sql`version + 1` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('version', '=', version)
    .returning('version')
    .executeTakeFirst()
  return row?.version
}

/** Somebody's rights changed by other means than their form: one that stands open is out of date. */
export async function raiseVersion(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<void> {
  await trx.updateTable('app_user').set({ version: sql`version + 1` }).where('company_id', '=', scope.companyId).where('id', '=', id).execute()
}

export async function replacePrivileges(trx: Transaction<DB>, scope: CompanyScope, id: number, privileges: readonly Privilege[]): Promise<void> {
  await trx.deleteFrom('user_privilege').where('company_id', '=', scope.companyId).where('user_id', '=', id).execute()
  if (privileges.length > 0) await trx.insertInto('user_privilege').values(privileges.map((privilege) => ({ company_id: scope.companyId, user_id: id, privilege }))).execute()
}

/** The new version; undefined where it was so already. */
export async function setDisabled(trx: Transaction<DB>, scope: CompanyScope, id: number, isDisabled: boolean): Promise<number | undefined> {
  const row = await trx
    .updateTable('app_user')
    .set({ disabled_at: isDisabled ? sql<Date>`app_now()` : null, version: sql`version + 1` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('disabled_at', isDisabled ? 'is' : 'is not', null)
    .returning('version')
    .executeTakeFirst()
  return row?.version
}

/** A new password; false where the user has been deactivated. */
export async function setPassword(trx: Transaction<DB>, scope: CompanyScope, id: number, passwordHash: string): Promise<boolean> {
  const row = await trx
    .updateTable('app_user')
    .set({ password_hash: passwordHash, password_changed_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export type PersonChange = { by: string | null; action: string; fields: string[] }

/** What happened to a person's record after a version, from the journal, oldest first. */
export async function listChangesSince(db: Db, scope: CompanyScope, id: number, version: number): Promise<PersonChange[]> {
  const rows = await db
    .selectFrom('journal as j')
    .leftJoin('app_user as u', (join) => join.onRef('u.id', '=', 'j.user_id').onRef('u.company_id', '=', 'j.company_id'))
    .select(['u.name as by', 'j.action', sql<string[] | null>`(select array_agg(value) from jsonb_array_elements_text(j.detail -> 'fields'))`.as('fields')])
    .where('j.company_id', '=', scope.companyId)
    .where('j.subject_kind', '=', 'user')
    .where('j.subject_id', '=', String(id))
    .where('j.action', 'in', ['user.changed', 'user.deactivated', 'user.reactivated'])
    .where(sql<boolean>`(j.detail ->> 'version')::int > ${version}`)
    .orderBy('j.id')
    .limit(20)
    .execute()
  return rows.map(({ by, action, fields }) => ({ by, action, fields: fields ?? [] }))
}
