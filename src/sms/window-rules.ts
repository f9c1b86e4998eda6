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
  source: string
}

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
const BUT_SUNDAY = [1, 2, 3, 4, 5, 6]

export const WINDOW_RULES: Readonly<Record<string, readonly WindowRule[]>> = {
  FR: [
    {
      from: '2018-01-01', hours: [{ weekdays: BUT_SUNDAY, opens: '08:00', closes: '20:00' }], onHolidays: false,
      source: 'Carriers take marketing texts from Monday to Saturday only and none on public holidays (Vonage, France: SMS features and restrictions); 20:00 is the older rule for named senders.',
    },
    {
      from: '2026-03-01', hours: [{ weekdays: BUT_SUNDAY, opens: '08:00', closes: '20:00' }], onHolidays: false,
      source: 'AF2M charter 2026: 08:00 to 21:30, Sundays and public holidays tolerated but not recommended. Carriers still publish the narrower hours, so these stay.',
    },
  ],
  US: [
    {
      from: '2013-10-16', hours: [{ weekdays: [1, 2, 3, 4, 5, 6], opens: '09:00', closes: '20:00' }, { weekdays: [7], opens: '12:00', closes: '20:00' }], onHolidays: true,
      source: '47 CFR 64.1200(c)(1) allows 08:00 to 21:00 of the called person; states are stricter: Connecticut from 09:00, Florida, Maryland and others until 20:00, Texas on Sundays from 12:00.',
    },
  ],
  GB: [{ from: '2003-12-11', hours: [{ weekdays: EVERY_DAY, opens: '08:00', closes: '20:00' }], onHolidays: true, source: 'No hours in the law; ours.' }],
  AU: [{ from: '2004-04-10', hours: [{ weekdays: EVERY_DAY, opens: '08:00', closes: '20:00' }], onHolidays: true, source: 'No hours in the law; ours.' }],
}

/** Belgium, Switzerland, Luxembourg, Monaco and everybody else: as in France, with the country's own public holidays. */
export const CAUTIOUS_RULE: WindowRule = {
  from: '1970-01-01', hours: [{ weekdays: BUT_SUNDAY, opens: '08:00', closes: '20:00' }], onHolidays: false,
  source: 'No rule was looked up for this country; the strictest hours of those that were.',
}

/** Territories with a country code and clocks of their own, and the hours of the country they belong to. */
export const HOURS_OF: Readonly<Record<string, string>> = {
  GP: 'FR', MQ: 'FR', GF: 'FR', RE: 'FR', YT: 'FR', PM: 'FR', BL: 'FR', MF: 'FR', WF: 'FR', PF: 'FR', NC: 'FR',
  GG: 'GB', JE: 'GB', IM: 'GB',
  PR: 'US', VI: 'US', GU: 'US', AS: 'US', MP: 'US',
  CX: 'AU', CC: 'AU', NF: 'AU',
}
