/** New dates for what is left of a campaign: resumed, rescheduled or released (S79). Pure. */
import { DateTime } from 'luxon'
import { addDays, dateIn, weekday, type CalendarDate } from '../core/dates.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { mayDo, type BatchKind, type CampaignStatus } from './domain.ts'
import { batchDates, instantOf, startFault, type Start } from './schedule.domain.ts'

export type BatchLeft = { id: number; no: number; waiting: number; kind: BatchKind }

/** What there is to date, at this moment. */
export type Left = {
  zone: string
  now: Date
  /** In their order; recipients stay in the batch they were launched in. */
  batches: BatchLeft[]
  /** From one wave to the next. */
  waveMinutes: number
  /** The newest day that already has a daily batch which keeps it: a day holds one. */
  takenUntil: CalendarDate | null
}

export type Choice = { start: Start | 'now'; allowWeekends: boolean }

export type DatedBatch = BatchLeft & { localDate: CalendarDate; dueAt: Date }

/** Left out: a change of clocks skips that time on that day. */
export type ReplanFault = 'past' | 'far' | 'left_out' | 'day_taken'

/** The first batch gets the chosen start, later ones follow daily or wave by wave; or what is wrong with the start and the next day that would do. */
export function replan(left: Left, { start, allowWeekends }: Choice): Outcome<DatedBatch[], ReplanFault, { next: CalendarDate }> {
  const next = nextFreeDay(left, allowWeekends)
  const first = start === 'now' ? startingAt(left.zone, left.now) : start
  const fault = start === 'now' ? undefined : (startFault(start, left.now) ?? (isLeftOut(start) ? 'left_out' : undefined))
  if (fault) return refused(fault, { next })
  const isDaily = left.batches.some(({ kind }) => kind === 'daily')
  if (isDaily && left.takenUntil !== null && first.on <= left.takenUntil) return refused('day_taken', { next })
  const firstAt = start === 'now' ? left.now : instantOf(first)
  const dates = batchDates(first.on, allowWeekends)
  let waves = 0
  return done(left.batches.map((batch) => {
    if (batch.kind === 'daily') {
      const localDate = dates.next().value
      return { ...batch, localDate, dueAt: localDate === first.on ? firstAt : instantOf({ ...first, on: localDate }) }
    }
    // A reminder goes with the first; the clock gives a wave its real moment once the one before has left.
    const dueAt = batch.kind === 'wave' ? new Date(firstAt.getTime() + waves++ * left.waveMinutes * 60_000) : firstAt
    return { ...batch, localDate: dateIn(left.zone, dueAt), dueAt }
  }))
}

/** The first day on which the next batch could leave. */
export function nextFreeDay({ zone, now, takenUntil }: Pick<Left, 'zone' | 'now' | 'takenUntil'>, allowWeekends: boolean): CalendarDate {
  const today = dateIn(zone, now)
  let day = takenUntil !== null && takenUntil >= today ? addDays(takenUntil, 1) : today
  while (!allowWeekends && weekday(day) > 5) day = addDays(day, 1)
  return day
}

/** The day and the time on the wall at this moment, which later batches keep. */
export function startingAt(zone: string, now: Date): Start {
  return { on: dateIn(zone, now), time: DateTime.fromJSDate(now, { zone }).toFormat('HH:mm'), zone }
}

function isLeftOut({ on, time, zone }: Start): boolean {
  return DateTime.fromISO(`${on}T${time}`, { zone }).toFormat('HH:mm') !== time
}

/** What is closed sends nothing; a suspension is lifted all the same, so that the campaign can end. */
export function mayReplan(action: 'resume' | 'reschedule' | 'release', campaign: { status: CampaignStatus; is_open: boolean }): boolean {
  return mayDo(action, campaign.status) && (action === 'release' || campaign.is_open)
}

/** The weekend day on which the next batch would leave although weekends are left out: whoever asks says so once more. */
export function unusualStart(left: Left, { start, allowWeekends }: Choice): CalendarDate | undefined {
  const on = start === 'now' ? nextFreeDay({ ...left, takenUntil: null }, true) : start.on
  return left.batches.length > 0 && isUnusualStart(on, allowWeekends) ? on : undefined
}

/** The day is a Saturday or a Sunday although later batches may not be: the first goes when the person said, with a warning (S65). */
export function isUnusualStart(on: CalendarDate, allowWeekends: boolean): boolean {
  return !allowWeekends && weekday(on) > 5
}
