import { sql } from 'kysely'
import { NO_FILTERS, type CandidateFilters } from '../candidates/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

export type SavedSearch = { id: number; name: string; filters: CandidateFilters; is_shared: boolean; created_by: number }
type Kept = { name: string; isShared: boolean }

/** Undefined when this person has one of that name. */
export async function insertSearch(db: Db, scope: CompanyScope, search: Kept & { userId: number; filters: CandidateFilters }): Promise<number | undefined> {
  const row = await db
    .insertInto('saved_search')
    .values({ company_id: scope.companyId, name: search.name, filters: JSON.stringify(search.filters), created_by: search.userId, is_shared: search.isShared })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** One's own, or one that is shared. */
export async function findSearch(db: Db, scope: CompanyScope, userId: number, id: number): Promise<SavedSearch | undefined> {
  const row = await db
    .selectFrom('saved_search').select(['id', 'name', 'filters', 'is_shared', 'created_by'])
    .where('company_id', '=', scope.companyId).where('id', '=', id).where(sql<boolean>`(created_by = ${userId} or is_shared)`)
    .executeTakeFirst()
  return row && { ...row, filters: { ...NO_FILTERS, ...(row.filters as Partial<CandidateFilters>) } }
}

/** False when it is gone; fails with a unique violation when its author has another one of that name. */
export async function updateSearch(db: Db, scope: CompanyScope, id: number, { name, isShared }: Kept): Promise<boolean> {
  const row = await db
    .updateTable('saved_search').set({ name, is_shared: isShared, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId).where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function deleteSearch(db: Db, scope: CompanyScope, id: number): Promise<boolean> {
  const row = await db.deleteFrom('saved_search').where('company_id', '=', scope.companyId).where('id', '=', id).returning('id').executeTakeFirst()
  return row !== undefined
}
