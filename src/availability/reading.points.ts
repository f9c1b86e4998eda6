import { addDays, addMonths, firstOfNextMonth, isCalendarDate, nextMonday, weekday, type CalendarDate } from '../core/dates.ts'
import type { Doubt } from '../candidates/readings.domain.ts'
import { isNear, type Token } from './reading.tokens.ts'
import { PHRASES } from './reading.words.ts'

/** A day that a text names. `flaw`: why it may be another one. */
export type Point = {
  length: number
  date: CalendarDate | null
  flaw: Doubt | null
  /** « le 3 »: a day of whichever month fits. */
  bareDay?: number
  /** A weekday alone: in a range it may mean every week. */
  isWeekday?: true
  /** A week or a month: its first day, and its last. */
  last?: CalendarDate
}

const MONTHS: readonly (readonly string[])[] = [
  ['janvier', 'january'], ['fevrier', 'february'], ['mars', 'march'], ['avril', 'april'], ['mai', 'may'], ['juin', 'june'],
  ['juillet', 'july'], ['aout', 'august'], ['septembre', 'september'], ['octobre', 'october'], ['novembre', 'november'], ['decembre', 'december'],
]
const WEEKDAYS: readonly (readonly string[])[] = [
  ['lundi', 'monday', 'lun', 'mon'], ['mardi', 'tuesday', 'mar', 'tue', 'tues'], ['mercredi', 'wednesday', 'mer', 'wed'], ['jeudi', 'thursday', 'jeu', 'thu', 'thur', 'thurs'],
  ['vendredi', 'friday', 'ven', 'fri'], ['samedi', 'saturday', 'sam', 'sat'], ['dimanche', 'sunday', 'dim', 'sun'],
]
/** These words mean other things more often: a month only beside a number or a preposition. */
const OTHER_WORDS = new Set(['mai', 'mars', 'may', 'march', 'mar', 'aug', 'dec', 'sept', 'jan'])
const NUMBERS: Record<string, number> = { un: 1, une: 1, a: 1, an: 1, one: 1, deux: 2, two: 2, trois: 3, three: 3, quatre: 4, four: 4, cinq: 5, five: 5, six: 6, sept: 7, seven: 7, huit: 8, eight: 8, dix: 10, ten: 10, quinze: 15, fifteen: 15 }
const DAYS = new Set(['jour', 'jours', 'jrs', 'jr', 'j', 'day', 'days'])
const WEEKS = new Set(['semaine', 'semaines', 'sem', 'semaines', 'week', 'weeks', 'wk', 'wks'])
const MONTH_UNITS = new Set(['mois', 'month', 'months'])
const FAR_DAYS = 183

const TODAY = phrasesOf(['aujourd hui', 'aujourdhui', 'aujourd', 'auj', 'ajd', 'ajrd', 'aujd', 'today', '2day'])
const TOMORROW = phrasesOf(['demain', 'dem1', '2main', 'dmain', 'dm1', 'demian', 'deman', 'tomorrow', 'tomorow', 'tommorow', 'tommorrow', 'tmrw', 'tmr', 'tmw', '2moro', '2morrow', '2mrw'])
export const DAY_AFTER = phrasesOf(['apres demain', 'apres 2main', 'day after tomorrow', 'the day after tomorrow'])
const NEXT_WEEK = phrasesOf(['la semaine prochaine', 'semaine prochaine', 'la sem prochaine', 'sem prochaine', 'semaine pro', 'la semaine pro', 'la semaine d apres', 'next week', 'the next week', 'semaine qui vient', 'la semaine qui vient'])
const NEXT_MONTH = phrasesOf(['le mois prochain', 'mois prochain', 'next month', 'du mois prochain'])
const WEEKEND = phrasesOf(['ce week end', 'ce weekend', 'ce we', 'this weekend', 'this week end', 'week end prochain'])
const NEXT = phrasesOf(['prochain', 'prochaine', 'pro', 'qui vient', 'proch'])
const OF_NEXT_WEEK = phrasesOf(['de la semaine prochaine', 'la semaine prochaine', 'semaine prochaine', 'of next week', 'next week'])
const IN_EIGHT = phrasesOf(['en huit', 'en 8'])
const IN_FIFTEEN = phrasesOf(['en quinze', 'en 15'])
const ARTICLE = phrasesOf(['le', 'the'])
const OF = phrasesOf(['of', 'de', 'du mois de'])
const PART_OF = phrasesOf(['debut', 'mi', 'fin', 'courant', 'fin de', 'debut de', 'early', 'mid', 'late', 'end of', 'beginning of', 'mois de', 'le mois de'])

/** Phrases by their first word, so that a look costs nothing where none begins. */
export type Phrases = ReadonlyMap<string, readonly (readonly string[])[]>

export function phrasesOf(...lists: (readonly string[])[]): Phrases {
  return Map.groupBy(lists.flat().map((phrase) => phrase.split(' ')), ([first = '']) => first)
}

/** How many tokens from `at` one of these phrases takes; the longest counts, 0 for none. */
export function lengthOf(phrases: Phrases, tokens: readonly Token[], at: number): number {
  let longest = 0
  for (const words of phrases.get(tokens[at]?.word ?? '') ?? []) {
    if (words.length > longest && words.every((word, ahead) => tokens[at + ahead]?.word === word)) longest = words.length
  }
  return longest
}

/** What stands before: nothing, a word that may lead to a day (« en »), or one that makes a number a day (« le »). */
export type Intro = 'none' | 'word' | 'article'

/** The day that is named from token `at` on. */
export function pointAt(tokens: readonly Token[], at: number, today: CalendarDate, intro: Intro): Point | undefined {
  return relativeDay(tokens, at, today) ?? namedWeekday(tokens, at, today) ?? numericDate(tokens, at, today) ?? dayAndMonth(tokens, at, today)
    ?? bareDay(tokens, at, today, intro === 'article') ?? wholeMonth(tokens, at, today, intro !== 'none')
}

function relativeDay(tokens: readonly Token[], at: number, today: CalendarDate): Point | undefined {
  const after = lengthOf(DAY_AFTER, tokens, at)
  if (after) return { length: after, date: addDays(today, 2), flaw: null }
  const now = lengthOf(TODAY, tokens, at)
  if (now) return { length: now, date: today, flaw: null }
  const tomorrow = lengthOf(TOMORROW, tokens, at)
  if (tomorrow) return { length: tomorrow, date: addDays(today, 1), flaw: null }
  const week = lengthOf(NEXT_WEEK, tokens, at)
  if (week) return { length: week, date: nextMonday(today), flaw: null, last: addDays(nextMonday(today), 6) }
  const month = lengthOf(NEXT_MONTH, tokens, at)
  if (month) return { length: month, date: firstOfNextMonth(today), flaw: null, last: addDays(addMonths(firstOfNextMonth(today), 1), -1) }
  const weekend = lengthOf(WEEKEND, tokens, at)
  if (!weekend) return undefined
  const saturday = addDays(nextMonday(today), -2)
  return { length: weekend, date: saturday < today ? today : saturday, flaw: 'date_vague', last: addDays(saturday, 1) }
}

/** « 2 semaines », « quinze jours », « a month » from today. « 8 jours » and « 15 jours » are one and two weeks, as everybody says. */
export function durationAt(tokens: readonly Token[], at: number, today: CalendarDate): Point | undefined {
  const count = countOf(tokens[at]?.word)
  const unit = tokens[at + 1]?.word ?? ''
  if (tokens[at]?.word === 'fortnight' || (count === 1 && unit === 'fortnight')) return { length: count ? 2 : 1, date: addDays(today, 14), flaw: null }
  if (count === undefined || count === 0 || count > 60) return undefined
  if (DAYS.has(unit)) return { length: 2, date: addDays(today, count === 8 || count === 15 ? count - 1 : count), flaw: null }
  if (WEEKS.has(unit)) return { length: 2, date: addDays(today, count * 7), flaw: null }
  return MONTH_UNITS.has(unit) ? { length: 2, date: addMonths(today, count), flaw: null } : undefined
}

function countOf(word: string | undefined): number | undefined {
  if (word === undefined) return undefined
  return /^\d{1,2}$/.test(word) ? Number(word) : Object.hasOwn(NUMBERS, word) ? NUMBERS[word] : undefined
}

function namedWeekday(tokens: readonly Token[], at: number, today: CalendarDate): Point | undefined {
  const isNext = tokens[at]?.word === 'next' || tokens[at]?.word === 'this'
  const start = isNext ? at + 1 : at
  const word = tokens[start]?.word ?? ''
  const index = WEEKDAYS.findIndex((names) => names.includes(word) || (!PHRASES.has(word) && names.some((name) => isNear(word, name))))
  if (index < 0) return undefined
  let length = start + 1 - at
  const dated = datedWeekday(tokens, at + length, today, index + 1)
  if (dated) return { ...dated, length: length + dated.length }
  // « mon », « mar », « sam » are words and names of their own.
  if (word.length < 5) return undefined
  const coming = addDays(today, (index + 1 - weekday(today) + 7) % 7 || 7)
  const ofNextWeek = lengthOf(OF_NEXT_WEEK, tokens, at + length)
  if (ofNextWeek) return { length: length + ofNextWeek, date: addDays(nextMonday(today), index), flaw: null }
  const inWeeks = lengthOf(IN_EIGHT, tokens, at + length) ? 7 : lengthOf(IN_FIFTEEN, tokens, at + length) ? 14 : 0
  if (inWeeks) return { length: length + 2, date: addDays(coming, inWeeks), flaw: null }
  const next = lengthOf(NEXT, tokens, at + length)
  length += next
  // On a Monday « lundi » may be today. « Vendredi prochain » said on a Monday may be this Friday or the one after; on a Friday « lundi prochain » is clear.
  const isThisWeek = coming < nextMonday(today) || coming === addDays(today, 1)
  const isUnsure = weekday(today) === index + 1 || ((next > 0 || tokens[at]?.word === 'next') && isThisWeek)
  return { length, date: coming, flaw: isUnsure ? 'date_vague' : null, isWeekday: true }
}

/** « lundi 23 », « lundi le 23 novembre »: both must agree. */
function datedWeekday(tokens: readonly Token[], at: number, today: CalendarDate, wanted: number): Point | undefined {
  const article = lengthOf(ARTICLE, tokens, at)
  const point = numericDate(tokens, at + article, today) ?? dayAndMonth(tokens, at + article, today) ?? bareDay(tokens, at + article, today, true)
  if (!point?.date) return point && { ...point, length: article + point.length }
  const disagrees = weekday(point.date) !== wanted
  return { length: article + point.length, date: point.date, flaw: point.flaw ?? (disagrees ? 'dates' : null) }
}

/** « 15/01 », « 15.01.27 », « 2027-01-15 »: the day before the month, as in both of our languages. */
function numericDate(tokens: readonly Token[], at: number, today: CalendarDate): Point | undefined {
  const word = tokens[at]?.word ?? ''
  const parts = /^\d/.test(word) ? word.split(/[./-]/) : []
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => /^\d{1,4}$/.test(part))) return undefined
  const [first = '', second = '', third] = parts
  if (/^(?:€|euros?|eur|h|heures?|km|kg|net|brut|pm|am)$/.test(tokens[at + 1]?.word ?? '')) return undefined
  if (first.length === 4 && third !== undefined) return calendarDay(1, Number(third), Number(second), Number(first), today)
  if (first.length > 2 || second.length > 2 || (third !== undefined && third.length !== 2 && third.length !== 4)) return undefined
  const year = third === undefined ? undefined : third.length === 2 ? 2000 + Number(third) : Number(third)
  const [day, month] = [Number(first), Number(second)]
  if (month > 12 && day <= 12) {
    const swapped = calendarDay(1, month, day, year, today)
    return swapped && { ...swapped, flaw: 'date_vague' }
  }
  // « 3-12 » may be a range, « 12.5 » a wage.
  const isPlain = third !== undefined || word.includes('/') || (first.length === 2 && second.length === 2 && word.includes('.'))
  const point = calendarDay(1, day, month, year, today)
  return point && (isPlain ? point : { ...point, flaw: point.flaw ?? 'date_vague' })
}

/** « 12 janvier 2027 », « 1er décembre », « January 5th ». */
function dayAndMonth(tokens: readonly Token[], at: number, today: CalendarDate): Point | undefined {
  const day = dayNumber(tokens[at]?.word)
  const of = lengthOf(OF, tokens, at + 1)
  const month = monthNamed(tokens[at + 1 + of]?.word)
  if (day !== undefined && month !== undefined) return withYear(tokens, at, 2 + of, day, month, today)
  const leading = monthNamed(tokens[at]?.word)
  const the = lengthOf(ARTICLE, tokens, at + 1)
  const following = dayNumber(tokens[at + 1 + the]?.word)
  return leading !== undefined && following !== undefined ? withYear(tokens, at, 2 + the, following, leading, today) : undefined
}

function withYear(tokens: readonly Token[], at: number, length: number, day: number, month: number, today: CalendarDate): Point {
  const comma = tokens[at + length]?.word === ',' ? 1 : 0
  const year = /^20\d\d$/.exec(tokens[at + length + comma]?.word ?? '')
  return calendarDay(year ? length + comma + 1 : length, day, month, year ? Number(year[0]) : undefined, today) ?? { length, date: null, flaw: 'date_vague' }
}

/** « le 15 », « 15th »: the next such day. On the day itself it may be today's or next month's. */
function bareDay(tokens: readonly Token[], at: number, today: CalendarDate, isIntroduced: boolean): Point | undefined {
  const word = tokens[at]?.word ?? ''
  const day = dayNumber(word)
  if (day === undefined || (!isIntroduced && /^\d+$/.test(word)) || word === 'premier') return undefined
  if (/^(?:€|euros?|eur|h|heures?|km|kg|ans?|jours?|j|semaines?|sem|mois|days?|weeks?|months?|years?|minutes?|min|mn|am|pm|fois|personnes?|%)$/.test(tokens[at + 1]?.word ?? '')) return undefined
  // « au 06 12 34 56 78 »
  if (/^\d{2}$/.test(tokens[at + 1]?.word ?? '')) return undefined
  for (let ahead = 0; ahead < 3; ahead++) {
    const month = addMonths(`${today.slice(0, 7)}-01`, ahead).slice(0, 7)
    const date = `${month}-${String(day).padStart(2, '0')}`
    if (isCalendarDate(date) && date >= today) return { length: 1, date, flaw: date === today ? 'date_vague' : null, bareDay: day }
  }
  return undefined
}

/** « en janvier », « fin janvier »: only its first day is told. */
function wholeMonth(tokens: readonly Token[], at: number, today: CalendarDate, isIntroduced: boolean): Point | undefined {
  const part = lengthOf(PART_OF, tokens, at)
  const word = tokens[at + part]?.word ?? ''
  const month = monthNamed(word, part > 0)
  if (month === undefined || (OTHER_WORDS.has(word) && !isIntroduced && part === 0)) return undefined
  const thisYear = Number(today.slice(0, 4))
  const firstOf = (year: number) => `${year}-${String(month).padStart(2, '0')}-01`
  const isNow = firstOf(thisYear).slice(0, 7) === today.slice(0, 7)
  const first = firstOf(thisYear) >= today || isNow ? firstOf(thisYear) : firstOf(thisYear + 1)
  const date = isNow ? today : first
  return { length: part + 1, date, flaw: part > 0 || isNow ? 'date_vague' : isFar(date, today) ? 'date_far' : null, last: addDays(addMonths(first, 1), -1) }
}

/** Undefined where there is no such day; without a year the next one. */
export function calendarDay(length: number, day: number, month: number, year: number | undefined, today: CalendarDate): Point | undefined {
  const on = (in_: number) => `${in_}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  if (year !== undefined) return isCalendarDate(on(year)) ? (on(year) < today ? { length, date: null, flaw: 'date_past' } : { length, date: on(year), flaw: null }) : { length, date: null, flaw: 'date_vague' }
  const thisYear = Number(today.slice(0, 4))
  const date = [on(thisYear), on(thisYear + 1)].find((one) => isCalendarDate(one) && one >= today)
  if (!date) return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? { length, date: null, flaw: 'date_vague' } : undefined
  // A day of last week is one of next year by the calendar alone.
  return { length, date, flaw: isFar(date, today) ? 'date_far' : null }
}

function isFar(date: CalendarDate, today: CalendarDate): boolean {
  return date > addDays(today, FAR_DAYS)
}

export function dayNumber(word: string | undefined): number | undefined {
  if (word === 'premier' || word === 'first') return 1
  const found = /^(\d{1,2})(?:er|e|eme|st|nd|rd|th)?$/.exec(word ?? '')
  const day = found ? Number(found[1]) : 0
  return day >= 1 && day <= 31 ? day : undefined
}

/** A month by its name, by a beginning of three letters or more that fits one only, or with a slip where only a month can stand. */
function monthNamed(word: string | undefined, isExpected = true): number | undefined {
  if (word === undefined || word.length < 3) return undefined
  const found = MONTHS.flatMap((names, index) => (names.some((name) => name.startsWith(word)) ? [index + 1] : []))
  if (found.length === 1) return found[0]
  if (found.length > 1 || !isExpected || PHRASES.has(word)) return undefined
  const near = MONTHS.flatMap((names, index) => (names.some((name) => isNear(word, name)) ? [index + 1] : []))
  return near.length === 1 ? near[0] : undefined
}
