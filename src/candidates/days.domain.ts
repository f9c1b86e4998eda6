import { addDays, daysBetween, type CalendarDate } from '../core/dates.ts'
import type { Availability } from './domain.ts'

/** What a record says today: whoever reads it has turned a period that is over into "unknown". */
export type KnownAvailability = { availability: Availability; available_from: CalendarDate | null; available_until: CalendarDate | null }

/** Before the first day somebody is free, and after the last, nobody knows. Dates beside "unavailable" are an older answer's (S94). */
export function stateOn({ availability, available_from: from, available_until: until }: KnownAvailability, date: CalendarDate): Availability {
  if (availability !== 'available') return availability
  return (from === null || date >= from) && (until === null || date <= until) ? 'available' : 'unknown'
}

/** Some days in a row, by the number of their first one in a window. */
export type Span = { first: number; length: number }

/** The days of a window on which somebody is free; undefined where there are none. They are always in a row. */
export function freeSpan({ availability, available_from: from, available_until: until }: KnownAvailability, start: CalendarDate, days: number): Span | undefined {
  if (availability !== 'available') return undefined
  const last = addDays(start, days - 1)
  if ((from !== null && from > last) || (until !== null && until < start)) return undefined
  const first = from !== null && from > start ? daysBetween(start, from) : 0
  const end = until !== null && until < last ? daysBetween(start, until) : days - 1
  return { first, length: end - first + 1 }
}
