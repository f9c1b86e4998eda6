import { sql, type Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'

type Row = Record<string, unknown>

/** Inserts thousands of rows as one parameter; every row has the columns of the first. Generated columns stay out. */
export async function insertRows<Returned = unknown>(trx: Transaction<DB>, table: keyof DB, rows: readonly Row[], returning?: readonly string[]): Promise<Returned[]> {
  const first = rows[0]
  if (!first) return []
  const columns = sql.join(Object.keys(first).map((name) => sql.ref(name)))
  const { rows: returned } = await sql<Returned>`
    insert into ${sql.table(table)} (${columns}) select ${columns} from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::jsonb)
    ${returning ? sql`returning ${sql.join(returning.map((name) => sql.ref(name)))}` : sql``}`.execute(trx)
  return returned
}
