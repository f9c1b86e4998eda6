import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** A user's second factor, sealed, and how many recovery codes are left. */
export async function findFactor(db: Db, userId: number) {
  return db
    .selectFrom('second_factor as f')
    .select(['f.secret', 'f.created_at as createdAt'])
    .select((eb) => eb.selectFrom('recovery_code as c').whereRef('c.user_id', '=', 'f.user_id').where('c.used_at', 'is', null).select(sql<number>`count(*)::int`.as('n')).as('codesLeft'))
    .where('f.user_id', '=', userId)
    .executeTakeFirst()
}

/** False where there is one already. `step`: of the code that proved it, which counts no more. */
export async function insertFactor(trx: Transaction<DB>, scope: CompanyScope, userId: number, secret: string, step: number): Promise<boolean> {
  const row = await trx
    .insertInto('second_factor')
    .values({ company_id: scope.companyId, user_id: userId, secret, last_step: step })
    .onConflict((conflict) => conflict.column('user_id').doNothing())
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** False where this step or a later one has counted already. */
export async function useStep(db: Db, userId: number, step: number): Promise<boolean> {
  const row = await db.updateTable('second_factor').set({ last_step: step }).where('user_id', '=', userId).where('last_step', '<', step).returning('user_id').executeTakeFirst()
  return row !== undefined
}

export async function replaceRecoveryCodes(trx: Transaction<DB>, scope: CompanyScope, userId: number, hashes: readonly Buffer[]): Promise<void> {
  await trx.deleteFrom('recovery_code').where('company_id', '=', scope.companyId).where('user_id', '=', userId).execute()
  await trx.insertInto('recovery_code').values(hashes.map((hash) => ({ company_id: scope.companyId, user_id: userId, code_hash: hash }))).execute()
}

export async function useRecoveryCode(db: Db, userId: number, hash: Buffer): Promise<boolean> {
  const row = await db
    .updateTable('recovery_code')
    .set({ used_at: sql`app_now()` })
    .where('user_id', '=', userId)
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .returning('user_id')
    .executeTakeFirst()
  return row !== undefined
}

/** False where there was none. */
export async function deleteFactor(trx: Transaction<DB>, scope: CompanyScope, userId: number): Promise<boolean> {
  await trx.deleteFrom('recovery_code').where('company_id', '=', scope.companyId).where('user_id', '=', userId).execute()
  const gone = await trx.deleteFrom('second_factor').where('company_id', '=', scope.companyId).where('user_id', '=', userId).returning('user_id').executeTakeFirst()
  return gone !== undefined
}
