import { addDays, weekday, type CalendarDate } from '../core/dates.ts'

export const BOARD_WEEKS = [6, 13] as const
export type BoardWeeks = (typeof BOARD_WEEKS)[number]

/** Who is free longest comes first, or people by their names. */
export const BOARD_SORTS = ['longest', 'name'] as const
/** As one likes it: bars, or words. Without a wish, bars on a desk and words on a phone. */
export const BOARD_LOOKS = ['', 'calendar', 'list'] as const

/** How the board is shown, and whether the days are counted however many people are free; what is shown on it is a search. */
export type BoardChoice = { weeks: BoardWeeks; sort: (typeof BOARD_SORTS)[number]; look: (typeof BOARD_LOOKS)[number]; countsAll: boolean }

/** The days across the board: whole weeks from the Monday of this one. */
export type BoardDays = { today: CalendarDate; start: CalendarDate; count: number }

export function boardDays(today: CalendarDate, weeks: BoardWeeks): BoardDays {
  return { today, start: addDays(today, 1 - weekday(today)), count: weeks * 7 }
}

/** Monday to Friday of a week, without what has passed; at its end what is left of it. */
export function workingDays(monday: CalendarDate, today: CalendarDate): { from: CalendarDate; until: CalendarDate } {
  const from = monday > today ? monday : today
  const friday = addDays(monday, 4)
  return { from, until: from <= friday ? friday : addDays(monday, 6) }
}

/** How dark a day is drawn: 0 for nobody, 4 for the most people of all days. */
export function heatOf(count: number, most: number): 0 | 1 | 2 | 3 | 4 {
  return count === 0 ? 0 : (Math.ceil((4 * count) / most) as 1 | 2 | 3 | 4)
}
