/** A day and a time as people write them, in French or in English, or as the browser's own fields send them. */
import { readDate, type ReadDate } from '../core/date-input.ts'
import { dateIn, type CalendarDate } from '../core/dates.ts'
import { startFault, type Start } from './schedule.domain.ts'

export type StartFields = { on: string; time: string }

export type StartProblem = {
  field: keyof StartFields
  reason: 'on_missing' | 'on_unreadable' | 'on_impossible' | 'on_ambiguous' | 'time_missing' | 'time_unreadable' | 'time_impossible' | 'past' | 'far'
  /** The day that was probably meant. */
  meant?: CalendarDate
}

/** What a draft's form held of its schedule when the draft cannot keep it. */
export type TypedSchedule = { startsNow: boolean; fields: StartFields; allowWeekends: boolean; problems: StartProblem[] }

/** Longer is no date and no time; what was typed goes back into the field up to here. */
export const START_FIELD_LENGTH = 40

/** A start that can be used at `now`, or what is wrong with each field. */
export function readStart(fields: StartFields, zone: string, now: Date): { ok: true; start: Start } | { ok: false; problems: StartProblem[] } {
  const today = dateIn(zone, now)
  const date = readDate(fields.on, today)
  const time = readTime(fields.time)
  if (!date.ok || !time.ok) return { ok: false, problems: [...(date.ok ? [] : [dateProblem(fields.on, date)]), ...(time.ok ? [] : [timeProblem(fields.time, time)])] }
  const start = { on: date.date, time: time.time, zone }
  const fault = startFault(start, now)
  if (fault === undefined) return { ok: true, start }
  return { ok: false, problems: [{ field: fault === 'past' && start.on === today ? 'time' : 'on', reason: fault }] }
}

function dateProblem(typed: string, read: ReadDate & { ok: false }): StartProblem {
  if (typed.trim() === '') return { field: 'on', reason: 'on_missing' }
  return { field: 'on', reason: `on_${read.problem}`, ...(read.problem === 'ambiguous' ? { meant: read.meant } : {}) }
}

function timeProblem(typed: string, read: ReadTime & { ok: false }): StartProblem {
  return { field: 'time', reason: typed.trim() === '' ? 'time_missing' : `time_${read.problem}` }
}

type ReadTime = { ok: true; time: string } | { ok: false; problem: 'unreadable' | 'impossible' }

/** `09:30`, `9h30`, `9 h`, `9.30`, `9`, `2:30 pm`: as `HH:MM`. */
export function readTime(text: string): ReadTime {
  const plain = text.slice(0, START_FIELD_LENGTH).replace(/[\s\u00a0\u202f]+/g, '').toLowerCase()
  const read = /^(\d{1,2})(?:[h:.](\d{2})(?::\d{2}(?:\.\d+)?)?|h|heures?)?(am|pm|a\.m\.|p\.m\.)?$/.exec(plain)
  if (!read) return { ok: false, problem: 'unreadable' }
  const [, hours = '', minutes = '00', half] = read
  const hour = half === undefined ? Number(hours) : halfDayHour(Number(hours), half.startsWith('p'))
  if (hour === undefined || hour > 23 || Number(minutes) > 59) return { ok: false, problem: 'impossible' }
  return { ok: true, time: `${String(hour).padStart(2, '0')}:${minutes}` }
}

/** 12 am is midnight, 12 pm is noon. */
function halfDayHour(hour: number, isAfternoon: boolean): number | undefined {
  if (hour < 1 || hour > 12) return undefined
  return (hour % 12) + (isAfternoon ? 12 : 0)
}
