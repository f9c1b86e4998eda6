/** What the charts of a campaign show. People are counted, not texts: who was reminded is one person. */
import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { AnswerHour } from './charts.domain.ts'
import { answersOf } from './progress.queries.ts'

/**
 * When the first text left, or was due; the hours of `zone` in which somebody answered for the first time; and the newest word of
 * anybody, in microseconds, 0 before the first.
 */
export async function findAnswerHours(db: Db, scope: CompanyScope, campaignId: number, zone: string): Promise<{ startedAt: Date; hours: AnswerHour[]; newestAt: number }> {
  const { rows } = await sql<{ started_at: Date; at: Date | null; yes: number; no: number; newest_at: number | null }>`
    select s.started_at, h.at, coalesce(h.yes, 0) as yes, coalesce(h.no, 0) as no, (extract(epoch from h.newest_at) * 1000000)::bigint as newest_at
    from (
      select coalesce((select min(coalesce(b.started_at, b.due_at)) from batch b where b.campaign_id = c.id), c.launched_at, c.created_at) as started_at
      from campaign c where c.company_id = ${scope.companyId} and c.id = ${campaignId}
    ) as s
    left join (
      select date_trunc('hour', a.first_answered_at, ${zone}) as at, count(*) filter (where a.choice = 'yes') as yes, count(*) filter (where a.choice = 'no') as no, max(a.answered_at) as newest_at
      from ${answersOf(sql`${campaignId}::bigint`)} as a where a.company_id = ${scope.companyId} group by 1
    ) as h on true
    order by h.at`.execute(db)
  return {
    startedAt: rows[0]!.started_at, newestAt: Math.max(0, ...rows.map(({ newest_at }) => newest_at ?? 0)),
    hours: rows.flatMap(({ at, yes, no }) => (at === null ? [] : [{ at, yes, no }])),
  }
}

export type Opened = {
  /** Recipients whose link a person opened. Who answered by it did. */
  people: number
  /** Recipients whose link only machines fetched so far: previews, scanners of carriers. */
  robots: number
}

export async function countOpened(db: Db, scope: CompanyScope, campaignId: number): Promise<Opened> {
  const { rows } = await sql<Opened>`
    select count(*) filter (where o.is_opened) as people, count(*) filter (where not o.is_opened and o.is_fetched) as robots
    from (
      select l.fetch_count > 0 or a.recipient_id is not null as is_opened, l.robot_fetch_count > 0 as is_fetched
      from recipient r
      join short_link l on l.code = r.code
      left join ${answersOf(sql`${campaignId}::bigint`)} as a on a.recipient_id = r.id and a.source = 'link'
      where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId}
    ) as o`.execute(db)
  return rows[0]!
}
