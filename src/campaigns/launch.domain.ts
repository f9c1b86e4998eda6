/** From a draft's schedule and its company's figures to batches, and what stands against them. Pure. */
import type { Settings } from '../companies/settings.ts'
import type { CalendarDate } from '../core/dates.ts'
import { nextOpening, type WindowRules } from '../sms/windows.ts'
import { planFaults, planOfAnswers, type AnswerPlan, type PlanFault } from './closing.domain.ts'
import { startingAt } from './replan.domain.ts'
import { instantOf, latestStart, planBatches, type BatchPlan, type BatchRules, type Start } from './schedule.domain.ts'
import { planWaves, type Opening } from './waves.domain.ts'

/** When a draft is to leave, as its columns hold it. */
export type Schedule = { starts: 'now' | 'later'; start_on: CalendarDate | null; start_time: string | null; time_zone: string; allow_weekends: boolean; wave_size: number | null; wave_minutes: number | null }

export type PlannedBatch = BatchPlan & {
  segments: number
  /** When its texts may begin to leave, by the hours of the company's country; undefined: not within a year. */
  opensAt: Date | undefined
}

/** What is asked of a budget, and what is left of it. For a day, of the first batch that does not fit. */
export type BudgetFinding = { kind: 'campaign'; budget: number; needed: number } | { kind: 'day'; budget: number; needed: number; spent: number; on: CalendarDate }

/** What stops the sending of a draft; `test`: it was made with a test key. */
export const BLOCKERS = ['test', 'sms_off', 'no_sender', 'nobody', 'text', 'incomplete', 'codes', 'past', 'no_opening', 'budget', 'answers'] as const
export type Blocker = (typeof BLOCKERS)[number]

/** Thrown inside a launch, to roll it back; outside, the reason is a value again. */
export class Refusal extends Error {
  readonly reason: Blocker | 'override_forbidden' | 'moved' | 'grown' | 'launching'

  constructor(reason: Refusal['reason']) {
    super(reason)
    this.reason = reason
  }
}

type Sizes = Pick<Settings, 'campaign.first_batch_size' | 'campaign.next_batch_size'>

export function rulesOf(settings: Sizes, schedule: Pick<Schedule, 'allow_weekends' | 'wave_size' | 'wave_minutes'>): BatchRules {
  const { wave_size: size, wave_minutes: minutes } = schedule
  if (size !== null && minutes !== null) return { first: size, next: size, allowWeekends: true, waves: { size, minutes } }
  return { first: settings['campaign.first_batch_size'], next: settings['campaign.next_batch_size'], allowWeekends: schedule.allow_weekends }
}

/** The batches of so many people when it is `now`; undefined when the moment that was chosen has passed. `opening`: by the hours of the company's country. */
export function planOf(recipients: number, schedule: Schedule, settings: Sizes & Pick<Settings, 'campaign.undo_seconds'>, now: Date, opening: Opening): BatchPlan[] | undefined {
  const rules = rulesOf(settings, schedule)
  const soonest = new Date(now.getTime() + settings['campaign.undo_seconds'] * 1000)
  const start = startOf(schedule)
  if (rules.waves) {
    const first = schedule.starts === 'now' ? soonest : start && instantOf(start)
    return first && (schedule.starts === 'now' || first > now) ? planWaves(recipients, first, schedule.time_zone, rules.waves, opening) : undefined
  }
  if (schedule.starts === 'now') return planFrom(soonest, recipients, schedule.time_zone, rules)
  const batches = start && planBatches(Math.max(recipients, 1), start, rules)
  if (!batches || batches[0]!.dueAt <= now) return undefined
  return recipients > 0 ? batches : []
}

/** Number of the batch that holds this place of the audience: the best-ranked leave first (S60). */
export function batchOf(position: number, { first, next }: Pick<BatchRules, 'first' | 'next'>): number {
  return position <= first ? 1 : 1 + Math.ceil((position - first) / next)
}

/** The day and time that were chosen; undefined when there is none. */
export function startOf(schedule: Schedule): Start | undefined {
  return schedule.start_on && schedule.start_time ? { on: schedule.start_on, time: schedule.start_time.slice(0, 5), zone: schedule.time_zone } : undefined
}

/** The first batch at this instant, to the second; later ones at the same time of the clock, to the minute (S63). */
function planFrom(at: Date, recipients: number, zone: string, rules: BatchRules): BatchPlan[] {
  const [first, ...later] = planBatches(recipients, startingAt(zone, at), rules)
  return first ? [{ ...first, dueAt: at }, ...later] : []
}

export function withCosts(batches: readonly BatchPlan[], segmentsPerBatch: readonly number[], country: string, rules: WindowRules): PlannedBatch[] {
  return batches.map((batch) => ({ ...batch, segments: segmentsPerBatch[batch.no - 1] ?? 0, opensAt: nextOpening(country, rules, batch.dueAt) }))
}

/** Countries of the audience to which nothing may leave within a year from `at`; « ? » is none known. */
export function closedCountries(countries: Readonly<Record<string, number>>, rules: WindowRules, at: Date): string[] {
  return Object.keys(countries).filter((country) => nextOpening(country === '?' ? null : country, rules, at) === undefined)
}

/** Budgets that the plan would not keep. What a day has spent already counts against the batch of that day. */
export function budgetFindings(
  settings: Pick<Settings, 'budget.campaign_segments' | 'budget.day_segments'>,
  totalSegments: number,
  batches: readonly PlannedBatch[],
  spent: { on: CalendarDate; segments: number },
): BudgetFinding[] {
  const findings: BudgetFinding[] = []
  const { 'budget.campaign_segments': most, 'budget.day_segments': mostADay } = settings
  if (most !== null && totalSegments > most) findings.push({ kind: 'campaign', budget: most, needed: totalSegments })
  const spentOn = (date: CalendarDate) => (date === spent.on ? spent.segments : 0)
  const over = mostADay === null ? undefined : batches.find((batch) => batch.segments + spentOn(batch.localDate) > mostADay)
  if (over && mostADay !== null) findings.push({ kind: 'day', budget: mostADay, needed: over.segments, spent: spentOn(over.localDate), on: over.localDate })
  return findings
}

/** When what is due may leave, by the hours of the company's own country. */
export function openingIn(country: string, rules: WindowRules): Opening {
  return (at) => nextOpening(country, rules, at)
}

type Closing = Parameters<typeof planOfAnswers>[0] & { time_zone: string }

/** Answers are taken until the moment that was chosen, else as long after the last batch as the company wants. */
export function closingOf(draft: Closing, batches: readonly Pick<BatchPlan, 'dueAt'>[], settings: Pick<Settings, 'campaign.open_days'>): Date {
  return chosenClosing(planOfAnswers(draft), draft.time_zone) ?? new Date(batches.at(-1)!.dueAt.getTime() + settings['campaign.open_days'] * 86_400_000)
}

export function chosenClosing({ closeOn, closeTime }: Pick<AnswerPlan, 'closeOn' | 'closeTime'>, zone: string): Date | undefined {
  return closeOn && closeTime ? instantOf({ on: closeOn, time: closeTime, zone }) : undefined
}

/** What keeps a draft's plan for its answers from being carried out. */
export function answerFaults(draft: Closing, given: { recipients: number; yes: number; now: Date; batches: readonly Pick<BatchPlan, 'dueAt'>[]; settings: Sizes & Pick<Settings, 'sms.min_hours_between'> }): PlanFault[] {
  const plan = planOfAnswers(draft)
  return planFaults(plan, {
    recipients: given.recipients, yes: given.yes, now: given.now, closesAt: chosenClosing(plan, draft.time_zone), latest: latestStart(draft.time_zone, given.now), firstAt: given.batches[0]?.dueAt,
    hoursBetween: given.settings['sms.min_hours_between'], largestBatch: given.settings['campaign.first_batch_size'],
  })
}
