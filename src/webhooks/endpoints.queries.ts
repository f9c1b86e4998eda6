import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { MOST_COUNTED, MOST_ENDPOINTS, type EndpointState, type EventType, type OffReason } from './domain.ts'

export type EndpointRow = {
  id: number
  url: string
  note: string
  types: EventType[]
  state: EndpointState
  off_reason: OffReason | null
  changed_at: Date
  failing_since: Date | null
  delivered_at: Date | null
  /** While a replaced secret still signs. */
  rotates_until: Date | null
  version: number
  created_at: Date
  /** Counted to a thousand. */
  waiting: number
  failed: number
}

const counted = (state: RawBuilder<unknown>) => sql`(select count(*) from (select from webhook_delivery d where d.endpoint_id = e.id and d.state = ${state} limit ${MOST_COUNTED}) counted)`

const COLUMNS = sql`
  e.id, e.url, e.note, e.types, e.state, e.off_reason, e.changed_at, e.failing_since, e.delivered_at, e.version, e.created_at,
  (select max((o ->> 'until')::timestamptz) from jsonb_array_elements(e.old_secrets) o where (o ->> 'until')::timestamptz > app_now()) as rotates_until,
  ${counted(sql`'waiting'`)} as waiting, ${counted(sql`'failed'`)} as failed`

const ofCompany = ({ companyId }: CompanyScope) => sql`e.company_id = ${companyId} and e.state <> 'removed'`

export async function listEndpoints(db: Db, scope: CompanyScope): Promise<EndpointRow[]> {
  const { rows } = await sql<EndpointRow>`select ${COLUMNS} from webhook_endpoint e where ${ofCompany(scope)} order by e.id`.execute(db)
  return rows
}

export async function findEndpoint(db: Db | Transaction<DB>, scope: CompanyScope, id: number): Promise<EndpointRow | undefined> {
  const { rows } = await sql<EndpointRow>`select ${COLUMNS} from webhook_endpoint e where ${ofCompany(scope)} and e.id = ${id}`.execute(db)
  return rows[0]
}

export type EndpointChange = { url: string; note: string; types: readonly EventType[] }

/** The endpoints of a company are added and changed one after the other; how many there are, and whether one has this address. */
export async function lockEndpoints(trx: Transaction<DB>, scope: CompanyScope, url: string, exceptId = 0): Promise<{ isFull: boolean; isTaken: boolean }> {
  await sql`select id from company where id = ${scope.companyId} for no key update`.execute(trx)
  const { rows } = await sql<{ isFull: boolean; isTaken: boolean }>`
    select count(*) >= ${MOST_ENDPOINTS} as "isFull", coalesce(bool_or(e.url = ${url} and e.id <> ${exceptId}), false) as "isTaken" from webhook_endpoint e where ${ofCompany(scope)}`.execute(trx)
  return rows[0]!
}

export async function insertEndpoint(trx: Transaction<DB>, scope: CompanyScope, endpoint: EndpointChange & { sealedSecret: string; userId: number | null }): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into webhook_endpoint (company_id, url, note, types, secret, created_by)
    values (${scope.companyId}, ${endpoint.url}, ${endpoint.note}, ${[...endpoint.types]}::text[], ${endpoint.sealedSecret}, ${endpoint.userId}) returning id`.execute(trx)
  return rows[0]!.id
}

/** False when somebody else saved since `version`. */
export async function updateEndpoint(trx: Transaction<DB>, scope: CompanyScope, id: number, version: number, change: EndpointChange): Promise<boolean> {
  const { rows } = await sql`
    update webhook_endpoint e set url = ${change.url}, note = ${change.note}, types = ${[...change.types]}::text[], version = version + 1
    where ${ofCompany(scope)} and e.id = ${id} and e.version = ${version} returning e.id`.execute(trx)
  return rows.length > 0
}

/** False where it is no longer in one of these states. Whoever goes on begins without what was held against them. */
export async function moveEndpoint(trx: Transaction<DB>, scope: CompanyScope, id: number, from: readonly EndpointState[], to: EndpointState): Promise<boolean> {
  const { rows } = await sql`
    update webhook_endpoint e set state = ${to}, off_reason = null, changed_at = app_now(), version = version + 1, failures = 0, failing_since = null, held_until = null
      ${to === 'removed' ? sql`, secret = '', old_secrets = '[]'` : sql``}
    where ${ofCompany(scope)} and e.id = ${id} and e.state = any(${[...from]}::text[]) returning e.id`.execute(trx)
  return rows.length > 0
}

/** From now on the new secret signs first; those it replaces sign beside it for a while. False where there is no such endpoint. */
export async function replaceSecret(trx: Transaction<DB>, scope: CompanyScope, id: number, sealed: string, hours: number): Promise<boolean> {
  const { rows } = await sql`
    update webhook_endpoint e set secret = ${sealed}, version = version + 1, old_secrets = (
      select jsonb_agg(o.value) from (
        select jsonb_build_object('sealed', e.secret, 'until', app_now() + make_interval(hours => ${hours})) as value
        union all select value from jsonb_array_elements(e.old_secrets) where (value ->> 'until')::timestamptz > app_now()
      ) o)
    where ${ofCompany(scope)} and e.id = ${id} returning e.id`.execute(trx)
  return rows.length > 0
}
