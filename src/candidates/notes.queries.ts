import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'

/** The sender's comment on a campaign, as a note of theirs on the record of everybody it stands for (S51). */
export async function insertCampaignNotes(trx: Transaction<DB>, scope: CompanyScope, note: { campaignId: number; userId: number; body: string }): Promise<void> {
  await sql`
    insert into follow_up_note (company_id, candidate_id, kind, campaign_id, user_id, body)
    select p.company_id, p.candidate_id, 'manual', r.campaign_id, ${note.userId}, ${note.body}
    from recipient r join recipient_profile p on p.company_id = r.company_id and p.recipient_id = r.id
    where r.company_id = ${scope.companyId} and r.campaign_id = ${note.campaignId}`.execute(trx)
}

/** As if it had never been written. */
export async function removeCampaignNotes(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await trx.deleteFrom('follow_up_note').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).where('kind', '=', 'manual').execute()
}
