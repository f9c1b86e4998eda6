import { sql, type Transaction } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'

/** A text somebody wrote back to a campaign that has an automatic answer, and what the answer may speak of. */
export type ReplyToAnswer = {
  id: number
  companyId: number
  campaignId: number
  /** Of the template as it is published now; null where it is not any more. */
  texts: Partial<Record<Language, string>> | null
  candidateId: number | null
  e164: string
  sender: string
  country: string | null
  language: Language
  companyLanguage: Language
  agency: string
  recruiter: string
  code: string | null
  first_name: string
  last_name: string
  trade: string
  town: string
  branch: string
}

/** An automatic answer comes at once or not at all: hours later it would answer a conversation that has gone on. */
const FRESH_MINUTES = 15

/** One process looks at a time; undefined while another does. */
export async function lockAnswering(trx: Transaction<DB>): Promise<boolean> {
  const { rows } = await sql<{ isMine: boolean }>`select pg_try_advisory_xact_lock(hashtext('answer replies')) as "isMine"`.execute(trx)
  return rows[0]?.isMine ?? false
}

/** So many texts in so many minutes are not typed by a thumb. */
const CHATTER = { minutes: 10, texts: 5 } as const
/** However many campaigns somebody writes back to: a machine that answers a machine ends here. */
const MOST_A_DAY = 3

/**
 * Whoever answers a robot is answered again. A text is taken for one's when it begins as such do, comes from one of our own
 * numbers or a short one, says the same as one shortly before, or is one of many.
 */
const isPerson = sql`(not r.is_automatic and length(r.e164) > 8 and not exists (select from sms_sender own where own.address = substr(r.e164, 2))
  and (select count(*) from reply x where x.company_id = r.company_id and x.e164 = r.e164 and x.received_at > r.received_at - make_interval(mins => ${CHATTER.minutes})) < ${CHATTER.texts}
  and not exists (
    select from reply x where x.company_id = r.company_id and x.e164 = r.e164 and x.id < r.id and fold(btrim(x.body)) = fold(btrim(r.body)) and x.received_at > r.received_at - make_interval(mins => ${CHATTER.minutes}))
  and (select count(*) from message m where m.company_id = r.company_id and m.e164 = r.e164 and m.purpose = 'auto_response' and m.created_at > app_now() - interval '24 hours') < ${MOST_A_DAY})`

/** Neither STOP nor START nor HELP, to a campaign of a company that may text, by a person who has had no answer and refused none; the first text of each. */
export async function listRepliesToAnswer(db: Db, limit: number): Promise<ReplyToAnswer[]> {
  const { rows } = await sql<ReplyToAnswer>`
    select distinct on (r.campaign_id, r.e164) r.id, r.company_id as "companyId", r.campaign_id as "campaignId", a.texts, r.candidate_id as "candidateId",
      r.e164, r.sender, p.country, coalesce(s.language, k.language, o.language) as language, o.language as "companyLanguage", coalesce(b.display_name, o.name) as agency, u.name as recruiter, s.code,
      coalesce(k.first_name, '') as first_name, coalesce(k.last_name, '') as last_name, coalesce(k.trade, '') as trade, coalesce(k.town, '') as town, coalesce(h.name, '') as branch
    from reply r
    join campaign c on c.company_id = r.company_id and c.id = r.campaign_id and c.auto_response_template_id is not null
    join company o on o.id = r.company_id and o.can_send_sms
    join app_user u on u.company_id = c.company_id and u.id = c.created_by
    left join branding b on b.company_id = o.id
    left join recipient s on s.company_id = r.company_id and s.campaign_id = r.campaign_id and s.e164 = r.e164
    left join candidate k on k.company_id = r.company_id and k.id = r.candidate_id
    left join branch h on h.company_id = k.company_id and h.id = k.branch_id
    left join lateral (
      select jsonb_object_agg(x.language, x.body) as texts from message_template t join message_template_text x on x.company_id = t.company_id and x.template_id = t.id and x.version = t.published_version
      where t.company_id = c.company_id and t.id = c.auto_response_template_id and t.kind = 'auto_response' and t.archived_at is null
    ) a on true
    left join lateral (select country from candidate_phone where company_id = r.company_id and e164 = r.e164 order by id limit 1) p on true
    where r.keyword = 'none' and r.campaign_id is not null and r.received_at > app_now() - make_interval(mins => ${FRESH_MINUTES})
      and not exists (select from message m where m.campaign_id = r.campaign_id and m.e164 = r.e164 and m.purpose = 'auto_response')
      -- What may be a STOP is never answered by a machine, and nothing is while somebody reads it.
      and r.review is null and not exists (select from phone n where n.company_id = r.company_id and n.e164 = r.e164 and (n.opted_out_at is not null or n.held_at is not null))
      and ${isPerson}
    order by r.campaign_id, r.e164, r.id limit ${limit}`.execute(db)
  return rows
}
