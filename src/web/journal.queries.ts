import type { Db } from '../db/pool.ts'

/** A line in the company's journal: who did what. Never updated. */
export async function recordInJournal(
  db: Db,
  entry: { companyId: number | null; userId: number | null; action: string; subjectKind?: string; subjectId?: string | number; detail?: Record<string, unknown> },
): Promise<void> {
  await db
    .insertInto('journal')
    .values({
      company_id: entry.companyId, user_id: entry.userId, action: entry.action, subject_kind: entry.subjectKind ?? null,
      subject_id: entry.subjectId === undefined ? null : String(entry.subjectId), detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute()
}
