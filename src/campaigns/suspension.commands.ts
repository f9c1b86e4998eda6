import { settingsFrom } from '../companies/settings.ts'
import type { Deps } from '../deps.ts'
import { verdictOn } from './suspension.domain.ts'
import { listSending, measureOutcomes, suspendCampaigns } from './suspension.queries.ts'

/** Stops every campaign of whose texts too many fail; only a person lets it go on. Returns the campaigns stopped. */
export async function suspendFailing(deps: Pick<Deps, 'db'>): Promise<number[]> {
  const sending = await listSending(deps.db)
  if (sending.length === 0) return []
  const rules = new Map(sending.map(({ campaignId, settings }) => [campaignId, settingsFrom(settings)]))
  const measured = await measureOutcomes(deps.db, [...rules].map(([campaignId, of]) => ({ campaignId, last: of['suspension.last'] })))
  const verdicts = measured.flatMap(({ campaignId, ...outcomes }) => {
    const verdict = verdictOn(outcomes, rules.get(campaignId)!)
    return verdict ? [{ campaignId, ...verdict }] : []
  })
  return verdicts.length === 0 ? [] : suspendCampaigns(deps.db, verdicts)
}
