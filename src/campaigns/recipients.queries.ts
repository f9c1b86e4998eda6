import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { MessageState } from '../messaging/domain.ts'
import { RECIPIENT_FILTERS, type RecipientFilter } from './domain.ts'

export type RecipientRow = {
  id: number
  rank: number
  candidate_id: number | null
  first_name: string
  last_name: string
  e164: string
  /** Other records that share the number. */
  others: number
  state: MessageState
  failure_reason: string | null
  moved_at: Date
  body: string
  choice: 'yes' | 'no' | null
  available_from: string | null
  available_until: string | null
  comment: string
  answered_at: Date | null
  answer_version: number
  note_id: number | null
  /** Microseconds of the answer, 0 without one: newest first, then by rank. */
  answered_key: number
}

export type RecipientQuery = { show: RecipientFilter; q: string; after?: { answeredAt: number; rank: number } | undefined; limit: number }

/** Contacted candidates with their answer, their SMS and their note; newest answer first, then best-ranked. */
export async function listRecipients(db: Db, scope: CompanyScope, campaignId: number, query: RecipientQuery): Promise<RecipientRow[]> {
  const { after } = query
  const { rows } = await sql<RecipientRow>`
    select page.*, c.first_name, c.last_name, m.body,
      (select count(*) from recipient_profile p where p.recipient_id = page.id)::int - 1 as others,
      (select max(n.id) from follow_up_note n where n.recipient_id = page.id and n.candidate_id = page.candidate_id) as note_id
    from (
      select r.id, r.rank, r.candidate_id, r.e164, m.id as message_id, m.state, m.failure_reason, coalesce(m.settled_at, m.submitted_at, m.created_at) as moved_at,
        a.choice, a.available_from, a.available_until, coalesce(a.comment, '') as comment, a.answered_at, coalesce(a.version, 0) as answer_version, ${ANSWERED_KEY} as answered_key
      from recipient r
      join message m on m.recipient_id = r.id and m.step = 1
      left join answer a on a.recipient_id = r.id
      ${query.q === '' ? sql`` : sql`join candidate named on named.company_id = r.company_id and named.id = r.candidate_id and strpos(fold(named.first_name || ' ' || named.last_name || ' ' || named.first_name), fold(${query.q})) > 0`}
      where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} and ${matches(query.show)}
        and (${after?.answeredAt ?? null}::bigint is null or ${ANSWERED_KEY} < ${after?.answeredAt ?? 0} or (${ANSWERED_KEY} = ${after?.answeredAt ?? 0} and r.rank > ${after?.rank ?? 0}))
      order by answered_key desc, r.rank
      limit ${query.limit}
    ) as page
    join message m on m.id = page.message_id
    left join candidate c on c.company_id = ${scope.companyId} and c.id = page.candidate_id
    order by page.answered_key desc, page.rank`.execute(db)
  return rows.map((row) => ({ ...row, first_name: row.first_name ?? '', last_name: row.last_name ?? '' }))
}

/** How many a filter and a search find together; capped, because the number only heads a page. */
export async function countRecipients(db: Db, scope: CompanyScope, campaignId: number, query: Pick<RecipientQuery, 'show' | 'q'>, most: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (
      select from recipient r
      join message m on m.recipient_id = r.id and m.step = 1
      left join answer a on a.recipient_id = r.id
      ${query.q === '' ? sql`` : sql`join candidate named on named.company_id = r.company_id and named.id = r.candidate_id and strpos(fold(named.first_name || ' ' || named.last_name || ' ' || named.first_name), fold(${query.q})) > 0`}
      where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} and ${matches(query.show)}
      limit ${most + 1}
    ) as found`.execute(db)
  return rows[0]!.n
}

const ANSWERED_KEY = sql`coalesce((extract(epoch from a.answered_at) * 1000000)::bigint, 0)`

function matches(show: RecipientFilter) {
  const filter: { answer?: 'yes' | 'no' | 'none'; states?: readonly MessageState[] } = RECIPIENT_FILTERS[show]
  if (filter.states) return sql`m.state = any(${[...filter.states]}::text[])`
  if (filter.answer === 'none') return sql`a.recipient_id is null`
  return filter.answer ? sql`a.choice = ${filter.answer}` : sql`true`
}
