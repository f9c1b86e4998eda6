import type { Audience, CandidateFilters } from '../candidates/domain.ts'
import { candidateFilters, givenFilters } from '../candidates/input.ts'
import type { AudienceCounts } from '../campaigns/audience.domain.ts'
import { planOfAnswers, type AnswerPlan } from '../campaigns/closing.domain.ts'
import type { CodeChoices } from '../campaigns/codes.domain.ts'
import { mayDo, privilegeFor } from '../campaigns/domain.ts'
import type { DraftForm } from '../campaigns/drafts.commands.ts'
import type { LaunchRequest } from '../campaigns/launching.queries.ts'
import type { CampaignListRow } from '../campaigns/list.queries.ts'
import type { Progress } from '../campaigns/progress.queries.ts'
import type { Campaign } from '../campaigns/queries.ts'
import { mayReplan } from '../campaigns/replan.domain.ts'
import { EXCLUSION_REASONS } from '../consent/domain.ts'
import type { Viewer } from '../web/viewer.ts'
import { OFFERED_ACTIONS, REFERENCES, type GivenAudience, type GivenDraft, type ToldCampaign, type ToldSummary } from './campaigns.input.ts'
import { isoMoment } from './fields.ts'
import { filtersOf } from './people.views.ts'

export function summaryModel(row: CampaignListRow): ToldSummary {
  return { ...shared(row, row.status === 'draft' ? undefined : row), sender_name: row.sender_name }
}

export function campaignModel(viewer: Viewer, campaign: Campaign, given: { progress: Progress | undefined; asked: LaunchRequest | undefined }): ToldCampaign {
  const { asked } = given
  const answers = planOfAnswers(campaign)
  const person = (id: number | null, name: string | null) => (id === null ? null : { id, name: name ?? '' })
  const isAsked = campaign.status === 'draft' && asked !== undefined && asked.version === campaign.version
  return {
    ...shared(campaign, given.progress),
    version: campaign.version, possible_actions: OFFERED_ACTIONS.filter((action) => isPossible(viewer, campaign, action)),
    created_at: isoMoment(campaign.created_at), created_by: { id: campaign.created_by, name: campaign.created_by_name }, updated_at: isoMoment(campaign.updated_at), launched_by: person(campaign.launched_by, campaign.launched_by_name),
    closes_at: isoMoment(campaign.closes_at), closed_at: isoMoment(campaign.closed_at), finished_at: isoMoment(campaign.finished_at), undo_until: isoMoment(campaign.undo_until),
    launching: isAsked ? { asked_at: isoMoment(asked.requested_at), written: asked.written, recipients: asked.recipients, refusal: asked.refusal } : null,
    audience: audienceModel(campaign.audience), counts: campaign.audience_counts && countsModel(campaign.audience_counts),
    sender: { pool_id: campaign.pool_id, pool_name: campaign.pool_name, address: campaign.sender_address },
    template_id: campaign.template_id, texts: campaign.texts as Record<string, string>, limit_to: campaign.limit_to, internal_comment: campaign.internal_comment, override_reason: campaign.override_reason,
    schedule: { starts: campaign.starts, date: campaign.start_on, time: campaign.start_time?.slice(0, 5) ?? null, time_zone: campaign.time_zone, allow_weekends: campaign.allow_weekends },
    answers: {
      close_at: answers.closeOn !== null && answers.closeTime !== null ? { date: answers.closeOn, time: answers.closeTime } : null, close_at_yes: answers.closeAtYes, remind_after_hours: answers.remindAfterHours,
      reminder_texts: campaign.reminder_texts as Record<string, string>, waves: wavesOf(answers),
    },
    references: Object.fromEntries(Object.entries(REFERENCES).map(([name, field]) => [name, campaign.codes[field]])) as ToldCampaign['references'],
  }
}

type Shared = Pick<Campaign, 'id' | 'name' | 'kind' | 'status' | 'is_test' | 'launched_at' | 'starts_at' | 'ends_at'> & { is_open: unknown; status_reason: string | null; status_detail: Record<string, string | number> }

function shared(campaign: Shared, progress: Progress | undefined): Omit<ToldSummary, 'sender_name'> {
  const { id, name, kind, status, is_test } = campaign
  return {
    id, name, kind, status, is_test, is_open: status !== 'draft' && Boolean(campaign.is_open),
    stopped: campaign.status_reason === null ? null : { reason: campaign.status_reason as NonNullable<ToldSummary['stopped']>['reason'], detail: campaign.status_detail },
    launched_at: isoMoment(campaign.launched_at), starts_at: isoMoment(campaign.starts_at), ends_at: isoMoment(campaign.ends_at),
    progress: progress === undefined ? null : progressModel(progress),
  }
}

function progressModel({ total, sent, remaining, held, underway, delivered, undelivered, blocked, cancelled, doubtful, reminded, yes, no, unsubscribed }: Progress): NonNullable<ToldSummary['progress']> {
  return { recipients: total, sent, remaining, held, underway, delivered, undelivered, blocked, cancelled, doubtful, reminded, yes, no, unsubscribed }
}

/** By the table of states, and by what this person may do at this moment. */
export function isPossible(viewer: Viewer, campaign: Pick<Campaign, 'status' | 'is_open' | 'is_test' | 'is_launching' | 'has_planned_batch'>, action: (typeof OFFERED_ACTIONS)[number]): boolean {
  const { status } = campaign
  if (!mayDo(action, status) || !viewer.privileges.has(privilegeFor(action, status))) return false
  if (action === 'edit') return !campaign.is_launching
  if (action === 'launch') return !campaign.is_launching && !campaign.is_test
  if (action === 'reschedule') return campaign.has_planned_batch && mayReplan(action, campaign)
  return action !== 'resume' || mayReplan(action, campaign)
}

export function countsModel(counts: AudienceCounts): NonNullable<ToldCampaign['counts']> {
  return { total: counts.total, recipients: counts.recipients, excluded: Object.fromEntries(EXCLUSION_REASONS.map((reason) => [reason, counts[reason] ?? 0])) as NonNullable<ToldCampaign['counts']>['excluded'] }
}

const FILTER_FIELDS: Partial<Record<keyof CandidateFilters, string>> = { radius: 'radius_km', branch: 'branch_id', list: 'list_id', import: 'import_id', from: 'free_from', until: 'free_until' }

function audienceModel(audience: Audience): ToldCampaign['audience'] {
  if (audience.mode === 'selected') return { mode: 'picked', picked: audience.ids.length, except: null, search: null }
  const search = Object.fromEntries([['kind', audience.filters.kind], ...givenFilters(audience.filters).map(([name, value]) => [FILTER_FIELDS[name] ?? name, value])]) as Record<string, string>
  return { mode: 'search', picked: null, except: audience.except.length, search }
}

function wavesOf({ waveSize, waveMinutes }: AnswerPlan): ToldCampaign['answers']['waves'] {
  return waveSize === null || waveMinutes === null ? null : { size: waveSize, minutes: waveMinutes as NonNullable<ToldCampaign['answers']['waves']>['minutes'] }
}

export function audienceOf(given: GivenAudience): Audience {
  if ('candidate_ids' in given) return { mode: 'selected', ids: [...new Set(given.candidate_ids)] }
  const { kind, ...query } = given.search
  return { mode: 'query', filters: candidateFilters.parse(filtersOf(kind, { ...query, limit: 1 })), except: [...new Set(given.except)] }
}

/** The form that a person would send to say the same: what is not given stays as it is. */
export function draftForm(campaign: Campaign, given: GivenDraft, senderId: number): DraftForm {
  const kept = <Value>(value: Value | undefined, before: Value): Value => (value === undefined ? before : value)
  return {
    version: campaign.version, name: given.name ?? campaign.name, kind: given.kind ?? campaign.kind, templateId: kept(given.template_id, campaign.template_id), senderId,
    limitTo: kept(given.limit_to, campaign.limit_to), schedule: scheduleOf(given.schedule), internalComment: kept(given.internal_comment, campaign.internal_comment) ?? '',
    ...(given.override_reason === undefined ? {} : { overrideReason: given.override_reason }),
    texts: given.texts === undefined ? campaign.texts : written(given.texts),
    ...(given.references === undefined ? {} : { codes: choicesOf(given.references) }),
    ...(given.answers === undefined ? {} : { answers: planOf(planOfAnswers(campaign), given.answers) }),
    ...(given.answers?.reminder_texts === undefined ? {} : { reminderTexts: written(given.answers.reminder_texts) }),
  }
}

export function choicesOf(given: NonNullable<GivenDraft['references']>): Partial<CodeChoices> {
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[REFERENCES[name as keyof typeof REFERENCES], value]])))
}

function scheduleOf(given: GivenDraft['schedule']): DraftForm['schedule'] {
  if (given === undefined) return 'keep'
  return { startsNow: given.starts === 'now', start: given.starts === 'now' ? 'keep' : { on: given.date, time: given.time }, allowWeekends: given.allow_weekends }
}

function planOf(before: AnswerPlan, { close_at, close_at_yes, remind_after_hours, waves }: NonNullable<GivenDraft['answers']>): AnswerPlan {
  return {
    ...before,
    ...(close_at === undefined ? {} : { closeOn: close_at?.date ?? null, closeTime: close_at?.time ?? null }),
    ...(close_at_yes === undefined ? {} : { closeAtYes: close_at_yes }),
    ...(remind_after_hours === undefined ? {} : { remindAfterHours: remind_after_hours }),
    ...(waves === undefined ? {} : { waveSize: waves?.size ?? null, waveMinutes: waves?.minutes ?? null }),
  }
}

function written(texts: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).flatMap(([language, body]) => (body === undefined ? [] : [[language, body]])))
}
