import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { MessagePurpose } from './domain.ts'

/** Text and number are final here: what happens later to template or candidate changes nothing. */
export type NewMessage = {
  purpose: MessagePurpose
  campaignId: number | null
  batchId: number | null
  recipientId: number | null
  candidateId: number | null
  requestedBy: number | null
  /** 1 for the first text of a recipient; one message per recipient and step. */
  step: number
  e164: string
  /** Of the number, by ISO 3166-1: whose hours it is texted in. Without one the cautious hours hold. */
  country?: string | null
  sender: string
  body: string
  encoding: 'gsm7' | 'ucs2'
  segments: number
}

/** Puts messages into the outbox, in this order; returns how many. They leave once committed, and their batch is running. */
export async function queueMessages(trx: Transaction<DB>, scope: CompanyScope, rows: readonly NewMessage[]): Promise<number> {
  if (rows.length === 0) return 0
  const column = <Name extends keyof NewMessage>(name: Name) => rows.map((row) => row[name])
  const result = await sql`
    insert into message (company_id, purpose, campaign_id, batch_id, recipient_id, candidate_id, requested_by, step, e164, country, sender, body, encoding, segments)
    select ${scope.companyId}, new.purpose, new.campaign_id, new.batch_id, new.recipient_id, new.candidate_id, new.requested_by, new.step, new.e164, new.country, new.sender, new.body, new.encoding, new.segments
    from unnest(
      ${column('purpose')}::text[], ${column('campaignId')}::bigint[], ${column('batchId')}::bigint[], ${column('recipientId')}::bigint[],
      ${column('candidateId')}::bigint[], ${column('requestedBy')}::bigint[], ${column('step')}::integer[], ${column('e164')}::text[],
      ${rows.map(({ country }) => country ?? null)}::text[], ${column('sender')}::text[], ${column('body')}::text[], ${column('encoding')}::text[], ${column('segments')}::integer[]
    ) with ordinality as new (purpose, campaign_id, batch_id, recipient_id, candidate_id, requested_by, step, e164, country, sender, body, encoding, segments, position)
    order by new.position`.execute(trx)
  return Number(result.numAffectedRows ?? 0)
}
