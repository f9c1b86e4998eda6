/** When a campaign may text a number: the hours of its country, on whose clock, and what the company decided for itself. */
import { IANAZone } from 'luxon'
import { addDays, weekday, type CalendarDate } from '../core/dates.ts'
import { isPublicHoliday } from './holidays.ts'
import { CAUTIOUS_RULE, HOURS_OF, WINDOW_RULES, type WindowRule } from './window-rules.ts'

/** Hours that a company wants instead of ours; `closes` may be `24:00`. */
export type WindowOverride = { weekdays: number[]; opens: string; closes: string; onHolidays: boolean }
/** By ISO country; `*` is every country that has none of its own here. */
export type WindowOverrides = Record<string, WindowOverride>

export type WindowRules = { zone: 'recipient' | 'company'; companyZone: string; overrides: WindowOverrides }

export const WINDOW_PROBLEMS = ['no_country', 'no_weekday', 'no_such_weekday', 'no_such_time', 'closes_before_opens'] as const
export type WindowProblem = { country: string; problem: (typeof WINDOW_PROBLEMS)[number] }

/** Every minute of every day, wherever; for agencies that reach nobody real. */
export const OPEN_ALWAYS: WindowOverrides = { '*': { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '00:00', closes: '24:00', onHolidays: true } }

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What makes these hours impossible, one line per country; none: they can be kept. */
export function checkWindows(overrides: WindowOverrides): WindowProblem[] {
  return Object.entries(overrides).flatMap(([country, window]) => {
    const problem = problemOf(country, window)
    return problem ? [{ country, problem }] : []
  })
}

/** The first moment, `at` itself included, at which a text may go to `country`; undefined: none within a year. */
export function nextOpening(country: string | null, rules: WindowRules, at: Date): Date | undefined {
  const zones = zonesOf(country, rules)
  const giveUpAt = at.getTime() + 366 * DAY
  let moment = at.getTime()
  for (let before = NaN; moment !== before;) {
    before = moment
    // Where a country has several clocks, a number does not say which: all of them must allow it.
    for (const zone of zones) {
      moment = nextIn(zone, country, rules, moment)
      if (moment > giveUpAt) return undefined
    }
  }
  return new Date(moment)
}

/**
 * The hours of one day; undefined when it is closed. With several clocks, what they have in common that day, on the first
 * of them.
 */
export function windowOn(country: string | null, rules: WindowRules, date: CalendarDate): { opens: string; closes: string; zone: string } | undefined {
  const [zone, ...others] = zonesOf(country, rules)
  const hours = hoursOn(country, rules, date)
  if (!zone || !hours) return undefined
  if (others.length === 0) return { ...hours, zone: zone.name }
  const [day] = openSpans(zone, date, { opens: '00:00', closes: '24:00' })
  const from = day && nextOpening(country, rules, new Date(day.from))?.getTime()
  if (from === undefined || dateOn(zone, from) !== date) return undefined
  const to = Math.min(...[zone, ...others].map((each) => closingIn(each, country, rules, from)))
  return { opens: clockTime(zone, from), closes: dateOn(zone, to) === date ? clockTime(zone, to) : '24:00', zone: zone.name }
}

/** Whether more than one clock counts: a number does not say which is its own, so that all must allow a text. */
export function hasSeveralClocks(country: string | null, rules: WindowRules): boolean {
  return zonesOf(country, rules).length > 1
}

/** On one clock: the first open moment from `moment` on; Infinity when there is none within a year. */
function nextIn(zone: IANAZone, country: string | null, rules: WindowRules, moment: number): number {
  let date = dateOn(zone, moment)
  for (let day = 0; day <= 367; day++, date = addDays(date, 1)) {
    const hours = hoursOn(country, rules, date)
    const span = hours && openSpans(zone, date, hours).find(({ to }) => to > moment)
    if (span) return Math.max(moment, span.from)
  }
  return Infinity
}

/** On one clock: how long it stays open from `moment` on, through midnight and a change of clocks. */
function closingIn(zone: IANAZone, country: string | null, rules: WindowRules, moment: number): number {
  let end = moment
  for (let spans = 0; spans < 3; spans++) {
    const date = dateOn(zone, end)
    const hours = hoursOn(country, rules, date)
    const span = hours && openSpans(zone, date, hours).find(({ from, to }) => from <= end && end < to)
    if (!span) break
    end = span.to
  }
  return end
}

/** The hours of a calendar date in `country`, whatever clock they are read from. */
function hoursOn(country: string | null, rules: WindowRules, date: CalendarDate): { opens: string; closes: string } | undefined {
  const own = (country === null ? undefined : rules.overrides[country]) ?? rules.overrides['*']
  const rule = own ? { hours: [own], onHolidays: own.onHolidays } : defaultRule(country, date)
  const hours = rule.hours.find(({ weekdays }) => weekdays.includes(weekday(date)))
  if (!hours || (!rule.onHolidays && country !== null && isPublicHoliday(country, date))) return undefined
  return { opens: hours.opens, closes: hours.closes }
}

/** Our own hours for a country on a date, where the company chose none. */
export function defaultRule(country: string | null, date: CalendarDate): WindowRule {
  const dated = country === null ? undefined : WINDOW_RULES[HOURS_OF[country] ?? country]
  return dated?.findLast(({ from }) => from <= date) ?? dated?.[0] ?? CAUTIOUS_RULE
}

/**
 * The instants of a local day between two times on the clock. On the day of a change of clocks there may be two spans, one
 * for each offset: an hour that comes twice is open twice, one that is left out is not.
 */
function openSpans(zone: IANAZone, date: CalendarDate, hours: { opens: string; closes: string }): { from: number; to: number }[] {
  const midnight = Date.parse(`${date}T00:00Z`)
  const opens = midnight + minutesOf(hours.opens) * MINUTE
  const closes = midnight + minutesOf(hours.closes) * MINUTE
  return offsetsAround(zone, midnight)
    .map(({ offset, from, to }) => ({ from: Math.max(from, opens - offset), to: Math.min(to, closes - offset) }))
    .filter(({ from, to }) => from < to)
}

/** What is added to UTC around a day: one stretch, or two that meet at the change of clocks. */
function offsetsAround(zone: IANAZone, midnight: number): { offset: number; from: number; to: number }[] {
  let [before, after] = [midnight - DAY, midnight + 2 * DAY]
  const [first, last] = [offsetAt(zone, before), offsetAt(zone, after)]
  if (first === last) return [{ offset: first, from: -Infinity, to: Infinity }]
  while (after - before > MINUTE) {
    const middle = before + Math.floor((after - before) / MINUTE / 2) * MINUTE
    if (offsetAt(zone, middle) === first) before = middle
    else after = middle
  }
  return [{ offset: first, from: -Infinity, to: after }, { offset: last, from: after, to: Infinity }]
}

const zones = new Map<string, IANAZone[]>()

/** The clocks that count. A number of no country, and a country without clocks, are on the company's. */
function zonesOf(country: string | null, rules: WindowRules): IANAZone[] {
  const named = rules.zone === 'company' || country === null ? [] : (zones.get(country) ?? clocksOf(country))
  if (named.length > 0) return named
  const own = IANAZone.create(rules.companyZone)
  if (!own.isValid) throw new RangeError(`no such time zone: ${rules.companyZone}`)
  return [own]
}

function clocksOf(country: string): IANAZone[] {
  // In every engine we run on, not yet in the types.
  const locale = new Intl.Locale(`und-${country}`) as Intl.Locale & { getTimeZones(): string[] | undefined }
  const found = (locale.getTimeZones() ?? []).map((name) => IANAZone.create(name)).filter(({ isValid }) => isValid)
  zones.set(country, found)
  return found
}

function problemOf(country: string, { weekdays, opens, closes }: WindowOverride): WindowProblem['problem'] | undefined {
  if (!/^(\*|[A-Z]{2})$/.test(country)) return 'no_country'
  if (weekdays.length === 0) return 'no_weekday'
  if (!weekdays.every((day) => Number.isInteger(day) && day >= 1 && day <= 7)) return 'no_such_weekday'
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(opens) || !/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(closes)) return 'no_such_time'
  return minutesOf(closes) <= minutesOf(opens) ? 'closes_before_opens' : undefined
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

function dateOn(zone: IANAZone, moment: number): CalendarDate {
  return new Date(moment + offsetAt(zone, moment)).toISOString().slice(0, 10)
}

function clockTime(zone: IANAZone, moment: number): string {
  return new Date(moment + offsetAt(zone, moment)).toISOString().slice(11, 16)
}

function offsetAt(zone: IANAZone, moment: number): number {
  return zone.offset(moment) * MINUTE
}
