/** Destinations that a provider refuses from a day on. Lists belong to a provider's account: a company says which of them are its own. */
import type { CalendarDate } from '../core/dates.ts'

export type BlockList = {
  id: string
  provider: string
  from: CalendarDate
  /** As the provider names it, and the regions that are meant, by ISO 3166-1 code. */
  entries: readonly { name: string; regions: readonly string[] }[]
}

/**
 * SMS Central, from 14 July 2023 (S104, S105). « French Antilles Martin » is the French part of Saint-Martin; the Netherlands Antilles
 * were dissolved in 2010, and Bonaire, Curaçao and Sint Maarten have taken their place; Diego Garcia lies in the British Indian
 * Ocean Territory (S107).
 */
const SMS_CENTRAL: BlockList = {
  id: 'sms_central', provider: 'SMS Central', from: '2023-07-14',
  entries: [
    { name: 'Åland Islands', regions: ['AX'] }, { name: 'Antigua and Barbuda', regions: ['AG'] }, { name: 'Bangladesh', regions: ['BD'] },
    { name: 'Belize', regions: ['BZ'] }, { name: 'Benin', regions: ['BJ'] }, { name: 'Bermuda', regions: ['BM'] },
    { name: 'Cambodia', regions: ['KH'] }, { name: 'Diego Garcia', regions: ['IO'] }, { name: 'Ecuador', regions: ['EC'] },
    { name: 'French Antilles Martin', regions: ['MF'] }, { name: 'French Guiana', regions: ['GF'] }, { name: 'Guadeloupe', regions: ['GP'] },
    { name: 'Guinea', regions: ['GN'] }, { name: 'Guinea-Bissau', regions: ['GW'] }, { name: 'Haiti', regions: ['HT'] },
    { name: 'Holy See (Vatican)', regions: ['VA'] }, { name: 'Iran', regions: ['IR'] }, { name: 'Iraq', regions: ['IQ'] },
    { name: 'Kazakhstan', regions: ['KZ'] }, { name: 'Kosovo', regions: ['XK'] }, { name: 'Malawi', regions: ['MW'] },
    { name: 'Martinique', regions: ['MQ'] }, { name: 'Mayotte', regions: ['YT'] }, { name: 'Mongolia', regions: ['MN'] },
    { name: 'Myanmar', regions: ['MM'] }, { name: 'Netherlands Antilles', regions: ['BQ', 'CW', 'SX'] }, { name: 'Niger', regions: ['NE'] },
    { name: 'Palau', regions: ['PW'] }, { name: 'Papua New Guinea', regions: ['PG'] }, { name: 'Réunion', regions: ['RE'] },
    { name: 'Rwanda', regions: ['RW'] }, { name: 'Saint Kitts and Nevis', regions: ['KN'] }, { name: 'Saint Lucia', regions: ['LC'] },
    { name: 'Somalia', regions: ['SO'] }, { name: 'United States Minor Outlying Islands', regions: ['UM'] }, { name: 'Zambia', regions: ['ZM'] },
  ],
}

export const BLOCK_LISTS: readonly BlockList[] = [SMS_CENTRAL]
