import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { ACTION_FROM } from './domain.ts'
import type { Start } from './schedule.domain.ts'

/** Asked while the campaign is held: nothing of it has left, and the time to take it back is not over. */
export async function mayStillUndo(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const row = await trx
    .selectFrom('campaign as c')
    .select('c.id')
    .where('c.company_id', '=', scope.companyId)
    .where('c.id', '=', id)
    .where('c.status', 'in', ACTION_FROM.undo)
    .where('c.undo_until', '>', sql<Date>`app_now()`)
    .where(sql<boolean>`not exists (select from message m where m.campaign_id = c.id and m.purpose = 'campaign' and m.state <> 'queued')`)
    .executeTakeFirst()
  return row !== undefined
}

/** Takes recipients of these ranks away, and with them their texts and the records they stood for; returns the codes of their links. */
export async function removeRecipients(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, ranks: { after: number; to: number }): Promise<string[]> {
  const rows = await trx
    .deleteFrom('recipient')
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', campaignId)
    .where('rank', '>', ranks.after)
    .where('rank', '<=', ranks.to)
    .returning('code')
    .execute()
  return rows.map(({ code }) => code)
}

/** What else a launch wrote. */
export async function removeBatches(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await trx.deleteFrom('campaign_exclusion').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
  await trx.deleteFrom('batch').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
  await trx.deleteFrom('launch_request').where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).execute()
}

/** A draft again, newer than any page that shows it. `start`: for a draft that was to leave at once, what it proposes instead. */
export async function moveToDraft(trx: Transaction<DB>, scope: CompanyScope, id: number, start: Start): Promise<{ template_id: number | null }> {
  return trx
    .updateTable('campaign')
    .set({
      status: 'draft', version: sql`version + 1`, launch_key: null, launched_at: null, launched_by: null, starts_at: null, ends_at: null, undo_until: null, closes_at: null,
      audience_counts: null, updated_at: sql`app_now()`,
      start_on: sql`case when starts = 'now' then ${start.on}::date else start_on end`, start_time: sql`case when starts = 'now' then ${start.time}::time else start_time end`,
    })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', ACTION_FROM.undo)
    .returning('template_id')
    .executeTakeFirstOrThrow()
}
