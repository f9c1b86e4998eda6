import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { JournalAction } from '../words/journal.ts'

/** A line in the company's journal: who did what. Never updated. */
export async function recordInJournal(
  db: Db,
  entry: { companyId: number | null; userId: number | null; action: JournalAction; subjectKind?: string; subjectId?: string | number; detail?: Record<string, unknown> },
): Promise<void> {
  await db
    .insertInto('journal')
    .values({
      company_id: entry.companyId, user_id: entry.userId, action: entry.action, subject_kind: entry.subjectKind ?? null,
      subject_id: entry.subjectId === undefined ? null : String(entry.subjectId), detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute()
}

/** A statement that writes the same line for each row of `source`, whose columns `subject_id` and `detail` it takes. */
export function writingJournal(entry: { companyId: number; userId: number; action: JournalAction; subjectKind: string }, source: RawBuilder<unknown>) {
  return sql`
    insert into journal (company_id, user_id, action, subject_kind, subject_id, detail)
    select ${entry.companyId}, ${entry.userId}, ${entry.action}, ${entry.subjectKind}, subject_id::text, detail from ${source}`
}

export async function countOldJournal(db: Db, scope: CompanyScope, before: Date): Promise<number> {
  const { count } = await db.selectFrom('journal').select(sql<number>`count(*)`.as('count')).where('company_id', '=', scope.companyId).where('at', '<', before).executeTakeFirstOrThrow()
  return count
}

/** Removes up to `limit` lines older than `before`; says how many. The database refuses any other way (it asks for this setting). */
export async function purgeJournal(trx: Transaction<DB>, scope: CompanyScope, before: Date, limit: number): Promise<number> {
  await sql`select set_config('app.purging', 'on', true)`.execute(trx)
  const result = await trx
    .deleteFrom('journal')
    .where('id', 'in', (eb) => eb.selectFrom('journal').select('id').where('company_id', '=', scope.companyId).where('at', '<', before).orderBy('at').orderBy('id').limit(limit))
    .executeTakeFirst()
  await sql`select set_config('app.purging', 'off', true)`.execute(trx)
  return Number(result.numDeletedRows)
}
