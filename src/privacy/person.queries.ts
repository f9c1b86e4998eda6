import type { Kind } from '../candidates/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

export async function findSubject(db: Db, scope: CompanyScope, id: number) {
  return db.selectFrom('candidate').select(['id', 'kind', 'first_name', 'last_name', 'language']).where('company_id', '=', scope.companyId).where('id', '=', id).$narrowType<{ kind: Kind }>().executeTakeFirst()
}

/** Somebody pressed twice, or a colleague was faster: what was asked for is done. */
export async function wasErased(db: Db, scope: CompanyScope, id: number): Promise<boolean> {
  return (await db.selectFrom('privacy_erasure').select('id').where('company_id', '=', scope.companyId).where('candidate_id', '=', id).executeTakeFirst()) !== undefined
}
