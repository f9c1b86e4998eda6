import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'

/** Takes back what a campaign has not handed over yet; returns how many. What is being handed over this moment goes its way. */
export async function cancelUnsent(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, reason: 'cancelled' | 'closed'): Promise<number> {
  const result = await sql`
    with unsent as (
      select id from message where company_id = ${scope.companyId} and campaign_id = ${campaignId} and purpose = 'campaign' and state in ('queued', 'leased')
      order by id for no key update
    )
    update message m set state = 'cancelled', lease_token = null, lease_until = null, failure_reason = ${reason}, settled_at = app_now()
    from unsent where m.id = unsent.id`.execute(trx)
  return Number(result.numAffectedRows ?? 0)
}
