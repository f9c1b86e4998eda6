import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { ApiScope, KeyKind } from './domain.ts'

export type NewKey = { name: string; kind: KeyKind; hint: string; hash: Buffer; scopes: readonly ApiScope[]; userId: number; createdBy: number; days: number | null; formId: string }

/** Undefined where the same form has made one already. */
export async function insertKey(trx: Transaction<DB>, scope: CompanyScope, key: NewKey): Promise<number | undefined> {
  const row = await trx
    .insertInto('api_key')
    .values({
      company_id: scope.companyId, name: key.name, kind: key.kind, hint: key.hint, token_hash: key.hash, scopes: [...key.scopes], user_id: key.userId, created_by: key.createdBy, form_id: key.formId,
      expires_at: key.days === null ? null : sql`app_now() + make_interval(days => ${key.days})`,
    })
    .onConflict((conflict) => conflict.columns(['company_id', 'form_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** The key that a request shows, whatever has become of it. */
export async function findKeyByHash(db: Db, hash: Buffer) {
  const row = await db
    .selectFrom('api_key')
    .select(['id', 'company_id', 'name', 'kind', 'scopes', 'user_id', 'token_hash', 'expires_at as expiresAt', 'revoked_at as revokedAt'])
    .select([sql<Date>`app_now()`.as('now'), sql<boolean>`(last_used_at is null or last_used_at < app_now() - interval '1 minute')`.as('isStale')])
    .where('token_hash', '=', hash)
    .executeTakeFirst()
  return row && { ...row, kind: row.kind as KeyKind }
}

/** When it was last shown, to the minute. */
export async function touchKey(db: Db, id: number): Promise<void> {
  await db.updateTable('api_key').set({ last_used_at: sql`app_now()` }).where('id', '=', id).execute()
}

export type ListedKey = {
  id: number
  name: string
  kind: KeyKind
  hint: string
  scopes: string[]
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  revokedAt: Date | null
  userId: number
  userName: string
  isUserActive: boolean
  creator: string
}

/** Newest first, those that work before those that were revoked. */
export async function listKeys(db: Db, scope: CompanyScope, { before, limit }: { before: { isRevoked: boolean; id: number } | undefined; limit: number }): Promise<ListedKey[]> {
  const isRevoked = sql<boolean>`(k.revoked_at is not null)`
  return keyRows(db, scope)
    .$if(before !== undefined, (query) => query.where(sql<boolean>`(${isRevoked}::int, -k.id) > (${before!.isRevoked ? 1 : 0}, ${-before!.id}::bigint)`))
    .orderBy(sql`${isRevoked}::int`)
    .orderBy('k.id', 'desc')
    .limit(limit)
    .execute()
}

export async function findKey(db: Db, scope: CompanyScope, id: number): Promise<ListedKey | undefined> {
  return keyRows(db, scope).where('k.id', '=', id).executeTakeFirst()
}

function keyRows(db: Db, scope: CompanyScope) {
  return db
    .selectFrom('api_key as k')
    .innerJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'k.company_id').onRef('u.id', '=', 'k.user_id'))
    .innerJoin('app_user as m', (join) => join.onRef('m.company_id', '=', 'k.company_id').onRef('m.id', '=', 'k.created_by'))
    .select([
      'k.id', 'k.name', 'k.kind', 'k.hint', 'k.scopes', 'k.created_at as createdAt', 'k.expires_at as expiresAt', 'k.last_used_at as lastUsedAt', 'k.revoked_at as revokedAt',
      'u.id as userId', 'u.name as userName', sql<boolean>`u.disabled_at is null`.as('isUserActive'), 'm.name as creator',
    ])
    .where('k.company_id', '=', scope.companyId)
    .$narrowType<{ kind: KeyKind }>()
}

/** Its name where it worked until now; undefined where it did not, or is not here. */
export async function revokeKey(trx: Transaction<DB>, scope: CompanyScope, id: number, userId: number): Promise<string | undefined> {
  const row = await trx
    .updateTable('api_key')
    .set({ revoked_at: sql`app_now()`, revoked_by: userId })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('name')
    .executeTakeFirst()
  return row?.name
}

/** People a key can act for: whoever has joined and is not deactivated. */
export async function listActors(db: Db, scope: CompanyScope): Promise<{ id: number; name: string }[]> {
  return db
    .selectFrom('app_user').select(['id', 'name'])
    .where('company_id', '=', scope.companyId).where('disabled_at', 'is', null).where('joined_at', 'is not', null)
    .orderBy(sql`lower(name)`).orderBy('id').limit(1_000)
    .execute()
}
