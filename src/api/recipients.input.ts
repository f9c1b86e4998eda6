import { z } from 'zod'
import { ANSWER_CHOICES } from '../availability/domain.ts'
import { RECIPIENT_FILTERS, type RecipientFilter } from '../campaigns/domain.ts'
import { ANSWER_WAYS } from '../candidates/domain.ts'
import { MESSAGE_STATES } from '../messaging/domain.ts'
import { day, e164, id, line, moment, pageOf, pageQuery } from './fields.ts'

/** What came of a text, in the words of the filters. */
export const OUTCOMES = ['remaining', 'underway', 'delivered', 'undelivered', 'doubtful', 'blocked', 'cancelled'] as const

export const recipientsQuery = z.strictObject({
  ...pageQuery,
  show: z.enum(Object.keys(RECIPIENT_FILTERS) as [RecipientFilter, ...RecipientFilter[]]).default('all').meta({ words: 'apiCampaigns.show' }),
  reason: z.string().regex(/^[a-z_]{1,40}$/).optional().meta({ words: 'apiCampaigns.reason' }),
  batch: z.int().min(1).max(999_999).optional().meta({ words: 'apiCampaigns.batch' }),
  q: line(120).optional().meta({ words: 'apiCampaigns.recipient_q' }),
})

export const said = {
  choice: z.enum(ANSWER_CHOICES),
  available_from: day().nullable(),
  available_until: day().nullable(),
  comment: z.string(),
  source: z.enum(ANSWER_WAYS).meta({ words: 'apiCampaigns.answer_source' }),
  answered_by: z.string().nullable().meta({ words: 'apiCampaigns.answered_by', examples: [null] }),
  answered_at: moment(),
  version: z.int().min(1),
}

const recipient = z.object({
  id: id(),
  campaign_id: id(),
  candidate_id: id().nullable(),
  first_name: z.string(),
  last_name: z.string(),
  phone: e164().nullable(),
  rank: z.int().meta({ words: 'apiCampaigns.rank' }),
  batch: z.object({ no: z.int().min(1), date: day() }),
  outcome: z.enum(OUTCOMES).meta({ words: 'apiCampaigns.recipient_outcome' }),
  message: z.object({
    state: z.enum(MESSAGE_STATES), reason: z.string().nullable().meta({ words: 'apiCampaigns.message_reason', examples: [null] }), waits_for: z.string().nullable().meta({ words: 'apiCampaigns.waits_for', examples: [null] }),
    text: z.string(), submitted_at: moment().nullable(), settled_at: moment().nullable(),
  }).meta({ id: 'RecipientMessage' }),
  reminder: z.object({ state: z.enum(MESSAGE_STATES), reason: z.string().nullable(), at: moment().nullable() }).nullable().meta({ id: 'Reminder', words: 'apiCampaigns.reminder', examples: [null] }),
  has_unsubscribed: z.boolean(),
  answer: z.object(said).nullable().meta({ id: 'RecipientAnswer' }),
}).meta({ id: 'Recipient' })
export type ToldRecipient = z.input<typeof recipient>
export const recipientPage = pageOf(recipient).meta({ id: 'RecipientPage' })
