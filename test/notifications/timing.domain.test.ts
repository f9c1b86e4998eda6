import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import { DEFAULT_CHOICES, NEWS_KINDS, type Choices } from '../../src/notifications/domain.ts'
import { maskNumbers } from '../../src/notifications/numbers.domain.ts'
import { mayMailAt, nextDigest, verdictOn } from '../../src/notifications/timing.domain.ts'

const PARIS = 'Europe/Paris'
const at = (local: string, zone = PARIS) => DateTime.fromISO(local, { zone }).toJSDate()
const choices = (more: Partial<Choices> = {}): Choices => ({ ...DEFAULT_CHOICES, isQuiet: false, ...more })
const wall = (instant: Date, zone = PARIS) => DateTime.fromJSDate(instant, { zone }).toFormat("yyyy-MM-dd'T'HH:mm")

describe('The next digest', () => {
  it.each<[string, string, Partial<Choices>, string]>([
    ['in the morning, the same day', '2026-11-23T07:59', {}, '2026-11-23T08:00'],
    ['at the very minute, the next one', '2026-11-23T08:00', {}, '2026-11-23T14:00'],
    ['in the evening, tomorrow', '2026-11-23T14:00:01', {}, '2026-11-24T08:00'],
    ['on Friday, Monday, where weekends are free', '2026-11-27T15:00', { isQuiet: true }, '2026-11-30T08:00'],
    ['on Friday, Saturday, where they are not', '2026-11-27T15:00', {}, '2026-11-28T08:00'],
    ['once a day', '2026-11-23T09:00', { digestHours: [8] }, '2026-11-24T08:00'],
    ['for who works on Sundays alone', '2026-11-29T23:00', { isQuiet: true, workDays: [7] }, '2026-12-06T08:00'],
    // 2026-03-29: the clock goes from 02:00 to 03:00.
    ['at an hour that spring leaves out', '2026-03-29T01:30', { digestHours: [2] }, '2026-03-29T03:00'],
    ['after that', '2026-03-29T03:00', { digestHours: [2] }, '2026-03-30T02:00'],
    ['over the change in spring', '2026-03-28T15:00', {}, '2026-03-29T08:00'],
    // 2026-10-25: the clock goes from 03:00 back to 02:00.
    ['over the change in autumn', '2026-10-24T15:00', {}, '2026-10-25T08:00'],
  ])('%s', (_when, now, more, expected) => {
    expect(wall(nextDigest(choices(more), at(now), PARIS))).toBe(expected)
  })

  it('comes once at an hour that comes twice in autumn: the first time', () => {
    const first = nextDigest(choices({ digestHours: [2] }), at('2026-10-25T00:30'), PARIS)
    expect(first.toISOString()).toBe('2026-10-25T00:00:00.000Z')
    expect(nextDigest(choices({ digestHours: [2] }), first, PARIS).toISOString()).toBe('2026-10-26T01:00:00.000Z')
  })

  it('is later than now, at a chosen hour of a chosen day, and not skipped: in every zone, also where clocks change', () => {
    const zone = fc.constantFrom(PARIS, 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia')
    const hours = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 2 }).map((given) => given.sort((a, b) => a - b))
    const days = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 })
    fc.assert(fc.property(fc.date({ min: new Date('2025-01-01'), max: new Date('2028-12-31'), noInvalidDate: true }), zone, hours, days, fc.boolean(), (now, where, digestHours, workDays, isQuiet) => {
      const mine = choices({ digestHours, workDays, isQuiet })
      const next = nextDigest(mine, now, where)
      expect(next.getTime()).toBeGreaterThan(now.getTime())
      const local = DateTime.fromJSDate(next, { zone: where })
      if (isQuiet) expect(workDays).toContain(local.weekday)
      // An hour that the clock leaves out is the one after it.
      expect(digestHours.flatMap((hour) => [hour, hour + 1])).toContain(local.hour)
      // Nothing lies between: whoever asks a moment before it is told the same.
      expect(nextDigest(mine, new Date(next.getTime() - 1), where).getTime()).toBe(next.getTime())
    }), { numRuns: 300 })
  })
})

describe('A mail of its own', () => {
  it.each([
    ['2026-11-23T08:00', 'now'], ['2026-11-23T18:59', 'now'], ['2026-11-23T19:00', '2026-11-24T08:00'], ['2026-11-23T07:59', '2026-11-23T08:00'], ['2026-11-28T12:00', '2026-11-30T08:00'],
  ])('at %s: %s', (now, expected) => {
    const may = mayMailAt(DEFAULT_CHOICES, at(now), PARIS)
    expect(may.isNow ? 'now' : wall(may.at)).toBe(expected)
  })

  it('goes at any time for who wants no quiet, and until midnight for who works until then', () => {
    expect(mayMailAt(choices(), at('2026-11-29T03:00'), PARIS).isNow).toBe(true)
    expect(mayMailAt(choices({ isQuiet: true, workUntil: 24 }), at('2026-11-23T23:59'), PARIS).isNow).toBe(true)
  })
})

it('every way of being told ends in a mail, a digest or nothing', () => {
  const now = at('2026-11-28T12:00')
  expect(verdictOn({ channel: 'product', waitsFor: null, at: now }, DEFAULT_CHOICES, now, PARIS)).toEqual({ act: 'none' })
  expect(verdictOn({ channel: 'mail', waitsFor: null, at: now }, DEFAULT_CHOICES, now, PARIS)).toEqual({ act: 'wait', waitsFor: 'hours', at: at('2026-11-30T08:00') })
  expect(verdictOn({ channel: 'digest', waitsFor: null, at: now }, DEFAULT_CHOICES, now, PARIS)).toEqual({ act: 'wait', waitsFor: 'digest', at: at('2026-11-30T08:00') })
  // A digest that was missed goes whenever somebody is at work again, with what nobody had looked at in time.
  expect(verdictOn({ channel: 'digest', waitsFor: null, at: at('2026-11-27T13:59') }, DEFAULT_CHOICES, now, PARIS)).toEqual({ act: 'digest' })
  expect(verdictOn({ channel: 'digest', waitsFor: 'digest', at: now }, DEFAULT_CHOICES, now, PARIS)).toEqual({ act: 'digest' })
  expect(NEWS_KINDS.every((kind) => DEFAULT_CHOICES.channels[kind] !== undefined)).toBe(true)
})

it.each([
  ['Appelez-moi au 06 39 98 00 01 svp', 'Appelez-moi au … svp'], ['0639980001', '…'], ['+33 6.39.98.00.01', '…'], ['06/39/98/00/01', '…'], ['(0033) 639-980-001', '…'], ['06\u00a039\u202f98 00 01', '…'], ['０６３９９８０００１', '…'],
  ['dispo le 23/11/2026 à 14:30', 'dispo le 23/11/2026 à 14:30'], ['du 23/11 au 30/11, 35 h', 'du 23/11 au 30/11, 35 h'], ['dépt 69003, 12 €/h', 'dépt 69003, 12 €/h'],
])('no number that could be called leaves in a mail: %s', (text, expected) => {
  expect(maskNumbers(text)).toBe(expected)
})
