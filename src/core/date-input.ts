import { addDays, isCalendarDate, weekday, type CalendarDate } from './dates.ts'

/**
 * Reads a date as people write it: ISO, `23/11/2026`, `23.11.26`, `23 11`, `23 nov`, `lundi 23 novembre`, Arabic and
 * Persian digits. The day comes before the month, in both of our languages. Nothing is guessed: what can be meant in
 * another way is given back as a question.
 */
export type ReadDate =
  | { ok: true; date: CalendarDate }
  | { ok: false; problem: 'unreadable' }
  /** Such a day is in no calendar; `day` and `month` say which one was meant. */
  | { ok: false; problem: 'impossible'; day: number; month: number }
  | { ok: false; problem: 'ambiguous'; meant: CalendarDate }

const MONTHS: readonly (readonly string[])[] = [
  ['janvier', 'january'], ['fevrier', 'february'], ['mars', 'march'], ['avril', 'april'], ['mai', 'may'], ['juin', 'june'],
  ['juillet', 'july'], ['aout', 'august'], ['septembre', 'september'], ['octobre', 'october'], ['novembre', 'november'], ['decembre', 'december'],
]
const WEEKDAYS: readonly (readonly string[])[] = [
  ['lundi', 'monday'], ['mardi', 'tuesday'], ['mercredi', 'wednesday'], ['jeudi', 'thursday'], ['vendredi', 'friday'], ['samedi', 'saturday'], ['dimanche', 'sunday'],
]
const TODAY = ['aujourdhui', 'today']
const TOMORROW = ['demain', 'tomorrow']
/** Words that stand around a date and say nothing. */
const FILLERS = new Set(['le', 'du', 'de', 'des', 'au', 'a', 'partir', 'the', 'of', 'on', 'from'])

/** `today` decides the year when none is written: the next such day. */
export function readDate(text: string, today: CalendarDate): ReadDate {
  const words = split(text)
  if (words === undefined) return { ok: false, problem: 'unreadable' }
  const [only = ''] = words
  if (words.length === 1 && TODAY.includes(only)) return { ok: true, date: today }
  if (words.length === 1 && TOMORROW.includes(only)) return { ok: true, date: addDays(today, 1) }

  const named = WEEKDAYS.findIndex((names) => matches(names, words[0] ?? ''))
  const rest = named >= 0 ? words.slice(1) : words
  // « lundi » alone may be this one or the next: asked back.
  if (named >= 0 && rest.length === 0) return { ok: false, problem: 'ambiguous', meant: nextWeekday(named + 1, today) }
  const read = readParts(rest, today)
  if (read.ok && named >= 0 && weekday(read.date) !== named + 1) return { ok: false, problem: 'ambiguous', meant: read.date }
  return read
}

function readParts(words: readonly string[], today: CalendarDate): ReadDate {
  const [first = '', second = '', third] = words
  if (words.length < 2 || words.length > 3) return { ok: false, problem: 'unreadable' }
  if (/^\d{4}$/.test(first) && third !== undefined) return build(third, second, first, today)
  if (/^\d/.test(first)) return build(first, second, third, today)
  // « November 23 »: only where the month is a word can it come first.
  return build(second, first, third, today)
}

function build(dayText: string, monthText: string, yearText: string | undefined, today: CalendarDate): ReadDate {
  const day = number(dayText, 2)
  const month = /^\d/.test(monthText) ? number(monthText, 2) : monthNamed(monthText)
  const year = yearText === undefined ? undefined : readYear(yearText)
  if (!day || !month || year === null) return { ok: false, problem: 'unreadable' }
  if (month > 12 && day <= 12) return swapped(month, day, year, today)
  if (month > 12) return { ok: false, problem: 'unreadable' }
  if (year !== undefined) return checked(year, month, day)
  const thisYear = checked(Number(today.slice(0, 4)), month, day)
  if (thisYear.ok && thisYear.date >= today) return thisYear
  // 29 February is in some years only, so the refusal must not depend on this one.
  const nextYear = checked(Number(today.slice(0, 4)) + 1, month, day)
  return nextYear.ok ? nextYear : thisYear.ok ? { ok: false, problem: 'impossible', day, month } : nextYear
}

/** `11/23/2026`: the month first, as the browser of some phones shows it. */
function swapped(day: number, month: number, year: number | undefined, today: CalendarDate): ReadDate {
  const read = build(String(day), String(month), year === undefined ? undefined : String(year), today)
  return read.ok ? { ok: false, problem: 'ambiguous', meant: read.date } : { ok: false, problem: 'unreadable' }
}

function checked(year: number, month: number, day: number): ReadDate {
  const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  return isCalendarDate(date) ? { ok: true, date } : { ok: false, problem: 'impossible', day, month }
}

/** Undefined when there is more in the text than a date can hold. */
function split(text: string): string[] | undefined {
  if (text.length > 60) return undefined
  const folded = text
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf))
    .normalize('NFKD')
    .replace(/[\p{Mark}\p{Cf}'’]/gu, '')
    .toLowerCase()
  if (/[^\p{L}\p{N}\s./,،\-–]/u.test(folded)) return undefined
  return folded
    .replace(/(\d)(er|st|nd|rd|th)\b/g, '$1')
    .split(/[\s./,،\-–]+/)
    .filter((word) => word !== '' && !FILLERS.has(word))
}

function number(text: string, digits: number): number | undefined {
  return /^\d+$/.test(text) && text.length <= digits ? Number(text) : undefined
}

/** Null when it is no year. */
function readYear(text: string): number | null {
  if (/^\d{2}$/.test(text)) return 2000 + Number(text)
  return /^\d{4}$/.test(text) ? Number(text) : null
}

/** A month by its name or any beginning of at least three letters that fits one month only (« jui » fits two). */
function monthNamed(word: string): number | undefined {
  const found = MONTHS.flatMap((names, index) => (matches(names, word) ? [index + 1] : []))
  return found.length === 1 ? found[0] : undefined
}

function matches(names: readonly string[], word: string): boolean {
  return word.length >= 3 && names.some((name) => name.startsWith(word))
}

function nextWeekday(wanted: number, today: CalendarDate): CalendarDate {
  return addDays(today, (wanted - weekday(today) + 7) % 7 || 7)
}
