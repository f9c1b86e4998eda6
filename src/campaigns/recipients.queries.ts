import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { MessageState } from '../messaging/domain.ts'
import { RECIPIENT_FILTERS, type RecipientFilter, type RecipientWish } from './domain.ts'
import { answersOf } from './progress.queries.ts'

export type RecipientRow = {
  id: number
  rank: number
  candidate_id: number | null
  first_name: string
  last_name: string
  e164: string
  /** Other records that share the number. */
  others: number
  batch_no: number
  batch_on: string
  state: MessageState
  failure_reason: string | null
  wait_reason: string | null
  next_attempt_at: Date
  submitted_at: Date | null
  settled_at: Date | null
  moved_at: Date
  has_unsubscribed: boolean
  body: string
  choice: 'yes' | 'no' | null
  available_from: string | null
  available_until: string | null
  comment: string
  answered_at: Date | null
  answer_version: number
  /** How the answer came; null without one. */
  answer_source: 'link' | 'reply' | 'recruiter' | null
  /** Who wrote it down or confirmed it. */
  answered_by: string | null
  note_id: number | null
  /** The second text, where there is one. */
  reminder_state: MessageState | null
  reminder_reason: string | null
  reminder_at: Date | null
  /** Microseconds of the answer, 0 without one: newest first, then by rank. */
  answered_key: number
}

export type RecipientChoice = { show: RecipientFilter; reason: string; batch: number | undefined; q: string }
/** `since`, in microseconds: only who answered after it. */
export type RecipientQuery = RecipientChoice & { after?: { answeredAt: number; rank: number } | undefined; since?: number | undefined; limit: number }

/**
 * Contacted candidates with their answer, their SMS and their note; newest answer first, then best-ranked. Who has answered and
 * who has not are looked for apart: the ones from the answers, the others in the order of their rank, so that a page costs the
 * same however many recipients there are.
 */
export async function listRecipients(db: Db, scope: CompanyScope, campaignId: number, query: RecipientQuery): Promise<RecipientRow[]> {
  const { rows } = await sql<RecipientRow>`
    select page.*, given.source as answer_source, author.name as answered_by, c.first_name, c.last_name, b.no as batch_no, b.local_date as batch_on, m.body, s.state as reminder_state, s.failure_reason as reminder_reason, coalesce(s.settled_at, s.submitted_at, s.created_at) as reminder_at,
      (select count(*) from recipient_profile p where p.recipient_id = page.id)::int - 1 as others,
      (select max(n.id) from follow_up_note n where n.recipient_id = page.id and n.candidate_id = page.candidate_id) as note_id,
      ${HAS_UNSUBSCRIBED(sql`page`)} as has_unsubscribed
    from (
      select * from (${sql.join(arms(scope, campaignId, query), sql` union all `)}) as found order by answered_key desc, rank limit ${query.limit}
    ) as page
    join message m on m.id = page.message_id
    left join message s on s.recipient_id = page.id and s.step = 2
    join batch b on b.id = page.batch_id
    left join answer given on given.recipient_id = page.id
    left join app_user author on author.company_id = ${scope.companyId} and author.id = given.answered_by
    left join candidate c on c.company_id = ${scope.companyId} and c.id = page.candidate_id
    order by page.answered_key desc, page.rank`.execute(db)
  return rows.map((row) => ({ ...row, first_name: row.first_name ?? '', last_name: row.last_name ?? '' }))
}

/** The best-ranked recipient with the text as it left or will leave. */
export async function findSample(db: Db, scope: CompanyScope, campaignId: number): Promise<Pick<RecipientRow, 'candidate_id' | 'first_name' | 'last_name' | 'body' | 'submitted_at'> | undefined> {
  const { rows } = await sql<Pick<RecipientRow, 'candidate_id' | 'first_name' | 'last_name' | 'body' | 'submitted_at'>>`
    select r.candidate_id, coalesce(c.first_name, '') as first_name, coalesce(c.last_name, '') as last_name, m.body, m.submitted_at
    from recipient r join message m on m.recipient_id = r.id and m.step = 1 left join candidate c on c.company_id = r.company_id and c.id = r.candidate_id
    where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} order by r.rank limit 1`.execute(db)
  return rows[0]
}

/** How many a filter and a search find together, from the first on; capped, because the number only heads a page. */
export async function countRecipients(db: Db, scope: CompanyScope, campaignId: number, choice: RecipientChoice, most: number, since?: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from (select * from (${sql.join(arms(scope, campaignId, { ...choice, after: undefined, since, limit: most + 1 }), sql` union all `)}) as found limit ${most + 1}) as found`.execute(db)
  return rows[0]!.n
}

/**
 * Who has answered, newest first; then who has not, by rank. A page that begins among the second needs nobody of the first. Each
 * step looks the next row up by its key, and says so: estimates of how few a campaign has left can be so wrong that the planner
 * would compare everybody with everybody.
 */
function arms(scope: CompanyScope, campaignId: number, query: RecipientQuery): RawBuilder<unknown>[] {
  const { after, since } = query
  const { answer }: RecipientWish = RECIPIENT_FILTERS[query.show]
  const columns = sql`r.company_id, r.campaign_id, r.id, r.rank, r.candidate_id, r.e164, r.batch_id, m.id as message_id, m.state, m.failure_reason, m.wait_reason, m.next_attempt_at, m.submitted_at,
    m.settled_at, coalesce(m.settled_at, m.submitted_at, m.created_at) as moved_at`
  const conditions = sql`r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} and ${matchesChoice(campaignId, query)}`
  const messageOfRecipient = sql`cross join lateral (select * from message m where m.recipient_id = r.id and m.step = 1 offset 0) as m`
  const answered = sql`(
    select ${columns}, a.choice, a.available_from, a.available_until, a.comment, a.answered_at, a.version as answer_version, ${ANSWERED_KEY} as answered_key
    from ${isByAnswer(query) ? newestOf(campaignId, answer, query.limit) : answersOf(sql`${campaignId}`)} as a
    cross join lateral (select * from recipient r where r.id = a.recipient_id offset 0) as r
    ${messageOfRecipient}
    ${namedLike(query.q)}
    where ${conditions} and ${answer === 'yes' || answer === 'no' ? sql`a.choice = ${answer}` : sql`true`} ${since === undefined ? sql`` : sql`and ${ANSWERED_KEY} > ${since}`}
      ${after ? sql`and (${ANSWERED_KEY} < ${after.answeredAt} or (${ANSWERED_KEY} = ${after.answeredAt} and r.rank > ${after.rank}))` : sql``}
    order by answered_key desc, r.rank limit ${query.limit}
  )`
  const silent = sql`(
    select ${columns}, null::text as choice, null::date as available_from, null::date as available_until, '' as comment, null::timestamptz as answered_at, 0 as answer_version, 0::bigint as answered_key
    from ${isRare(query) ? sql`message m cross join lateral (select * from recipient r where r.id = m.recipient_id offset 0) as r` : sql`recipient r ${messageOfRecipient}`}
    ${namedLike(query.q)}
    where ${conditions} ${isRare(query) ? sql`and m.campaign_id = ${campaignId} and m.step = 1` : sql``} and not exists (select from answer a where a.recipient_id = r.id)
      ${after?.answeredAt === 0 ? sql`and r.rank > ${after.rank}` : sql``}
    order by r.rank limit ${query.limit}
  )`
  const withSilent = since === undefined && (answer === undefined || answer === 'none')
  return [...(answer === 'none' || after?.answeredAt === 0 ? [] : [answered]), ...(withSilent ? [silent] : [])]
}

/** Nothing but answers decides who is on the first page: then only its own recipients and texts are looked up, and not everybody's. */
function isByAnswer({ show, reason, batch, q, after, since }: RecipientQuery): boolean {
  const isOnlyAnswer = Object.keys(RECIPIENT_FILTERS[show]).every((wish) => wish === 'answer')
  return isOnlyAnswer && reason === '' && batch === undefined && q === '' && after === undefined && since === undefined
}

/** With everybody who answered at the same moment as the last of them: their rank decides. */
function newestOf(campaignId: number, answer: RecipientWish['answer'], limit: number): RawBuilder<unknown> {
  const wanted = answer === 'yes' || answer === 'no' ? sql`a.choice = ${answer}` : sql`true`
  return sql`(select a.* from ${answersOf(sql`${campaignId}`)} as a where ${wanted} order by a.answered_at desc fetch first (${limit}::int) rows with ties)`
}

/** What few texts come to is found from the texts; anything else by walking the recipients in their order until a page is full. */
function isRare({ show }: RecipientChoice): boolean {
  const { states, isHeld }: RecipientWish = RECIPIENT_FILTERS[show]
  return isHeld === true || (states !== undefined && !states.includes('delivered') && !states.includes('queued'))
}

const ANSWERED_KEY = sql`(extract(epoch from a.answered_at) * 1000000)::bigint`

/** As a value and not as `exists`: the planner might answer that by reading all opt-outs there are. */
export const HAS_UNSUBSCRIBED = (r: RawBuilder<unknown>) =>
  sql`coalesce((select true from opt_out_event e where e.company_id = ${r}.company_id and e.e164 = ${r}.e164 and e.campaign_id = ${r}.campaign_id and e.kind = 'opt_out' limit 1), false)`

/** As `countOpened` of charts.queries.ts counts them; values and not `exists`, like the one above. */
const HAS_OPENED = (by: 'person' | 'robot') => {
  const link = (condition: RawBuilder<unknown>) => sql`(select ${condition} from short_link l where l.code = r.code)`
  const byPerson = sql`(${link(sql`l.fetch_count > 0`)} or coalesce((select o.source = 'link' from answer o where o.recipient_id = r.id), false))`
  return by === 'person' ? byPerson : sql`(${link(sql`l.robot_fetch_count > 0`)} and not ${byPerson})`
}

export function namedLike(q: string): RawBuilder<unknown> {
  if (q === '') return sql``
  return sql`join candidate named on named.company_id = r.company_id and named.id = r.candidate_id and strpos(fold(named.first_name || ' ' || named.last_name || ' ' || named.first_name), fold(${q})) > 0`
}

export function matchesChoice(campaignId: number, { show, reason, batch }: RecipientChoice): RawBuilder<unknown> {
  const { states, isHeld, hasUnsubscribed, openedBy, isReminded }: RecipientWish = RECIPIENT_FILTERS[show]
  const conditions = [
    ...(states ? [sql`m.state = any(${[...states]}::text[])`] : []),
    ...(isHeld ? [sql`m.wait_reason is not null`] : []),
    ...(hasUnsubscribed ? [HAS_UNSUBSCRIBED(sql`r`)] : []),
    ...(isReminded ? [sql`exists (select from message s where s.recipient_id = r.id and s.step > 1 and s.state not in ('skipped', 'cancelled'))`] : []),
    ...(openedBy ? [HAS_OPENED(openedBy)] : []),
    ...(reason === '' ? [] : [sql`m.failure_reason = ${reason}`]),
    // Later batches have higher ranks: the walk begins where theirs do.
    ...(batch === undefined ? [] : [sql`r.batch_id = ${batchOf(campaignId, batch)} and r.rank >= (select min(x.rank) from recipient x where x.batch_id = ${batchOf(campaignId, batch)})`]),
  ]
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
}

function batchOf(campaignId: number, no: number): RawBuilder<unknown> {
  return sql`(select b.id from batch b where b.campaign_id = ${campaignId} and b.no = ${no})`
}
