import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { RECIPIENT_FILTERS, type RecipientWish } from './domain.ts'
import { HAS_UNSUBSCRIBED, matchesChoice, namedLike, type RecipientChoice, type RecipientRow } from './recipients.queries.ts'

/**
 * The next recipients by rank, which never changes: whoever answers while a file is written neither comes twice nor is left out, as
 * they would in the order of the page.
 */
export async function listRecipientsByRank(db: Db, scope: CompanyScope, campaignId: number, choice: RecipientChoice, afterRank: number, limit: number): Promise<RecipientRow[]> {
  const { answer }: RecipientWish = RECIPIENT_FILTERS[choice.show]
  const answered = answer === undefined ? sql`true` : answer === 'none' ? sql`a.recipient_id is null` : answer === 'yes' || answer === 'no' ? sql`a.choice = ${answer}` : sql`a.recipient_id is not null`
  const { rows } = await sql<RecipientRow>`
    select page.*, author.name as answered_by, c.first_name, c.last_name, b.no as batch_no, b.local_date as batch_on,
      s.state as reminder_state, s.failure_reason as reminder_reason, coalesce(s.settled_at, s.submitted_at, s.created_at) as reminder_at,
      0 as others, null as note_id, ${HAS_UNSUBSCRIBED(sql`page`)} as has_unsubscribed
    from (
      select r.company_id, r.campaign_id, r.id, r.rank, r.candidate_id, r.e164, r.batch_id, m.body, m.state, m.failure_reason, m.wait_reason, m.next_attempt_at, m.submitted_at, m.settled_at,
        coalesce(m.settled_at, m.submitted_at, m.created_at) as moved_at, a.choice, a.available_from, a.available_until, coalesce(a.comment, '') as comment, a.answered_at,
        coalesce(a.version, 0) as answer_version, a.source as answer_source, a.answered_by as answered_by_id, 0 as answered_key
      from recipient r
      cross join lateral (select * from message m where m.recipient_id = r.id and m.step = 1 offset 0) as m
      left join answer a on a.recipient_id = r.id
      ${namedLike(choice.q)}
      where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} and ${matchesChoice(campaignId, choice)} and ${answered} and r.rank > ${afterRank}
      order by r.rank limit ${limit}
    ) as page
    left join message s on s.recipient_id = page.id and s.step = 2
    join batch b on b.id = page.batch_id
    left join app_user author on author.company_id = ${scope.companyId} and author.id = page.answered_by_id
    left join candidate c on c.company_id = ${scope.companyId} and c.id = page.candidate_id
    order by page.rank`.execute(db)
  return rows.map((row) => ({ ...row, first_name: row.first_name ?? '', last_name: row.last_name ?? '' }))
}
