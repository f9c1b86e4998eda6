/** When a campaign leaves, in words and in fields. */
import type { Reader } from '../candidates/views.ts'
import { addDays, addMonths, dateIn, isCalendarDate, weekday, type CalendarDate } from '../core/dates.ts'
import { dayAndMonth, longDate, timeOfDay, weekdayName, wholeNumber } from '../words/format.ts'
import type { Inspection } from './inspection.ts'
import { startOf, type PlannedBatch, type Schedule } from './launch.domain.ts'
import { outlookOf, type Deferral, type OpenDays, type Outlook } from './outlook.domain.ts'
import { instantOf, LATEST_START_MONTHS, startFault } from './schedule.domain.ts'
import type { StartFields, StartProblem, TypedSchedule } from './schedule.input.ts'

type Field = { name: string; label: string; type: string; value: string; error: string; min?: string; max?: string; suffix?: string; width: 'short' | 'medium'; autocomplete: 'off'; attrs: Record<string, string> }

/** Day and time, as campaigns/_start shows them. */
export type StartFieldsModel = { on: Field; time: Field }

export type SummaryModel = {
  /** What must be put right before anything can leave; empty: nothing. */
  problem: string
  /** The button that takes a start which is possible; empty: none. */
  proposal: string
  departs: string
  /** Batch by batch, where there are several. */
  batches: { text: string; notes: string[] }[]
  more: string
  end: string
  warnings: string[]
}

export type ScheduleModel = {
  options: { value: 'later' | 'now'; label: string; hint: string; isChecked: boolean }[]
  start: StartFieldsModel
  allowWeekends: boolean
  summary: SummaryModel
}

type Draft = Schedule & { id: number }

/** Batches listed on the compose page; a plan may have hundreds. */
const BATCHES_SHOWN = 7

/** `showsProblems`: beside the fields too, once somebody has sent the form; until then the summary alone says them. */
export function scheduleModel(reader: Reader, draft: Draft, inspection: Inspection, typed?: TypedSchedule, showsProblems = true): ScheduleModel {
  const { t } = reader
  const startsNow = typed?.startsNow ?? draft.starts === 'now'
  const option = (value: 'later' | 'now', hint: string) => ({ value, label: t(`schedule.${value}`), hint, isChecked: startsNow === (value === 'now') })
  const problems = typed?.problems ?? []
  return {
    options: [option('later', t('schedule.laterHint')), option('now', t('schedule.nowHint', { seconds: inspection.settings['campaign.undo_seconds'] }))],
    start: startFieldsModel(reader, typed?.fields ?? { on: draft.start_on ?? '', time: draft.start_time?.slice(0, 5) ?? '' }, showsProblems ? problems : [], { zone: draft.time_zone, now: inspection.context.now }),
    allowWeekends: typed?.allowWeekends ?? draft.allow_weekends,
    summary: problems.length > 0 ? problemSummary(reader, draft, inspection, problems, showsProblems) : summaryModel(reader, draft, inspection, BATCHES_SHOWN),
  }
}

const NOTHING_PLANNED = { proposal: '', departs: '', batches: [], more: '', end: '', warnings: [] }

function problemSummary(reader: Reader, draft: Draft, inspection: Inspection, problems: readonly StartProblem[], areShown: boolean): SummaryModel {
  const isPast = problems.some(({ reason }) => reason === 'past')
  const texts = problems.map((problem) => `${problemText(reader, problem, { zone: draft.time_zone, now: inspection.context.now })}.`)
  return { ...NOTHING_PLANNED, problem: areShown ? '' : texts.join(' '), proposal: isPast ? proposalText(reader, draft, inspection) : '' }
}

function proposalText(reader: Reader, draft: Draft, inspection: Inspection): string {
  return reader.t('schedule.propose', { moment: momentText(reader, instantOf(inspection.proposal), draft.time_zone) })
}

/** The answer to a save that was under way must not put back what the field held then. */
const TYPED_IN = { autocomplete: 'off', attrs: { 'hx-morph-skip': '' } } as const

/** Native fields while they can hold what was typed; plain ones keep what they could not. */
export function startFieldsModel(reader: Reader, typed: StartFields, problems: readonly StartProblem[], at: { zone: string; now: Date }): StartFieldsModel {
  const { t } = reader
  const today = dateIn(at.zone, at.now)
  const error = (field: StartProblem['field']) => problems.filter((problem) => problem.field === field).map((problem) => problemText(reader, problem, at))[0] ?? ''
  const isDate = typed.on === '' || isCalendarDate(typed.on)
  const isTime = typed.time === '' || /^([01]\d|2[0-3]):[0-5]\d$/.test(typed.time)
  return {
    on: { name: 'start_on', label: t('schedule.on'), type: isDate ? 'date' : 'text', value: typed.on, error: error('on'), min: today, max: addMonths(today, LATEST_START_MONTHS), width: 'medium', ...TYPED_IN },
    time: { name: 'start_time', label: t('schedule.time'), type: isTime ? 'time' : 'text', value: typed.time, error: error('time'), suffix: zoneText(reader, at.zone), width: 'short', ...TYPED_IN },
  }
}

export function problemText(reader: Reader, problem: StartProblem, { zone, now }: { zone: string; now: Date }): string {
  const { t, language } = reader
  const today = dateIn(zone, now)
  switch (problem.reason) {
    case 'on_unreadable': return t('schedule.bad.on_unreadable', { example: numericDate(addDays(today, 1)) })
    case 'on_ambiguous': return t('schedule.bad.on_ambiguous', { meant: longDate(language, problem.meant ?? today), example: numericDate(problem.meant ?? today) })
    case 'past': return t('schedule.bad.past', { now: momentText(reader, now, zone), zone: zoneText(reader, zone) })
    case 'far': return t('schedule.bad.far', { latest: longDate(language, addMonths(today, LATEST_START_MONTHS)) })
    default: return t(`schedule.bad.${problem.reason}`)
  }
}

/** What a draft's schedule comes to, up to so many batches. */
export function summaryModel(reader: Reader, draft: Draft, inspection: Inspection, most: number): SummaryModel {
  const { t, language } = reader
  const problem = faultText(reader, draft, inspection)
  const first = firstDeparture(draft, inspection)
  if (problem || !first) return { ...NOTHING_PLANNED, problem, proposal: inspection.blockers.includes('past') ? proposalText(reader, draft, inspection) : '' }
  const { batches } = inspection
  const outlook = outlookFor(inspection, first)
  const shown = (batches.length > 1 ? batches.slice(0, most) : []).map((batch) => ({
    text: t(draft.wave_size === null ? 'schedule.batch' : 'reminders.batch.line', { no: batch.no, count: wholeNumber(language, batch.recipients), moment: momentText(reader, batch.dueAt, draft.time_zone) }),
    notes: batch.no === 1 ? [] : briefTexts(reader, draft, inspection, outlookFor(inspection, batch).deferrals),
  }))
  return {
    problem, proposal: '',
    departs: departure(reader, draft, inspection, outlook, first.dueAt),
    batches: shown,
    more: batches.length > most ? t('schedule.more', { count: batches.length - most }) : '',
    end: endText(reader, draft, inspection),
    warnings: [
      ...clockTexts(reader, draft),
      ...deferralTexts(reader, draft, inspection, outlook.deferrals),
      ...weekendTexts(reader, draft, batches.length, outlook),
      ...(outlook.cutAt ? [t('schedule.cut', { time: timeOfDay(language, outlook.cutAt, draft.time_zone) })] : []),
      ...(shown.some(({ notes }) => notes.length > 0) ? [t('schedule.laterOutside')] : []),
    ],
  }
}

/** « lundi 23 novembre à 09:00 », with the year when it is another one. */
export function momentText({ t, language, today }: Reader, instant: Date, zone: string): string {
  const date = dateIn(zone, instant)
  const day = date.slice(0, 4) === today.slice(0, 4) ? dayAndMonth(language, date) : longDate(language, date)
  return t('schedule.moment', { day, time: timeOfDay(language, instant, zone) })
}

/** « heure de Paris ». */
export function zoneText({ t }: Reader, zone: string): string {
  return t('schedule.zone', { city: (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ') })
}

/** What the button says: « Envoyer 297 SMS », or « Programmer 297 SMS pour lundi à 09:00 » when they leave another time than at once. */
export function sendLabel(reader: Reader, draft: Draft, inspection: Inspection): string {
  const { t, language } = reader
  const count = wholeNumber(language, inspection.counts.recipients)
  const first = firstDeparture(draft, inspection)
  const leavesAt = first && outlookFor(inspection, first).leavesAt
  if (!first || !leavesAt || (draft.starts === 'now' && leavesAt.getTime() === first.dueAt.getTime())) return t('schedule.send', { count })
  return t('schedule.plan', { count, when: whenText(reader, leavesAt, inspection.context.now, draft.time_zone) })
}

function whenText({ t, language }: Reader, at: Date, now: Date, zone: string): string {
  const [date, today] = [dateIn(zone, at), dateIn(zone, now)]
  const time = timeOfDay(language, at, zone)
  if (date === today) return t('schedule.when.today', { time })
  if (date === addDays(today, 1)) return t('schedule.when.tomorrow', { time })
  if (date < addDays(today, 7)) return t('schedule.when.weekday', { day: weekdayName(language, date, 'long'), time })
  return t('schedule.when.date', { day: dayAndMonth(language, date), time })
}

function faultText(reader: Reader, draft: Draft, inspection: Inspection): string {
  const { t } = reader
  const start = draft.starts === 'now' ? undefined : startOf(draft)
  if (draft.starts === 'later' && !start) return t('schedule.unset')
  const fault = start && startFault(start, inspection.context.now)
  if (start && fault === 'past') return t('schedule.gone', { moment: momentText(reader, instantOf(start), draft.time_zone) })
  if (fault === 'far') return `${problemText(reader, { field: 'on', reason: 'far' }, { zone: draft.time_zone, now: inspection.context.now })}.`
  return inspection.closedCountries.length > 0 ? t('schedule.noOpening', { countries: countryList(reader, inspection.closedCountries) }) : ''
}

/** The first batch; where nobody is reached yet, the moment it would leave at. */
function firstDeparture(draft: Draft, inspection: Inspection): Pick<PlannedBatch, 'dueAt' | 'recipients'> | undefined {
  const [first] = inspection.batches
  if (first) return first
  const start = draft.starts === 'later' ? startOf(draft) : undefined
  return start ? { dueAt: instantOf(start), recipients: 0 } : draft.starts === 'now' ? { dueAt: inspection.context.now, recipients: 0 } : undefined
}

function outlookFor(inspection: Inspection, batch: Pick<PlannedBatch, 'dueAt' | 'recipients'>): Outlook {
  const countries = countriesOf(inspection)
  return outlookOf(batch, countries.length > 0 ? countries : [inspection.context.country], inspection.windows, inspection.perSecond)
}

function departure(reader: Reader, draft: Draft, { settings }: Inspection, outlook: Outlook, dueAt: Date): string {
  const { t } = reader
  const leavesAt = outlook.leavesAt ?? dueAt
  if (draft.starts === 'now' && leavesAt.getTime() === dueAt.getTime()) return t('schedule.departsNow', { seconds: settings['campaign.undo_seconds'] })
  return t('schedule.departs', { moment: momentText(reader, leavesAt, draft.time_zone), zone: zoneText(reader, draft.time_zone) })
}

function endText(reader: Reader, draft: Draft, { batches, estimatedEnd, perSecond }: Inspection): string {
  const { t } = reader
  const [only] = batches
  if (batches.length > 1) return estimatedEnd ? t('schedule.end', { moment: momentText(reader, estimatedEnd, draft.time_zone) }) : ''
  return only ? t('schedule.once', { minutes: Math.max(1, Math.ceil(only.recipients / perSecond / 60)) }) : ''
}

function deferralTexts(reader: Reader, draft: Draft, inspection: Inspection, deferrals: readonly Deferral[]): string[] {
  const { t } = reader
  const concerned = countriesOf(inspection).length
  return deferrals.map(({ countries, until, reason, openDays, zone }) => {
    const isPart = countries.length < concerned
    const words = {
      moment: momentText(reader, until, draft.time_zone),
      ...(reason === 'hours' ? { hours: hoursText(reader, openDays, !sameClock(zone, draft.time_zone, until)) } : {}),
      ...(isPart ? { countries: countryList(reader, countries) } : {}),
    }
    return t(reason === 'holiday' ? (isPart ? 'schedule.holidayIn' : 'schedule.holiday') : isPart ? 'schedule.outsideIn' : 'schedule.outside', words)
  })
}

/** A time that a change of clocks leaves out happens an hour later. */
function clockTexts({ t, language }: Reader, draft: Draft): string[] {
  const start = draft.starts === 'later' ? startOf(draft) : undefined
  const happens = start && timeOfDay(language, instantOf(start), start.zone)
  return start && happens !== start.time ? [t('schedule.skipped', { time: start.time, happens: happens ?? '' })] : []
}

/** Beside a batch of the list: what happens to it, without the hours that have been said. */
function briefTexts(reader: Reader, draft: Draft, inspection: Inspection, deferrals: readonly Deferral[]): string[] {
  const concerned = countriesOf(inspection).length
  return deferrals.map(({ countries, until, reason }) => {
    const words = { reason, moment: momentText(reader, until, draft.time_zone) }
    return countries.length < concerned ? reader.t('schedule.briefIn', { ...words, countries: countryList(reader, countries) }) : reader.t('schedule.brief', words)
  })
}

/** S65: the first batch goes when the person said, also on a weekend; that is pointed out, unless the hours hold it back anyway. */
function weekendTexts({ t, language }: Reader, draft: Draft, batches: number, { leavesAt }: Outlook): string[] {
  if (draft.allow_weekends || !leavesAt) return []
  const date = dateIn(draft.time_zone, leavesAt)
  if (weekday(date) <= 5) return []
  return [t(batches > 1 && draft.wave_size === null ? 'schedule.weekend' : 'schedule.weekendOnly', { day: weekdayName(language, date, 'long') })]
}

/** « 8 h–20 h, lun.–sam. ». */
function hoursText({ t, language }: Reader, openDays: OpenDays, isElsewhere: boolean): string {
  const clock = (time: string) => t('schedule.clock', { hour: String(Number(time.slice(0, 2))), minute: time.slice(3, 5) })
  // 23 November 2026 is a Monday.
  const name = (day: number) => weekdayName(language, addDays('2026-11-23', day - 1), 'short')
  const parts = openDays.map(({ weekdays, opens, closes }) => {
    const [first = 1, last = first] = [weekdays[0], weekdays.at(-1)]
    const days = weekdays.length === 7 ? t('schedule.everyDay') : first === last ? name(first) : `${name(first)}–${name(last)}`
    return t('schedule.hours', { opens: clock(opens), closes: clock(closes), days })
  })
  const hours = parts.join(' · ')
  return isElsewhere ? t('schedule.localClock', { hours }) : hours
}

function countriesOf(inspection: Inspection): string[] {
  return Object.keys(inspection.countries).filter((code) => /^[A-Z]{2}$/.test(code))
}

function countryList({ language }: Reader, codes: readonly string[]): string {
  const names = new Intl.DisplayNames(language, { type: 'region' })
  return new Intl.ListFormat(language, { type: 'conjunction' }).format(codes.map((code) => (/^[A-Z]{2}$/.test(code) ? (names.of(code) ?? code) : code)))
}

function sameClock(one: string, other: string, at: Date): boolean {
  const offset = (timeZone: string) => new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value
  return one === other || offset(one) === offset(other)
}

/** `23/11/2026`, as both of our languages write it. */
function numericDate(date: CalendarDate): string {
  return `${date.slice(8)}/${date.slice(5, 7)}/${date.slice(0, 4)}`
}
