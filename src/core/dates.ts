import { DateTime } from 'luxon'

/**
 * A calendar date, `YYYY-MM-DD`. Availability is made of these and never of instants, so no time zone can shift a day.
 * Strings in this form compare and sort as dates do.
 */
export type CalendarDate = string

export function isCalendarDate(text: string): boolean {
  // Databases know no year 0.
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !text.startsWith('0000') && DateTime.fromISO(text, { zone: 'utc' }).isValid
}

/** The date it is at `instant` for people living in `zone` (IANA name). */
export function dateIn(zone: string, instant: Date): CalendarDate {
  return local(instant, zone).toISODate() as string
}

/** Wall-clock hour, 0 to 23, at `instant` in `zone`. */
export function hourIn(zone: string, instant: Date): number {
  return local(instant, zone).hour
}

export function addDays(date: CalendarDate, days: number): CalendarDate {
  return day(date).plus({ days }).toISODate() as string
}

/** Days from one date to a later one; less than nothing when it is earlier. */
export function daysBetween(from: CalendarDate, to: CalendarDate): number {
  return day(to).diff(day(from), 'days').days
}

export function addMonths(date: CalendarDate, months: number): CalendarDate {
  return day(date).plus({ months }).toISODate() as string
}

/** 1 is Monday, 7 is Sunday (ISO 8601). */
export function weekday(date: CalendarDate): number {
  return day(date).weekday
}

/** The first Monday strictly after `date`. */
export function nextMonday(date: CalendarDate): CalendarDate {
  return addDays(date, 8 - weekday(date))
}

export function firstOfNextMonth(date: CalendarDate): CalendarDate {
  return day(date).startOf('month').plus({ months: 1 }).toISODate() as string
}

function day(date: CalendarDate): DateTime {
  return DateTime.fromISO(date, { zone: 'utc' })
}

function local(instant: Date, zone: string): DateTime {
  const at = DateTime.fromJSDate(instant, { zone })
  if (!at.isValid) throw new RangeError(`no such time zone: ${zone}`)
  return at
}
