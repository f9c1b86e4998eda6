/** The pages that give a campaign new dates: resumed, rescheduled, released. */
import { readerOf, type Reader } from '../candidates/views.ts'
import { dateIn } from '../core/dates.ts'
import { nextOpening, type WindowRules } from '../sms/windows.ts'
import type { Viewer } from '../web/viewer.ts'
import { dayAndMonth, timeOfDay, weekdayName, wholeNumber } from '../words/format.ts'
import type { ReplanForm } from './actions.input.ts'
import { frameOf, handedPoints, type ActionModel, type ReplanModel } from './actions.views.ts'
import type { Handed } from './moves.queries.ts'
import { isUnusualStart, nextFreeDay, replan, startingAt, type DatedBatch, type Left, type ReplanFault } from './replan.domain.ts'
import type { Campaign } from './queries.ts'
import { instantOf, proposedStart, type Start } from './schedule.domain.ts'
import { readStart, type StartFields, type StartProblem } from './schedule.input.ts'
import { momentText, problemText, startFieldsModel, zoneText, type SummaryModel } from './schedule.views.ts'
import { stateModel } from './state.views.ts'

export type ReplanAction = 'resume' | 'reschedule' | 'release'
export type ReplanGiven = {
  campaign: Campaign
  action: ReplanAction
  seen: number
  left: Left & { planned: { on: string; at: Date } | undefined }
  handed: Handed
  windows: WindowRules
  form: ReplanForm
  /** Beside the fields and above the form, once somebody has sent it. */
  errors: ActionModel['errors']
  problems: StartProblem[]
}

/** Batches listed on the page; a plan may have hundreds. */
const BATCHES_SHOWN = 7

/** Before anybody typed: the dates there are, or the next moment at which texts may leave. */
export function firstForm({ action, campaign, left, windows }: Pick<ReplanGiven, 'action' | 'campaign' | 'left' | 'windows'>, country: string): ReplanForm {
  const start = action === 'reschedule' && left.planned
    ? { on: left.planned.on, time: startingAt(left.zone, left.planned.at).time }
    : suggestion(campaign, left, windows, country)
  return { startsNow: false, fields: { on: start.on, time: start.time }, allowWeekends: campaign.allow_weekends, seen: undefined, warned: '', hasRead: false, press: 'show' }
}

function suggestion(campaign: Campaign, left: Left, windows: WindowRules, country: string): StartFields {
  const soon = proposedStart(left.zone, left.now)
  const isTaken = left.takenUntil !== null && soon.on <= left.takenUntil
  const start = isTaken ? { ...soon, on: nextFreeDay(left, campaign.allow_weekends), time: campaign.start_time?.slice(0, 5) ?? soon.time } : soon
  const opensAt = nextOpening(country, windows, instantOf(start))
  return opensAt ? startingAt(left.zone, opensAt) : start
}

export function replanModel(viewer: Viewer, given: ReplanGiven): ActionModel {
  const reader = readerOf(viewer, given.left.now)
  const { t } = reader
  const { campaign, action, left, handed, form, errors } = given
  const state = stateModel(viewer, campaign)
  const isNothingLeft = left.batches.length === 0
  return {
    ...frameOf(reader, campaign, action),
    text: t(`actions.${action}.text`),
    points: [...handedPoints(reader, handed), isNothingLeft ? t('actions.nothingLeft') : t('actions.toDate', { waiting: left.batches.reduce((sum, { waiting }) => sum + waiting, 0), batches: left.batches.length })],
    errors,
    // The way out is this page.
    state: state && { ...state, actions: [] },
    seen: String(given.seen),
    replan: isNothingLeft ? undefined : formModel(reader, given),
    read: action === 'release' ? { label: t('actions.release.read'), isChecked: form.hasRead, error: errors.find(({ field }) => field === 'read')?.text ?? '' } : undefined,
  }
}

function formModel(reader: Reader, given: ReplanGiven): ReplanModel {
  const { t } = reader
  const { form, left, errors, problems } = given
  const isTodayTaken = left.takenUntil !== null && dateIn(left.zone, left.now) <= left.takenUntil
  return {
    heading: t('actions.plan.heading'),
    startError: errors.find(({ field }) => field === 'starts')?.text ?? '',
    options: [
      { value: 'later', label: t('schedule.later'), hint: t('schedule.laterHint'), isChecked: !form.startsNow || isTodayTaken, isDisabled: false },
      { value: 'now', label: t('schedule.now'), hint: t(isTodayTaken ? 'actions.plan.nowTaken' : 'actions.plan.nowHint'), isChecked: form.startsNow && !isTodayTaken, isDisabled: isTodayTaken },
    ],
    start: startFieldsModel(reader, form.fields, problems, left),
    weekends: { value: 'on', label: t('schedule.weekends'), hint: t('schedule.weekendsHint'), isChecked: form.allowWeekends },
    plan: planModel(reader, given),
  }
}

/** What the choice comes to: batches with their dates and sizes, the end, and what to know about it. */
export function planModel(reader: Reader, given: Pick<ReplanGiven, 'campaign' | 'left' | 'windows' | 'form'>): ReplanModel['plan'] {
  const { left, form } = given
  const read = form.startsNow ? { ok: true as const, start: 'now' as const } : readStart(form.fields, left.zone, left.now)
  if (!read.ok) return { summary: { ...NOTHING, problem: read.problems.map((problem) => `${problemText(reader, problem, left)}.`).join(' ') }, warned: '' }
  const planned = replan(left, { start: read.start, allowWeekends: form.allowWeekends })
  if (!planned.ok) {
    return { summary: { ...NOTHING, problem: faultText(reader, given, planned.reason, planned.detail.next), proposal: proposalFor(reader, planned.reason, planned.detail.next) }, warned: '' }
  }
  const first = planned.value[0]?.localDate
  return { summary: summaryOf(reader, given, planned.value, read.start), warned: first && isUnusualStart(first, form.allowWeekends) ? first : '' }
}

const NOTHING: SummaryModel = { problem: '', proposal: '', departs: '', batches: [], more: '', end: '', warnings: [] }

export function faultText(reader: Reader, { left, form }: Pick<ReplanGiven, 'left' | 'form'>, fault: ReplanFault, next: string): string {
  const { t, language } = reader
  if (fault === 'day_taken') return t('actions.plan.dayTaken', { day: dayAndMonth(language, next) })
  if (fault === 'left_out') return t('actions.plan.leftOut', { time: form.fields.time })
  return `${problemText(reader, { field: fault === 'far' ? 'on' : 'time', reason: fault }, left)}.`
}

function proposalFor({ t, language }: Reader, fault: ReplanFault, next: string): string {
  return fault === 'day_taken' ? t('actions.plan.propose', { day: dayAndMonth(language, next) }) : ''
}

function summaryOf(reader: Reader, { campaign, left, windows, form }: Pick<ReplanGiven, 'campaign' | 'left' | 'windows' | 'form'>, dated: DatedBatch[], start: Start | 'now'): SummaryModel {
  const { t, language, country } = reader
  const { zone } = left
  const [first] = dated
  const last = dated.at(-1)
  if (!first || !last) return NOTHING
  const opensAt = (batch: DatedBatch) => nextOpening(country, windows, batch.dueAt)
  const leavesAt = opensAt(first)
  const wanted = start === 'now' ? startingAt(zone, left.now).time : start.time
  const closesAt = campaign.closes_at && campaign.ends_at && last.dueAt > campaign.ends_at ? new Date(campaign.closes_at.getTime() + last.dueAt.getTime() - campaign.ends_at.getTime()) : undefined
  const isWaiting = leavesAt !== undefined && leavesAt > first.dueAt
  return {
    ...NOTHING,
    departs: start === 'now' && !isWaiting ? t('actions.plan.departsNow') : t('schedule.departs', { moment: momentText(reader, leavesAt ?? first.dueAt, zone), zone: zoneText(reader, zone) }),
    batches: dated.length === 1 ? [] : dated.slice(0, BATCHES_SHOWN).map((batch) => ({
      text: t('schedule.batch', { no: batch.no, count: wholeNumber(language, batch.waiting), moment: momentText(reader, batch.dueAt, zone) }),
      notes: notesOn(reader, batch, { zone, wanted, opensAt: opensAt(batch), isFirst: batch === first }),
    })),
    more: dated.length > BATCHES_SHOWN ? t('schedule.more', { count: dated.length - BATCHES_SHOWN }) : '',
    end: [t('schedule.end', { moment: momentText(reader, last.dueAt, zone) }), ...(closesAt ? [t('actions.plan.closing', { moment: momentText(reader, closesAt, zone) })] : [])].join(' '),
    warnings: [
      ...(isWaiting ? [t('actions.plan.outside', { moment: momentText(reader, leavesAt, zone) })] : []),
      ...(leavesAt === undefined ? [t('actions.plan.noOpening')] : []),
      ...(isUnusualStart(first.localDate, form.allowWeekends) ? [t(dated.length > 1 ? 'actions.plan.onWeekend' : 'schedule.weekendOnly', { day: weekdayName(language, first.localDate, 'long') })] : []),
    ],
  }
}

/** Why a later batch does not leave at the time that was chosen. */
function notesOn(reader: Reader, batch: DatedBatch, { zone, wanted, opensAt, isFirst }: { zone: string; wanted: string; opensAt: Date | undefined; isFirst: boolean }): string[] {
  const { t, language } = reader
  if (isFirst) return []
  return [
    ...(timeOfDay('fr', batch.dueAt, zone) === wanted ? [] : [t('actions.plan.clocks', { time: timeOfDay(language, batch.dueAt, zone) })]),
    ...(opensAt && opensAt > batch.dueAt ? [t('actions.plan.outside', { moment: momentText(reader, opensAt, zone) })] : []),
  ]
}
