import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import { isUnclosed } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { CampaignStatus } from './domain.ts'

export type DoubtRow = {
  message_id: number
  candidate_id: number | null
  first_name: string
  last_name: string
  e164: string
  started_at: Date
  error_code: string | null
  /** The provider has told of it; what became of it, it does not know. */
  is_taken: boolean
  checks: number
  finding: 'no_record' | 'no_receipt' | null
  /** How often a person had it sent again before. */
  resent: number
  /** Microseconds of the hand-over: oldest first, then by message. */
  key: number
}

export type DoubtsSummary = {
  total: number
  since: Date | null
  latest: Date | null
  /** The database's clock, in microseconds: what is in doubt from later on is not what the page showed. */
  seenAt: number
}

const KEY = sql`(extract(epoch from a.started_at) * 1000000)::bigint`

function doubtsOf(scope: CompanyScope, campaignId: number) {
  return sql`message m join send_attempt a on a.message_id = m.id and a.outcome = 'in_doubt'
    where m.company_id = ${scope.companyId} and m.campaign_id = ${campaignId} and m.purpose = 'campaign' and m.state = 'in_doubt'`
}

export async function summariseDoubts(db: Db, scope: CompanyScope, campaignId: number): Promise<DoubtsSummary> {
  const { rows } = await sql<DoubtsSummary>`
    select count(*) as total, min(started_at) as since, max(started_at) as latest, (extract(epoch from app_now()) * 1000000)::bigint as "seenAt"
    from (select a.started_at from ${doubtsOf(scope, campaignId)}) as doubts`.execute(db)
  return rows[0]!
}

/** One page of texts in doubt, the oldest first. */
export async function listDoubts(db: Db, scope: CompanyScope, campaignId: number, page: { after?: { key: number; id: number } | undefined; limit: number }): Promise<DoubtRow[]> {
  const { after } = page
  const { rows } = await sql<DoubtRow>`
    select page.*, coalesce(c.first_name, '') as first_name, coalesce(c.last_name, '') as last_name,
      (select count(*) from send_attempt w where w.message_id = page.message_id and w.outcome = 'waived') as resent
    from (
      select m.id as message_id, m.candidate_id, m.e164, a.started_at, a.error_code, a.provider_id is not null as is_taken, a.checks, a.finding, ${KEY} as key
      from ${doubtsOf(scope, campaignId)}
        and (${after?.key ?? null}::bigint is null or (${KEY}, m.id) > (${after?.key ?? 0}::bigint, ${after?.id ?? 0}::bigint))
      order by key, m.id
      limit ${page.limit}
    ) as page
    left join candidate c on c.company_id = ${scope.companyId} and c.id = page.candidate_id
    order by page.key, page.message_id`.execute(db)
  return rows
}

export type ResendCampaign = { status: CampaignStatus; isOpen: boolean; canSendSms: boolean }

/** The campaign, held until the transaction ends, as everybody holds it who changes its batches. */
export async function lockForResend(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<ResendCampaign | undefined> {
  const { rows } = await sql<ResendCampaign>`
    select c.status, ${isUnclosed} as "isOpen", o.can_send_sms as "canSendSms"
    from campaign c join company o on o.id = c.company_id
    where c.company_id = ${scope.companyId} and c.id = ${id}
    for no key update of c`.execute(trx)
  return rows[0]
}

/** How many of these batches are not sending yet, one entry per message. */
export async function countLater(trx: Transaction<DB>, batchIds: readonly number[]): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from unnest(${[...batchIds]}::bigint[]) as given (id) join batch b on b.id = given.id where b.state <> 'running'`.execute(trx)
  return rows[0]!.n
}
