import { settingsFrom } from '../companies/settings.ts'
import type { Deps } from '../deps.ts'
import { suspendCampaign } from '../messaging/suspension.queries.ts'
import { verdictOn } from './suspension.domain.ts'
import { listSending, measureOutcomes } from './suspension.queries.ts'

/** Stops every campaign of whose texts too many fail; only a person lets it go on. */
export async function suspendFailing({ db }: Pick<Deps, 'db'>): Promise<void> {
  const sending = await listSending(db)
  if (sending.length === 0) return
  const rules = new Map(sending.map(({ companyId, campaignId, settings }) => [campaignId, { companyId, of: settingsFrom(settings) }]))
  const measured = await measureOutcomes(db, [...rules].map(([campaignId, { of }]) => ({ campaignId, last: of['suspension.last'], fromStart: of['suspension.refused_from_start'] })))
  for (const { campaignId, ...outcomes } of measured) {
    const { companyId, of } = rules.get(campaignId)!
    const verdict = verdictOn(outcomes, of)
    if (verdict) await suspendCampaign(db, { companyId, campaignId }, verdict.reason, verdict.detail)
  }
}
