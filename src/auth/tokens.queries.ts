import { sql, type Transaction } from 'kysely'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'

export type TokenKind = 'invitation' | 'reset'

/** A new link ends the one before. */
export async function issueToken(trx: Transaction<DB>, scope: CompanyScope, token: { userId: number; kind: TokenKind; hash: Buffer; createdBy: number | null; seconds: number }): Promise<Date> {
  await withdrawTokens(trx, scope, token.userId, token.kind)
  const { expires_at } = await trx
    .insertInto('user_token')
    .values({ company_id: scope.companyId, user_id: token.userId, kind: token.kind, token_hash: token.hash, created_by: token.createdBy, expires_at: sql`app_now() + make_interval(secs => ${token.seconds})` })
    .returning('expires_at')
    .executeTakeFirstOrThrow()
  return expires_at
}

/** False where none was open. */
export async function withdrawTokens(db: Db, scope: CompanyScope, userId: number, kind?: TokenKind): Promise<boolean> {
  const ended = await db
    .updateTable('user_token')
    .set({ withdrawn_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind as TokenKind))
    .executeTakeFirst()
  return ended.numUpdatedRows > 0n
}

export type LinkOwner = { scope: CompanyScope; userId: number; email: string; name: string; language: Language; companyName: string }

/** Whose link it is while it works: neither used, withdrawn nor expired, its owner and company not disabled. */
export async function findLinkOwner(db: Db, kind: TokenKind, hash: Buffer): Promise<LinkOwner | undefined> {
  const row = await db
    .selectFrom('user_token as t')
    .innerJoin('app_user as u', 'u.id', 't.user_id')
    .innerJoin('company as c', 'c.id', 't.company_id')
    .select(['t.company_id', 'u.id', 'u.email', 'u.name', 'u.language', 'c.name as company_name'])
    .where('t.token_hash', '=', hash)
    .where('t.kind', '=', kind)
    .where('t.used_at', 'is', null)
    .where('t.withdrawn_at', 'is', null)
    .where('t.expires_at', '>', sql<Date>`app_now()`)
    .where('u.disabled_at', 'is', null)
    .where('c.disabled_at', 'is', null)
    .executeTakeFirst()
  return row && { scope: companyScope(row.company_id), userId: row.id, email: row.email, name: row.name, language: row.language as Language, companyName: row.company_name }
}

/** Uses a link up; false where somebody was faster or it works no more. */
export async function useToken(trx: Transaction<DB>, kind: TokenKind, hash: Buffer): Promise<boolean> {
  const row = await trx
    .updateTable('user_token')
    .set({ used_at: sql`app_now()` })
    .where('token_hash', '=', hash)
    .where('kind', '=', kind)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', sql<Date>`app_now()`)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function insertPasswordRequest(trx: Transaction<DB>, email: string, address: string): Promise<number> {
  const { id } = await trx.insertInto('password_request').values({ email, address }).returning('id').executeTakeFirstOrThrow()
  return id
}

/** Takes the request: undefined where it has been answered. */
export async function takePasswordRequest(trx: Transaction<DB>, id: number) {
  return trx.deleteFrom('password_request').where('id', '=', id).returning(['email', 'address']).executeTakeFirst()
}
