import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { REPLIES_COUNTED } from './replies.domain.ts'

export type CampaignReply = { id: number; body: string; received_at: Date; is_unread: boolean; is_to_review: boolean; keyword: string; candidate_id: number | null; first_name: string; last_name: string }
export type CampaignReplies = { rows: CampaignReply[]; total: number; unread: number; toReview: number }

const SHOWN = 5

/** The newest texts that people wrote back to a campaign, and how many there are. */
export async function findCampaignReplies(db: Db, scope: CompanyScope, campaignId: number): Promise<CampaignReplies> {
  const own = sql`y.company_id = ${scope.companyId} and y.campaign_id = ${campaignId} and y.e164 not like '+0%'`
  const toReview = sql`(y.review = 'waiting' and exists (select from phone n where n.company_id = y.company_id and n.e164 = y.e164 and n.held_at is not null))`
  const { rows } = await sql<CampaignReply & { total: number; unread: number; to_review: number }>`
    select y.id, y.body, y.received_at, y.read_at is null as is_unread, ${toReview} as is_to_review, y.keyword, y.candidate_id, coalesce(k.first_name, '') as first_name, coalesce(k.last_name, '') as last_name,
      counted.total, counted.unread, counted.to_review
    from (select y.* from reply y where ${own} order by y.id desc limit ${SHOWN}) y
    left join candidate k on k.company_id = y.company_id and k.id = y.candidate_id
    cross join (
      select count(*) as total, count(*) filter (where is_unread) as unread, count(*) filter (where is_to_review) as to_review
      from (select y.read_at is null as is_unread, ${toReview} as is_to_review from reply y where ${own} limit ${REPLIES_COUNTED}) as all_of_them) as counted
    order by y.id desc`.execute(db)
  return { rows, total: rows[0]?.total ?? 0, unread: rows[0]?.unread ?? 0, toReview: rows[0]?.to_review ?? 0 }
}
