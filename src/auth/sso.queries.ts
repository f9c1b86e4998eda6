import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Privilege } from '../web/privileges.ts'
import type { GroupRoles, SsoSettings } from './sso.domain.ts'
import { lockPeople, raiseVersion } from './users.queries.ts'

export type StoredSso = SsoSettings & { companyId: number; sealedSecret: string; version: number }

function ssoRows(db: Db) {
  return db
    .selectFrom('company_sso as s')
    .innerJoin('company as c', (join) => join.onRef('c.id', '=', 's.company_id').on('c.disabled_at', 'is', null))
    .select(['s.company_id', 's.label', 's.issuer', 's.client_id', 's.client_secret', 's.domains', 's.is_enforced', 's.group_claim', 's.roles', 's.version'])
}

type SsoRow = Awaited<ReturnType<ReturnType<typeof ssoRows>['executeTakeFirstOrThrow']>>

function toSso(row: SsoRow): StoredSso {
  return {
    companyId: row.company_id, label: row.label, issuer: row.issuer, clientId: row.client_id, sealedSecret: row.client_secret, domains: row.domains, isEnforced: row.is_enforced,
    groupClaim: row.group_claim, roles: row.roles as GroupRoles, version: row.version,
  }
}

export async function findSso(db: Db, companyId: number): Promise<StoredSso | undefined> {
  const row = await ssoRows(db).where('s.company_id', '=', companyId).executeTakeFirst()
  return row && toSso(row)
}

/** The company whose people have addresses of this domain. */
export async function findSsoByDomain(db: Db, domain: string): Promise<StoredSso | undefined> {
  const row = await ssoRows(db).where('s.domains', '@>', sql<string[]>`array[${domain.toLowerCase()}]`).executeTakeFirst()
  return row && toSso(row)
}

/** None, the only one, or several: then an address has to say which. */
export async function countSso(db: Db): Promise<{ count: number; only: { companyId: number; label: string } | undefined }> {
  const rows = await ssoRows(db).orderBy('s.company_id').limit(2).execute()
  const [first] = rows
  return { count: rows.length, only: first && rows.length === 1 ? { companyId: first.company_id, label: first.label } : undefined }
}

/** Domains of the list that another company has claimed. */
export async function findTakenDomains(db: Db, scope: CompanyScope, domains: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ domain: string }>`
    select distinct d as domain from company_sso s, unnest(s.domains) d
    where s.company_id <> ${scope.companyId} and s.domains && ${domains}::text[] and d = any(${domains}::text[])`.execute(db)
  return rows.map(({ domain }) => domain)
}

/** Over version `from` (0: none yet); undefined when somebody else saved meanwhile. */
export async function saveSso(trx: Transaction<DB>, scope: CompanyScope, from: number, sso: SsoSettings & { sealedSecret: string }): Promise<number | undefined> {
  const values = {
    label: sso.label, issuer: sso.issuer, client_id: sso.clientId, client_secret: sso.sealedSecret, domains: sso.domains, is_enforced: sso.isEnforced,
    group_claim: sso.groupClaim, roles: JSON.stringify(sso.roles),
  }
  const saved = from === 0
    ? await trx.insertInto('company_sso').values({ company_id: scope.companyId, ...values }).onConflict((conflict) => conflict.doNothing()).returning('version').executeTakeFirst()
    : await trx.updateTable('company_sso').set({ ...values, version: sql<number>`version + 1`, updated_at: sql<Date>`app_now()` }).where('company_id', '=', scope.companyId).where('version', '=', from).returning('version').executeTakeFirst()
  return saved?.version
}

export async function deleteSso(trx: Transaction<DB>, scope: CompanyScope): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('company_sso').where('company_id', '=', scope.companyId).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Whether somebody who may manage users has come in through this provider: until then nobody knows that it works. */
export async function hasAdministratorThrough(db: Db, scope: CompanyScope, issuer: string): Promise<boolean> {
  const row = await db
    .selectFrom('user_identity as i')
    .innerJoin('user_privilege as p', (join) => join.onRef('p.user_id', '=', 'i.user_id').on('p.privilege', '=', 'users.manage'))
    .select('i.user_id')
    .where('i.company_id', '=', scope.companyId)
    .where('i.issuer', '=', issuer)
    .executeTakeFirst()
  return row !== undefined
}

export type KnownPerson = { id: number; companyId: number; isDisabled: boolean }

/** Locked: two sign-ins of the same person at once wait for each other. */
export async function findByIdentity(trx: Transaction<DB>, scope: CompanyScope, issuer: string, subject: string): Promise<KnownPerson | undefined> {
  const row = await trx
    .selectFrom('user_identity as i')
    .innerJoin('app_user as u', 'u.id', 'i.user_id')
    .select(['u.id', 'u.company_id', 'u.disabled_at'])
    .where('i.company_id', '=', scope.companyId)
    .where('i.issuer', '=', issuer)
    .where('i.subject', '=', subject)
    .forUpdate('u')
    .executeTakeFirst()
  return row && { id: row.id, companyId: row.company_id, isDisabled: row.disabled_at !== null }
}

/** Addresses are unique in the installation: the person may be another company's. `isLinked`: is somebody else for this provider. */
export async function findByAddress(trx: Transaction<DB>, email: string, issuer: string): Promise<(KnownPerson & { isLinked: boolean }) | undefined> {
  const row = await trx
    .selectFrom('app_user as u')
    .select(['u.id', 'u.company_id', 'u.disabled_at'])
    .select((eb) => eb.exists(eb.selectFrom('user_identity as i').select('i.user_id').whereRef('i.user_id', '=', 'u.id').where('i.issuer', '=', issuer)).as('is_linked'))
    .where(sql<string>`lower(u.email)`, '=', email.toLowerCase())
    .forUpdate('u')
    .executeTakeFirst()
  return row && { id: row.id, companyId: row.company_id, isDisabled: row.disabled_at !== null, isLinked: Boolean(row.is_linked) }
}

/** Adds the link between a person and the provider's name for them, or notes that it was used. */
export async function linkIdentity(trx: Transaction<DB>, scope: CompanyScope, userId: number, { issuer, subject }: { issuer: string; subject: string }): Promise<void> {
  await trx
    .insertInto('user_identity')
    .values({ company_id: scope.companyId, user_id: userId, issuer, subject })
    .onConflict((conflict) => conflict.columns(['company_id', 'issuer', 'subject']).doUpdateSet({ last_used_at: sql<Date>`app_now()` }))
    .execute()
}

/** Gives somebody exactly these; true where that changed anything. The only one who manages users goes on doing so. */
export async function followGroups(trx: Transaction<DB>, scope: CompanyScope, userId: number, privileges: ReadonlySet<Privilege>): Promise<boolean> {
  await lockPeople(trx, scope)
  const { rows } = await sql<{ changed: boolean }>`
    with given as (
      select unnest(${[...privileges]}::text[]) as privilege
    ), kept as (
      select privilege from given
      union select p.privilege from user_privilege p
      where p.user_id = ${userId} and p.privilege = 'users.manage' and not exists (
        select from user_privilege o join app_user u on u.id = o.user_id
        where o.company_id = ${scope.companyId} and o.privilege = 'users.manage' and o.user_id <> ${userId} and u.disabled_at is null and u.joined_at is not null)
    ), gone as (
      delete from user_privilege p where p.company_id = ${scope.companyId} and p.user_id = ${userId} and p.privilege not in (select privilege from kept) returning 1
    ), added as (
      insert into user_privilege (company_id, user_id, privilege) select ${scope.companyId}, ${userId}, privilege from kept on conflict do nothing returning 1
    )
    select exists (select from gone) or exists (select from added) as changed`.execute(trx)
  if (rows[0]?.changed !== true) return false
  await raiseVersion(trx, scope, userId)
  return true
}
