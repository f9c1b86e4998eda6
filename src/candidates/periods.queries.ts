import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { AnswerWay, Availability, AvailabilitySource } from './domain.ts'

type Setting = { availability: Availability; available_from: CalendarDate | null; available_until: CalendarDate | null; at: Date; source: AvailabilitySource; answer_source: AnswerWay | null }

/** An availability as it was set once, by whom or what, and what took its place. */
export type PeriodRow = Setting & {
  id: number
  user_name: string | null
  campaign_id: number | null
  campaign_name: string | null
  /** Its last day has passed. */
  is_over: boolean
  replaced_by: { [Column in keyof Setting]: Setting[Column] extends Date ? string : Setting[Column] } | null
}

/** Rows of one page of a history. */
export const PERIODS_PAGE_SIZE = 30

/** What was ever said of somebody's availability, newest first. The first of all is what the record says. */
export async function listPeriods(db: Db, scope: CompanyScope, candidateId: number, before?: number): Promise<{ rows: PeriodRow[]; hasMore: boolean }> {
  const rows = await readPeriods(db, scope, candidateId, { before, limit: PERIODS_PAGE_SIZE + 1 })
  return { rows: rows.slice(0, PERIODS_PAGE_SIZE), hasMore: rows.length > PERIODS_PAGE_SIZE }
}

/** Undefined when nothing was ever said. */
export async function findNewestPeriod(db: Db, scope: CompanyScope, candidateId: number): Promise<PeriodRow | undefined> {
  const [newest] = await readPeriods(db, scope, candidateId, { limit: 1 })
  return newest
}

/** False when there is no such record. Until the transaction ends, nobody else changes it: answers wait. */
export async function lockRecord(trx: Transaction<DB>, scope: CompanyScope, candidateId: number): Promise<boolean> {
  return (await trx.selectFrom('candidate').select('id').where('company_id', '=', scope.companyId).where('id', '=', candidateId).forNoKeyUpdate().executeTakeFirst()) !== undefined
}

/** The order of a history: the newest first. Rows of one record are written one after the other. */
const ORDER = sql`at desc, id desc`

async function readPeriods(db: Db, scope: CompanyScope, candidateId: number, { before, limit }: { before?: number | undefined; limit: number }): Promise<PeriodRow[]> {
  const older: RawBuilder<unknown> = before === undefined ? sql`true` : sql`(v.at, v.id) < (select at, id from availability_change where company_id = ${scope.companyId} and candidate_id = ${candidateId} and id = ${before})`
  const { rows } = await sql<PeriodRow>`
    with told as (
      select *, lag(id) over (order by ${ORDER}) as next_id from availability_change where company_id = ${scope.companyId} and candidate_id = ${candidateId}
    )
    select v.id, v.availability, v.available_from, v.available_until, v.at, v.source, v.answer_source, u.name as user_name, k.id as campaign_id, k.name as campaign_name,
      v.availability = 'available' and v.available_until < (app_now() at time zone co.time_zone)::date is true as is_over,
      case when n.id is not null then jsonb_build_object('availability', n.availability, 'available_from', n.available_from, 'available_until', n.available_until, 'at', n.at, 'source', n.source, 'answer_source', n.answer_source) end as replaced_by
    from told v
    join company co on co.id = v.company_id
    left join told n on n.id = v.next_id
    left join app_user u on u.company_id = v.company_id and u.id = v.user_id
    left join campaign k on k.company_id = v.company_id and k.id = v.campaign_id
    where ${older}
    order by v.at desc, v.id desc limit ${limit}`.execute(db)
  return rows
}
