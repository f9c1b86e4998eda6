import fc from 'fast-check'
import { DateTime } from 'luxon'
import { describe, expect, it } from 'vitest'
import { settingsFrom } from '../../src/companies/settings.ts'
import { windowRules } from '../../src/companies/sending-rules.ts'
import { addDays, weekday } from '../../src/core/dates.ts'
import { isPublicHoliday } from '../../src/sms/holidays.ts'
import { checkWindows, nextOpening, OPEN_ALWAYS, windowOn, type WindowOverride, type WindowRules } from '../../src/sms/windows.ts'

const ours: WindowRules = { zone: 'recipient', companyZone: 'Europe/Paris', overrides: {} }
const with_ = (overrides: WindowRules['overrides']): WindowRules => ({ ...ours, overrides })
const window = (given: Partial<WindowOverride> = {}): WindowOverride => ({ weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '09:00', closes: '18:00', onHolidays: true, ...given })
const at = (local: string, zone = 'Europe/Paris') => DateTime.fromISO(local, { zone }).toJSDate()
const opens = (country: string | null, local: string, zone = 'Europe/Paris', rules = ours) => {
  const opening = nextOpening(country, rules, at(local, zone))
  return opening && DateTime.fromJSDate(opening, { zone }).toFormat('yyyy-MM-dd HH:mm')
}

describe('the hours of each country', () => {
  it.each([
    ['within the hours', '2026-11-20T19:59', '2026-11-20 19:59'],
    ['at the opening', '2026-11-20T08:00', '2026-11-20 08:00'],
    ['a minute before', '2026-11-20T07:59', '2026-11-20 08:00'],
    ['at the closing', '2026-11-20T20:00', '2026-11-21 08:00'],
    ['on a Saturday evening, because Sunday is closed', '2026-11-21T20:00', '2026-11-23 08:00'],
    ['on Christmas eve: Friday and Saturday are holidays in Alsace, then it is Sunday', '2026-12-24T21:00', '2026-12-28 08:00'],
    ['on Good Friday, as in Alsace and Moselle', '2027-03-26T10:00', '2027-03-27 08:00'],
    ['on Armistice Day', '2026-11-11T10:00', '2026-11-12 08:00'],
  ])('France, %s', (_when, local, expected) => expect(opens('FR', local)).toBe(expected))

  it('overseas are those of France by their own clocks, with their own holidays', () => {
    expect(opens('RE', '2026-11-20T03:00')).toBe('2026-11-20 05:00')
    expect(opens('GP', '2026-11-20T09:00')).toBe('2026-11-20 13:00')
    expect(opens('RE', '2028-12-20T10:00', 'Indian/Reunion')).toBe('2028-12-21 08:00')
    expect(opens('FR', '2028-12-20T10:00')).toBe('2028-12-20 10:00')
  })

  it('of the United States suit Hawaii and New York at the same time, on Sundays from noon', () => {
    expect(opens('US', '2026-11-20T09:00', 'America/New_York')).toBe('2026-11-20 14:00')
    expect(opens('US', '2026-11-20T20:00', 'America/New_York')).toBe('2026-11-21 14:00')
    expect(opens('US', '2026-11-22T09:00', 'America/New_York')).toBe('2026-11-22 17:00')
  })

  it('of Britain hold on Sundays and for its islands', () => {
    expect(opens('GB', '2026-11-22T07:00', 'Europe/London')).toBe('2026-11-22 08:00')
    expect(opens('GG', '2026-11-22T10:00', 'Europe/London')).toBe('2026-11-22 10:00')
  })

  it.each(['BE', 'CH', 'LU', 'MC', 'DE', 'XK'])('elsewhere (%s) are cautious: not on Sundays, not on its holidays', (country) => {
    expect(opens(country, '2026-11-22T10:00')).toBe('2026-11-23 08:00')
    if (country !== 'XK') expect(opens(country, '2026-12-25T10:00')?.slice(0, 10)).not.toBe('2026-12-25')
  })

  it('of a number without a country are cautious, by the clock of the company', () => {
    expect(opens(null, '2026-11-22T10:00')).toBe('2026-11-23 08:00')
    expect(opens(null, '2026-11-23T02:00', 'America/Montreal', { ...ours, companyZone: 'America/Montreal' })).toBe('2026-11-23 08:00')
  })

  it('can be read from the clock of the company', () => {
    expect(opens('RE', '2026-11-20T06:00', 'Europe/Paris', { ...ours, zone: 'company' })).toBe('2026-11-20 08:00')
  })
})

describe('the hours of a day', () => {
  it('are said with their clock, and closed days are not', () => {
    expect(windowOn('FR', ours, '2026-11-20')).toEqual({ opens: '08:00', closes: '20:00', zone: 'Europe/Paris' })
    expect(windowOn('FR', ours, '2026-11-22')).toBeUndefined()
    expect(windowOn('FR', ours, '2026-11-11')).toBeUndefined()
    expect(windowOn('FR', with_({ FR: window({ closes: '24:00' }) }), '2026-11-22')).toEqual({ opens: '09:00', closes: '24:00', zone: 'Europe/Paris' })
  })

  it('are what all clocks of a country have in common', () => {
    expect(windowOn('US', ours, '2026-11-20')).toEqual({ opens: '09:00', closes: '15:00', zone: 'America/Adak' })
    expect(windowOn('US', with_(OPEN_ALWAYS), '2026-11-20')).toEqual({ opens: '00:00', closes: '24:00', zone: 'America/Adak' })
    expect(windowOn('US', with_({ US: window({ opens: '10:00', closes: '12:00' }) }), '2026-11-20')).toBeUndefined()
  })
})

describe('hours of the company’s own', () => {
  it('take the place of the country’s, or of every country’s', () => {
    expect(opens('FR', '2026-11-22T10:00', 'Europe/Paris', with_({ FR: window() }))).toBe('2026-11-22 10:00')
    expect(opens('BE', '2026-11-22T10:00', 'Europe/Paris', with_({ FR: window() }))).toBe('2026-11-23 08:00')
    expect(opens('BE', '2026-11-22T10:00', 'Europe/Paris', with_({ '*': window() }))).toBe('2026-11-22 10:00')
    expect(opens('FR', '2026-11-11T10:00', 'Europe/Paris', with_({ FR: window({ onHolidays: false }) }))).toBe('2026-11-12 09:00')
  })

  it('may never open where the country has several clocks: then there is none', () => {
    expect(nextOpening('US', with_({ US: window({ opens: '10:00', closes: '12:00' }) }), new Date())).toBeUndefined()
  })

  it.each<[string, Partial<WindowOverride>, string, string?]>([
    ['no day', { weekdays: [] }, 'no_weekday'],
    ['an eighth day', { weekdays: [1, 8] }, 'no_such_weekday'],
    ['half a day', { weekdays: [1.5] }, 'no_such_weekday'],
    ['a closing before the opening', { opens: '18:00', closes: '09:00' }, 'closes_before_opens'],
    ['no minute', { opens: '09:00', closes: '09:00' }, 'closes_before_opens'],
    ['an hour that does not exist', { opens: '25:00' }, 'no_such_time'],
    ['a minute that does not exist', { closes: '18:60' }, 'no_such_time'],
    ['words', { opens: 'nine' }, 'no_such_time'],
    ['midnight as an opening', { opens: '24:00' }, 'no_such_time'],
    ['a minute past midnight', { closes: '24:01' }, 'no_such_time'],
    ['a name for a country', {}, 'no_country', 'France'],
  ])('with %s are refused with the reason, and the stored ones ignored', (_what, given, problem, country = 'FR') => {
    const overrides = { [country]: window(given) }
    expect(checkWindows(overrides)).toEqual([{ country, problem }])
    expect(settingsFrom([{ name: 'sms.windows', value: overrides }])['sms.windows']).toEqual({})
  })

  it('are read from the settings', () => {
    const settings = settingsFrom([{ name: 'sms.windows', value: OPEN_ALWAYS }, { name: 'sms.window_zone', value: 'company' }])
    expect(windowRules(settings, 'Europe/Paris')).toEqual({ zone: 'company', companyZone: 'Europe/Paris', overrides: OPEN_ALWAYS })
  })
})

describe('public holidays', () => {
  it('of several days are all of them, whatever year they began in', () => {
    expect(['2026-03-18', '2026-03-19', '2026-03-20', '2026-03-21', '2026-03-22', '2026-03-23'].map((date) => isPublicHoliday('SA', date))).toEqual([false, true, true, true, true, false])
  })

  it('of a country nobody knows are none', () => expect(isPublicHoliday('ZZ', '2026-12-25')).toBe(false))
})

// An oracle that shares nothing with the code under test: the clock on the wall, minute by minute.
const ZONES = ['Europe/Paris', 'America/New_York', 'America/Havana', 'Atlantic/Azores', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Santiago', 'Asia/Kathmandu', 'Pacific/Chatham', 'Antarctica/Troll', 'UTC']
const time = (least: number, most: number) => fc.integer({ min: least, max: most }).map((minutes) => DateTime.fromObject({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 }).toFormat('HH:mm'))
const hours = fc.tuple(time(0, 1439), fc.oneof(time(1, 1439), fc.constant('24:00')), fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 })).filter(([open, close]) => open < close)

function isOpenOnTheWall(moment: number, zone: string, { weekdays, opens: open, closes }: WindowOverride): boolean {
  const wall = DateTime.fromMillis(moment, { zone })
  const clock = wall.toFormat('HH:mm')
  return weekdays.includes(wall.weekday) && clock >= open && (closes === '24:00' || clock < closes)
}

/** Moments around the changes of clocks of a zone as well as any others. */
const moment = (zone: string) => fc.oneof(
  fc.date({ min: new Date('2026-01-01T00:00Z'), max: new Date('2031-01-01T00:00Z'), noInvalidDate: true }),
  fc.tuple(fc.constantFrom(...changes(zone)), fc.integer({ min: -26 * 60, max: 26 * 60 })).map(([change, minutes]) => new Date(change + minutes * 60_000)),
)

function changes(zone: string): number[] {
  const start = Date.parse('2026-01-01T00:00Z')
  const days = Array.from({ length: 730 }, (_, day) => start + day * 86_400_000)
  const offset = (instant: number) => DateTime.fromMillis(instant, { zone }).offset
  const found = days.filter((day) => offset(day) !== offset(day + 86_400_000))
  return found.length > 0 ? found : [start]
}

describe.each(ZONES)('the next opening by the clocks of %s', (zone) => {
  const minute = 60_000

  it('is open, not before it was asked for, and nothing before it was open', () => {
    fc.assert(fc.property(hours, moment(zone), ([open, closes, weekdays], asked) => {
      const override = window({ opens: open, closes, weekdays })
      const found = nextOpening('FR', { zone: 'company', companyZone: zone, overrides: { FR: override } }, asked)?.getTime()
      expect(found).toBeGreaterThanOrEqual(asked.getTime())
      expect(isOpenOnTheWall(found!, zone, override)).toBe(true)
      if (found === asked.getTime()) return
      expect(isOpenOnTheWall(asked.getTime(), zone, override)).toBe(false)
      // All that lies before it is closed: each of the last hundred minutes, and each quarter of the day in which the clocks may have changed.
      for (let ago = 1; ago < 1500 && found! - ago * minute > asked.getTime(); ago += ago < 100 ? 1 : 15) {
        if (isOpenOnTheWall(found! - ago * minute, zone, override)) throw new Error(`open ${ago} minutes before ${new Date(found!).toISOString()}`)
      }
    }), { numRuns: 40 })
  })

  it('is asked for again at the opening itself with the same answer', () => {
    fc.assert(fc.property(hours, moment(zone), ([open, closes, weekdays], asked) => {
      const rules: WindowRules = { zone: 'company', companyZone: zone, overrides: { FR: window({ opens: open, closes, weekdays, onHolidays: false }) } }
      const found = nextOpening('FR', rules, asked)!
      expect(nextOpening('FR', rules, found)).toEqual(found)
    }), { numRuns: 40 })
  })
})

describe('the next opening of a country', () => {
  it('suits each of its clocks and is a working day there', () => {
    const countries = { US: 'US', FR: 'FR', RE: 'FR', AU: 'AU', CA: 'CA', BE: 'BE', RU: 'RU' } as const
    fc.assert(fc.property(fc.constantFrom(...(Object.keys(countries) as (keyof typeof countries)[])), moment('America/New_York'), (country, asked) => {
      const found = nextOpening(country, ours, asked)!
      const clocks = (new Intl.Locale(`und-${country}`) as unknown as { getTimeZones(): string[] }).getTimeZones()
      for (const zone of clocks) {
        const wall = DateTime.fromJSDate(found, { zone })
        expect(wall.hour).toBeGreaterThanOrEqual(country === 'US' ? (wall.weekday === 7 ? 12 : 9) : 8)
        expect(wall.hour).toBeLessThan(20)
        if (!['US', 'AU'].includes(country)) expect([wall.weekday === 7, isPublicHoliday(country, wall.toISODate()!)]).toEqual([false, false])
      }
      expect(nextOpening(country, ours, found)).toEqual(found)
    }), { numRuns: 80 })
  })

  it('is never later than the hours that the days promise', () => {
    for (let date = '2026-11-20'; date < '2027-02-01'; date = addDays(date, 1)) {
      const day = windowOn('FR', ours, date)
      const first = opens('FR', `${date}T00:00`)
      if (day) expect(first).toBe(`${date} ${day.opens}`)
      else expect(first!.slice(0, 10) > date, `${date}, ${weekday(date)}`).toBe(true)
    }
  })
})
