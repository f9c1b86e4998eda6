import { z } from 'zod'
import { type ACTION_FROM, CAMPAIGN_NAME_LENGTH, CAMPAIGN_STATUSES, COMMENT_LENGTH, MESSAGE_LENGTH, REASON_LENGTH, STOP_REASONS } from '../campaigns/domain.ts'
import { REMINDER_HOURS, WAVE_WAITS } from '../campaigns/closing.domain.ts'
import { LIST_SORTS } from '../campaigns/list.domain.ts'
import { KINDS } from '../candidates/domain.ts'
import { EXCLUSION_REASONS } from '../consent/domain.ts'
import { CAMPAIGN_KINDS } from '../message-templates/domain.ts'
import { LANGUAGES } from '../words/define.ts'
import { day, id, line, lines, moment, pageOf, pageQuery } from './fields.ts'
import { peopleQuery } from './people.input.ts'

/** What another program may ask of a campaign. */
export const OFFERED_ACTIONS = ['edit', 'launch', 'pause', 'resume', 'reschedule', 'cancel'] as const satisfies readonly (keyof typeof ACTION_FROM)[]

/** Named people; more are a list, which is a search. */
const MOST_PICKED = 10_000
const MOST_RECIPIENTS = 1_000_000

/** By the clock of the company. */
export const time = () => z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/).meta({ words: 'apiCampaigns.time', examples: ['09:30'] })

const count = () => z.int().min(0)
const texts = (description: 'apiCampaigns.texts' | 'apiCampaigns.reminder_texts') =>
  z.strictObject(Object.fromEntries(LANGUAGES.map((language) => [language, lines(MESSAGE_LENGTH).optional()])) as Record<(typeof LANGUAGES)[number], z.ZodOptional<z.ZodString>>)
    .meta({ words: description, examples: [{ fr: 'Bonjour {prenom|}, {agence} souhaite connaître vos disponibilités : {lien}\n{stop}' }] })

const { limit: _limit, cursor: _cursor, external_id: _external, ...filters } = peopleQuery.shape

const picked = z.strictObject({ candidate_ids: z.array(id()).min(1).max(MOST_PICKED).meta({ words: 'apiCampaigns.candidate_ids', examples: [[1042, 1043]] }) }).meta({ id: 'PickedAudience' })
const searched = z.strictObject({
  search: z.strictObject({ kind: z.enum(KINDS).default('candidate'), ...filters }).meta({ id: 'CandidateSearch', words: 'apiCampaigns.search' }),
  except: z.array(id()).max(MOST_PICKED).default([]).meta({ words: 'apiCampaigns.except', examples: [[]] }),
}).meta({ id: 'SearchedAudience' })
export type GivenAudience = z.output<typeof picked> | z.output<typeof searched>

const allowWeekends = z.boolean().default(false).meta({ words: 'apiCampaigns.allow_weekends' })
export const schedule = z.discriminatedUnion('starts', [
  z.strictObject({ starts: z.literal('now'), allow_weekends: allowWeekends }).meta({ id: 'StartNow' }),
  z.strictObject({ starts: z.literal('later'), date: day(), time: time(), allow_weekends: allowWeekends }).meta({ id: 'StartLater' }),
]).meta({ words: 'apiCampaigns.schedule', examples: [{ starts: 'later', date: '2026-12-01', time: '09:30' }] })

const closing = z.strictObject({ date: day(), time: time() }).nullable().meta({ words: 'apiCampaigns.close_at', examples: [null] })
const waves = z.strictObject({
  size: z.int().min(1).max(MOST_RECIPIENTS).meta({ words: 'apiCampaigns.wave_size' }),
  minutes: z.literal([...WAVE_WAITS]).meta({ words: 'apiCampaigns.wave_minutes' }),
}).nullable().meta({ words: 'apiCampaigns.waves', examples: [null] })

const plan = {
  close_at: closing,
  close_at_yes: z.int().min(1).max(MOST_RECIPIENTS).nullable().meta({ words: 'apiCampaigns.close_at_yes', examples: [null] }),
  remind_after_hours: z.int().min(REMINDER_HOURS.least).max(REMINDER_HOURS.most).nullable().meta({ words: 'apiCampaigns.remind_after_hours', examples: [null] }),
  reminder_texts: texts('apiCampaigns.reminder_texts'),
  waves,
}

export const REFERENCES = { campaign_code_id: 'campaignCode', talent_network_id: 'network', career_site_id: 'site', career_page_id: 'page', job_id: 'job', auto_response_template_id: 'autoResponse' } as const
const reference = () => id().nullable().meta({ examples: [null] })
const references = z.strictObject(Object.fromEntries(Object.keys(REFERENCES).map((name) => [name, reference()])) as Record<keyof typeof REFERENCES, ReturnType<typeof reference>>)

/** What a draft holds and another program may write, each field by itself. */
const written = {
  name: line(CAMPAIGN_NAME_LENGTH).min(1).meta({ examples: ['Disponibilités de décembre'] }),
  kind: z.enum(CAMPAIGN_KINDS).meta({ words: 'apiCampaigns.kind' }),
  template_id: id().nullable().meta({ words: 'apiCampaigns.template_id', examples: [null] }),
  texts: texts('apiCampaigns.texts'),
  sender_pool_id: id().meta({ words: 'apiCampaigns.sender_pool_id' }),
  limit_to: z.int().min(1).max(MOST_RECIPIENTS).nullable().meta({ words: 'apiCampaigns.limit_to', examples: [null] }),
  internal_comment: lines(COMMENT_LENGTH).nullable().meta({ words: 'apiCampaigns.internal_comment', examples: [null] }),
  override_reason: line(REASON_LENGTH).nullable().meta({ words: 'apiCampaigns.override_reason', examples: [null] }),
  schedule,
  answers: z.strictObject(plan).partial().meta({ words: 'apiCampaigns.plan', examples: [{ close_at_yes: 10 }] }),
  references: references.partial().meta({ words: 'apiCampaigns.references', examples: [{ job_id: null }] }),
}
const optional = z.strictObject(written).partial().shape

export const newCampaign = z.strictObject({
  ...optional, name: written.name, kind: written.kind, audience: z.union([picked, searched]).meta({ words: 'apiCampaigns.audience', examples: [{ candidate_ids: [1042, 1043] }] }),
}).meta({ id: 'NewCampaign' })
export const campaignChange = z.strictObject({ version: z.int().min(1).max(2_000_000_000).meta({ words: 'apiCampaigns.version', examples: [1] }), ...optional }).meta({ id: 'CampaignChange' })
export type GivenDraft = Omit<z.output<typeof campaignChange>, 'version'>

const person = z.object({ id: id(), name: z.string() })

/** How a total becomes the number of recipients, and each reason why somebody is left out. */
export const audienceCounts = z.object({
  total: count(),
  recipients: count(),
  excluded: z.object(Object.fromEntries(EXCLUSION_REASONS.map((reason) => [reason, count()])) as Record<(typeof EXCLUSION_REASONS)[number], ReturnType<typeof count>>).meta({ id: 'Exclusions', words: 'apiCampaigns.excluded' }),
}).meta({ id: 'AudienceCounts', words: 'apiCampaigns.counts' })

const progress = z.object({
  recipients: count(), sent: count(), remaining: count(), held: count().meta({ words: 'apiCampaigns.held' }), underway: count().meta({ words: 'apiCampaigns.underway' }), delivered: count(), undelivered: count(),
  blocked: count().meta({ words: 'apiCampaigns.blocked' }), cancelled: count(), doubtful: count().meta({ words: 'apiCampaigns.doubtful' }), reminded: count(), yes: count(), no: count(), unsubscribed: count(),
}).meta({ id: 'CampaignProgress', words: 'apiCampaigns.progress' })

/** What a list tells of each. */
const summary = {
  id: id(),
  name: z.string(),
  kind: z.enum(CAMPAIGN_KINDS),
  status: z.enum(CAMPAIGN_STATUSES),
  is_test: z.boolean().meta({ words: 'apiCampaigns.is_test' }),
  is_open: z.boolean().meta({ words: 'apiCampaigns.is_open' }),
  stopped: z.object({ reason: z.enum(STOP_REASONS), detail: z.record(z.string(), z.union([z.string(), z.number()])) }).nullable().meta({ words: 'apiCampaigns.stopped', examples: [null] }),
  launched_at: moment().nullable(),
  starts_at: moment().nullable(),
  ends_at: moment().nullable().meta({ words: 'apiCampaigns.ends_at' }),
  progress: progress.nullable(),
}
const campaignSummary = z.object({ ...summary, sender_name: z.string().meta({ words: 'apiCampaigns.sender_name' }) }).meta({ id: 'CampaignSummary' })
export const campaignPage = pageOf(campaignSummary).meta({ id: 'CampaignPage' })

export const campaign = z.object({
  ...summary,
  version: z.int().min(1).meta({ words: 'apiCampaigns.version' }),
  possible_actions: z.array(z.enum(OFFERED_ACTIONS)).meta({ words: 'apiCampaigns.possible_actions' }),
  created_at: moment(), created_by: person, updated_at: moment(), launched_by: person.nullable(),
  closes_at: moment().nullable(), closed_at: moment().nullable(), finished_at: moment().nullable(),
  undo_until: moment().nullable().meta({ words: 'apiCampaigns.undo_until' }),
  launching: z.object({ asked_at: moment(), written: count(), recipients: count(), refusal: z.string().nullable().meta({ words: 'apiCampaigns.refusal' }) }).nullable().meta({ id: 'Launching', words: 'apiCampaigns.launching' }),
  audience: z.object({
    mode: z.enum(['picked', 'search']), picked: count().nullable(), except: count().nullable(), search: z.record(z.string(), z.string()).nullable().meta({ words: 'apiCampaigns.told_search' }),
  }).meta({ id: 'CampaignAudience' }),
  counts: audienceCounts.nullable(),
  sender: z.object({ pool_id: id(), pool_name: z.string(), address: z.string() }).meta({ words: 'apiCampaigns.sender' }),
  template_id: id().nullable(),
  texts: z.record(z.string(), z.string()),
  limit_to: z.int().nullable(), internal_comment: z.string().nullable(), override_reason: z.string().nullable(),
  schedule: z.object({ starts: z.enum(['now', 'later']), date: day().nullable(), time: time().nullable(), time_zone: z.string(), allow_weekends: z.boolean() }).meta({ id: 'CampaignSchedule' }),
  answers: z.object({ ...plan, reminder_texts: z.record(z.string(), z.string()) }).meta({ id: 'AnswerPlan' }),
  references: references.meta({ id: 'CampaignReferences' }),
}).meta({ id: 'Campaign' })
export type ToldCampaign = z.input<typeof campaign>
export type ToldSummary = z.input<typeof campaignSummary>

export const campaignsQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(CAMPAIGN_STATUSES).optional().meta({ words: 'apiCampaigns.status' }),
  q: line(120).optional().meta({ words: 'apiCampaigns.q' }),
  mine: z.boolean().optional().meta({ words: 'apiCampaigns.mine' }),
  starts_from: day().optional().meta({ words: 'apiCampaigns.starts_from' }),
  starts_until: day().optional().meta({ words: 'apiCampaigns.starts_until' }),
  sort: z.enum(LIST_SORTS).default('start').meta({ words: 'apiCampaigns.sort' }),
})
