/** Slices of the audience, the best-ranked first, each a while after the one before. Pure. */
import { dateIn } from '../core/dates.ts'
import { MOST_WAVES } from './closing.domain.ts'
import type { BatchPlan } from './schedule.domain.ts'

export type WaveRules = { size: number; minutes: number }

/** When something due at a moment may begin to leave; undefined: not within a year. */
export type Opening = (at: Date) => Date | undefined

/** The waves of so many people: the first at this instant, each later one as if the one before had left when it was due. Never more than may be launched. */
export function planWaves(recipients: number, first: Date, zone: string, { size, minutes }: WaveRules, opening: Opening): BatchPlan[] {
  const plans: BatchPlan[] = []
  for (let left = recipients, dueAt = first; left > 0 && plans.length < MOST_WAVES; left -= size) {
    plans.push({ no: plans.length + 1, localDate: dateIn(zone, dueAt), dueAt, recipients: Math.min(left, size) })
    dueAt = afterWave(opening(dueAt) ?? dueAt, minutes, opening)
  }
  return plans
}

/** When the next wave is due after one that left at this moment: never outside the hours, in which nobody would get it anyway. */
export function afterWave(leftAt: Date, minutes: number, opening: Opening): Date {
  const at = new Date(leftAt.getTime() + minutes * 60_000)
  return opening(at) ?? at
}
