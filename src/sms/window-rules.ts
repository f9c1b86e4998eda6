/**
 * The hours in which a campaign may text people, per country and since when: data, not code. Of several sources the stricter
 * one is taken. A company may decide otherwise for itself (`sms.windows`).
 */
import type { CalendarDate } from '../core/dates.ts'

export type WindowRule = {
  /** Local date of its first day; before the first rule of a country, that rule applies too. */
  from: CalendarDate
  /** On these weekdays, 1 is Monday; a weekday without hours is closed. */
  hours: readonly { weekdays: readonly number[]; opens: string; closes: string }[]
  onHolidays: boolean
  /** Where the hours come from; people read it in words/hours.ts. */
  source: WindowSource
}

export type WindowSource = 'fr_carriers' | 'fr_charter' | 'us_rules' | 'none' | 'cautious'

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const BUT_SUNDAY = [1, 2, 3, 4, 5, 6]

export const WINDOW_RULES: Readonly<Record<string, readonly WindowRule[]>> = {
  FR: [
    {
      from: '2018-01-01', hours: [{ weekdays: BUT_SUNDAY, opens: '08:00', closes: '20:00' }], onHolidays: false,
      // Vonage, France: SMS features and restrictions.
      source: 'fr_carriers',
    },
    {
      from: '2026-03-01', hours: [{ weekdays: BUT_SUNDAY, opens: '08:00', closes: '20:00' }], onHolidays: false,
      source: 'fr_charter',
    },
  ],
  US: [
    {
      from: '2013-10-16', hours: [{ weekdays: [1, 2, 3, 4, 5, 6], opens: '09:00', closes: '20:00' }, { weekdays: [7], opens: '12:00', closes: '20:00' }], onHolidays: true,
      source: 'us_rules',
    },
  ],
  GB: [{ from: '2003-12-11', hours: [{ weekdays: EVERY_DAY, opens: '08:00', closes: '20:00' }], onHolidays: true, source: 'none' }],
  AU: [{ from: '2004-04-10', hours: [{ weekdays: EVERY_DAY, opens: '08:00', closes: '20:00' }], onHolidays: true, source: 'none' }],
}

/** Belgium, Switzerland, Luxembourg, Monaco and everybody else: as in France, with the country's own public holidays. */
export const CAUTIOUS_RULE: WindowRule = {
  from: '1970-01-01', hours: [{ weekdays: BUT_SUNDAY, opens: '08:00', closes: '20:00' }], onHolidays: false,
  source: 'cautious',
}

/** Territories with a country code and clocks of their own, and the hours of the country they belong to. */
export const HOURS_OF: Readonly<Record<string, string>> = {
  GP: 'FR', MQ: 'FR', GF: 'FR', RE: 'FR', YT: 'FR', PM: 'FR', BL: 'FR', MF: 'FR', WF: 'FR', PF: 'FR', NC: 'FR',
  GG: 'GB', JE: 'GB', IM: 'GB',
  PR: 'US', VI: 'US', GU: 'US', AS: 'US', MP: 'US',
  CX: 'AU', CC: 'AU', NF: 'AU',
}
