import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Cursor } from '../core/paging.ts'
import type { Db } from '../db/pool.ts'
import type { JournalFilter } from './domain.ts'

export type JournalRow = {
  id: number
  user_id: number | null
  user_name: string | null
  action: string
  subject_kind: string | null
  subject_id: string | null
  detail: Record<string, unknown>
  at: Date
  /** Microseconds since 1970: what `at` is in the database, for the page's key. */
  at_key: number
}

/** Lines of the company, the newest first. `zone`: whose days the period is made of. */
export async function listJournal(db: Db, scope: CompanyScope, filter: JournalFilter, page: { zone: string; before?: Cursor | undefined; limit: number }): Promise<JournalRow[]> {
  const { person, name, kind, object, from, until } = filter
  const { zone, before, limit } = page
  const conditions = [
    sql`j.company_id = ${scope.companyId}`,
    ...(person === undefined ? [] : person === 'system' ? [sql`j.user_id is null`] : [sql`j.user_id = ${person}`]),
    ...(name === '' ? [] : [sql`j.user_id in (select id from app_user where company_id = ${scope.companyId} and fold(name) like fold(${`%${name.replace(/[\\%_]/g, '\\$&')}%`}))`]),
    ...(kind === undefined ? [] : [sql`j.subject_kind = ${kind}`]),
    ...(kind === undefined || object === '' ? [] : [sql`j.subject_id = ${object}`]),
    ...(from === undefined ? [] : [sql`j.at >= ${from}::date::timestamp at time zone ${zone}`]),
    ...(until === undefined ? [] : [sql`j.at < (${until}::date + 1)::timestamp at time zone ${zone}`]),
    ...(before === undefined ? [] : [sql`(j.at, j.id) < (timestamptz 'epoch' + ${before[0]}::bigint * interval '1 microsecond', ${before[1]}::bigint)`]),
  ]
  const { rows } = await sql<JournalRow>`
    select j.id, j.user_id, u.name as user_name, j.action, j.subject_kind, j.subject_id, j.detail, j.at, (extract(epoch from j.at) * 1000000)::bigint as at_key
    from journal j left join app_user u on u.company_id = j.company_id and u.id = j.user_id
    where ${sql.join(conditions, sql` and `)}
    order by j.at desc, j.id desc limit ${limit}`.execute(db)
  return rows
}

/** People of the company, for the choice of a person, as far as `limit`; who may no longer sign in has left lines too. */
export async function listAuthors(db: Db, scope: CompanyScope, limit: number): Promise<{ id: number; name: string }[]> {
  return db.selectFrom('app_user').select(['id', 'name']).where('company_id', '=', scope.companyId).orderBy(sql`fold(name)`).orderBy('id').limit(limit).execute()
}

export async function findAuthor(db: Db, scope: CompanyScope, id: number): Promise<{ id: number; name: string } | undefined> {
  return db.selectFrom('app_user').select(['id', 'name']).where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
}

/** How an object is called today, and which page shows it where that depends on the object. */
export type SubjectName = { name: string; variant?: string; isConfidential?: boolean }

type Lookup = (db: Db, scope: CompanyScope, ids: number[]) => Promise<{ id: number; name: string; variant?: string; isConfidential?: boolean }[]>

const plain = (table: 'campaign' | 'message_template' | 'app_user' | 'branch' | 'sender_pool' | 'talent_network' | 'career_site' | 'career_page' | 'sms_sender' | 'campaign_code' | 'mail' | 'api_key', column: string): Lookup =>
  async (db, scope, ids) => {
    const { rows } = await sql<{ id: number; name: string }>`select id, ${sql.ref(column)} as name from ${sql.table(table)} where company_id = ${scope.companyId} and id = any(${ids}::bigint[])`.execute(db)
    return rows
  }

const LOOKUPS: Record<string, Lookup> = {
  campaign: plain('campaign', 'name'),
  template: plain('message_template', 'name'),
  user: plain('app_user', 'name'),
  branch: plain('branch', 'name'),
  sender_pool: plain('sender_pool', 'name'),
  sms_sender: plain('sms_sender', 'label'),
  networks: plain('talent_network', 'name'),
  sites: plain('career_site', 'name'),
  pages: plain('career_page', 'name'),
  codes: plain('campaign_code', 'code'),
  mail: plain('mail', 'subject'),
  webhook: async (db, scope, ids) => {
    const { rows } = await sql<{ id: number; name: string }>`
      select id, substring(url from '^https?://([^/?#]+)') as name from webhook_endpoint where company_id = ${scope.companyId} and id = any(${ids}::bigint[]) and state <> 'removed'`.execute(db)
    return rows
  },
  api_key: plain('api_key', 'name'),
  candidate: async (db, scope, ids) => {
    const { rows } = await sql<{ id: number; name: string; variant: string }>`
      select id, trim(first_name || ' ' || last_name) as name, kind as variant from candidate where company_id = ${scope.companyId} and id = any(${ids}::bigint[])`.execute(db)
    return rows
  },
  // The people of a confidential vacancy are as unknown as the vacancy (S5).
  list: async (db, scope, ids) => {
    const { rows } = await sql<{ id: number; name: string; isConfidential: boolean }>`
      select l.id, l.name, exists (select from job where job.company_id = l.company_id and job.list_id = l.id and job.is_confidential) as "isConfidential"
      from talent_list l where l.company_id = ${scope.companyId} and l.id = any(${ids}::bigint[])`.execute(db)
    return rows
  },
  jobs: async (db, scope, ids) => {
    const { rows } = await sql<{ id: number; name: string; isConfidential: boolean }>`
      select id, title as name, is_confidential as "isConfidential" from job where company_id = ${scope.companyId} and id = any(${ids}::bigint[])`.execute(db)
    return rows
  },
}

/** What the objects of these lines are called, by `kind id`; one question per kind. What is gone is not in it. */
export async function nameSubjects(db: Db, scope: CompanyScope, rows: readonly Pick<JournalRow, 'subject_kind' | 'subject_id'>[]): Promise<Map<string, SubjectName>> {
  const wanted = new Map<string, Set<number>>()
  for (const { subject_kind: kind, subject_id: id } of rows) {
    if (kind !== null && id !== null && kind in LOOKUPS && /^\d{1,15}$/.test(id)) wanted.set(kind, (wanted.get(kind) ?? new Set()).add(Number(id)))
  }
  const names = new Map<string, SubjectName>()
  await Promise.all([...wanted].map(async ([kind, ids]) => {
    for (const { id, ...name } of await LOOKUPS[kind]!(db, scope, [...ids])) names.set(`${kind} ${id}`, name)
  }))
  return names
}
