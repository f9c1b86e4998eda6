import { z } from 'zod'
import { ANSWER_WAYS, AVAILABILITIES, AVAILABILITY_SOURCES } from '../candidates/domain.ts'
import { day, id, moment, pageOf, pageQuery } from './fields.ts'

const period = {
  state: z.enum(AVAILABILITIES),
  from: day().nullable().meta({ words: 'apiCampaigns.from' }),
  until: day().nullable().meta({ words: 'apiCampaigns.until' }),
}

const told = z.object({
  id: id(), ...period,
  is_over: z.boolean().meta({ words: 'apiCampaigns.is_over' }),
  at: moment(),
  source: z.enum(AVAILABILITY_SOURCES).meta({ words: 'apiCampaigns.availability_source' }),
  answer_source: z.enum(ANSWER_WAYS).nullable().meta({ words: 'apiCampaigns.answer_source' }),
  campaign_id: id().nullable(),
  set_by: z.string().nullable().meta({ words: 'apiCampaigns.set_by' }),
}).meta({ id: 'AvailabilityPeriod' })
export type ToldPeriod = z.input<typeof told>
export const periodPage = pageOf(told).meta({ id: 'AvailabilityPeriodPage' })
/** Pages of the history are as long as those of the record. */
export const periodsQuery = z.strictObject({ cursor: pageQuery.cursor })

export const availability = z.object({ candidate_id: id(), ...period, newest: told.nullable().meta({ words: 'apiCampaigns.newest' }) }).meta({ id: 'Availability', words: 'apiCampaigns.availability' })
export type ToldAvailability = z.input<typeof availability>

const basedOn = id().nullable().meta({ words: 'apiCampaigns.based_on', examples: [null] })
/** Dates belong to « available » alone. */
export const givenAvailability = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('available'), from: period.from.default(null), until: period.until.default(null), based_on: basedOn }).meta({ id: 'AvailableFrom' }),
  z.strictObject({ state: z.literal(['unavailable', 'unknown']), based_on: basedOn }).meta({ id: 'NotAvailable' }),
]).meta({ examples: [{ state: 'available', from: '2026-12-01', until: null, based_on: null }] })
