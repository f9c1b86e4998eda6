import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { beginsWith } from '../db/text.queries.ts'
import type { DB } from '../db/schema.ts'
import type { FieldName, ReferenceKind, ReferenceValues, Sight } from './domain.ts'

export const TABLES = { codes: 'campaign_code', networks: 'talent_network', sites: 'career_site', pages: 'career_page', jobs: 'job' } as const satisfies Record<ReferenceKind, keyof DB>

export type ReferenceRow = {
  id: number
  values: Partial<Record<FieldName, string | null>>
  site_id: number | null
  site_name: string | null
  list_id: number | null
  is_confidential: boolean
  is_published: boolean
  archived_at: Date | null
  /** Changes with every write: who saves an older one is told. */
  stamp: string
  sort: string
}

/** Columns that differ from kind to kind; `r` is the record, `s` its site. */
const SHAPES: Record<ReferenceKind, { values: RawBuilder<unknown>; sort: RawBuilder<unknown>; hasSite: boolean; more: RawBuilder<unknown>; found: (q: string) => RawBuilder<unknown> }> = {
  codes: {
    values: sql`'code', r.code, 'name', r.name`, sort: sql`lower(r.code)`, hasSite: false,
    more: sql`null::bigint as list_id, false as is_confidential, r.published_at is not null as is_published`, found: (q) => sql`(strpos(fold(r.code), fold(${q})) > 0 or strpos(fold(r.name), fold(${q})) > 0)`,
  },
  networks: {
    values: sql`'name', r.name, 'url', r.join_url`, sort: sql`lower(r.name)`, hasSite: false,
    more: sql`r.list_id, false as is_confidential, false as is_published`, found: (q) => sql`strpos(fold(r.name), fold(${q})) > 0`,
  },
  sites: {
    values: sql`'name', r.name, 'url', r.url`, sort: sql`lower(r.name)`, hasSite: false,
    more: sql`null::bigint as list_id, false as is_confidential, false as is_published`, found: (q) => sql`strpos(fold(r.name), fold(${q})) > 0`,
  },
  pages: {
    values: sql`'site', r.site_id::text, 'name', r.name, 'url', r.url`, sort: sql`lower(r.name)`, hasSite: true,
    more: sql`null::bigint as list_id, false as is_confidential, false as is_published`, found: (q) => sql`strpos(fold(r.name), fold(${q})) > 0`,
  },
  jobs: {
    values: sql`'reference', r.reference, 'title', r.title, 'site', r.site_id::text, 'url', r.url, 'town', r.town, 'confidential', case when r.is_confidential then 'on' end`, sort: sql`r.folded_title`, hasSite: true,
    more: sql`r.list_id, r.is_confidential, false as is_published`, found: startsWith,
  },
}

/** S33: by the start of the title or of the reference, as a range that the indexes answer. */
export function startsWith(q: string): RawBuilder<boolean> {
  return sql<boolean>`(${beginsWith(sql`r.folded_title`, q)} or ${beginsWith(sql`r.folded_reference`, q)})`
}

export type ListChoice = { q: string; site: number | undefined; archived: boolean; after: { sort: string; id: number } | undefined; limit: number }

/** One page of a kind, in the order of its names. */
export async function listReferences(db: Db, scope: CompanyScope, kind: ReferenceKind, sight: Sight, choice: ListChoice): Promise<ReferenceRow[]> {
  const { sort, hasSite, found } = SHAPES[kind]
  const conditions = [
    choice.archived ? sql`r.archived_at is not null` : sql`r.archived_at is null`,
    ...(choice.q === '' ? [] : [found(choice.q)]),
    ...(hasSite && choice.site !== undefined ? [sql`r.site_id = ${choice.site}`] : []),
    ...(choice.after ? [sql`(${sort}, r.id) > (${choice.after.sort}, ${choice.after.id})`] : []),
  ]
  const { rows } = await sql<ReferenceRow>`${rowsOf(scope, kind, sight)} and ${sql.join(conditions, sql` and `)} order by ${sort}, r.id limit ${choice.limit}`.execute(db)
  return rows
}

/** Undefined for another company's, and for a confidential job that this person may not see. */
export async function findReference(db: Db, scope: CompanyScope, kind: ReferenceKind, sight: Sight, id: number): Promise<ReferenceRow | undefined> {
  const { rows } = await sql<ReferenceRow>`${rowsOf(scope, kind, sight)} and r.id = ${id}`.execute(db)
  return rows[0]
}

function rowsOf(scope: CompanyScope, kind: ReferenceKind, { seesConfidential }: Sight): RawBuilder<unknown> {
  const { values, sort, hasSite, more } = SHAPES[kind]
  return sql`
    select r.id, jsonb_build_object(${values}) as values, ${hasSite ? sql`r.site_id, s.name as site_name` : sql`null::bigint as site_id, null as site_name`},
      ${more}, r.archived_at, (extract(epoch from r.updated_at) * 1000000)::bigint::text as stamp, ${sort} as sort
    from ${sql.table(TABLES[kind])} r ${hasSite ? sql`join career_site s on s.company_id = r.company_id and s.id = r.site_id` : sql``}
    where r.company_id = ${scope.companyId} ${kind === 'jobs' && !seesConfidential ? sql`and not r.is_confidential` : sql``}`
}

export type ColumnType = 'text' | 'bigint' | 'boolean'

/** Columns of each table beside its id, and the value each takes. */
export const COLUMNS: Record<ReferenceKind, Record<string, { type: ColumnType; of: (values: ReferenceValues) => unknown }>> = {
  codes: { code: { type: 'text', of: (v) => v.code }, name: { type: 'text', of: (v) => v.name } },
  networks: { name: { type: 'text', of: (v) => v.name }, join_url: { type: 'text', of: (v) => v.url } },
  sites: { name: { type: 'text', of: (v) => v.name }, url: { type: 'text', of: (v) => v.url } },
  pages: { site_id: { type: 'bigint', of: (v) => v.siteId }, name: { type: 'text', of: (v) => v.name }, url: { type: 'text', of: (v) => v.url } },
  jobs: {
    site_id: { type: 'bigint', of: (v) => v.siteId }, reference: { type: 'text', of: (v) => v.reference }, title: { type: 'text', of: (v) => v.title }, url: { type: 'text', of: (v) => v.url },
    town: { type: 'text', of: (v) => v.town || null }, is_confidential: { type: 'boolean', of: (v) => v.isConfidential },
  },
}

export function columnsOf(kind: ReferenceKind, values: ReferenceValues): Record<string, unknown> {
  return Object.fromEntries(Object.entries(COLUMNS[kind]).map(([name, { of }]) => [name, of(values)]))
}

/** Fails with a unique violation when there is such a record already. `listId`: of the people of a new talent network. */
export async function insertReference(db: Kysely<DB>, scope: CompanyScope, kind: ReferenceKind, values: ReferenceValues, listId?: number): Promise<number> {
  const row = await db.insertInto(TABLES[kind]).values({ company_id: scope.companyId, ...columnsOf(kind, values), ...(listId === undefined ? {} : { list_id: listId }) } as never).returning('id').executeTakeFirstOrThrow()
  return row.id
}

/** Writes over the version `stamp`; false when somebody else was faster. */
export async function updateReference(db: Kysely<DB>, scope: CompanyScope, kind: ReferenceKind, id: number, stamp: string, values: ReferenceValues): Promise<boolean> {
  const { rows } = await sql`
    update ${sql.table(TABLES[kind])} as r set ${assignments(kind, values)}, ${later(kind)}
    where r.company_id = ${scope.companyId} and r.id = ${id} and (extract(epoch from r.updated_at) * 1000000)::bigint::text = ${stamp} returning r.id`.execute(db)
  return rows.length > 0
}

/** False when it is in that state already, or gone. */
export async function setArchived(db: Kysely<DB>, scope: CompanyScope, kind: ReferenceKind, id: number, isArchived: boolean): Promise<boolean> {
  const { rows } = await sql`
    update ${sql.table(TABLES[kind])} as r set archived_at = ${isArchived ? sql`app_now()` : sql`null`}, ${later(kind)}
    where r.company_id = ${scope.companyId} and r.id = ${id} and (r.archived_at is null) = ${isArchived} returning r.id`.execute(db)
  return rows.length > 0
}

function assignments(kind: ReferenceKind, values: ReferenceValues): RawBuilder<unknown> {
  return sql.join(Object.entries(columnsOf(kind, values)).map(([column, value]) => sql`${sql.ref(column)} = ${value}`))
}

/** A clock that stands still, or two writes in one instant, must not leave the stamp as it was. */
function later(kind: ReferenceKind): RawBuilder<unknown> {
  return sql`updated_at = greatest(app_now(), r.updated_at + interval '1 microsecond')${kind === 'codes' ? sql`, version = r.version + 1` : sql``}`
}

export type SiteChoice = { id: number; name: string }

/** Career sites that can be picked; `kept` stays in the list although it was archived. */
export async function listSites(db: Db, scope: CompanyScope, kept: number | null = null): Promise<SiteChoice[]> {
  return db
    .selectFrom('career_site').select(['id', 'name']).where('company_id', '=', scope.companyId)
    .where((eb) => eb.or([eb('archived_at', 'is', null), ...(kept === null ? [] : [eb('id', '=', kept)])]))
    .orderBy(sql`lower(name)`).limit(1_000).execute()
}

/** True while it is this company's and not archived; it stays so until the transaction ends. */
export async function lockSite(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  return (await trx.selectFrom('career_site').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).where('archived_at', 'is', null).forKeyShare().executeTakeFirst()) !== undefined
}

/** True while the job is in use; nobody else changes it until the transaction ends. */
export async function lockJob(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  return (await trx.selectFrom('job').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).where('archived_at', 'is', null).forUpdate().executeTakeFirst()) !== undefined
}

export async function setJobList(trx: Transaction<DB>, scope: CompanyScope, id: number, listId: number): Promise<void> {
  await trx.updateTable('job').set({ list_id: listId }).where('company_id', '=', scope.companyId).where('id', '=', id).execute()
}
