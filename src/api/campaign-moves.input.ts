import { z } from 'zod'
import { campaign, schedule } from './campaigns.input.ts'
import { day, id, moment } from './fields.ts'

const count = () => z.int().min(0)

const handed = z.object({ out: count(), in_flight: count().meta({ words: 'apiCampaigns.in_flight' }), doubtful: count(), waiting: count() }).meta({ id: 'HandedOver', words: 'apiCampaigns.handed' })
export const stopped = z.object({ handed, campaign }).meta({ id: 'StoppedCampaign' })

/** When what has not left is to leave. */
export const newDates = z.strictObject({
  schedule, accept_weekend: z.boolean().default(false).meta({ words: 'apiCampaigns.accept_weekend' }),
}).meta({ id: 'NewDates' })

export const replanned = z.object({
  batches: z.array(z.object({ id: id(), no: z.int().min(1), date: day(), due_at: moment(), waiting: count() }).meta({ id: 'DatedBatch' })), campaign,
}).meta({ id: 'ReplannedCampaign' })
