import { addDays, weekday, type CalendarDate } from '../core/dates.ts'
import { stateOn, type KnownAvailability } from './days.domain.ts'
import { shortDay } from '../words/format.ts'
import type { Availability } from './domain.ts'
import type { Reader } from './views.ts'

const WEEKS = 6
/** Pixels from one day to the next. */
const DAY = 16

/** Six weeks from Monday on, a box for each day: free, not free, or nobody knows. */
export type StripModel = {
  label: string
  weeks: { text: string; width: number; days: { x: number; width: number; state: Availability; isWeekend: boolean; isToday: boolean }[] }[]
}

/** `label` says in words what the boxes show, for who does not see them. Undefined where they would show nothing. */
export function stripModel(reader: Reader, known: KnownAvailability, label: string): StripModel | undefined {
  const monday = addDays(reader.today, 1 - weekday(reader.today))
  const dates = Array.from({ length: WEEKS * 7 }, (_day, index) => addDays(monday, index))
  if (dates.every((date) => stateOn(known, date) === 'unknown')) return undefined
  return {
    label: reader.t('people.strip.label', { label }),
    weeks: Array.from({ length: WEEKS }, (_week, no) => {
      const days = dates.slice(no * 7, no * 7 + 7)
      return {
        text: shortDay(reader.language, days[0] as CalendarDate, Number(days[0]?.slice(0, 4))),
        width: 7 * DAY,
        days: days.map((date, index) => ({ x: index * DAY, width: DAY - 2, state: stateOn(known, date), isWeekend: index > 4, isToday: date === reader.today })),
      }
    }),
  }
}
