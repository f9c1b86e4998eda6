import { specFor, type AudienceCounts } from '../campaigns/audience.domain.ts'
import { freezeGathered, gatherAudience, listGathered, type GatheredRecipient } from '../campaigns/audience.queries.ts'
import { listPoolOf } from '../companies/senders.queries.ts'
import { SETTINGS, settingsFrom } from '../companies/settings.ts'
import { mintCodes } from '../links/codes.ts'
import { insertLinks } from '../links/queries.ts'
import { demoBatches, type DemoBatch } from './batches.ts'
import type { Ground } from './campaigns.queries.ts'
import type { CampaignPlan } from './plans.ts'
import { insertRows } from './rows.queries.ts'

/** A batch with its moments. Twenty-five texts a second; the clock notices the last of them a little later. */
export type InsertedBatch = DemoBatch & { id: number; at: Date; finishedAt: Date | null }
export type DemoRecipient = GatheredRecipient & { recipientId: number; code: string; batch: InsertedBatch }

const DAY = 86_400_000

/** Recipients, exclusions, links and batches by the product's own statements and rules. */
export async function freezeRecipients(ground: Ground, plan: CampaignPlan, campaignId: number, given: { texts: Record<string, string>; audience: Parameters<typeof specFor>[0]['audience'] }): Promise<{ batches: InsertedBatch[]; counts: AudienceCounts; recipients: DemoRecipient[]; closesAt: Date }> {
  const { trx, agency, opened: { scope, senderId } } = ground
  const senders = await listPoolOf(trx, scope, senderId)
  const settings = settingsFrom(Object.entries(agency.settings).map(([name, value]) => ({ name, value })))
  const counts = await gatherAudience(trx, scope, specFor({ audience: given.audience, limit_to: plan.limitTo ?? null, texts: given.texts }, settings, { language: 'fr', time_zone: 'Europe/Paris', now: new Date(), senders }))
  const batches = await insertBatches(ground, campaignId, demoBatches(plan, counts.recipients, ground.today))
  const closesAt = new Date((batches.at(-1) as InsertedBatch).at.getTime() + SETTINGS['campaign.open_days'].default * DAY)
  const all = { afterRank: 0, size: counts.total }
  const people = await listGathered(trx, all)
  const codes = mintCodes(people.length)
  await insertLinks(trx, scope, codes, new Date(closesAt.getTime() + SETTINGS['link.days_after_closing'].default * DAY))
  const batchOf = people.map(({ position }) => batches.find((batch) => position >= batch.from && position <= batch.to) as InsertedBatch)
  const ids = await freezeGathered(trx, scope, all, { campaignId, codes, batchIds: batchOf.map(({ id }) => id) })
  return { batches, counts, closesAt, recipients: people.map((person, index) => ({ ...person, recipientId: ids[index] as number, code: codes[index] as string, batch: batchOf[index] as InsertedBatch })) }
}

async function insertBatches({ trx, opened: { scope }, at: moment }: Ground, campaignId: number, planned: readonly DemoBatch[]): Promise<InsertedBatch[]> {
  const dated = planned.map((batch) => {
    const at = moment(batch.on, 10, 0)
    return { ...batch, at, finishedAt: batch.state === 'done' ? new Date(at.getTime() + 4_000 + (batch.to - batch.from) * 40) : null }
  })
  const rows = dated.map(({ no, on, at, state, finishedAt }) => ({
    company_id: scope.companyId, campaign_id: campaignId, no, local_date: on, due_at: at, state, started_at: state === 'done' || state === 'running' ? at : null, finished_at: finishedAt,
  }))
  const inserted = await insertRows<{ id: number; no: number }>(trx, 'batch', rows, ['id', 'no'])
  return dated.map((batch) => ({ ...batch, id: inserted.find(({ no }) => no === batch.no)?.id as number }))
}
