import type { CalendarDate } from '../core/dates.ts'
import type { Language } from './define.ts'

const LOCALE = { fr: 'fr-FR', en: 'en-GB' } as const
const formatters = new Map<string, Intl.DateTimeFormat>()

/** « lundi 23 novembre 2026 ». */
export function longDate(language: Language, date: CalendarDate): string {
  return firstDay(language, dateFormatter(language, 'UTC', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(asUtc(date)))
}

/** « lundi 23 novembre », for dates near enough that the year is plain. */
export function dayAndMonth(language: Language, date: CalendarDate): string {
  return firstDay(language, dateFormatter(language, 'UTC', { weekday: 'long', day: 'numeric', month: 'long' }).format(asUtc(date)))
}

/** « lun. 23 nov. 2026 », for tables. */
export function shortDate(language: Language, date: CalendarDate): string {
  return dateFormatter(language, 'UTC', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(asUtc(date))
}

/** « lun. 23 nov. », with the year when it is not `year`: for pills and other narrow places. */
export function shortDay(language: Language, date: CalendarDate, year: number): string {
  if (!date.startsWith(`${year}-`)) return shortDate(language, date)
  return dateFormatter(language, 'UTC', { weekday: 'short', day: 'numeric', month: 'short' }).format(asUtc(date))
}

/** « lun. 23 », where the month is plain: below a chart of a few days. */
export function weekdayAndDay(language: Language, date: CalendarDate): string {
  return dateFormatter(language, 'UTC', { weekday: 'short', day: 'numeric' }).format(asUtc(date))
}

/** « 23 nov. ». */
export function dayOfMonth(language: Language, date: CalendarDate): string {
  return dateFormatter(language, 'UTC', { day: 'numeric', month: 'short' }).format(asUtc(date))
}

/** « novembre 2026 » or « nov. 2026 ». */
export function monthAndYear(language: Language, date: CalendarDate, width: 'long' | 'short'): string {
  return dateFormatter(language, 'UTC', { month: width, year: 'numeric' }).format(asUtc(date))
}

/** « lundi » or « lun. ». */
export function weekdayName(language: Language, date: CalendarDate, width: 'long' | 'short'): string {
  return dateFormatter(language, 'UTC', { weekday: width }).format(asUtc(date))
}

/** « 21 novembre 2026 à 14:05 » in `zone`. */
export function longMoment(language: Language, instant: Date, zone: string): string {
  return firstDay(language, dateFormatter(language, zone, { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(instant))
}

/** « 21 nov. 14:05 » in `zone`. */
export function shortMoment(language: Language, instant: Date, zone: string): string {
  return dateFormatter(language, zone, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(instant)
}

/** « 14:05 » in `zone`. */
export function timeOfDay(language: Language, instant: Date, zone: string): string {
  return dateFormatter(language, zone, { hour: '2-digit', minute: '2-digit' }).format(instant)
}

/** « il y a 12 minutes », up to a week; older moments are better told by their date. */
export function ago(language: Language, instant: Date, now: Date): string {
  const seconds = Math.round((instant.getTime() - now.getTime()) / 1000)
  const relative = new Intl.RelativeTimeFormat(LOCALE[language], { numeric: 'auto' })
  const units: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60]]
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit)
  }
  return relative.format(0, 'second')
}

export function wholeNumber(language: Language, value: number): string {
  return new Intl.NumberFormat(LOCALE[language], { maximumFractionDigits: 0 }).format(value)
}

/** `share` between 0 and 1; « – » when there is nothing to divide by (S72). */
export function percent(language: Language, part: number, whole: number): string {
  if (whole === 0) return '–'
  return new Intl.NumberFormat(LOCALE[language], { style: 'percent', maximumFractionDigits: 1 }).format(part / whole)
}

/** In French the first of a month is « le 1er », which the platform does not know. */
function firstDay(language: Language, text: string): string {
  return language === 'fr' ? text.replace(/(^| )1 (?=\p{L})/u, '$11er ') : text
}

function asUtc(date: CalendarDate): Date {
  return new Date(`${date}T00:00:00Z`)
}

// Making a formatter costs tens of microseconds, formatting with one costs less than one.
function dateFormatter(language: Language, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${timeZone} ${Object.values(options).join()} ${Object.keys(options).join()}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(LOCALE[language], { ...options, timeZone })
    formatters.set(key, formatter)
  }
  return formatter
}

const regions = { fr: new Intl.DisplayNames('fr-FR', { type: 'region' }), en: new Intl.DisplayNames('en-GB', { type: 'region' }) }

/** A country by its ISO code, as people of that language call it. */
export function countryName(language: Language, code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (regions[language].of(code) ?? code) : code
}
