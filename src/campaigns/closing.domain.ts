/** When a campaign has had enough: a closing date, so many OUI, one reminder, waves instead of days. Pure. */
import type { CalendarDate } from '../core/dates.ts'

export type AnswerPlan = {
  /** By the campaign's clock, `HH:MM`; null: as many days after the last batch as the company says. */
  closeOn: CalendarDate | null
  closeTime: string | null
  /** Closes by itself with so many OUI. */
  closeAtYes: number | null
  /** Who stays silent gets one more text, so long after the first. */
  remindAfterHours: number | null
  /** So many people at a time, the best-ranked first, and how long until the next ones. */
  waveSize: number | null
  waveMinutes: number | null
}

export const NO_PLAN: AnswerPlan = { closeOn: null, closeTime: null, closeAtYes: null, remindAfterHours: null, waveSize: null, waveMinutes: null }

/** Offered as they are; anything else is typed. */
export const USUAL_REMINDERS = [24, 48] as const
export const REMINDER_HOURS = { least: 1, most: 336 } as const

/** Long enough for people to answer: from a quarter of an hour to a week. */
export const WAVE_WAITS = [15, 30, 60, 120, 240, 480, 1_440, 2_880, 10_080] as const

/** A plan of more is a slip of the keyboard: the slices are too small for the list. */
export const MOST_WAVES = 200

/** What the columns of a campaign say; a time comes back with seconds. */
export function planOfAnswers(row: { close_on: CalendarDate | null; close_time: string | null; close_at_yes: number | null; remind_after_hours: number | null; wave_size: number | null; wave_minutes: number | null }): AnswerPlan {
  return {
    closeOn: row.close_on, closeTime: row.close_time?.slice(0, 5) ?? null, closeAtYes: row.close_at_yes,
    remindAfterHours: row.remind_after_hours, waveSize: row.wave_size, waveMinutes: row.wave_minutes,
  }
}

/** What keeps a plan from being carried out; each is said beside its field. */
export type PlanFault =
  /** The closing comes before anything has left, or is in the past, or too far ahead. */
  | 'close_past' | 'close_far' | 'close_before_start'
  /** More OUI than people, or no more than there are already. */
  | 'yes_many' | 'yes_reached'
  /** The reminder would come after the closing; sooner than the company texts anybody twice; its words cannot be sent. */
  | 'remind_late' | 'remind_soon' | 'remind_text'
  /** Waves need to know when they have had enough. */
  | 'waves_endless' | 'waves_many' | 'waves_large'

export type PlanGround = {
  /** Everybody who gets or got the text; 0: not known yet. */
  recipients: number
  yes: number
  now: Date
  closesAt: Date | undefined
  /** Beyond this nobody plans. */
  latest: Date
  firstAt: Date | undefined
  /** No second text to a number within so many hours. */
  hoursBetween: number
  /** A daily batch is never larger, and neither is a wave. */
  largestBatch: number
}

export function planFaults(plan: AnswerPlan, { recipients, yes, now, closesAt, latest, firstAt, hoursBetween, largestBatch }: PlanGround): PlanFault[] {
  const faults: PlanFault[] = []
  const { closeAtYes, waveSize, remindAfterHours: hours } = plan
  if (closesAt && closesAt <= now) faults.push('close_past')
  else if (closesAt && closesAt > latest) faults.push('close_far')
  else if (closesAt && firstAt && closesAt <= firstAt) faults.push('close_before_start')
  if (closeAtYes !== null && recipients > 0 && closeAtYes > recipients) faults.push('yes_many')
  else if (closeAtYes !== null && yes >= closeAtYes) faults.push('yes_reached')
  if (hours !== null && hours < hoursBetween) faults.push('remind_soon')
  else if (hours !== null && closesAt && firstAt && firstAt.getTime() + hours * 3_600_000 >= closesAt.getTime()) faults.push('remind_late')
  if (waveSize === null) return faults
  if (closeAtYes === null) faults.push('waves_endless')
  if (recipients > waveSize * MOST_WAVES) faults.push('waves_many')
  else if (waveSize > largestBatch) faults.push('waves_large')
  return faults
}

/** The field that a fault is said beside. */
export const FAULT_FIELDS = {
  close_past: 'close_on', close_far: 'close_on', close_before_start: 'close_on', yes_many: 'close_yes', yes_reached: 'close_yes', remind_late: 'remind', remind_soon: 'remind', remind_text: 'remind', waves_endless: 'close_yes', waves_many: 'wave_size', waves_large: 'wave_size',
} as const satisfies Record<PlanFault, string>

/** The smallest slice with which a list is reached in as many waves as may be. */
export function smallestWave(recipients: number): number {
  return Math.max(1, Math.ceil(recipients / MOST_WAVES))
}
