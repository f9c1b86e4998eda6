import { sql, type RawBuilder } from 'kysely'
import { idsWithWords } from '../candidates/words.queries.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { COUNTED_TO, type ReplyFilter, type ReplySearch } from './domain.ts'

export type ReplyRow = {
  id: number
  e164: string
  sender: string
  body: string
  keyword: 'none' | 'stop' | 'start' | 'help'
  handled_as: string
  review: 'waiting' | 'stop' | 'not_stop' | null
  reviewer: string | null
  is_complete: boolean
  is_automatic: boolean
  received_at: Date
  read_at: Date | null
  candidate_id: number | null
  kind: 'candidate' | 'contact'
  first_name: string
  last_name: string
  campaign_id: number | null
  campaign_name: string | null
  /** How many other records have the number. */
  others: number
  opted_out_at: Date | null
  held_at: Date | null
}

/** A search looks through so many of the newest texts that match by word, and so many people. */
const MATCHES = 1_000

/** Newest first. Numbers of people who were erased belong to nobody any more. */
export async function listReplies(db: Db, scope: CompanyScope, search: ReplySearch, limit: number): Promise<ReplyRow[]> {
  const { rows } = await sql<ReplyRow>`
    ${detailed(scope, sql`
      select y.* from reply y where y.company_id = ${scope.companyId} and ${conditions(scope, search)}
        ${search.before === undefined ? sql`` : sql`and y.id < ${search.before}`}
      order by y.id desc limit ${limit}`)}`.execute(db)
  return rows
}

export async function findReply(db: Db, scope: CompanyScope, id: number): Promise<ReplyRow | undefined> {
  const { rows } = await sql<ReplyRow>`${detailed(scope, sql`select y.* from reply y where y.company_id = ${scope.companyId} and y.id = ${id}`)}`.execute(db)
  return rows[0]
}

function detailed(scope: CompanyScope, texts: RawBuilder<unknown>): RawBuilder<ReplyRow> {
  return sql`
    select y.id, y.e164, y.sender, y.body, y.keyword, y.handled_as, y.review, u.name as reviewer, y.is_complete, y.is_automatic, y.received_at, y.read_at, y.candidate_id,
      coalesce(k.kind, 'candidate') as kind, coalesce(k.first_name, '') as first_name, coalesce(k.last_name, '') as last_name, y.campaign_id, c.name as campaign_name,
      (select count(distinct p.candidate_id) from candidate_phone p where p.company_id = ${scope.companyId} and p.e164 = y.e164 and p.candidate_id is distinct from y.candidate_id) as others,
      n.opted_out_at, n.held_at
    from (${texts}) y
    left join candidate k on k.company_id = ${scope.companyId} and k.id = y.candidate_id
    left join campaign c on c.company_id = ${scope.companyId} and c.id = y.campaign_id
    left join phone n on n.company_id = ${scope.companyId} and n.e164 = y.e164
    left join app_user u on u.company_id = ${scope.companyId} and u.id = y.reviewed_by
    order by y.id desc`
}

function conditions(scope: CompanyScope, { show, q, campaign, candidate }: ReplySearch): RawBuilder<unknown> {
  const wanted = [
    sql`y.e164 not like '+0%'`,
    FILTERS[show],
    ...(campaign === undefined ? [] : [sql`y.campaign_id = ${campaign}`]),
    ...(candidate === undefined ? [] : [sql`y.candidate_id = ${candidate}`]),
    ...(q === '' ? [] : [sql`y.id in (${matching(scope, q)})`]),
  ]
  return sql.join(wanted, sql` and `)
}

const FILTERS: Record<ReplyFilter, RawBuilder<unknown>> = {
  all: sql`true`,
  unread: sql`y.read_at is null`,
  // Whoever has opted out meanwhile has said what they want.
  review: sql`y.review = 'waiting' and exists (select from phone h where h.company_id = y.company_id and h.e164 = y.e164 and h.held_at is not null)`,
  unknown: sql`y.candidate_id is null`,
}

/** By what was written, by whose it is, or by the number. */
function matching(scope: CompanyScope, q: string): RawBuilder<unknown> {
  const text = q.replaceAll(/[\\%_]/g, String.raw`\$&`)
  const digits = q.replaceAll(/\D/g, '').replace(/^0+/, '')
  return sql`
    (select id from reply where company_id = ${scope.companyId} and fold(body) like '%' || fold(${text}) || '%' order by id desc limit ${MATCHES})
    union all
    (select y.id from reply y where y.company_id = ${scope.companyId} and y.candidate_id in (${idsWithWords(scope, q)}) order by y.id desc limit ${MATCHES})
    ${digits.length < 4 ? sql`` : sql`union all (select id from reply where company_id = ${scope.companyId} and e164 like ${`%${digits}%`} order by id desc limit ${MATCHES})`}`
}

export type ReplyCounts = { unread: number; review: number; unknown: number }

/** What stands beside the filters. */
export async function countReplies(db: Db, scope: CompanyScope, search: Pick<ReplySearch, 'campaign' | 'candidate'>): Promise<ReplyCounts> {
  const count = (show: ReplyFilter) => sql`(select count(*) from (select from reply y where y.company_id = ${scope.companyId} and ${conditions(scope, { ...search, show, q: '', before: undefined })} limit ${COUNTED_TO}) as counted)`
  const { rows } = await sql<ReplyCounts>`select ${count('unread')} as unread, ${count('review')} as review, ${count('unknown')} as unknown`.execute(db)
  return rows[0]!
}

/** What narrows the page, by its name; undefined where it is not this company's. */
export async function findNames(db: Db, scope: CompanyScope, { campaign, candidate }: Pick<ReplySearch, 'campaign' | 'candidate'>) {
  const { rows } = await sql<{ campaign: string | null; first_name: string | null; last_name: string | null }>`
    select (select name from campaign where company_id = ${scope.companyId} and id = ${campaign ?? null}) as campaign, k.first_name, k.last_name
    from (select 1) as one left join candidate k on k.company_id = ${scope.companyId} and k.id = ${candidate ?? null}`.execute(db)
  return rows[0]!
}

export type Utterance = { key: number; is_ours: boolean; id: number; body: string; at: Date; state: string; purpose: string; failure_reason: string | null; who: string | null; is_complete: boolean }

/** What went to and came from a number, newest first: `key` is the moment in microseconds, of which older ones follow. */
export async function listUtterances(db: Db, scope: CompanyScope, e164: string, before: number | undefined, limit: number): Promise<Utterance[]> {
  const older = (at: RawBuilder<unknown>) => (before === undefined ? sql`` : sql`and ${at} < to_timestamp(${before}::double precision / 1000000)`)
  const { rows } = await sql<Utterance>`
    select (extract(epoch from at) * 1000000)::bigint as key, * from (
      (select true as is_ours, m.id, m.body, coalesce(m.submitted_at, m.created_at) as at, m.state, m.purpose, m.failure_reason, u.name as who, true as is_complete
        from message m left join app_user u on u.company_id = m.company_id and u.id = m.requested_by
        where m.company_id = ${scope.companyId} and m.e164 = ${e164} and m.purpose <> 'test' ${older(sql`coalesce(m.submitted_at, m.created_at)`)}
        order by m.id desc limit ${limit})
      union all
      (select false, y.id, y.body, y.received_at, y.handled_as, y.keyword, null, null, y.is_complete
        from reply y where y.company_id = ${scope.companyId} and y.e164 = ${e164} ${older(sql`y.received_at`)}
        order by y.id desc limit ${limit})
    ) as said order by at desc, is_ours, id desc limit ${limit}`.execute(db)
  return rows
}

export type Namesake = { id: number; kind: 'candidate' | 'contact'; first_name: string; last_name: string; trade: string | null; town: string | null; has_number: boolean }

/** Whose texts these may be: the records with the number, or those that a search finds. */
export async function listPeople(db: Db, scope: CompanyScope, e164: string, q: string, limit: number): Promise<Namesake[]> {
  const hasNumber = sql`exists (select from candidate_phone p where p.company_id = k.company_id and p.candidate_id = k.id and p.e164 = ${e164})`
  const found = q === ''
    ? sql`k.id in (select p.candidate_id from candidate_phone p where p.company_id = ${scope.companyId} and p.e164 = ${e164})`
    : sql`k.id in (${idsWithWords(scope, q)})`
  const { rows } = await sql<Namesake>`
    select k.id, k.kind, k.first_name, k.last_name, k.trade, k.town, ${hasNumber} as has_number
    from candidate k where k.company_id = ${scope.companyId} and ${found} order by has_number desc, k.sort_name, k.id limit ${limit}`.execute(db)
  return rows
}

/** Whether the record is this company's. */
export async function hasPerson(db: Db, scope: CompanyScope, id: number): Promise<boolean> {
  return (await db.selectFrom('candidate').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()) !== undefined
}
