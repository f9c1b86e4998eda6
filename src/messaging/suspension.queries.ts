/** Stopping a campaign from the sending itself, as nobody else is awake to do it. */
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { tellingSenders } from '../notifications/queries.ts'
import { emittingHistory } from '../webhooks/emit.queries.ts'

/**
 * Stops a campaign while it is going; the gate obeys from the commit on, and only a person lets it go on. Locks nothing but
 * the campaign's row. True when it was going until now: several workers may say so at the same time.
 */
export async function suspendCampaign(db: Db, campaign: { companyId: number; campaignId: number }, reason: string, detail: Record<string, string | number>): Promise<boolean> {
  const { rows } = await sql`
    with suspended as (
      update campaign c set status = 'suspended', status_reason = ${reason}, status_detail = ${JSON.stringify(detail)}::jsonb, updated_at = app_now()
      where company_id = ${campaign.companyId} and id = ${campaign.campaignId} and status in ('scheduled', 'in_process')
      returning company_id, id, status_detail
    ), event as (
      insert into campaign_event (company_id, campaign_id, kind, detail)
      select company_id, id, 'suspended', status_detail || jsonb_build_object('reason', ${reason}::text) from suspended
      returning company_id, campaign_id, user_id, id, kind, detail
    ), news as (${tellingSenders(sql`event`)}), emitted as (${emittingHistory(sql`event`)})
    select id from event`.execute(db)
  return rows.length > 0
}
