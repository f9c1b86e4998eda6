import { sql, type Transaction } from 'kysely'
import type { ReadText } from '../candidates/readings.domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** A text with the sending it answers. */
export type TextToRead = {
  id: number
  companyId: number
  body: string
  isAnswerable: boolean
  recipientId: number | null
  candidateId: number | null
  campaignId: number | null
  /** When the person sent it. */
  saidAt: Date
  kind: 'availability' | 'simple' | null
  timeZone: string
}

/** Texts that nobody has read for an answer yet, in the order in which they came. */
export async function listTextsToRead(db: Db, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select id from reply where reading_state = 'waiting' order by id limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** Undefined where another process reads it, or has. */
export async function lockTextToRead(trx: Transaction<DB>, id: number): Promise<TextToRead | undefined> {
  const { rows } = await sql<TextToRead>`
    select y.id, y.company_id as "companyId", y.body, y.keyword = 'none' and y.handled_as = 'text' and y.is_complete and not y.is_automatic and y.body <> '' as "isAnswerable",
      y.recipient_id as "recipientId", y.candidate_id as "candidateId", y.campaign_id as "campaignId", least(y.said_at, y.received_at) as "saidAt",
      c.kind, o.time_zone as "timeZone"
    from reply y
    join company o on o.id = y.company_id
    left join campaign c on c.company_id = y.company_id and c.id = y.campaign_id
    where y.id = ${id} and y.reading_state = 'waiting'
    for update of y skip locked`.execute(trx)
  return rows[0]
}

export type Settled =
  | { state: 'none' }
  | { state: 'uncertain'; reading: ReadText }
  /** Certain, or decided by `by`. */
  | { state: 'applied' | 'confirmed' | 'dismissed'; reading?: ReadText | undefined; by?: number | undefined }

export async function settleReading(trx: Transaction<DB>, scope: CompanyScope, replyId: number, settled: Settled): Promise<void> {
  const reading = 'reading' in settled && settled.reading ? JSON.stringify(settled.reading) : null
  const by = 'by' in settled ? (settled.by ?? null) : null
  const isAnswer = settled.state === 'applied' || settled.state === 'confirmed'
  await sql`
    update reply set reading_state = ${settled.state}, reading = coalesce(${reading}::jsonb, reading), reading_at = app_now(), reading_by = ${by}::bigint,
      handled_as = case when ${isAnswer} then 'answer' else handled_as end,
      -- What counts as an answer is seen among the answers, and whoever decided has read it.
      read_at = case when ${isAnswer || by !== null} then coalesce(read_at, app_now()) else read_at end, read_by = coalesce(read_by, ${by}::bigint)
    where company_id = ${scope.companyId} and id = ${replyId}`.execute(trx)
}

/** What an answer has made pointless: earlier texts of the same person to the same campaign that nobody decided about. */
export async function dismissEarlier(trx: Transaction<DB>, scope: CompanyScope, recipientId: number, said: { at: Date; replyId: number }): Promise<void> {
  await sql`
    update reply set reading_state = 'dismissed', reading_at = app_now()
    where company_id = ${scope.companyId} and recipient_id = ${recipientId} and reading_state = 'uncertain' and (least(said_at, received_at), id) < (${said.at}::timestamptz, ${said.replyId}::bigint)`.execute(trx)
}
