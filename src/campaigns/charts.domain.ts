import { DateTime } from 'luxon'

/** Answers that came in one hour of the company's clock: what each person says by now, counted where they first answered. */
export type AnswerHour = { at: Date; yes: number; no: number }

export type ChartUnit = 'hour' | 'day' | 'week' | 'month'

/** One bar. `isQuiet`: hours of the night, days of the weekend. */
export type Bucket = { from: Date; until: Date; yes: number; no: number; isQuiet: boolean }

/** So many bars of a unit at most, then the next longer one. */
const MOST: [ChartUnit, number][] = [['hour', 72], ['day', 62], ['week', 60]]
/** Fewer would be beams. */
const LEAST: Record<ChartUnit, number> = { hour: 12, day: 7, week: 1, month: 1 }

/** By the clock of the company: between these hours few people answer. */
export const NIGHT = { from: 21, until: 7 }

/**
 * The answers of a campaign from its first text to its last answer, in the finest unit that a chart has room for. Units follow the
 * clock of `zone`: a day may have 23 or 25 hours, an hour that the clock strikes twice is two. Every hour given is in exactly one bar.
 */
export function bucketsOf(hours: readonly AnswerHour[], startedAt: Date, zone: string): { unit: ChartUnit; buckets: Bucket[] } {
  const moments = hours.map(({ at }) => at.getTime())
  const first = DateTime.fromMillis(Math.min(startedAt.getTime(), ...moments), { zone })
  const last = DateTime.fromMillis(Math.max(startedAt.getTime(), ...moments), { zone })
  const unit = MOST.find(([one, most]) => last.diff(first, one).as(one) < most - 1)?.[0] ?? 'month'
  const buckets: Bucket[] = []
  for (let from = startOf(first, unit); from <= last || buckets.length < LEAST[unit]; from = nextOf(from, unit)) {
    buckets.push({ from: from.toJSDate(), until: nextOf(from, unit).toJSDate(), yes: 0, no: 0, isQuiet: isQuiet(from, unit) })
  }
  for (const { at, yes, no } of hours) {
    const bucket = buckets.find(({ until }) => at < until) as Bucket
    bucket.yes += yes
    bucket.no += no
  }
  return { unit, buckets }
}

export function sumOf(counted: readonly { yes: number; no: number }[], choice: 'yes' | 'no'): number {
  return counted.reduce((sum, one) => sum + one[choice], 0)
}

/** Heights of the lines across a chart, from 0 to one that no bar is above; whole numbers, since people are counted. */
export function scaleTo(most: number): number[] {
  const rough = Math.max(1, most) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough) as number)
  return Array.from({ length: Math.ceil(Math.max(1, most) / step) + 1 }, (_line, index) => index * step)
}

/** Bars side by side that are shaded alike, as one stretch: which it begins at, and how many they are. */
export function quietStretches(buckets: readonly Bucket[]): { at: number; length: number }[] {
  const stretches: { at: number; length: number }[] = []
  for (const [at, { isQuiet: quiet }] of buckets.entries()) {
    const open = stretches.at(-1)
    if (!quiet) continue
    if (open && open.at + open.length === at) open.length++
    else stretches.push({ at, length: 1 })
  }
  return stretches
}

/** Hours are counted as they pass, everything longer by the calendar. */
function nextOf(from: DateTime, unit: ChartUnit): DateTime {
  // Where a clock is set by half an hour, the next full hour comes sooner.
  return unit === 'hour' ? fullHour(from.plus({ hours: 1 })) : from.plus({ [unit]: 1 }).startOf(unit)
}

function startOf(at: DateTime, unit: ChartUnit): DateTime {
  return unit === 'hour' ? fullHour(at) : at.startOf(unit)
}

/** Counted back and not set: of an hour that the clock strikes twice, `startOf` finds the first. */
function fullHour(at: DateTime): DateTime {
  return at.minus({ minutes: at.minute, seconds: at.second, milliseconds: at.millisecond })
}

function isQuiet(from: DateTime, unit: ChartUnit): boolean {
  if (unit === 'hour') return from.hour >= NIGHT.from || from.hour < NIGHT.until
  return unit === 'day' && from.weekday > 5
}
