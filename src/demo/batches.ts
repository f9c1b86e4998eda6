import type { BatchState } from '../campaigns/domain.ts'
import { batchDates, planBatches, type BatchRules } from '../campaigns/schedule.domain.ts'
import { addDays, weekday, type CalendarDate } from '../core/dates.ts'
import type { BatchOutcome, CampaignPlan } from './plans.ts'

/** A batch as it stands today: the recipients ranked `from` to `to`. */
export type DemoBatch = { no: number; on: CalendarDate; outcome: BatchOutcome; state: BatchState; from: number; to: number }

/** Everybody sends at ten. */
export const DEMO_TIME = '10:00'

/** Of the campaigns that were sent before anybody looked: small, so that lists of this size took several days. */
const PAST_RULES: BatchRules = { first: 25, next: 250, allowWeekends: false }

/** The batches that the product's own calendar makes of so many recipients. */
export function demoBatches(plan: CampaignPlan, recipients: number, today: CalendarDate): DemoBatch[] {
  const first = workday(addDays(today, plan.day), plan.day < 0 ? -1 : 1)
  let to = 0
  let days: Iterator<CalendarDate> | undefined
  return planBatches(recipients, { on: first, time: DEMO_TIME, zone: 'Europe/Paris' }, PAST_RULES).map(({ no, localDate, recipients: size }) => {
    const outcome = plan.outcomes[no - 1] ?? (plan.outcomes.at(-1) as BatchOutcome)
    // Those after a batch that was moved follow it.
    if (plan.outcomes[no - 1]?.day !== undefined) days = batchDates(workday(addDays(today, plan.outcomes[no - 1]?.day as number), 1), false)
    to += size
    return { no, on: days ? (days.next().value as CalendarDate) : localDate, outcome, state: outcome.state, from: to - size + 1, to }
  })
}

/** The nearest working day, backwards or forwards. */
export function workday(date: CalendarDate, step: 1 | -1): CalendarDate {
  return weekday(date) > 5 ? workday(addDays(date, step), step) : date
}
