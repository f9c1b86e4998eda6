import { DateTime } from 'luxon'
import type { Channel, Choices } from './domain.ts'

/** Nobody waits longer for the next digest than over a week of days off. */
const DAYS_AHEAD = 8

/**
 * The next moment of a digest after `now`, on the company's clock. An hour that the clock leaves out in spring is the one after
 * it; of one that comes twice in autumn the first counts, so that no digest comes twice.
 */
export function nextDigest({ digestHours, isQuiet, workDays }: Choices, now: Date, zone: string): Date {
  const today = DateTime.fromJSDate(now, { zone }).startOf('day')
  for (let days = 0; days <= DAYS_AHEAD; days++) {
    const day = today.plus({ days })
    if (isQuiet && !workDays.includes(day.weekday)) continue
    for (const hour of digestHours) {
      const at = atHour(day, hour)
      if (at > now) return at
    }
  }
  throw new Error('no day of work in a week')
}

/** Whether a mail of its own may go now; else the moment when work begins again. */
export function mayMailAt(choices: Choices, now: Date, zone: string): { isNow: true } | { isNow: false; at: Date } {
  const { isQuiet, workDays, workFrom, workUntil } = choices
  if (!isQuiet) return { isNow: true }
  const local = DateTime.fromJSDate(now, { zone })
  if (workDays.includes(local.weekday) && local.hour >= workFrom && local.hour < workUntil) return { isNow: true }
  for (let days = 0; days <= DAYS_AHEAD; days++) {
    const day = local.startOf('day').plus({ days })
    const at = atHour(day, workFrom)
    if (workDays.includes(day.weekday) && at > now) return { isNow: false, at }
  }
  throw new Error('no day of work in a week')
}

function atHour(day: DateTime, hour: number): Date {
  const { year, month, day: date } = day
  const at = DateTime.fromObject({ year, month, day: date, hour }, { zone: day.zone })
  return (at.getPossibleOffsets()[0] ?? at).toJSDate()
}

/** What becomes of a line that is due: a mail now, a part of the digest that is due, waiting, or nothing more. */
export type Verdict = { act: 'mail' | 'digest' | 'none' } | { act: 'wait'; at: Date; waitsFor: 'digest' | 'hours' }

/**
 * `waitsFor`: what it has waited for until it was due. `at`: when it happened; whoever was away at the time of its digest sends
 * that now. A choice that changed since counts as it is today.
 */
export function verdictOn(line: { channel: Channel; waitsFor: string | null; at: Date }, choices: Choices, now: Date, zone: string): Verdict {
  if (line.channel === 'product') return { act: 'none' }
  if (line.channel === 'digest') {
    const at = nextDigest(choices, line.at, zone)
    return line.waitsFor === 'digest' || at <= now ? { act: 'digest' } : { act: 'wait', at, waitsFor: 'digest' }
  }
  const work = mayMailAt(choices, now, zone)
  return work.isNow ? { act: 'mail' } : { act: 'wait', at: work.at, waitsFor: 'hours' }
}
