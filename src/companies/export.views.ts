import type { CalendarDate } from '../core/dates.ts'
import type { Column } from '../web/export-cells.ts'
import type { Language } from '../words/define.ts'
import { countryName } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { noteOf } from './countries.views.ts'
import { blocksOf } from './destinations.ts'
import type { Pool } from './senders.queries.ts'
import { countriesText, repliesText } from './senders.views.ts'
import type { Settings } from './settings.ts'

export type PoolSender = { pool: Pool; sender: Pool['senders'][number] }

/** Senders with their pools, in use or not, as a file. */
export function senderColumns(language: Language): Column<PoolSender>[] {
  const t = translator(language)
  return [
    { label: t('senders.pool.name'), of: ({ pool }) => pool.name },
    { label: t('senders.pool.default'), of: ({ pool }) => t(pool.is_default ? 'exports.yes' : 'exports.no') },
    { label: t('senders.field.label'), of: ({ sender }) => sender.label },
    { label: t('senders.field.address'), of: ({ sender }) => sender.address },
    { label: t('senders.column.replies'), of: ({ sender }) => repliesText(t, sender) },
    { label: t('senders.field.countries'), of: ({ sender }) => countriesText(language, sender) },
    { label: t('senders.field.stop_text'), of: ({ sender }) => sender.stop_text },
    { label: t('senders.field.per_second'), kind: 'number', of: ({ sender }) => sender.per_second },
    { label: t('exports.status'), of: ({ pool, sender }) => t(pool.archived_at === null && sender.archived_at === null ? 'exports.inUse' : 'exports.archived') },
  ]
}

/** Countries that texts may go to, and those that are closed, by name. */
export function countriesListed(language: Language, settings: Settings): string[] {
  const all = new Set([...settings['sms.allowed_countries'], ...blocksOf(settings).keys()])
  return [...all].sort((a, b) => countryName(language, a).localeCompare(countryName(language, b), language))
}

/** Where texts may go and what they cost there, as a file. */
export function countryColumns(language: Language, settings: Settings, today: CalendarDate): Column<string>[] {
  const t = translator(language)
  const blocks = blocksOf(settings)
  return [
    { label: t('countries.column.country'), of: (code) => countryName(language, code) },
    { label: t('exports.country.code'), of: (code) => code },
    { label: t('exports.country.isAllowed'), of: (code) => t(settings['sms.allowed_countries'].some((allowed) => allowed === code) ? 'exports.yes' : 'exports.no') },
    { label: t('countries.column.price'), kind: 'number', of: (code) => settings['sms.prices'][code] ?? null },
    { label: t('countries.currency'), of: (code) => (settings['sms.prices'][code] === undefined ? '' : settings['sms.currency']) },
    { label: t('exports.list.note'), of: (code) => noteOf(language, t, blocks.get(code), today) },
  ]
}
