import { describe, expect, test } from 'vitest'
import { openDaysOf, outlookOf } from '../../src/campaigns/outlook.domain.ts'
import type { WindowRules } from '../../src/sms/windows.ts'

const RULES: WindowRules = { zone: 'recipient', companyZone: 'Europe/Paris', overrides: {} }
const look = (dueAt: string, countries: string[], given: { rules?: Partial<WindowRules>; recipients?: number } = {}) =>
  outlookOf({ dueAt: new Date(dueAt), recipients: given.recipients ?? 1 }, countries, { ...RULES, ...given.rules }, 25)

describe('how a batch fares in the countries of its people', () => {
  test('inside the hours nothing waits', () => {
    expect(look('2026-11-26T09:00:00Z', ['FR', 'BE'])).toMatchObject({ leavesAt: new Date('2026-11-26T09:00:00Z'), deferrals: [], cutAt: undefined })
  })

  test('on a Sunday everybody waits for Monday, countries with the same hours together', () => {
    const { leavesAt, deferrals } = look('2026-11-29T09:00:00Z', ['FR', 'BE'])
    expect(leavesAt).toEqual(new Date('2026-11-30T07:00:00Z'))
    expect(deferrals).toMatchObject([{ countries: ['FR', 'BE'], reason: 'hours', openDays: [{ weekdays: [1, 2, 3, 4, 5, 6], opens: '08:00', closes: '20:00' }] }])
  })

  test('a public holiday is told from hours; only the country that has it waits', () => {
    // Armistice Day is none in Switzerland.
    const { leavesAt, deferrals } = look('2026-11-11T09:00:00Z', ['FR', 'CH'])
    expect(leavesAt).toEqual(new Date('2026-11-11T09:00:00Z'))
    expect(deferrals).toMatchObject([{ countries: ['FR'], reason: 'holiday', until: new Date('2026-11-12T07:00:00Z') }])
    // A holiday on a Sunday is a Sunday.
    expect(look('2026-11-01T09:00:00Z', ['FR']).deferrals).toMatchObject([{ reason: 'hours' }])
  })

  test('each country is read on its own clock, or all on the company’s', () => {
    // Ten in Paris is five in Martinique.
    expect(look('2026-11-26T09:00:00Z', ['MQ']).deferrals).toMatchObject([{ countries: ['MQ'], until: new Date('2026-11-26T12:00:00Z'), zone: 'America/Martinique' }])
    expect(look('2026-11-26T09:00:00Z', ['MQ'], { rules: { zone: 'company' } }).deferrals).toEqual([])
  })

  test('the first text leaves when the first country opens', () => {
    expect(look('2026-11-25T23:00:00Z', ['FR', 'RE']).leavesAt).toEqual(new Date('2026-11-26T04:00:00Z'))
  })

  test('more than can leave before the hours end is said, and when', () => {
    expect(look('2026-11-26T18:59:00Z', ['FR'], { recipients: 1_500 }).cutAt).toBeUndefined()
    expect(look('2026-11-26T18:59:00Z', ['FR'], { recipients: 1_501 }).cutAt).toEqual(new Date('2026-11-26T19:00:00Z'))
  })

  test('around the clock nothing is ever cut', () => {
    const always = { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '00:00', closes: '24:00', onHolidays: true }
    expect(look('2026-11-26T22:59:00Z', ['FR'], { recipients: 5_000, rules: { overrides: { '*': always } } })).toMatchObject({ deferrals: [], cutAt: undefined })
  })
})

test('usual hours leave holidays out of sight', () => {
  // The week of Christmas and the one of New Year.
  expect(openDaysOf('FR', RULES, '2026-12-25').openDays).toEqual([{ weekdays: [1, 2, 3, 4, 5, 6], opens: '08:00', closes: '20:00' }])
  expect(openDaysOf('GB', RULES, '2026-12-25').openDays).toEqual([{ weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '08:00', closes: '20:00' }])
})
