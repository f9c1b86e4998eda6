import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import type { HandledAs, ReplyContext } from './replies.domain.ts'

/** In company order, which is the order in which their phones are locked. */
export async function listReplyContexts(db: Db, text: { sender: string; e164: string }): Promise<ReplyContext[]> {
  const { rows } = await sql<ReplyContext>`
    select s.company_id as "companyId", m.id as "messageId", m.campaign_id as "campaignId", m.recipient_id as "recipientId", m.sender_id as "senderId",
      (extract(epoch from app_now() - m.submitted_at) / 86400)::double precision as "ageDays",
      coalesce(m.candidate_id, known.candidate_id) as "candidateId",
      p.opt_out_source as "optOutSource", p.held_at is not null as "isHeld", said.stop as "lastStop", said.start as "lastStart",
      (select coalesce(jsonb_agg(jsonb_build_object('name', g.name, 'value', g.value)), '[]') from company_setting g
        where g.company_id = s.company_id and g.name in ('reply.window_days', 'stop.confirmation')) as settings
    from sms_sender s
    left join lateral (
      -- A test is no sending of the campaign it shows, and a confirmation answers nothing that could be answered.
      select m.id, m.submitted_at, m.candidate_id, case when m.purpose <> 'test' then m.campaign_id end as campaign_id,
        coalesce(m.recipient_id, case when m.purpose = 'auto_response' then (
          select r.id from recipient r where r.company_id = m.company_id and r.e164 = m.e164 and r.campaign_id = m.campaign_id limit 1) end) as recipient_id,
        coalesce(m.requested_by, c.launched_by, c.created_by) as sender_id
      from message m left join campaign c on c.company_id = m.company_id and c.id = m.campaign_id
      where m.company_id = s.company_id and m.e164 = ${text.e164} and m.sender = ${text.sender} and m.submitted_at is not null and m.purpose <> 'confirmation'
      order by m.submitted_at desc, m.id desc limit 1
    ) m on true
    left join lateral (
      select candidate_id from candidate_phone where company_id = s.company_id and e164 = ${text.e164} order by candidate_id limit 1
    ) known on true
    left join lateral (
      select max(said_at) filter (where keyword = 'stop') as stop, max(said_at) filter (where keyword = 'start') as start
      from reply where company_id = s.company_id and e164 = ${text.e164}
    ) said on true
    left join phone p on p.company_id = s.company_id and p.e164 = ${text.e164}
    where s.address = ${text.sender}
    order by s.company_id`.execute(db)
  return rows
}

export type NewReply = {
  e164: string
  sender: string
  body: string
  keyword: 'none' | 'stop' | 'start' | 'help'
  handledAs: HandledAs
  providerId: string
  /** Null: as it came. */
  saidAt: Date | null
  isComplete: boolean
  isAutomatic: boolean
  candidateId: number | null
  messageId: number | null
  campaignId: number | null
  recipientId: number | null
}

/** Its id; undefined when this text is there already. What a machine has dealt with, nobody has to read; what may be a STOP waits for a person. */
export async function insertReply(db: Db, scope: CompanyScope, reply: NewReply): Promise<number | undefined> {
  const isDealtWith = reply.keyword === 'stop' || reply.keyword === 'start'
  // Half a text, or one that may be a STOP, is no answer until a person has read it.
  const isPlain = reply.handledAs === 'text' && reply.isComplete
  const { rows } = await sql<{ id: number }>`
    insert into reply (company_id, e164, sender, body, keyword, handled_as, provider_id, said_at, is_complete, is_automatic, candidate_id, message_id, campaign_id, recipient_id, read_at, review, reading_state)
    values (${scope.companyId}, ${reply.e164}, ${reply.sender}, ${reply.body}, ${reply.keyword}, ${reply.handledAs}, ${reply.providerId}, least(coalesce(${reply.saidAt}::timestamptz, app_now()), app_now()),
      ${reply.isComplete}, ${reply.isAutomatic}, ${reply.candidateId}, ${reply.messageId}, ${reply.campaignId}, ${reply.recipientId},
      ${isDealtWith ? sql`app_now()` : sql`null`}, ${reply.handledAs === 'review' ? 'waiting' : null}, ${isPlain ? 'waiting' : 'none'})
    on conflict (company_id, provider_id) do nothing
    returning id`.execute(db)
  return rows[0]?.id
}

/** The person has said themselves what they want: nobody has to guess any more. */
export async function endReviews(db: Db, scope: CompanyScope, review: { e164: string; as: 'stop' | 'not_stop'; userId?: number | null }): Promise<void> {
  await sql`
    update reply set review = ${review.as}, reviewed_at = app_now(), reviewed_by = ${review.userId ?? null}, read_at = coalesce(read_at, app_now()), read_by = coalesce(read_by, ${review.userId ?? null})
    where company_id = ${scope.companyId} and e164 = ${review.e164} and review = 'waiting'`.execute(db)
}

/** What the confirmation of a STOP is written from: whose language, which agency, and which day it is there. */
export async function findConfirmationGround(db: Db, scope: CompanyScope, candidateId: number | null): Promise<{ language: Language; agency: string; today: string }> {
  const { rows } = await sql<{ language: Language; agency: string; today: string }>`
    select coalesce(k.language, o.language) as language, coalesce(b.display_name, o.name) as agency, (app_now() at time zone o.time_zone)::date as today
    from company o
    left join branding b on b.company_id = o.id
    left join candidate k on k.company_id = o.id and k.id = ${candidateId}
    where o.id = ${scope.companyId}`.execute(db)
  return rows[0]!
}

/** Who may decide about opt-outs. */
export async function listReviewers(db: Db, scope: CompanyScope): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select u.id from app_user u join user_privilege p on p.user_id = u.id and p.privilege = 'consent.edit'
    where u.company_id = ${scope.companyId} and u.disabled_at is null order by u.id`.execute(db)
  return rows.map(({ id }) => id)
}
