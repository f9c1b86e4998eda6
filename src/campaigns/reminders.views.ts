/** A second text to those who stay silent: the page that asks, and how far a campaign is on its way to enough. */
import { readerOf, type Reader } from '../candidates/views.ts'
import type { TemplateChoice } from '../message-templates/queries.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import { isPossible } from './actions.views.ts'
import type { SumLine } from './audience.views.ts'
import type { AnswersModel } from './closing.views.ts'
import { amountText } from './cost.views.ts'
import { privilegeFor } from './domain.ts'
import type { Inspection } from './inspection.ts'
import { lintModel, type LintModel } from './preview.views.ts'
import type { BatchRow, Progress } from './progress.queries.ts'
import type { Campaign } from './queries.ts'
import type { Measured } from './message.domain.ts'
import { SILENT_REASONS, type ReminderObstacle, type SilentCounts, type SilentReason } from './reminders.domain.ts'
import type { PendingReminder, ReminderNumbers } from './reminders.queries.ts'
import { momentText } from './schedule.views.ts'
import { showUrl } from './stats.views.ts'
import type { UndoModel } from './undo.views.ts'

export type CourseModel = {
  lines: string[]
  change: { href: string; label: string } | undefined
  undo: UndoModel | undefined
  /** On the list of those who have not answered. */
  remind: { href: string; label: string } | undefined
}

/** What the campaign's page needs to know of reminders and waves. `silent`: undefined where nobody looks at that list. */
export type Course = { pending: PendingReminder | undefined; reminders: ReminderNumbers; nextReminder: Date | null; silent: number | 'some' | undefined; preparing: { written: number; people: number } | undefined }

export function courseModel(viewer: Viewer, campaign: Campaign, progress: Progress, batches: readonly BatchRow[], course: Course): CourseModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const may = (action: 'answers' | 'remind') => isPossible(action, campaign) && viewer.privileges.has(privilegeFor(action, campaign.status))
  return {
    lines: courseLines(reader, campaign, progress, batches, course),
    change: may('answers') ? { href: paths.campaignStep(campaign.id, 'answers'), label: t('reminders.course.change') } : undefined,
    undo: may('remind') ? pendingModel(reader, campaign, course.pending) : undefined,
    remind: course.silent !== undefined && course.silent !== 0 && may('remind')
      ? { href: paths.campaignStep(campaign.id, 'reminder'), label: t('reminders.remind', { count: course.silent === 'some' ? 0 : course.silent }) }
      : undefined,
  }
}

function courseLines(reader: Reader, campaign: Campaign, { yes }: Progress, batches: readonly BatchRow[], { reminders, nextReminder, preparing }: Course): string[] {
  const { t, language } = reader
  const { close_at_yes: target, remind_after_hours: hours, is_open: isOpen } = campaign
  const number = (value: number) => wholeNumber(language, value)
  const waves = batches.filter(({ kind }) => kind === 'wave')
  const next = waves.find(({ state }) => state === 'planned')
  const begun = waves.filter(({ state }) => state === 'running' || state === 'done').length
  const isGoing = campaign.status === 'scheduled' || campaign.status === 'in_process'
  const state = [
    ...(target !== null && isOpen ? [t('reminders.course.yes', { yes: number(yes), target: number(target) })] : []),
    ...(waves.length > 0 && isOpen && begun > 0 ? [t('reminders.course.wave', { no: begun, total: waves.length })] : []),
  ].join(' · ')
  return [
    ...(state ? [state] : []),
    ...(target !== null && !isOpen && yes >= target ? [t('reminders.course.enough', { yes: number(yes) })] : []),
    ...(next && isOpen && isGoing && target !== null && begun > 0 ? [t('reminders.course.next', { no: next.no, moment: momentText(reader, next.due_at, campaign.time_zone), target: number(target) })] : []),
    ...(hours !== null && isOpen && campaign.status !== 'cancelled' ? reminderLine(reader, campaign, nextReminder, waves.length > 0 || batches.some((batch) => batch.kind !== 'reminder' && batch.state !== 'done')) : []),
    ...(preparing ? [t('reminders.course.preparing', { written: number(preparing.written), people: number(preparing.people) })] : []),
    ...(reminders.total > 0 ? [t('reminders.course.reminded', { sent: number(reminders.sent), total: number(reminders.total), spoken: reminders.spoken })] : []),
  ]
}

/** At the moment that is known; before anything has left, and between batches, only how long after. */
function reminderLine(reader: Reader, campaign: Campaign, next: Date | null, hasMore: boolean): string[] {
  const { t } = reader
  if (next) return [t('reminders.course.reminderAt', { moment: momentText(reader, next, campaign.time_zone) })]
  return hasMore ? [t('reminders.course.reminderLater', { hours: campaign.remind_after_hours! })] : []
}

/** The one asked for by hand can be taken back for seconds; of the automatic one people are told, and may stop it until it leaves. */
function pendingModel(reader: Reader, { id, time_zone }: Campaign, pending: PendingReminder | undefined): UndoModel | undefined {
  if (!pending) return undefined
  const { t } = reader
  const { seconds, messages, created_seconds: max, is_automatic: isAutomatic } = pending
  return {
    action: paths.campaignStep(id, 'reminder-undo'), label: t(isAutomatic ? 'reminders.stop' : 'reminders.undo'), none: t('reminders.pendingNone'), secondsLeft: seconds,
    text: isAutomatic ? t('reminders.pendingByTime', { count: messages, moment: momentText(reader, pending.due_at, time_zone) }) : t('reminders.pending', { count: messages, seconds }),
    progress: { label: t('reminders.left'), value: seconds, max: Math.max(seconds, max), text: '', isThin: true },
  }
}

export type ReminderModel = {
  crumbs: { label: string; href: string }[]
  errors: { field: string; text: string }[]
  count: string
  countText: string
  lines: SumLine[]
  action: string
  requestKey: string
  people: number
  backUrl: string
  texts: AnswersModel['texts']
  templates: { value: string; label: string }[]
  cost: string[]
  lint: LintModel
  sample: { heading: string; bubbles: { text: string; note: string }[] } | undefined
  /** Undefined while nothing can be sent; `why` says what stands in the way. */
  send: { label: string; hint: string; typed: { label: string; value: string; error: string } | undefined } | undefined
  why: string
}

/** What the campaign may be told of its answers while it runs. */
export type AnswersPage = { crumbs: { label: string; href: string }[]; intro: string; errors: { field: string; text: string }[]; action: string; seen: string; answers: AnswersModel; submit: { label: string; icon: string }; backUrl: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'campaigns/reminder': ReminderModel
    'campaigns/answers': AnswersPage
  }
}

/** Everybody's reminder, measured as it would be sent. */
export type Weighed = { measured: Measured; people: number; sample: { name: string; text: string; note: { characters: number; segments: number } } | undefined }

export type ReminderGiven = {
  campaign: Campaign
  counts: SilentCounts
  texts: AnswersModel['texts']
  templates: TemplateChoice[]
  inspected: Pick<Inspection, 'findings' | 'compiled' | 'missing' | 'voices' | 'settings' | 'context'>
  weighed: Weighed
  obstacle: ReminderObstacle | undefined
  requestKey: string
  errors?: ReminderModel['errors']
  typed?: string
}

export function reminderModel(viewer: Viewer, given: ReminderGiven): ReminderModel {
  const reader = readerOf(viewer)
  const { t, language } = reader
  const { campaign, counts, inspected, weighed, obstacle, errors = [] } = given
  const { people } = weighed
  const { settings } = inspected
  const needsTyping = people >= settings['campaign.typed_confirmation_from']
  const why = obstacle ? t(obstacle === 'nobody' ? 'reminders.nobody' : `reminders.obstacle.${obstacle}`) : ''
  return {
    crumbs: [{ label: t('campaigns.title'), href: paths.campaigns }, { label: campaign.name, href: paths.campaign(campaign.id) }],
    errors, count: wholeNumber(language, people), countText: t('reminders.willGet', { count: people }), lines: silentLines(reader, campaign.id, counts), action: paths.campaignStep(campaign.id, 'reminder'),
    requestKey: given.requestKey, people, backUrl: paths.campaign(campaign.id), texts: given.texts, templates: given.templates.map(({ id, name }) => ({ value: String(id), label: name })),
    cost: costLines(reader, given), lint: lintModel(t, { ...inspected, measured: weighed.measured, replyWords: [] } as unknown as Inspection),
    sample: weighed.sample && {
      heading: t('reminders.sample', { name: weighed.sample.name }), bubbles: [{ text: weighed.sample.text, note: t('compose.preview.cost', weighed.sample.note) }],
    },
    why, send: why
      ? undefined
      : {
          label: t('reminders.send', { count: people }), hint: t('reminders.undoHint', { seconds: settings['campaign.undo_seconds'] }),
          typed: needsTyping ? { label: t('reminders.typed', { count: wholeNumber(language, people) }), value: given.typed ?? '', error: errors.find(({ field }) => field === 'typed')?.text ?? '' } : undefined,
        },
  }
}

function costLines(reader: Reader, { inspected, weighed: { measured, people } }: ReminderGiven): string[] {
  const { t, language } = reader
  if (people === 0) return []
  const amount = amountText(reader, { measured, settings: inspected.settings })
  return [
    t('reminders.costLine', { total: wholeNumber(language, measured.totalSegments), people, segments: measured.longest?.measure.segments ?? 1 }), ...(amount ? [amount] : []),
    ...(measured.incompletePeople > 0 ? [t('reminders.incomplete', { count: measured.incompletePeople })] : []),
  ]
}

/** Reasons whose people can be looked at in a list of the campaign. */
const LISTED: Partial<Record<SilentReason, Parameters<typeof showUrl>[1]>> = {
  reminded: { show: 'reminded' }, answered: { show: 'answered' }, unsent: { show: 'remaining' }, doubtful: { show: 'doubtful' }, failed: { show: 'undelivered' },
}

/** All recipients, less each group that is left out, is who gets it. */
function silentLines({ t, language }: Reader, campaignId: number, counts: SilentCounts): SumLine[] {
  const number = (value: number) => wholeNumber(language, value)
  return [
    { sign: '', count: number(counts.total), label: t('reminders.sum.total', { count: counts.total }), href: '', isTotal: false },
    ...SILENT_REASONS.filter((reason) => counts[reason] > 0).map((reason): SumLine => ({
      sign: '−', count: number(counts[reason]), label: t(`reminders.reason.${reason}`, { count: counts[reason] }), href: LISTED[reason] ? `${showUrl(campaignId, LISTED[reason])}#contacted` : '', isTotal: false,
    })),
    { sign: '=', count: number(counts.silent), label: t('reminders.sum.silent'), href: '', isTotal: true },
  ]
}
