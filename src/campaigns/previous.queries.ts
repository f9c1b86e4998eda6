/** A draft as it was before its last great change, to be had back with one click. */
import type { Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { TypedChoices } from './codes.input.ts'
import type { DraftChange } from './queries.ts'

/** Everything that a form can change. */
export type DraftState = DraftChange & { codes: TypedChoices }

export async function savePrevious(trx: Transaction<DB>, scope: CompanyScope, campaignId: number, state: DraftState, savedAt: Date): Promise<void> {
  const row = { state: JSON.stringify(state), saved_at: savedAt }
  await trx
    .insertInto('campaign_previous')
    .values({ company_id: scope.companyId, campaign_id: campaignId, ...row })
    .onConflict((conflict) => conflict.column('campaign_id').doUpdateSet(row))
    .execute()
}

/** Undefined where nothing was ever replaced. */
export async function findPrevious(db: Db, scope: CompanyScope, campaignId: number): Promise<{ state: DraftState; saved_at: Date } | undefined> {
  const row = await db.selectFrom('campaign_previous').select(['state', 'saved_at']).where('company_id', '=', scope.companyId).where('campaign_id', '=', campaignId).executeTakeFirst()
  return row && { saved_at: row.saved_at, state: row.state as unknown as DraftState }
}
