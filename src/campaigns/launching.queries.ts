import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

export type LaunchRequest = NonNullable<Awaited<ReturnType<typeof findLaunchRequest>>>

/** The last launch of this campaign that was asked of a worker. */
export async function findLaunchRequest(db: Db, scope: CompanyScope, campaignId: number) {
  return db
    .selectFrom('launch_request')
    .select(['campaign_id', 'launch_key', 'version', 'recipients', 'requested_by', 'requested_at', 'written', 'refusal', 'answered_at'])
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', campaignId)
    .executeTakeFirst()
}
