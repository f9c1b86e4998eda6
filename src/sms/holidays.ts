/** Public holidays of a country, by its own calendar dates. */
import Holidays from 'date-holidays'
import { addDays, type CalendarDate } from '../core/dates.ts'

/** In Alsace and Moselle two more days are holidays; a number does not say where in France somebody lives. */
const REGION_WITH_MOST: Readonly<Record<string, string>> = { FR: '57' }

type Known = { calendar: Holidays; years: Set<number>; dates: Set<CalendarDate> }

// A year takes milliseconds to work out, and the same few dates are asked for again and again.
const known = new Map<string, Known>()

/** A country that the library does not know has none. */
export function isPublicHoliday(country: string, date: CalendarDate): boolean {
  const holidays = known.get(country) ?? open(country)
  const year = Number(date.slice(0, 4))
  // A feast of several days may have begun in the old year.
  for (const wanted of [year - 1, year]) {
    if (!holidays.years.has(wanted)) learn(holidays, wanted)
  }
  return holidays.dates.has(date)
}

export type PublicHoliday = { date: CalendarDate; name: string }

/** The public holidays from `from` until before `to`, named in `language` where the library knows it. */
export function listPublicHolidays(country: string, from: CalendarDate, to: CalendarDate, language: string): PublicHoliday[] {
  const calendar = calendarOf(country)
  const found = new Map<CalendarDate, string>()
  for (let year = Number(from.slice(0, 4)) - 1; year <= Number(to.slice(0, 4)); year++) {
    for (const { days, name } of publicHolidays(calendar, year, language)) {
      for (const day of days) if (day >= from && day < to) found.set(day, name)
    }
  }
  return [...found].map(([date, name]) => ({ date, name })).sort((a, b) => a.date.localeCompare(b.date))
}

function open(country: string): Known {
  const calendar = calendarOf(country)
  const opened = { calendar, years: new Set<number>(), dates: new Set<CalendarDate>() }
  known.set(country, opened)
  return opened
}

function calendarOf(country: string): Holidays {
  const region = REGION_WITH_MOST[country]
  return region === undefined ? new Holidays(country) : new Holidays(country, region)
}

function learn({ calendar, years, dates }: Known, year: number): void {
  years.add(year)
  for (const { days } of publicHolidays(calendar, year)) for (const day of days) dates.add(day)
}

/** Half a day counts as one. */
function publicHolidays(calendar: Holidays, year: number, language?: string): { days: CalendarDate[]; name: string }[] {
  // Undefined for an unknown country, whatever the types say.
  const all = (calendar.getHolidays(year, language) as ReturnType<Holidays['getHolidays']> | undefined) ?? []
  return all.filter(({ type }) => type === 'public').map(({ date, start, end, name }) => {
    const length = Math.max(1, Math.round((end.getTime() - start.getTime()) / 86_400_000))
    return { days: Array.from({ length }, (_, n) => addDays(date.slice(0, 10), n)), name }
  })
}
