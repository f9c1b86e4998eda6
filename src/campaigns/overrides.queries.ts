/** People who are texted although their box is not ticked (S101, S103). */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'

/** Of the audience just gathered: one row each, with what was known to stand against it. The gate lets exactly these through. Returns how many. */
export async function logOverrides(trx: Transaction<DB>, scope: CompanyScope, given: { campaignId: number; userId: number; reason: string }): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into campaign_override (company_id, recipient_id, campaign_id, candidate_id, e164, kind, refusal, reason, user_id)
    select ${scope.companyId}, a.recipient_id, ${given.campaignId}, a.id, a.e164, a.kind, a.refusal, ${given.reason}, ${given.userId}
    from gathered a where a.is_recipient and a.is_overridden`.execute(trx)
  return Number(numAffectedRows ?? 0)
}
