import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freeSpan, stateOn } from '../../src/candidates/days.domain.ts'
import { addDays, daysBetween, weekday } from '../../src/core/dates.ts'
import { boardDays, heatOf, workingDays } from '../../src/board/domain.ts'

// Around the two nights on which clocks change in Europe, around a leap day and a new year.
const starts = ['2026-03-23', '2026-10-19', '2028-02-21', '2026-12-21'] as const
/** Looking a date up in the calendar is slow. */
const dates = Object.fromEntries(starts.map((start) => [start, Array.from({ length: 91 }, (_day, n) => addDays(start, n))]))
const day = fc.integer({ min: -20, max: 120 })
const known = fc.record({
  availability: fc.constantFrom('available' as const, 'available' as const, 'unavailable' as const, 'unknown' as const),
  from: fc.option(day, { freq: 2 }), length: fc.option(fc.integer({ min: 0, max: 60 }), { freq: 2 }),
})

test('the bar covers exactly the days on which somebody is available, whatever the period', () => {
  fc.assert(fc.property(fc.constantFrom(...starts), fc.constantFrom(42, 91), known, (start, count, { availability, from, length }) => {
    const period = {
      availability,
      available_from: from === null ? null : addDays(start, from),
      // Without a start, an end may be anywhere.
      available_until: length === null ? null : addDays(start, (from ?? -10) + length),
    }
    const span = freeSpan(period, start, count)
    const drawn = Array.from({ length: count }, (_day, n) => span !== undefined && n >= span.first && n < span.first + span.length)
    expect(drawn).toEqual(drawn.map((_isDrawn, n) => stateOn(period, dates[start]![n]!) === 'available'))
    if (span) expect(span.length).toBeGreaterThan(0)
  }), { numRuns: 300 })
})

test('days are counted on the calendar, also where a night has 23 or 25 hours', () => {
  for (const start of starts) for (let n = 0; n < 120; n += 7) expect(daysBetween(start, addDays(start, n))).toBe(n)
})

test('the board begins on the Monday of this week and shows whole weeks', () => {
  for (let n = 0; n < 30; n++) {
    const today = addDays('2026-10-19', n)
    const { start, count } = boardDays(today, 6)
    expect([weekday(start), count, daysBetween(start, today)]).toEqual([1, 42, weekday(today) - 1])
  }
  expect(boardDays('2026-11-25', 13).count).toBe(91)
})

test.each([
  // This week on Wednesday, on Saturday, on Sunday; next week.
  ['2026-11-23', '2026-11-25', { from: '2026-11-25', until: '2026-11-27' }],
  ['2026-11-23', '2026-11-28', { from: '2026-11-28', until: '2026-11-29' }],
  ['2026-11-23', '2026-11-29', { from: '2026-11-29', until: '2026-11-29' }],
  ['2026-11-30', '2026-11-25', { from: '2026-11-30', until: '2026-12-04' }],
] as const)('the week of %s, seen on %s', (monday, today, period) => {
  expect(workingDays(monday, today)).toEqual(period)
})

test('a day is darkest with the most people, and white with nobody only', () => {
  expect([0, 1, 25, 26, 99, 100].map((count) => heatOf(count, 100))).toEqual([0, 1, 1, 2, 4, 4])
})
