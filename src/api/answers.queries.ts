import { sql, type RawBuilder } from 'kysely'
import type { AnswerChoice, AnswerSource } from '../availability/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

type Said = { choice: AnswerChoice; available_from: string | null; available_until: string | null; comment: string; source: AnswerSource; answered_by: string | null; version: number }
export type AnswerRow = Said & {
  recipient_id: number
  campaign_id: number
  candidate_id: number | null
  e164: string
  answered_at: Date
  first_answered_at: Date
  /** Microseconds. */
  answered_key: number
  /** Every one ever given, the first one first. */
  versions: (Said & { answered_at: string })[]
}

/** So long after an answer it is told: one that took a moment longer to write than the next would be passed over by whoever pages on. */
const SETTLED_SECONDS = 2

/** The answers to one campaign, in the order of its recipients' ids. */
export async function listCampaignAnswers(db: Db, scope: CompanyScope, campaignId: number, page: { after: number; limit: number }): Promise<AnswerRow[]> {
  return withVersions(db, scope, sql`
    select a.*, r.campaign_id, r.candidate_id, r.e164 from recipient r join answer a on a.recipient_id = r.id
    where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} and r.id > ${page.after} order by r.id limit ${page.limit}`, sql`found.recipient_id`)
}

/** What was answered or corrected at `since` or later, the oldest first. */
export async function listAnswersSince(db: Db, scope: CompanyScope, page: { since: Date | undefined; after: { at: number; recipientId: number } | undefined; limit: number }): Promise<AnswerRow[]> {
  const { since, after } = page
  return withVersions(db, scope, sql`
    select a.*, r.campaign_id, r.candidate_id, r.e164 from (
      select * from answer a where a.company_id = ${scope.companyId} and a.answered_at < app_now() - make_interval(secs => ${SETTLED_SECONDS})
        ${since ? sql`and a.answered_at >= ${since}` : sql``}
        ${after ? sql`and (a.answered_at, a.recipient_id) > (to_timestamp(0) + make_interval(secs => ${after.at}::numeric / 1000000), ${after.recipientId}::bigint)` : sql``}
      order by a.answered_at, a.recipient_id limit ${page.limit}
    ) as a join recipient r on r.id = a.recipient_id`, sql`found.answered_at, found.recipient_id`)
}

async function withVersions(db: Db, scope: CompanyScope, found: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<AnswerRow[]> {
  const { rows } = await sql<AnswerRow>`
    select found.recipient_id, found.campaign_id, found.candidate_id, found.e164, found.choice, found.available_from, found.available_until, found.comment, found.source, u.name as answered_by, found.version,
      found.answered_at, found.first_answered_at, (extract(epoch from found.answered_at) * 1000000)::bigint as answered_key,
      (select jsonb_agg(jsonb_build_object('version', v.version, 'choice', v.choice, 'available_from', v.available_from, 'available_until', v.available_until, 'comment', v.comment, 'source', v.source,
        'answered_by', w.name, 'answered_at', v.answered_at) order by v.version)
        from answer_version v left join app_user w on w.company_id = v.company_id and w.id = v.answered_by where v.recipient_id = found.recipient_id) as versions
    from (${found}) as found
    left join app_user u on u.company_id = ${scope.companyId} and u.id = found.answered_by
    order by ${order}`.execute(db)
  return rows.map((row) => ({ ...row, versions: row.versions ?? [] }))
}
