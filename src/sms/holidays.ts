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

function open(country: string): Known {
  const region = REGION_WITH_MOST[country]
  const calendar = region === undefined ? new Holidays(country) : new Holidays(country, region)
  const opened = { calendar, years: new Set<number>(), dates: new Set<CalendarDate>() }
  known.set(country, opened)
  return opened
}

function learn({ calendar, years, dates }: Known, year: number): void {
  years.add(year)
  // Half a day counts as one. Undefined for an unknown country, whatever the types say.
  for (const { date, start, end, type } of (calendar.getHolidays(year) as ReturnType<Holidays['getHolidays']> | undefined) ?? []) {
    if (type !== 'public') continue
    const days = Math.max(1, Math.round((end.getTime() - start.getTime()) / 86_400_000))
    for (let n = 0; n < days; n++) dates.add(addDays(date.slice(0, 10), n))
  }
}
