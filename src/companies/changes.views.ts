import { BLOCK_LISTS } from '../sms/blocked-destinations.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import type { WindowOverrides } from '../sms/windows.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import { countryName, longMoment, shortDate, wholeNumber } from '../words/format.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import type { SettingChange } from './changes.queries.ts'
import { EVERY_OTHER } from './hours.domain.ts'
import { hoursText } from './hours-text.views.ts'
import { IDENTITY_NAMES, type IdentityName } from './identity.domain.ts'
import { SETTINGS, type SettingName } from './settings.ts'

export const CHANGES_PER_PAGE = 50

export type SettingChangesModel = {
  /** The setting whose changes these are; empty: all. */
  only: string
  rows: { at: string; datetime: string; who: string; label: string; href: string; before: string; after: string }[]
  allUrl: string
  export: ExportMenu
  newestUrl: string
  olderUrl: string
  backUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/setting-changes': SettingChangesModel
  }
}

export type ChangeReader = { language: Language; zone: string; home: string }

export function settingChangesModel(reader: ChangeReader, given: { changes: readonly SettingChange[]; name: string | undefined; before: number | undefined }): SettingChangesModel {
  const shown = given.changes.slice(0, CHANGES_PER_PAGE)
  const address = (query: Record<string, string | number | undefined>) => {
    const text = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] satisfies [string, string]]))).toString()
    return text === '' ? paths.settingChanges : `${paths.settingChanges}?${text}`
  }
  return {
    only: given.name === undefined ? '' : labelOf(reader.language, given.name),
    rows: shown.map((change) => ({ ...changeTexts(reader, change), datetime: change.at.toISOString(), href: address({ name: change.name }) })),
    allUrl: given.name === undefined ? '' : address({}),
    export: exportMenu(reader.language, paths.exportOf(paths.settingChanges)), backUrl: paths.limits,
    newestUrl: given.before === undefined ? '' : address({ name: given.name }),
    olderUrl: given.changes.length > CHANGES_PER_PAGE ? address({ name: given.name, after: shown.at(-1)?.id }) : '',
  }
}

/** One line of the history, each cell in words. */
export function changeTexts({ language, zone, home }: ChangeReader, change: SettingChange): { at: string; who: string; label: string; before: string; after: string } {
  const t = translator(language)
  const after = valueText(language, change.name, change.after, home)
  return {
    at: longMoment(language, change.at, zone), who: change.user_name ?? t('limits.system'), label: labelOf(language, change.name),
    before: valueText(language, change.name, change.before, home), after: change.is_default ? t('limits.changes.default', { value: after }) : after,
  }
}

export function changeColumns(reader: ChangeReader): Column<SettingChange>[] {
  const t = translator(reader.language)
  return [
    { label: t('limits.changes.at'), kind: 'moment', of: (change) => change.at },
    { label: t('limits.changes.who'), of: (change) => changeTexts(reader, change).who },
    { label: t('limits.changes.what'), of: (change) => labelOf(reader.language, change.name) },
    { label: t('limits.changes.before'), of: (change) => changeTexts(reader, change).before },
    { label: t('limits.changes.after'), of: (change) => changeTexts(reader, change).after },
  ]
}

/** A setting as people call it; one that no longer exists keeps its technical name. */
export function labelOf(language: Language, name: string): string {
  const t = translator(language)
  if (isSetting(name)) return t(`limits.label.${name}`)
  return isIdentity(name) ? t(`limits.label.${name}`) : name
}

/** A value of a setting in words. */
export function valueText(language: Language, name: string, value: unknown, home: string): string {
  const t = translator(language)
  // What an older version kept, and nobody would accept today.
  if (isSetting(name) && !SETTINGS[name].schema.safeParse(value).success) return JSON.stringify(value)
  if (value === null) return name === 'retention.candidates_months' ? t('limits.kept') : name.startsWith('budget.') ? t('limits.none') : t('limits.empty')
  if (typeof value === 'boolean') return t(value ? 'limits.yes' : 'limits.no')
  if (typeof value === 'number') return isSetting(name) ? amountText(language, name, value) : String(value)
  if (typeof value === 'string') return wordText(language, name, value, home)
  const parts = partsOf(language, name, value)
  return parts.length === 0 ? t('limits.empty') : new Intl.ListFormat(language, { type: 'unit' }).format(parts)
}

/** « 25 000 destinataires ». */
export function amountText(language: Language, name: SettingName, value: number): string {
  return `${wholeNumber(language, value)}\u00a0${unitText(language, name, value)}`.trim()
}

export function unitText(language: Language, name: SettingName, count: number): string {
  const unit = SETTINGS[name].unit
  const word = UNITS.find((one) => one === unit)
  return word ? translator(language)(`limits.unit.${word}`, { count }) : ''
}

const UNITS = ['recipients', 'seconds', 'segments', 'messages', 'percent', 'days', 'hours', 'hour', 'months'] as const

function wordText(language: Language, name: string, value: string, home: string): string {
  const t = translator(language)
  switch (name) {
    case 'stop.confirmation': return t(`limits.choice.stop.confirmation.${value as 'law' | 'always' | 'provider'}`)
    case 'landing.after_closing': return t(`limits.choice.landing.after_closing.${value as 'offered' | 'hidden'}`)
    case 'auth.second_factor': return t(`limits.choice.auth.second_factor.${value as 'off' | 'administrators' | 'everybody'}`)
    case 'sms.window_zone': return t(`limits.choice.sms.window_zone.${value as 'recipient' | 'company'}`)
    case 'company.country': return countryName(language, value)
    case 'company.language': return languageName(language, value)
    case 'company.phone': return formatPhone(value, home as CountryCode)
    default: return value
  }
}

function partsOf(language: Language, name: string, value: unknown): string[] {
  const t = translator(language)
  const country = (code: string) => (code === EVERY_OTHER ? t('hours.all') : countryName(language, code))
  const entries = Object.entries((value ?? {}) as Record<string, unknown>)
  switch (name) {
    case 'sms.allowed_countries': case 'sms.lifted_destinations': return (value as string[]).map(country)
    case 'sms.block_lists': return (value as string[]).map((id) => BLOCK_LISTS.find((list) => list.id === id)?.provider ?? id)
    case 'sms.blocked_destinations': return (value as { country: string; from: string }[]).map((block) => t('limits.value.from', { country: country(block.country), date: shortDate(language, block.from) }))
    case 'sms.prices': return entries.map(([code, price]) => t('limits.value.price', { country: country(code), price: new Intl.NumberFormat(language, { maximumFractionDigits: 5 }).format(price as number) }))
    case 'sms.windows': return Object.entries(value as WindowOverrides).map(([code, window]) => t('limits.value.windows', { country: country(code), hours: hoursText(language, [window], window.onHolidays) }))
    default: return [JSON.stringify(value)]
  }
}

/** « français ». */
export function languageName(language: Language, code: string): string {
  return new Intl.DisplayNames(language, { type: 'language' }).of(code) ?? code
}

function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name)
}

function isIdentity(name: string): name is IdentityName {
  return IDENTITY_NAMES.some((one) => one === name)
}
