import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { IDEMPOTENCY_HOURS } from './domain.ts'

export type AskedRequest = { keyId: number; idempotencyKey: string; fingerprint: Buffer }
export type Answered = { status: number; headers: Record<string, string>; body: string | null }

/**
 * Takes the name that a request gives itself. True: it is new, and nobody else gets it before the transaction ends; whoever asks at
 * the same time waits here. False: it has been answered.
 */
export async function takeRequest(trx: Transaction<DB>, scope: CompanyScope, { keyId, idempotencyKey, fingerprint }: AskedRequest): Promise<boolean> {
  const { rows } = await sql`
    insert into api_request as r (company_id, key_id, idempotency_key, fingerprint) values (${scope.companyId}, ${keyId}, ${idempotencyKey}, ${fingerprint})
    on conflict (key_id, idempotency_key) do update
      set fingerprint = excluded.fingerprint, status = null, headers = null, body = null, created_at = app_now()
      where r.created_at < app_now() - make_interval(hours => ${IDEMPOTENCY_HOURS})
    returning 1`.execute(trx)
  return rows.length > 0
}

/** What was answered then. `body` null: somebody it named has been erased, or there was none. */
export async function findRequest(trx: Transaction<DB>, { keyId, idempotencyKey }: AskedRequest): Promise<(Answered & { fingerprint: Buffer }) | undefined> {
  const row = await trx.selectFrom('api_request').select(['fingerprint', 'status', 'headers', 'body']).where('key_id', '=', keyId).where('idempotency_key', '=', idempotencyKey).executeTakeFirst()
  return row && { fingerprint: row.fingerprint, status: row.status ?? 0, headers: (row.headers ?? {}) as Record<string, string>, body: row.body }
}

export async function keepAnswer(trx: Transaction<DB>, { keyId, idempotencyKey }: AskedRequest, answer: Answered): Promise<void> {
  await trx
    .updateTable('api_request')
    .set({ status: answer.status, headers: JSON.stringify(answer.headers), body: answer.body })
    .where('key_id', '=', keyId)
    .where('idempotency_key', '=', idempotencyKey)
    .execute()
}

export async function purgeRequests(db: Db): Promise<void> {
  await db.deleteFrom('api_request').where('created_at', '<', sql<Date>`app_now() - make_interval(hours => ${IDEMPOTENCY_HOURS})`).execute()
}
