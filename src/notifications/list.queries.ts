import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { NewsKind, NewsParams } from './domain.ts'

export type NotificationRow = {
  id: number
  kind: NewsKind
  params: NewsParams
  at: Date
  /** The moment in microseconds: a date loses some, and then a page would skip its neighbours. */
  position: number
  read_at: Date | null
  campaign_id: number | null
  campaign_name: string | null
  candidate_id: number | null
  first_name: string | null
  last_name: string | null
  person_kind: 'candidate' | 'contact' | null
  /** What a person wrote, where it is about that. */
  quote: string | null
}

export const COLUMNS = sql`
  n.id, n.kind, n.params, n.at, (extract(epoch from n.at) * 1000000)::bigint as position, n.read_at, n.campaign_id, c.name as campaign_name,
  n.candidate_id, k.first_name, k.last_name, k.kind as person_kind,
  (select left(y.body, 300) from reply y where y.company_id = n.company_id and y.id = (n.params ->> 'reply')::bigint) as quote`
export const FROM = sql`
  notification n
  left join campaign c on c.company_id = n.company_id and c.id = n.campaign_id
  left join candidate k on k.company_id = n.company_id and k.id = n.candidate_id`

/** What one user was told, the newest first. `before`: position and id of the last row shown. */
export async function listNotifications(
  db: Db, scope: CompanyScope, userId: number,
  given: { isUnread?: boolean; before?: { position: number; id: number } | undefined; limit: number },
): Promise<NotificationRow[]> {
  const { isUnread = false, before, limit } = given
  const { rows } = await sql<NotificationRow>`
    select ${COLUMNS} from ${FROM}
    where n.company_id = ${scope.companyId} and n.user_id = ${userId} ${isUnread ? sql`and n.read_at is null` : sql``}
      ${before ? sql`and (n.at, n.id) < (to_timestamp(0) + ${before.position} * interval '1 microsecond', ${before.id}::bigint)` : sql``}
    order by n.at desc, n.id desc limit ${limit}`.execute(db)
  return rows
}

/** Opened, and with that read; undefined where it is nobody's or somebody else's. */
export async function openNotification(db: Db, scope: CompanyScope, userId: number, id: number): Promise<NotificationRow | undefined> {
  const { rows } = await sql<NotificationRow>`
    with opened as (update notification set read_at = app_now() where company_id = ${scope.companyId} and user_id = ${userId} and id = ${id} and read_at is null)
    select ${COLUMNS} from ${FROM} where n.company_id = ${scope.companyId} and n.user_id = ${userId} and n.id = ${id}`.execute(db)
  return rows[0]
}

/** Up to the newest one the person saw: what came since stays unread. */
export async function readAll(db: Db, scope: CompanyScope, userId: number, upTo: number | undefined): Promise<number> {
  const { numAffectedRows } = await sql`
    update notification set read_at = app_now() where company_id = ${scope.companyId} and user_id = ${userId} and read_at is null
      ${upTo === undefined ? sql`` : sql`and at <= to_timestamp(0) + ${upTo} * interval '1 microsecond'`}`.execute(db)
  return Number(numAffectedRows ?? 0)
}
