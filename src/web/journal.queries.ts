import { sql, type RawBuilder } from 'kysely'
import type { Db } from '../db/pool.ts'
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
