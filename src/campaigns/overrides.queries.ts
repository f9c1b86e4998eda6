/** People who are texted although their box is not ticked (S101, S103). */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** Of the audience just gathered: one row each, with what was known to stand against it. The gate lets exactly these through. */
export async function logOverrides(trx: Transaction<DB>, scope: CompanyScope, given: { campaignId: number; userId: number; reason: string }): Promise<void> {
  await sql`
    insert into campaign_override (company_id, recipient_id, campaign_id, candidate_id, e164, kind, refusal, reason, user_id)
    select ${scope.companyId}, r.id, ${given.campaignId}, a.id, a.e164, a.kind, a.refusal, ${given.reason}, ${given.userId}
    from gathered a join recipient r on r.campaign_id = ${given.campaignId} and r.e164 = a.e164
    where a.is_recipient and a.is_overridden`.execute(trx)
}

export type Overridden = { count: number; reason: string; user_name: string }

/** How many a launched campaign texted all the same, who decided it and why; undefined when nobody did. */
export async function findOverrides(db: Db, scope: CompanyScope, campaignId: number): Promise<Overridden | undefined> {
  const { rows } = await sql<Overridden>`
    select count(*) as count, v.reason, u.name as user_name from campaign_override v join app_user u on u.company_id = v.company_id and u.id = v.user_id
    where v.company_id = ${scope.companyId} and v.campaign_id = ${campaignId} group by v.reason, u.name`.execute(db)
  return rows[0]
}
