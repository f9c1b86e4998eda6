import { sql, type Transaction } from 'kysely'
import type { Audience } from '../candidates/domain.ts'
import { audienceRows } from '../candidates/search.queries.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { ListKind } from './domain.ts'

export type TalentList = { id: number; kind: ListKind; name: string; description: string; archived_at: Date | null }

/** A new list of people. Networks and vacancies make theirs here too. A name that is taken within its kind is a unique violation. */
export async function createTalentList(db: Db, scope: CompanyScope, list: { kind: ListKind; name: string; createdBy: number | null; description?: string }): Promise<number> {
  const row = await db
    .insertInto('talent_list')
    .values({ company_id: scope.companyId, kind: list.kind, name: list.name, description: list.description ?? '', created_by: list.createdBy })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

/** Many at once, of names that differ; their ids in the order of the names. */
export async function createTalentLists(db: Db, scope: CompanyScope, lists: { kind: ListKind; names: readonly string[]; createdBy: number | null }): Promise<number[]> {
  if (lists.names.length === 0) return []
  const rows = await db
    .insertInto('talent_list')
    .values(lists.names.map((name) => ({ company_id: scope.companyId, kind: lists.kind, name, created_by: lists.createdBy })))
    .returning(['id', 'name'])
    .execute()
  const ids = new Map(rows.map(({ id, name }) => [name, id]))
  return lists.names.map((name) => ids.get(name)!)
}

/** Lists of networks and vacancies whose owners have other names now. A taken name is a unique violation. */
export async function renameOwned(db: Db, scope: CompanyScope, lists: readonly { id: number; name: string }[]): Promise<void> {
  if (lists.length === 0) return
  await sql`
    update talent_list l set name = given.name, updated_at = app_now()
    from unnest(${lists.map(({ id }) => id)}::bigint[], ${lists.map(({ name }) => name)}::text[]) as given (id, name)
    where l.company_id = ${scope.companyId} and l.id = given.id and l.kind <> 'folder' and l.name <> given.name`.execute(db)
}

/** The list of a network or vacancy goes by its owner's name, and is in use as long as that is. A taken name is a unique violation. */
export async function followOwner(db: Db, scope: CompanyScope, id: number, owner: { name: string; isArchived: boolean }): Promise<void> {
  await db
    .updateTable('talent_list')
    .set({ name: owner.name, archived_at: owner.isArchived ? sql`coalesce(archived_at, app_now())` : null, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId).where('id', '=', id).where('kind', '<>', 'folder')
    .execute()
}

/** A folder, unless one of that name is in use. */
export async function createFolder(db: Db, scope: CompanyScope, folder: { name: string; description: string; createdBy: number }): Promise<number | undefined> {
  const row = await db
    .insertInto('talent_list')
    .values({ company_id: scope.companyId, kind: 'folder', name: folder.name, description: folder.description, created_by: folder.createdBy })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

export async function findList(db: Db, scope: CompanyScope, id: number): Promise<TalentList | undefined> {
  const row = await db.selectFrom('talent_list').select(['id', 'kind', 'name', 'description', 'archived_at']).where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  return row && { ...row, kind: row.kind as ListKind }
}

/** Which folder in use has the name, whatever its case. */
export async function findFolderNamed(db: Db, scope: CompanyScope, name: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('talent_list').select('id')
    .where('company_id', '=', scope.companyId).where('kind', '=', 'folder').where('archived_at', 'is', null).where(sql<boolean>`lower(name) = lower(${name})`)
    .executeTakeFirst()
  return row?.id
}

/** False when there is no such folder in use. */
export async function updateFolder(db: Db, scope: CompanyScope, id: number, change: { name: string; description: string }): Promise<boolean> {
  const row = await folder(db, scope, id).set({ ...change, updated_at: sql`app_now()` }).where('archived_at', 'is', null).returning('id').executeTakeFirst()
  return row !== undefined
}

export async function archiveFolder(db: Db, scope: CompanyScope, id: number): Promise<boolean> {
  const row = await folder(db, scope, id).set({ archived_at: sql`app_now()`, updated_at: sql`app_now()` }).where('archived_at', 'is', null).returning('id').executeTakeFirst()
  return row !== undefined
}

/**
 * Adds an audience to a list, as one statement; who is in it already stays as he is. Returns how many are new, undefined when the
 * list is archived or gone. The list is held, so that nobody archives it meanwhile.
 */
export async function addMembers(trx: Transaction<DB>, scope: CompanyScope, listId: number, audience: Audience, allowedCountries: readonly string[], userId: number | null): Promise<number | undefined> {
  if (!(await holdList(trx, scope, listId))) return undefined
  const { rows } = await sql<{ n: number }>`
    with added as (
      insert into talent_list_member (company_id, list_id, candidate_id, added_by)
      select ${scope.companyId}, ${listId}::bigint, found.id, ${userId}::bigint from ${audienceRows(trx, scope, audience, allowedCountries).select('c.id')} found
      on conflict (list_id, candidate_id) do nothing
      returning candidate_id
    )
    select count(*) as n from added`.execute(trx)
  return rows[0]!.n
}

/** Takes an audience out of a list, as one statement. Returns how many were in it. */
export async function removeMembers(db: Db, scope: CompanyScope, listId: number, audience: Audience, allowedCountries: readonly string[]): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    with removed as (
      delete from talent_list_member m
      where m.company_id = ${scope.companyId} and m.list_id = ${listId} and m.candidate_id in (${audienceRows(db, scope, audience, allowedCountries).select('c.id')})
      returning m.candidate_id
    )
    select count(*) as n from removed`.execute(db)
  return rows[0]!.n
}

async function holdList(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const row = await trx.selectFrom('talent_list').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).where('archived_at', 'is', null).forShare().executeTakeFirst()
  return row !== undefined
}

function folder(db: Db, scope: CompanyScope, id: number) {
  return db.updateTable('talent_list').where('company_id', '=', scope.companyId).where('id', '=', id).where('kind', '=', 'folder')
}
