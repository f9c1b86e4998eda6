import { sql } from 'kysely'
import { isOvertaken } from '../candidates/readings.queries.ts'
import type { ReadText } from '../candidates/readings.domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

export type ReadingState = 'waiting' | 'applied' | 'uncertain' | 'none' | 'confirmed' | 'dismissed'

/** One text and what is known of how it was read. */
export type ReplyReading = {
  id: number
  body: string
  received_at: Date
  recipient_id: number
  state: ReadingState
  reading: ReadText | null
  decided_by: string | null
  is_overtaken: boolean
}

/** A text to one of the company's campaigns. */
export async function findReading(db: Db, scope: CompanyScope, replyId: number): Promise<ReplyReading | undefined> {
  return (await selectReading(scope, replyId, false).execute(db)).rows[0]
}

/** The same, and nobody else decides about it before this transaction has ended. */
export async function lockReading(db: Db, scope: CompanyScope, replyId: number): Promise<ReplyReading | undefined> {
  return (await selectReading(scope, replyId, true).execute(db)).rows[0]
}

function selectReading(scope: CompanyScope, replyId: number, isLocked: boolean) {
  return sql<ReplyReading>`
    select y.id, y.body, y.received_at, y.recipient_id, y.reading_state as state, y.reading, u.name as decided_by, ${isOvertaken(sql`y`)} as is_overtaken
    from reply y left join app_user u on u.company_id = y.company_id and u.id = y.reading_by
    where y.company_id = ${scope.companyId} and y.id = ${replyId} and y.recipient_id is not null
    ${isLocked ? sql`for update of y` : sql``}`
}

/** Has the person said something newer than this text of theirs? */
export async function isReplyOvertaken(db: Db, scope: CompanyScope, replyId: number): Promise<boolean> {
  const { rows } = await sql<{ is_overtaken: boolean }>`select ${isOvertaken(sql`y`)} as is_overtaken from reply y where y.company_id = ${scope.companyId} and y.id = ${replyId}`.execute(db)
  return rows[0]?.is_overtaken ?? false
}
