import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import { nextFreeDay, replan, startingAt, type Left } from '../../src/campaigns/replan.domain.ts'
import { instantOf, planBatches, type Start } from '../../src/campaigns/schedule.domain.ts'
import { addDays, dateIn, weekday } from '../../src/core/dates.ts'

const ZONES = ['Europe/Paris', 'America/New_York', 'Pacific/Noumea', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC'] as const
const SIZES = { first: 5_000, next: 25_000 }
const paris = (on: string, time: string): Start => ({ on, time, zone: 'Europe/Paris' })
const wall = (instant: Date, zone: string) => DateTime.fromJSDate(instant, { zone }).toFormat('yyyy-MM-dd HH:mm')

const day = fc.integer({ min: 0, max: 3_000 }).map((days) => addDays('2026-01-01', days))
const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`)
const start = fc.record({ on: day, time, zone: fc.constantFrom(...ZONES) })
const rules = fc.record({ first: fc.integer({ min: 1, max: 30_000 }), next: fc.integer({ min: 1, max: 30_000 }), allowWeekends: fc.boolean() })

describe('a plan of daily batches', () => {
  it('is the worked example: from a Thursday, with and without weekends (S67)', () => {
    const planOf = (allowWeekends: boolean) => planBatches(60_000, paris('2026-11-26', '10:00'), { ...SIZES, allowWeekends })
    const sizes = [5_000, 25_000, 25_000, 5_000]
    expect(planOf(false).map(({ no, localDate, recipients }) => [no, localDate, recipients])).toEqual(['2026-11-26', '2026-11-27', '2026-11-30', '2026-12-01'].map((date, index) => [index + 1, date, sizes[index]]))
    expect(planOf(true).map(({ localDate }) => localDate)).toEqual(['2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29'])
    expect(planOf(false).at(-1)!.dueAt.toISOString()).toBe('2026-12-01T09:00:00.000Z')
  })

  it('begins when the person said, on a Saturday too; later ones skip to Monday (S65)', () => {
    expect(planBatches(40_000, paris('2026-11-28', '09:00'), { ...SIZES, allowWeekends: false }).map(({ localDate }) => localDate)).toEqual(['2026-11-28', '2026-11-30', '2026-12-01'])
  })

  it.each([
    ['spring', '2027-03-27', ['2027-03-27T08:00:00.000Z', '2027-03-28T07:00:00.000Z', '2027-03-29T07:00:00.000Z']],
    ['autumn', '2026-10-24', ['2026-10-24T07:00:00.000Z', '2026-10-25T08:00:00.000Z', '2026-10-26T08:00:00.000Z']],
  ])('keeps nine o’clock on the wall through the change of clocks in %s', (_season, on, instants) => {
    expect(planBatches(45_000, paris(on, '09:00'), { ...SIZES, allowWeekends: true }).map(({ dueAt }) => dueAt.toISOString())).toEqual(instants)
  })

  it('on the day that leaves the hour out leaves an hour later by the clock; in the hour that comes twice, the second time', () => {
    expect(wall(instantOf(paris('2027-03-28', '02:30')), 'Europe/Paris')).toBe('2027-03-28 03:30')
    expect(instantOf(paris('2026-10-25', '02:30')).toISOString()).toBe('2026-10-25T01:30:00.000Z')
  })

  it('adds up, moves forward day by day, skips weekends after the first, and keeps the time on the wall', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 400_000 }), start, rules, (recipients, first, given) => {
      fc.pre(recipients / given.next < 60)
      const plan = planBatches(recipients, first, given)
      expect(plan.reduce((sum, batch) => sum + batch.recipients, 0)).toBe(recipients)
      expect(plan[0]).toMatchObject({ no: 1, localDate: first.on, recipients: Math.min(recipients, given.first) })
      for (const [index, batch] of plan.entries()) {
        const before = plan[index - 1]
        expect(batch.no).toBe(index + 1)
        if (!before) continue
        expect(batch.recipients).toBe(index === plan.length - 1 ? batch.recipients : given.next)
        expect(batch.recipients).toBeGreaterThan(0)
        expect(batch.recipients).toBeLessThanOrEqual(given.next)
        expect(batch.localDate > before.localDate && batch.dueAt > before.dueAt).toBe(true)
        if (!given.allowWeekends) expect(weekday(batch.localDate)).toBeLessThanOrEqual(5)
        const skipped = (Date.parse(batch.localDate) - Date.parse(before.localDate)) / 86_400_000 - 1
        expect(skipped).toBe(given.allowWeekends ? 0 : weekday(before.localDate) === 5 ? 2 : weekday(before.localDate) === 6 ? 1 : 0)
      }
      for (const { localDate, dueAt } of plan) {
        const exists = DateTime.fromISO(`${localDate}T${first.time}`, { zone: first.zone }).toFormat('HH:mm') === first.time
        if (exists) expect(wall(dueAt, first.zone)).toBe(`${localDate} ${first.time}`)
        else expect(dateIn(first.zone, dueAt)).toBe(localDate)
      }
    }), { numRuns: 300 })
  })
})

describe('new dates for what is left', () => {
  const NOW = new Date('2026-11-26T09:30:00Z') // a Thursday, 10:30 in Paris
  const left = (given: Partial<Left> = {}): Left => ({ zone: 'Europe/Paris', now: NOW, takenUntil: null, batches: [{ id: 11, no: 2, kind: 'daily', waiting: 40 }, { id: 12, no: 3, kind: 'daily', waiting: 25_000 }, { id: 13, no: 4, kind: 'daily', waiting: 3 }], waveMinutes: 0, ...given })

  it('keeps the batches as they are, the first at the chosen start, the others daily after it', () => {
    const planned = replan(left(), { start: paris('2026-11-27', '14:15'), allowWeekends: false })
    expect(planned).toMatchObject({ ok: true, value: [
      { id: 11, no: 2, waiting: 40, localDate: '2026-11-27', dueAt: new Date('2026-11-27T13:15:00Z') },
      { id: 12, no: 3, waiting: 25_000, localDate: '2026-11-30', dueAt: new Date('2026-11-30T13:15:00Z') },
      { id: 13, no: 4, waiting: 3, localDate: '2026-12-01', dueAt: new Date('2026-12-01T13:15:00Z') },
    ] })
  })

  it('begins at this very moment when asked to, and later ones at that time on the wall (S63)', () => {
    const planned = replan(left(), { start: 'now', allowWeekends: true })
    expect(planned.ok && planned.value.map(({ dueAt }) => dueAt.toISOString())).toEqual([NOW.toISOString(), '2026-11-27T09:30:00.000Z', '2026-11-28T09:30:00.000Z'])
    expect(startingAt('Europe/Paris', NOW)).toEqual(paris('2026-11-26', '10:30'))
  })

  it.each([
    ['a moment that has passed', paris('2026-11-26', '10:30'), 'past'],
    ['a day that has passed', paris('2026-11-25', '23:00'), 'past'],
    ['a slip of the keyboard', paris('2036-11-27', '10:00'), 'far'],
    ['an hour that a change of clocks leaves out', paris('2027-03-28', '02:30'), 'left_out'],
  ])('refuses %s', (_what, chosen, reason) => {
    expect(replan(left(), { start: chosen, allowWeekends: false })).toMatchObject({ ok: false, reason })
  })

  it('refuses a day that has a batch already, and says which one is next', () => {
    const taken = left({ takenUntil: '2026-11-27' })
    const refusal = { ok: false, reason: 'day_taken', detail: { next: '2026-11-30' } }
    expect(replan(taken, { start: paris('2026-11-27', '18:00'), allowWeekends: false })).toEqual(refusal)
    expect(replan(taken, { start: 'now', allowWeekends: false })).toEqual(refusal)
    expect(replan(taken, { start: paris('2026-11-28', '18:00'), allowWeekends: false }).ok).toBe(true)
    expect(nextFreeDay(taken, true)).toBe('2026-11-28')
    expect(nextFreeDay(left({ takenUntil: '2026-10-01' }), false)).toBe('2026-11-26')
  })

  it('never puts two batches on one day, nor one before another, whatever is chosen', () => {
    const moment = fc.record({ zone: fc.constantFrom(...ZONES), at: fc.date({ min: new Date('2026-01-01'), max: new Date('2034-01-01'), noInvalidDate: true }) })
    fc.assert(fc.property(moment, start, fc.boolean(), fc.integer({ min: 1, max: 40 }), fc.option(fc.integer({ min: -5, max: 5 })), fc.boolean(), ({ zone, at }, chosen, allowWeekends, count, taken, isNow) => {
      const today = dateIn(zone, at)
      const takenUntil = taken === null ? null : addDays(today, taken)
      const given = { zone, now: at, takenUntil, waveMinutes: 0, batches: Array.from({ length: count }, (_, index) => ({ id: index, no: index + 1, kind: 'daily' as const, waiting: 1 })) }
      const planned = replan(given, { start: isNow ? 'now' : { ...chosen, zone }, allowWeekends })
      if (!planned.ok) {
        const { next } = planned.detail
        // What is proposed is possible, at the last minute of that day at the latest.
        expect(replan(given, { start: { on: next, time: '23:59', zone }, allowWeekends }).ok || wall(at, zone) >= `${next} 23:59`).toBe(true)
        return
      }
      const dates = planned.value.map(({ localDate }) => localDate)
      expect(new Set(dates).size).toBe(count)
      expect(dates.toSorted()).toEqual(dates)
      expect(takenUntil === null || dates[0]! > takenUntil).toBe(true)
      expect(planned.value[0]!.dueAt.getTime()).toBeGreaterThanOrEqual(at.getTime())
      if (!allowWeekends) expect(dates.slice(1).every((date) => weekday(date) <= 5)).toBe(true)
      for (const { localDate, dueAt } of planned.value) expect(dateIn(zone, dueAt)).toBe(localDate)
    }), { numRuns: 300 })
  })
})
