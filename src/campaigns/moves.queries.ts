import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { ACTION_FROM } from './domain.ts'

/** False when the campaign is not where this may start, or not there at all. */
export async function moveToCancelled(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('campaign')
    .set({ status: 'cancelled', finished_at: sql`app_now()`, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', ACTION_FROM.cancel)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function cancelBatches(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  await trx
    .updateTable('batch')
    .set({ state: 'cancelled', finished_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('campaign_id', '=', campaignId)
    .where('state', 'in', ['planned', 'running', 'held'])
    .execute()
}

export async function moveToClosed(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('campaign')
    .set({ closed_at: sql`app_now()`, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', ACTION_FROM.close)
    .where('closed_at', 'is', null)
    .where('closes_at', '>', sql<Date>`app_now()`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
