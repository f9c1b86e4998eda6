import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { GIVE_UP_HOURS, type DeliveryState, type Failure } from './domain.ts'

export type DeliveryRow = {
  id: number
  event_id: string
  type: string
  body: string
  state: DeliveryState
  reason: Failure | null
  answer_status: number | null
  attempts: number
  next_attempt_at: Date
  /** Its next try should be under way by now. */
  is_due: boolean
  created_at: Date
  settled_at: Date | null
}

const COLUMNS = sql`d.id, d.event_id, d.type, d.body, d.state, d.reason, d.answer_status, d.attempts, d.next_attempt_at, d.next_attempt_at <= app_now() as is_due, d.created_at, d.settled_at`

const ofEndpoint = ({ companyId }: CompanyScope, endpointId: number) => sql`d.company_id = ${companyId} and d.endpoint_id = ${endpointId}`

export type LogFilter = { state?: DeliveryState | undefined; type?: string | undefined; before?: number | undefined }

/** The newest first. */
export async function listDeliveries(db: Db, scope: CompanyScope, endpointId: number, { state, type, before }: LogFilter, limit: number): Promise<DeliveryRow[]> {
  const { rows } = await sql<DeliveryRow>`
    select ${COLUMNS} from webhook_delivery d
    where ${ofEndpoint(scope, endpointId)} ${state === undefined ? sql`` : sql`and d.state = ${state}`} ${type === undefined ? sql`` : sql`and d.type = ${type}`} ${before === undefined ? sql`` : sql`and d.id < ${before}`}
    order by d.id desc limit ${limit}`.execute(db)
  return rows
}

export async function findDelivery(db: Db | Transaction<DB>, scope: CompanyScope, endpointId: number, id: number): Promise<DeliveryRow | undefined> {
  const { rows } = await sql<DeliveryRow>`select ${COLUMNS} from webhook_delivery d where ${ofEndpoint(scope, endpointId)} and d.id = ${id}`.execute(db)
  return rows[0]
}

export type AttemptRow = { no: number; at: Date; duration_ms: number; status: number | null; answer: string; reason: Failure | null }

/** The newest first. */
export async function listAttempts(db: Db, scope: CompanyScope, deliveryId: number, limit: number): Promise<AttemptRow[]> {
  const { rows } = await sql<AttemptRow>`
    select a.no, a.at, a.duration_ms, a.status, a.answer, a.reason from webhook_attempt a join webhook_delivery d on d.id = a.delivery_id
    where d.company_id = ${scope.companyId} and a.delivery_id = ${deliveryId} order by a.no desc limit ${limit}`.execute(db)
  return rows
}

const AGAIN = sql`state = 'waiting', tries = 0, next_attempt_at = app_now(), gives_up_at = app_now() + make_interval(hours => ${GIVE_UP_HOURS}), settled_at = null`

/** Whoever asks for a delivery says that the endpoint is well: it is not left alone any longer. False where it takes nothing now. */
export async function openEndpoint(trx: Transaction<DB>, scope: CompanyScope, endpointId: number): Promise<boolean> {
  const { rows } = await sql`
    update webhook_endpoint e set held_until = null where e.company_id = ${scope.companyId} and e.id = ${endpointId} and e.state = 'active' returning e.id`.execute(trx)
  return rows.length > 0
}

/** The same id and the same bytes, at once. False while it is being delivered. */
export async function queueAgain(trx: Transaction<DB>, scope: CompanyScope, endpointId: number, id: number): Promise<boolean> {
  const { rows } = await sql`update webhook_delivery d set ${AGAIN} where ${ofEndpoint(scope, endpointId)} and d.id = ${id} and d.state <> 'sending' returning d.id`.execute(trx)
  return rows.length > 0
}

/** All that was not taken among what happened since, also what would be tried again later; returns how many. */
export async function queueFailedAgain(trx: Transaction<DB>, scope: CompanyScope, endpointId: number, since: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    update webhook_delivery d set ${AGAIN}
    where ${ofEndpoint(scope, endpointId)} and d.created_at >= ${since} and (d.state = 'failed' or (d.state = 'waiting' and d.tries > 0))`.execute(trx)
  return Number(numAffectedRows ?? 0)
}
