/** Hours of sending as one page edits them. Pure. */
import { DateTime } from 'luxon'
import { addDays, dateIn, type CalendarDate } from '../core/dates.ts'
import { checkWindows, nextOpening, windowOn, type WindowOverride, type WindowProblem, type WindowRules } from '../sms/windows.ts'

/** A country's ISO code, or `*`: every country without hours of its own. */
export type WindowKey = string
export const EVERY_OTHER = '*'

export type OpenDay = { date: CalendarDate; opens: string; closes: string; zone: string }

/** The next days on which something may leave, today included while it is still open. */
export function nextOpenDays(key: WindowKey, rules: WindowRules, now: Date, count: number): OpenDay[] {
  const country = key === EVERY_OTHER ? null : key
  const first = nextOpening(country, rules, now)
  const found: OpenDay[] = []
  if (!first) return found
  // A day begins earlier or later elsewhere: begin the day before, and leave out what is over.
  let date = addDays(dateIn('UTC', first), -1)
  for (let day = 0; day < 60 && found.length < count; day++, date = addDays(date, 1)) {
    const hours = windowOn(country, rules, date)
    if (hours && closingOf(date, hours) > now.getTime()) found.push({ date, ...hours })
  }
  return found
}

export type WindowFault = { field: 'weekdays' | 'opens' | 'closes'; problem: WindowProblem['problem'] }

/** Everything that makes these hours impossible, days and times apart. */
export function windowFaults(key: WindowKey, window: WindowOverride): WindowFault[] {
  const days = checkWindows({ [key]: { ...window, opens: '00:00', closes: '24:00' } })
  const times = checkWindows({ [key]: { ...window, weekdays: [1] } })
  return [
    ...days.map(({ problem }): WindowFault => ({ field: 'weekdays', problem })),
    ...times.map(({ problem }): WindowFault => ({ field: problem === 'closes_before_opens' || isTime(window.opens) ? 'closes' : 'opens', problem })),
  ]
}

function isTime(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text)
}

function closingOf(date: CalendarDate, { closes, zone }: { closes: string; zone: string }): number {
  const day = closes === '24:00' ? addDays(date, 1) : date
  return DateTime.fromISO(`${day}T${closes === '24:00' ? '00:00' : closes}`, { zone }).toMillis()
}
