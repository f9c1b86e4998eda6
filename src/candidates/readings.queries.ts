import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { takesAnswers } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { ReadText } from './readings.domain.ts'

/** A text that may be an answer, and waits for a person to say so. */
export type ReadingRow = {
  id: number
  body: string
  received_at: Date
  recipient_id: number
  campaign_id: number
  campaign_name: string
  kind: 'availability' | 'simple'
  candidate_id: number | null
  person_kind: 'candidate' | 'contact'
  first_name: string
  last_name: string
  reading: ReadText
  /** Of the answer there is so far; 0 for none. */
  version: number
}

/**
 * Has something newer been said than text `y`, by the link, on the telephone or by another text? Then nobody needs to decide
 * about it any more. Texts are compared by when they were sent, for an answer by text is written a moment later.
 */
export const isOvertaken = (y: RawBuilder<unknown>) => sql<boolean>`(
  exists (select from answer a where a.recipient_id = ${y}.recipient_id and a.source <> 'reply' and a.answered_at > least(${y}.said_at, ${y}.received_at))
  or exists (select from reply z where z.company_id = ${y}.company_id and z.recipient_id = ${y}.recipient_id and z.reading_state in ('applied', 'confirmed')
    and (least(z.said_at, z.received_at), z.id) > (least(${y}.said_at, ${y}.received_at), ${y}.id)))`

/** Was the person asked something that they can still answer? */
export async function hasOpenSending(db: Db, scope: CompanyScope, candidateId: number): Promise<boolean> {
  const { rows } = await sql`
    select from recipient_profile p
    join recipient r on r.company_id = p.company_id and r.id = p.recipient_id
    join campaign c on c.company_id = r.company_id and c.id = r.campaign_id
    where p.company_id = ${scope.companyId} and p.candidate_id = ${candidateId} and ${takesAnswers} limit 1`.execute(db)
  return rows.length > 0
}

/** Newest first; only of campaigns that still take answers. */
export async function listReadings(db: Db, scope: CompanyScope, of: { campaignId: number } | { candidateId: number } | { replyIds: readonly number[] }, limit: number): Promise<ReadingRow[]> {
  const own = 'campaignId' in of
    ? sql`y.campaign_id = ${of.campaignId}`
    : 'candidateId' in of
      ? sql`y.recipient_id in (select p.recipient_id from recipient_profile p where p.company_id = ${scope.companyId} and p.candidate_id = ${of.candidateId})`
      : sql`y.id = any(${[...of.replyIds]}::bigint[])`
  const { rows } = await sql<ReadingRow>`
    select y.id, y.body, y.received_at, y.recipient_id, y.campaign_id, c.name as campaign_name, c.kind, y.candidate_id, coalesce(k.kind, 'candidate') as person_kind,
      coalesce(k.first_name, '') as first_name, coalesce(k.last_name, '') as last_name, y.reading, coalesce((select a.version from answer a where a.recipient_id = y.recipient_id), 0) as version
    from reply y
    join campaign c on c.company_id = y.company_id and c.id = y.campaign_id
    left join candidate k on k.company_id = y.company_id and k.id = y.candidate_id
    where y.company_id = ${scope.companyId} and y.reading_state = 'uncertain' and y.reading is not null and y.recipient_id is not null and ${own}
      and ${takesAnswers} and not ${isOvertaken(sql`y`)}
    order by y.id desc limit ${limit}`.execute(db)
  return rows
}
