/** When a campaign leaves: a first batch, then one a day at the same local time (S60 to S67). Pure. */
import { DateTime } from 'luxon'
import { addDays, addMonths, dateIn, weekday, type CalendarDate } from '../core/dates.ts'
import type { WaveRules } from './waves.domain.ts'

/** What a person chose: a day and a wall-clock time, `HH:MM`, in the company's zone. */
export type Start = { on: CalendarDate; time: string; zone: string }

export type BatchPlan = { no: number; localDate: CalendarDate; dueAt: Date; recipients: number }

export type BatchRules = {
  /** Slices a while apart instead of one a day; then both sizes are theirs. */
  waves?: WaveRules
  /** Sizes of the first batch and of every later one (S60). */
  first: number
  next: number
  /** Later batches may fall on Saturdays and Sundays; the first goes when the person said (S64, S65). */
  allowWeekends: boolean
}

/** Splits so many recipients into daily batches. */
export function planBatches(recipients: number, start: Start, rules: BatchRules): BatchPlan[] {
  const plans: BatchPlan[] = []
  let left = recipients
  for (const localDate of batchDates(start.on, rules.allowWeekends)) {
    if (left <= 0) break
    const size = Math.min(left, plans.length === 0 ? rules.first : rules.next)
    plans.push({ no: plans.length + 1, localDate, dueAt: instantOf({ ...start, on: localDate }), recipients: size })
    left -= size
  }
  return plans
}

/** The days of a campaign's batches, without end: the first as given, later ones daily, past weekends unless allowed. */
export function* batchDates(first: CalendarDate, allowWeekends: boolean): Generator<CalendarDate, never> {
  yield first
  for (let date = addDays(first, 1); ; date = addDays(date, 1)) {
    if (allowWeekends || weekday(date) <= 5) yield date
  }
}

/**
 * The instant of a wall-clock time. A time that a change of clocks leaves out happens an hour later by the clock; one that
 * it repeats is the later of the two, as PostgreSQL reads it.
 */
export function instantOf({ on, time, zone }: Start): Date {
  const wanted = DateTime.fromISO(`${on}T${time}`, { zone })
  if (!wanted.isValid) throw new RangeError(`no such moment: ${on} ${time} in ${zone}`)
  const later = wanted.getPossibleOffsets().at(-1) ?? wanted
  return later.toJSDate()
}

/** A start further ahead than this is a slip of the keyboard. */
export const LATEST_START_MONTHS = 12

/** What keeps a start from being used at `now`; undefined: nothing. */
export function startFault(start: Start, now: Date): 'past' | 'far' | undefined {
  if (instantOf(start) <= now) return 'past'
  return start.on > addMonths(dateIn(start.zone, now), LATEST_START_MONTHS) ? 'far' : undefined
}

/** The end of the last day that may be chosen. */
export function latestStart(zone: string, now: Date): Date {
  return instantOf({ on: addDays(addMonths(dateIn(zone, now), LATEST_START_MONTHS), 1), time: '00:00', zone })
}

/** What is proposed: today, an hour and a half from now, to the next five minutes (S62). */
export function proposedStart(zone: string, now: Date): Start {
  const at = DateTime.fromJSDate(now, { zone }).plus({ minutes: 90 })
  const round = at.plus({ minutes: (5 - (at.minute % 5)) % 5 })
  return { on: round.toISODate() as CalendarDate, time: round.toFormat('HH:mm'), zone }
}
