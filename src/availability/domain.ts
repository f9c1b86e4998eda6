import type { CampaignKind } from '../campaigns/domain.ts'
import type { AnswerWay, Availability } from '../candidates/domain.ts'
import type { QuickDate } from '../companies/branding.domain.ts'
import { addDays, addMonths, firstOfNextMonth, isCalendarDate, nextMonday, type CalendarDate } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { readDate } from '../core/date-input.ts'

export const ANSWER_CHOICES = ['yes', 'no'] as const
export type AnswerChoice = (typeof ANSWER_CHOICES)[number]
export type AnswerSource = AnswerWay

/** What a person said. Dates belong to availability campaigns only. */
export type Answer = { choice: AnswerChoice; availableFrom: CalendarDate | null; availableUntil: CalendarDate | null; comment: string }
export type GivenAnswer = Answer & { version: number; answeredAt: Date }

export function isSameAnswer(one: Answer, other: Answer): boolean {
  return one.choice === other.choice && one.availableFrom === other.availableFrom && one.availableUntil === other.availableUntil && one.comment === other.comment
}

/**
 * What a text makes of the answer there is: « oui » after a YES with dates confirms these, so they stay, and so does a comment
 * where the text has none. Undefined when nothing is new.
 */
export function afterText(current: Answer | undefined, said: Answer): Answer | undefined {
  if (current?.choice !== said.choice || said.availableFrom !== null || said.availableUntil !== null) return current && isSameAnswer(current, said) ? undefined : said
  const answer: Answer = { choice: said.choice, availableFrom: current.availableFrom, availableUntil: current.availableUntil, comment: said.comment || current.comment }
  return isSameAnswer(current, answer) ? undefined : answer
}

export const COMMENT_LENGTH = 500
/** An end further away than this is a slip of the finger. */
const LATEST_END_MONTHS = 60

/** Value of the radio « Une autre date ». */
export const OTHER_DATE = 'other'

/** The form as it was sent, untrusted, trimmed. */
export type AnswerForm = { answer: string; from: string; fromDate: string; until: string; comment: string }
export const EMPTY_FORM: AnswerForm = Object.freeze({ answer: '', from: '', fromDate: '', until: '', comment: '' })

export type AnswerProblem = { field: keyof AnswerForm } & (
  | { problem: 'choice_missing' | 'start_missing' | 'date_unreadable' }
  | { problem: 'comment_too_long'; length: number }
  | { problem: 'date_impossible'; day: number; month: number }
  | { problem: 'date_ambiguous'; date: CalendarDate }
  | { problem: 'start_past' | 'start_too_late' | 'end_before_start' | 'end_too_late'; date: CalendarDate }
  | { problem: 'dates_disagree'; date: CalendarDate; other: CalendarDate }
)

export type AnswerRules = {
  kind: CampaignKind
  /** Where the agency is. */
  today: CalendarDate
  latestStartMonths: number
  /** The start of the answer being corrected: it may have passed meanwhile and still stand. */
  keptStart: CalendarDate | null
  /** A YES that was texted may be without a day. */
  isStartOptional?: boolean
}

/** The answer that was meant, or every reason why it cannot be taken, in the order of the form (S85). */
export function readAnswer(form: AnswerForm, rules: AnswerRules): Outcome<Answer, 'invalid', AnswerProblem[]> {
  const problems: AnswerProblem[] = []
  const choice = ANSWER_CHOICES.find((one) => one === form.answer)
  if (!choice) problems.push({ field: 'answer', problem: 'choice_missing' })
  let availableFrom: CalendarDate | null = null
  let availableUntil: CalendarDate | null = null
  if (rules.kind === 'availability') {
    const end = readEnd(form, rules, problems)
    const start = readStart(form, rules, problems, !rules.isStartOptional && (choice === 'yes' || (choice !== undefined && end !== null)))
    if (start && end && end < start) problems.push({ field: 'until', problem: 'end_before_start', date: start })
    availableFrom = start
    availableUntil = end
  }
  const { comment } = form
  if (comment.length > COMMENT_LENGTH) problems.push({ field: 'comment', problem: 'comment_too_long', length: comment.length })
  const order: (keyof AnswerForm)[] = ['answer', 'from', 'fromDate', 'until', 'comment']
  if (!choice || problems.length > 0) return refused('invalid', problems.sort((a, b) => order.indexOf(a.field) - order.indexOf(b.field)))
  return done({ choice, availableFrom, availableUntil, comment })
}

function readStart(form: AnswerForm, { today, latestStartMonths, keptStart }: AnswerRules, problems: AnswerProblem[], isNeeded: boolean): CalendarDate | null {
  const typed = readTyped('fromDate', form.fromDate, today, problems)
  if (typed === undefined) return null
  const picked = isCalendarDate(form.from) ? form.from : null
  if (picked && typed && picked !== typed) {
    problems.push({ field: 'fromDate', problem: 'dates_disagree', date: picked, other: typed })
    return null
  }
  const start = picked ?? typed
  const field = typed || form.from === OTHER_DATE ? 'fromDate' : 'from'
  if (!start) {
    if (isNeeded) problems.push({ field, problem: 'start_missing' })
    return null
  }
  const latest = addMonths(today, latestStartMonths)
  if (start < today && start !== keptStart) problems.push({ field, problem: 'start_past', date: today })
  if (start > latest) problems.push({ field, problem: 'start_too_late', date: latest })
  return start
}

function readEnd(form: AnswerForm, { today }: AnswerRules, problems: AnswerProblem[]): CalendarDate | null {
  const end = readTyped('until', form.until, today, problems)
  if (!end) return null
  const latest = addMonths(today, LATEST_END_MONTHS)
  if (end > latest) problems.push({ field: 'until', problem: 'end_too_late', date: latest })
  return end
}

/** Null when nothing was typed, undefined when it could not be read (the problem is noted). */
function readTyped(field: 'fromDate' | 'until', text: string, today: CalendarDate, problems: AnswerProblem[]): CalendarDate | null | undefined {
  if (text === '') return null
  const read = readDate(text, today)
  if (read.ok) return read.date
  if (read.problem === 'impossible') problems.push({ field, problem: 'date_impossible', day: read.day, month: read.month })
  else if (read.problem === 'ambiguous') problems.push({ field, problem: 'date_ambiguous', date: read.meant })
  else problems.push({ field, problem: 'date_unreadable' })
  return undefined
}

export type QuickChoice = { date: CalendarDate; label: 'as_planned' | 'today' | 'tomorrow' | 'day' }

/**
 * Starts that most people mean, so that hardly anybody types a date: those that the company offers, the nearest first.
 * `planned` is what the record or the earlier answer says. From `tomorrowFromHour` on nobody is sent out today any more.
 */
export function quickChoices(today: CalendarDate, hour: number, options: { planned: CalendarDate | null; tomorrowFromHour: number; offered: readonly QuickDate[] }): QuickChoice[] {
  const isLate = hour >= options.tomorrowFromHour
  const monday = nextMonday(today)
  const starts: Record<QuickDate, QuickChoice> = {
    today: isLate ? { date: addDays(today, 1), label: 'tomorrow' } : { date: today, label: 'today' },
    next_monday: { date: monday, label: 'day' },
    monday_after: { date: addDays(monday, 7), label: 'day' },
    month_start: { date: firstOfNextMonth(today), label: 'day' },
  }
  const choices: QuickChoice[] = [
    ...(options.planned ? [{ date: options.planned, label: 'as_planned' as const }] : []),
    ...options.offered.map((rule) => starts[rule]).sort((one, other) => one.date.localeCompare(other.date)),
  ]
  return choices.filter((choice, index) => choices.findIndex((other) => other.date === choice.date) === index)
}

/** What a record says of a person's availability. */
export type RecordedAvailability = { availability: Availability; from: CalendarDate | null; until: CalendarDate | null }

/**
 * What an answer to an availability campaign makes of the record (S89, S94); undefined: nothing changes.
 * - OUI always has a start (the form asks for it), so dates are replaced together: an old end never outlives its start.
 * - OUI texted back without a date says only that the person is available; the dates on record stay, unless that period is over
 *   and would contradict it. Without a start but with an end, the end holds.
 * - NON with a start means "not now, but from that day": the very answer that open questions are asked for (S58), so the
 *   record says available from then.
 * - a bare NON says "unavailable" and erases no date.
 */
export function availabilityAfter(kind: CampaignKind, answer: Answer, current: Pick<RecordedAvailability, 'from' | 'until'>, today: CalendarDate): RecordedAvailability | undefined {
  if (kind === 'simple') return undefined
  if (answer.availableFrom || (answer.choice === 'yes' && answer.availableUntil)) return { availability: 'available', from: answer.availableFrom, until: answer.availableUntil }
  if (answer.choice === 'yes' && current.until !== null && current.until < today) return { availability: 'available', from: null, until: null }
  return { availability: answer.choice === 'yes' ? 'available' : 'unavailable', from: current.from, until: current.until }
}
