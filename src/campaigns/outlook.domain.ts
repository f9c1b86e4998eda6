/** What a plan comes to for the people in it: where the hours of their country hold texts back, and until when. Pure. */
import { addDays, dateIn, weekday, type CalendarDate } from '../core/dates.ts'
import { isPublicHoliday } from '../sms/holidays.ts'
import { nextOpening, windowOn, type WindowRules } from '../sms/windows.ts'
import { instantOf } from './schedule.domain.ts'

/** The hours of a week without holidays: days with the same hours together, in their order; a day that is closed is in none. */
export type OpenDays = { weekdays: number[]; opens: string; closes: string }[]

/** Texts to these countries wait until then. */
export type Deferral = { countries: string[]; until: Date; reason: 'hours' | 'holiday'; openDays: OpenDays; zone: string }

export type Outlook = {
  /** When the first text may leave; undefined: not within a year. */
  leavesAt: Date | undefined
  /** Countries with the same hours and the same end of waiting together. */
  deferrals: Deferral[]
  /** The hours end before so many texts can have left; the rest goes on at the next opening. */
  cutAt: Date | undefined
}

/** How a batch of this size, due at this moment, fares in the countries of its people. */
export function outlookOf(batch: { dueAt: Date; recipients: number }, countries: readonly string[], rules: WindowRules, perSecond: number): Outlook {
  const deferrals: Deferral[] = []
  const openings: { country: string; opensAt: Date }[] = []
  for (const country of countries) {
    const opensAt = nextOpening(country, rules, batch.dueAt)
    if (opensAt === undefined) continue
    openings.push({ country, opensAt })
    if (opensAt.getTime() > batch.dueAt.getTime()) defer(deferrals, country, opensAt, batch.dueAt, rules)
  }
  const first = openings.toSorted((a, b) => a.opensAt.getTime() - b.opensAt.getTime())[0]
  if (!first) return { leavesAt: undefined, deferrals, cutAt: undefined }
  const closesAt = closing(first.country, rules, first.opensAt)
  const isCut = closesAt !== undefined && first.opensAt.getTime() + (batch.recipients / perSecond) * 1000 > closesAt.getTime()
  return { leavesAt: first.opensAt, deferrals, cutAt: isCut ? closesAt : undefined }
}

/** The usual hours of a country around a day, on the clock named. */
export function openDaysOf(country: string, rules: WindowRules, around: CalendarDate): { openDays: OpenDays; zone: string } {
  const openDays: OpenDays = []
  let zone = rules.companyZone
  for (let day = 1; day <= 7; day++) {
    const hours = usualHours(country, rules, around, day)
    if (!hours) continue
    zone = hours.zone
    const last = openDays.at(-1)
    if (last && last.opens === hours.opens && last.closes === hours.closes && last.weekdays.at(-1) === day - 1) last.weekdays.push(day)
    else openDays.push({ weekdays: [day], opens: hours.opens, closes: hours.closes })
  }
  return { openDays, zone }
}

function defer(deferrals: Deferral[], country: string, until: Date, dueAt: Date, rules: WindowRules): void {
  const { openDays, zone } = openDaysOf(country, rules, dateIn(rules.companyZone, dueAt))
  const date = dateIn(zone, dueAt)
  // Closed that day although such a weekday is open.
  const isHoliday = isPublicHoliday(country, date) && !windowOn(country, rules, date) && openDays.some(({ weekdays }) => weekdays.includes(weekday(date)))
  const found: Deferral = { countries: [country], until, reason: isHoliday ? 'holiday' : 'hours', openDays, zone }
  const same = deferrals.find((one) => one.until.getTime() === until.getTime() && one.reason === found.reason && JSON.stringify(one.openDays) === JSON.stringify(openDays))
  if (same) same.countries.push(country)
  else deferrals.push(found)
}

/** Those of the nearest such weekday that is open; holidays in a row are at most a few weeks. */
function usualHours(country: string, rules: WindowRules, around: CalendarDate, day: number): ReturnType<typeof windowOn> {
  const first = addDays(around, (day - weekday(around) + 7) % 7)
  for (let week = 0; week < 4; week++) {
    const hours = windowOn(country, rules, addDays(first, 7 * week))
    if (hours) return hours
  }
  return undefined
}

/** When the hours that are open at `at` end. */
function closing(country: string, rules: WindowRules, at: Date): Date | undefined {
  const { zone } = openDaysOf(country, rules, dateIn(rules.companyZone, at))
  const on = dateIn(zone, at)
  const hours = windowOn(country, rules, on)
  if (!hours) return undefined
  const closesAt = instantOf({ on, time: hours.closes, zone: hours.zone })
  // Open around midnight: no end that matters.
  return hours.closes === '24:00' && windowOn(country, rules, addDays(on, 1))?.opens === '00:00' ? undefined : closesAt
}
