import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { ReplyContext } from './replies.domain.ts'

/** In company order, which is the order in which their phones are locked. */
export async function listReplyContexts(db: Db, text: { sender: string; e164: string }): Promise<ReplyContext[]> {
  const { rows } = await sql<ReplyContext>`
    select s.company_id as "companyId", m.id as "messageId", m.campaign_id as "campaignId",
      (extract(epoch from app_now() - m.submitted_at) / 86400)::double precision as "ageDays",
      coalesce(m.candidate_id, known.candidate_id) as "candidateId",
      p.opt_out_source as "optOutSource"
    from sms_sender s
    left join lateral (
      -- A test is no sending of the campaign it shows.
      select id, submitted_at, candidate_id, case when purpose <> 'test' then campaign_id end as campaign_id
      from message where company_id = s.company_id and e164 = ${text.e164} and sender = ${text.sender} and submitted_at is not null
      order by submitted_at desc, id desc limit 1
    ) m on true
    left join lateral (
      select candidate_id from candidate_phone where company_id = s.company_id and e164 = ${text.e164} order by candidate_id limit 1
    ) known on true
    left join phone p on p.company_id = s.company_id and p.e164 = ${text.e164}
    where s.address = ${text.sender}
    order by s.company_id`.execute(db)
  return rows
}

/** False when this text is there already. */
export async function insertReply(
  db: Db, scope: CompanyScope,
  reply: {
    e164: string; sender: string; body: string; keyword: 'none' | 'stop' | 'start' | 'help'; providerId: string
    candidateId: number | null; messageId: number | null; campaignId: number | null
  },
): Promise<boolean> {
  const row = await db
    .insertInto('reply')
    .values({
      company_id: scope.companyId, e164: reply.e164, sender: reply.sender, body: reply.body, keyword: reply.keyword, provider_id: reply.providerId,
      candidate_id: reply.candidateId, message_id: reply.messageId, campaign_id: reply.campaignId,
    })
    .onConflict((conflict) => conflict.columns(['company_id', 'provider_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
