import type { Transaction } from 'kysely'
import { getSettings } from '../companies/queries.ts'
import { windowRules } from '../companies/sending-rules.ts'
import { dateIn } from '../core/dates.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { finishEmptied } from './advance.queries.ts'
import { openingIn } from './launch.domain.ts'
import { getSendingContext } from './queries.ts'
import { afterWave } from './waves.domain.ts'
import { findWaves, listWaiting, saveWaves } from './waves.queries.ts'

/** Batches from which everything was handed over are done; where that was a wave, people have their time to answer from here on. */
export async function finishBatches(trx: Transaction<DB>, campaignIds: number[]): Promise<void> {
  await finishEmptied(trx, campaignIds)
  for (const { companyId, campaignId } of await listWaiting(trx, campaignIds)) await dateWaves(trx, companyScope(companyId), campaignId)
}

/** Gives the waves to come the moments that follow from what has left and from the waiting as it is now. The caller holds the campaign. */
export async function dateWaves(trx: Transaction<DB>, scope: CompanyScope, campaignId: number): Promise<void> {
  const waves = await findWaves(trx, scope, campaignId)
  if (!waves) return
  const context = await getSendingContext(trx, scope)
  const opening = openingIn(context.country, windowRules(await getSettings(trx, scope), context.time_zone))
  const { minutes, zone, now, leftAt, isLeaving } = waves
  let dueAt = waves.dueAt
  if (isLeaving || leftAt) dueAt = afterWave(isLeaving || !leftAt ? now : leftAt, minutes, opening)
  await saveWaves(trx, scope, campaignId, waves.ids.map((id, index) => {
    // What should have left meanwhile is due now, and not missed.
    const at = index === 0 && dueAt < now ? now : dueAt
    dueAt = afterWave(opening(at) ?? at, minutes, opening)
    return { id, localDate: dateIn(zone, at), dueAt: at }
  }))
}
