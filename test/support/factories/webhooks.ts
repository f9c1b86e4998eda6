import { sql } from 'kysely'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import { EVENT_TYPES, type EventType } from '../../../src/webhooks/domain.ts'
import { insertEndpoint } from '../../../src/webhooks/endpoints.queries.ts'
import { makeSecret, sealSecret } from '../../../src/webhooks/secrets.ts'

/** What startTestApp and `settings` of sending.ts seal with. */
const SECRET_KEY = 'a secret of the tests, and of nothing else'

/** Somewhere that wants to hear everything, unless told. */
export async function makeEndpoint(db: Db, scope: CompanyScope, given: { url?: string; types?: readonly EventType[]; userId?: number } = {}): Promise<{ id: number; secret: string }> {
  const secret = makeSecret()
  const id = await db.transaction().execute((trx) => insertEndpoint(trx, scope, {
    url: given.url ?? 'https://hooks.example/dispo', note: '', types: given.types ?? EVENT_TYPES, sealedSecret: sealSecret(SECRET_KEY, secret), userId: given.userId ?? null,
  }))
  return { id, secret }
}

/** What the endpoints of a company are told, without anything having happened. */
export async function tell(db: Db, { companyId }: CompanyScope, type: EventType, data: Record<string, unknown> = {}): Promise<void> {
  await sql`
    insert into webhook_delivery (company_id, endpoint_id, event_id, type, body)
    select company_id, id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), ${type}, ${JSON.stringify({ type, timestamp: new Date().toISOString(), data })}
    from webhook_endpoint where company_id = ${companyId} and state in ('active', 'paused') and ${type} = any(types)`.execute(db)
}

export type Told = { id: number; type: string; event_id: string; data: Record<string, unknown>; timestamp: string; candidate_id: number | null; campaign_id: number | null; e164: string | null; next_attempt_at: Date }

/** What waits for an endpoint, or went to it, in the order in which it happened. */
export async function told(db: Db, endpointId: number): Promise<Told[]> {
  const { rows } = await sql<Omit<Told, 'data' | 'timestamp'> & { body: string }>`
    select id, type, event_id, body, candidate_id, campaign_id, e164, next_attempt_at from webhook_delivery where endpoint_id = ${endpointId} order by id`.execute(db)
  return rows.map(({ body, ...row }) => ({ ...row, ...(JSON.parse(body) as Pick<Told, 'data' | 'timestamp'>) }))
}
