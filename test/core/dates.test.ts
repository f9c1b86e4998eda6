import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, dateIn, hourIn, isCalendarDate, nextMonday, weekday } from '../../src/core/dates.ts'

const anyDate = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10))

describe('calendar dates', () => {
  it('exist or do not', () => {
    expect(['2026-02-28', '2028-02-29', '2026-12-31'].every(isCalendarDate)).toBe(true)
    expect(['2026-02-29', '2026-13-01', '2026-2-3', '20260203', '', '2026-02-30T00:00'].some(isCalendarDate)).toBe(false)
  })

  it('are those of the place, not of the machine', () => {
    const instant = new Date('2026-11-21T23:30:00Z')
    expect([dateIn('Europe/Paris', instant), dateIn('UTC', instant), dateIn('America/Cayenne', instant)]).toEqual(['2026-11-22', '2026-11-21', '2026-11-21'])
    expect(hourIn('Europe/Paris', instant)).toBe(0)
    expect(() => dateIn('Europe/Nowhere', instant)).toThrow(RangeError)
  })

  it('move by whole days, also over the change of clocks', () => {
    expect(addDays('2026-10-24', 2)).toBe('2026-10-26')
    fc.assert(fc.property(anyDate, fc.integer({ min: -5000, max: 5000 }), (date, days) => addDays(addDays(date, days), -days) === date))
  })

  it('know the next Monday, never today', () => {
    expect([nextMonday('2026-11-21'), nextMonday('2026-11-23'), nextMonday('2026-11-22')]).toEqual(['2026-11-23', '2026-11-30', '2026-11-23'])
    fc.assert(fc.property(anyDate, (date) => weekday(nextMonday(date)) === 1 && nextMonday(date) > date && nextMonday(date) <= addDays(date, 7)))
  })
})
