import { sql } from 'kysely'
import type { Cursor } from '../core/paging.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

export type BranchQuery = { q: string; /** Archived or not (1, 0), name as it is sorted, id. */ after: Cursor | undefined }
export type Branch = { id: number; name: string; town: string | null; phone: string | null; isArchived: boolean }

/** Branches in use, and `always` if it is given: a record keeps the branch it has. */
export async function listBranches(db: Db, scope: CompanyScope, always: number | null = null): Promise<Branch[]> {
  return branchQuery(db, scope).where((eb) => eb.or([eb('archived_at', 'is', null), eb('id', '=', always)])).orderBy(sql`fold(name)`).orderBy('id').execute()
}

export type ListedBranch = Branch & { people: number; sortName: string }

/** A page of them with the number of their people, those in use first, by name; `q`: whose name or town holds it. */
export async function listBranchesWithPeople(db: Db, scope: CompanyScope, { q, after, limit }: BranchQuery & { limit: number }): Promise<ListedBranch[]> {
  const order = sql`archived_at is not null, fold(name), id`
  let query = branchQuery(db, scope)
    .select((eb) => eb.selectFrom('candidate as c').select(eb.fn.countAll<number>().as('n')).where('c.company_id', '=', scope.companyId).whereRef('c.branch_id', '=', 'branch.id').as('people'))
    .select(sql<string>`fold(name)`.as('sortName'))
  if (q !== '') {
    const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`
    query = query.where(sql<boolean>`(fold(name) like fold(${pattern}) or fold(town) like fold(${pattern}))`)
  }
  if (after) query = query.where(sql<boolean>`(${order}) > (${after[0] === 1}, ${after[1]}::text, ${after[2]}::bigint)`)
  return query.orderBy(order).limit(limit).$narrowType<{ people: number }>().execute()
}

export async function findBranch(db: Db, scope: CompanyScope, id: number): Promise<Branch | undefined> {
  return branchQuery(db, scope).where('id', '=', id).executeTakeFirst()
}

type Details = { name: string; town: string | null; phone: string | null }

/** Undefined when a branch in use has that name. */
export async function insertBranch(db: Db, scope: CompanyScope, branch: Details): Promise<number | undefined> {
  const row = await db.insertInto('branch').values({ company_id: scope.companyId, ...branch }).onConflict((oc) => oc.doNothing()).returning('id').executeTakeFirst()
  return row?.id
}

/** False when it is not there or not in use. A name that is taken is a unique violation. */
export async function updateBranch(db: Db, scope: CompanyScope, id: number, branch: Details): Promise<boolean> {
  const row = await db.updateTable('branch').set(branch).where('company_id', '=', scope.companyId).where('id', '=', id).where('archived_at', 'is', null).returning('id').executeTakeFirst()
  return row !== undefined
}

/** Takes a branch out of use or back; false when it was so already. A name that is taken meanwhile is a unique violation. */
export async function archiveBranch(db: Db, scope: CompanyScope, id: number, isArchived: boolean): Promise<boolean> {
  const row = await db
    .updateTable('branch')
    .set({ archived_at: isArchived ? sql`app_now()` : null })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('archived_at', isArchived ? 'is' : 'is not', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

function branchQuery(db: Db, scope: CompanyScope) {
  return db.selectFrom('branch').select(['id', 'name', 'town', 'phone', sql<boolean>`archived_at is not null`.as('isArchived')]).where('company_id', '=', scope.companyId)
}
