import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { cancelUnsent } from '../messaging/cancel.queries.ts'
import { closeExpired, completeFinished, finishEmptiedBatches, startDueBatches } from './advance.queries.ts'

/**
 * What should be under way by now? Due batches start, emptied ones are done, finished campaigns complete, and those whose time is
 * over close. Called every few seconds; a call that comes late or twice changes nothing.
 */
export async function advanceCampaigns(deps: Pick<Deps, 'db'>): Promise<void> {
  await startDueBatches(deps.db)
  await deps.db.transaction().execute(async (trx) => {
    for (const campaign of await closeExpired(trx)) await cancelUnsent(trx, companyScope(campaign.company_id), campaign.id, 'closed')
    await finishEmptiedBatches(trx)
    await completeFinished(trx)
  })
}
