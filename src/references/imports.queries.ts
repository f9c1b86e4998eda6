import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { keyOf, type KnownRecord } from './imports.domain.ts'
import type { ReferenceKind, ReferenceValues } from './domain.ts'
import { COLUMNS, columnsOf, TABLES, type ColumnType } from './queries.ts'

/** The file that waits for a person's confirmation: one for each kind and person, replaced by the next. */
export async function keepFile(db: Db, scope: CompanyScope, userId: number, kind: ReferenceKind, file: { token: string; name: string; content: string }): Promise<void> {
  const values = { token: file.token, file_name: file.name, content: file.content }
  await db
    .insertInto('reference_file')
    .values({ company_id: scope.companyId, user_id: userId, kind, ...values })
    .onConflict((conflict) => conflict.columns(['company_id', 'user_id', 'kind']).doUpdateSet({ ...values, created_at: sql`app_now()` }))
    .execute()
}

/** Undefined once it was imported, or another file took its place. */
export async function findFile(db: Db, scope: CompanyScope, userId: number, kind: ReferenceKind) {
  return db.selectFrom('reference_file').select(['token', 'file_name', 'content']).where('company_id', '=', scope.companyId).where('user_id', '=', userId).where('kind', '=', kind).executeTakeFirst()
}

/** True for the one who took it: the same click twice imports once. */
export async function takeFile(trx: Transaction<DB>, scope: CompanyScope, userId: number, kind: ReferenceKind, token: string): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('reference_file').where('company_id', '=', scope.companyId).where('user_id', '=', userId).where('kind', '=', kind).where('token', '=', token).executeTakeFirst()
  return numDeletedRows > 0n
}

/** What there is already, by key; archived records are not: their names are free. Seen whole, also what the person may not see: nothing may be overwritten unseen. */
export async function findKnown(db: Db, scope: CompanyScope, kind: ReferenceKind): Promise<Map<string, KnownRecord>> {
  const { rows } = await sql<{ id: number } & Record<string, unknown>>`
    select r.* from ${sql.table(TABLES[kind])} r where r.company_id = ${scope.companyId} and r.archived_at is null`.execute(db)
  return new Map(rows.map((row) => {
    const text = (name: string) => (typeof row[name] === 'string' ? (row[name] as string) : '')
    const values: ReferenceValues = {
      code: text('code'), name: text('name'), reference: text('reference'), title: text('title'), url: text('url') || text('join_url'),
      siteId: typeof row['site_id'] === 'number' ? row['site_id'] : null, town: text('town'), isConfidential: row['is_confidential'] === true,
    }
    return [keyOf(kind, values), { id: row.id, key: keyOf(kind, values), listId: typeof row['list_id'] === 'number' ? row['list_id'] : null, isConfidential: values.isConfidential, values }]
  }))
}

export async function insertMany(trx: Transaction<DB>, scope: CompanyScope, kind: ReferenceKind, rows: readonly { values: ReferenceValues; listId?: number | undefined }[]): Promise<void> {
  if (rows.length === 0) return
  const columns = kind === 'networks' ? { ...COLUMNS[kind], list_id: { type: 'bigint' as const, of: () => null } } : COLUMNS[kind]
  const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)))
  const given = rows.map(({ values, listId }) => ({ ...columnsOf(kind, values), ...(kind === 'networks' ? { list_id: listId } : {}) }))
  await sql`
    insert into ${sql.table(TABLES[kind])} (company_id, ${names})
    select ${scope.companyId}, ${names} from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as x (${types(columns)})`.execute(trx)
}

export async function updateMany(trx: Transaction<DB>, scope: CompanyScope, kind: ReferenceKind, rows: readonly { id: number; values: ReferenceValues }[]): Promise<void> {
  if (rows.length === 0) return
  const columns = COLUMNS[kind]
  const given = rows.map(({ id, values }) => ({ id, ...columnsOf(kind, values) }))
  const set = sql.join(Object.keys(columns).map((name) => sql`${sql.ref(name)} = x.${sql.ref(name)}`))
  await sql`
    update ${sql.table(TABLES[kind])} as r set ${set}, updated_at = greatest(app_now(), r.updated_at + interval '1 microsecond') ${kind === 'codes' ? sql`, version = r.version + 1` : sql``}
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as x (id bigint, ${types(columns)})
    where r.company_id = ${scope.companyId} and r.id = x.id and r.archived_at is null`.execute(trx)
}

function types(columns: Record<string, { type: ColumnType }>) {
  return sql.join(Object.entries(columns).map(([name, { type }]) => sql`${sql.ref(name)} ${sql.raw(type)}`))
}
