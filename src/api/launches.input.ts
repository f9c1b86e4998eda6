import { z } from 'zod'
import { CHECK_NAMES, CHECK_STATES } from '../campaigns/check.domain.ts'
import { BLOCKERS } from '../campaigns/launch.domain.ts'
import { EXCLUSION_REASONS } from '../consent/domain.ts'
import { LANGUAGES } from '../words/define.ts'
import { audienceCounts, campaign } from './campaigns.input.ts'
import { day, e164, id, moment, pageOf, pageQuery } from './fields.ts'

const count = () => z.int().min(0)

const batch = z.object({
  no: z.int().min(1), date: day(), due_at: moment(), leaves_from: moment().nullable().meta({ words: 'apiCampaigns.leaves_from' }), recipients: count(), segments: count(),
}).meta({ id: 'PlannedBatch' })
export const MOST_BATCHES_TOLD = 60

/** What the last look before sending shows a person. */
export const preview = z.object({
  campaign_id: id(),
  version: z.int().min(1).meta({ words: 'apiCampaigns.version' }),
  can_launch: z.boolean().meta({ words: 'apiCampaigns.can_launch' }),
  has_warnings: z.boolean().meta({ words: 'apiCampaigns.has_warnings' }),
  blockers: z.array(z.enum([...BLOCKERS, 'twin'])).meta({ words: 'apiCampaigns.blockers' }),
  checks: z.array(z.object({ name: z.enum(CHECK_NAMES), state: z.enum(CHECK_STATES), label: z.string(), lines: z.array(z.string()) }).meta({ id: 'Check' })).meta({ words: 'apiCampaigns.checks' }),
  audience: z.object({
    ...audienceCounts.shape, limit: count().meta({ words: 'apiCampaigns.limit' }),
    countries: z.record(z.string(), count()).meta({ words: 'apiCampaigns.countries', examples: [{ FR: 148 }] }), recently_texted: count().meta({ words: 'apiCampaigns.recently_texted' }),
    overridden: count().meta({ words: 'apiCampaigns.overridden' }), overridable: count().meta({ words: 'apiCampaigns.overridable' }),
  }).meta({ id: 'AudiencePreview' }),
  cost: z.object({ segments: count(), longest: z.object({ characters: count(), segments: count(), encoding: z.enum(['gsm7', 'ucs2']) }).nullable() }).meta({ id: 'CostPreview', words: 'apiCampaigns.cost' }),
  batches: z.array(batch).meta({ words: 'apiCampaigns.batches' }),
  batch_count: count(),
  ends_at: moment().nullable(),
  samples: z.array(z.object({ candidate_id: id(), language: z.enum(LANGUAGES), sender: z.string(), text: z.string() }).meta({ id: 'Sample' })).meta({ words: 'apiCampaigns.samples' }),
  twin: z.object({ campaign_id: id(), name: z.string() }).nullable().meta({ words: 'apiCampaigns.twin', examples: [null] }),
  overlaps: z.array(z.object({ campaign_id: id(), name: z.string(), shared: count() }).meta({ id: 'Overlap' })).meta({ words: 'apiCampaigns.overlaps' }),
}).meta({ id: 'CampaignPreview' })
export type ToldPreview = z.input<typeof preview>

export const peopleQuery = z.strictObject({ ...pageQuery, line: z.enum(['recipients', ...EXCLUSION_REASONS]).default('recipients').meta({ words: 'apiCampaigns.line' }) })

const member = z.object({
  candidate_id: id().nullable(), first_name: z.string(), last_name: z.string(), phone: e164().nullable(), trade: z.string().nullable(), town: z.string().nullable(),
  duplicate_of: id().nullable().meta({ words: 'apiCampaigns.duplicate_of', examples: [null] }),
}).meta({ id: 'AudienceMember' })
export type ToldMember = z.input<typeof member>
export const memberPage = pageOf(member).meta({ id: 'AudienceMemberPage' })

export const launchRequest = z.strictObject({
  version: z.int().min(1).max(2_000_000_000).meta({ words: 'apiCampaigns.launch_version', examples: [1] }),
  recipients: z.int().min(1).max(1_000_000).meta({ words: 'apiCampaigns.launch_recipients', examples: [148] }),
  accept_warnings: z.boolean().default(false).meta({ words: 'apiCampaigns.accept_warnings' }),
}).meta({ id: 'LaunchRequest' })

export const launch = z.object({
  outcome: z.enum(['launched', 'launching', 'simulated']).meta({ words: 'apiCampaigns.outcome' }),
  recipients: count(),
  is_repeat: z.boolean().meta({ words: 'apiCampaigns.is_repeat' }),
  batches: z.array(batch).nullable().meta({ words: 'apiCampaigns.simulated_batches', examples: [null] }),
  campaign,
}).meta({ id: 'Launch' })
