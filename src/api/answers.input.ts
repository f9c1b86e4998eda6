import { z } from 'zod'
import { e164, id, moment, pageOf, pageQuery } from './fields.ts'
import { said } from './recipients.input.ts'

const version = z.object(said).meta({ id: 'AnswerVersion' })

const answer = z.object({
  recipient_id: id(),
  campaign_id: id(),
  candidate_id: id().nullable(),
  phone: e164().nullable(),
  ...said,
  first_answered_at: moment(),
  versions: z.array(version).meta({ words: 'apiCampaigns.versions' }),
}).meta({ id: 'Answer' })
export type ToldAnswer = z.input<typeof answer>
export const answerPage = pageOf(answer).meta({ id: 'AnswerPage' })

export const campaignAnswersQuery = z.strictObject(pageQuery)
export const answersQuery = z.strictObject({ ...pageQuery, since: moment().optional().meta({ words: 'apiCampaigns.since' }) })
