import { paths } from '../web/paths.ts'
import type { Privilege } from '../web/privileges.ts'
import { shortMoment, wholeNumber } from '../words/format.ts'
import { translator, type Translate } from '../words/index.ts'
import { amountText, changeTexts, unitText, valueText, type ChangeReader } from './changes.views.ts'
import type { SettingChange } from './changes.queries.ts'
import { identityModel, type IdentityGiven, type IdentityModel } from './identity.views.ts'
import type { SavedLimits } from './limits.commands.ts'
import { GROUP_IDS, LIMIT_GROUPS, PARTNER_OF, ruleOf, type LimitFault, type LimitName } from './limits.domain.ts'
import { SETTINGS, type Settings } from './settings.ts'

export type LimitField = { name: string; label: string; hint: string; error?: string | undefined; value?: string; suffix?: string; inputmode?: string; autocomplete?: string; maxlength?: number; width?: string }
export type LimitChoice = { name: string; legend: string; hint: string; error?: string | undefined; options: { value: string; label: string; isChecked: boolean }[] }

export type LimitsModel = {
  intro: string
  errors: { field: string; text: string }[]
  conflict: { text: string; lines: string[] } | undefined
  company: IdentityModel
  action: string
  mark: number
  jumps: { label: string; items: { href: string; label: string }[] }
  groups: {
    id: string
    heading: string
    note: string
    settings: { label: string; field?: LimitField; choice?: LimitChoice; last: string; historyUrl: string; toDefault: { id: string; value: string; label: string; of: string; isChecked: boolean } | undefined }[]
  }[]
  elsewhere: { href: string; label: string }[]
  historyUrl: string
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/limits': LimitsModel
  }
}

export type LimitsGiven = {
  settings: Settings
  last: ReadonlyMap<string, SettingChange>
  mark: number
  identity: IdentityGiven
  privileges: ReadonlySet<Privilege>
  /** A form that was refused: what this person typed, what is wrong with it, what others changed meanwhile. */
  refused?: { typed: Partial<Record<LimitName, string>>; toDefault: readonly LimitName[]; faults: readonly LimitFault[]; mine: readonly LimitName[]; theirs: readonly string[] }
}

export function limitsModel(reader: ChangeReader, given: LimitsGiven): LimitsModel {
  const { language } = reader
  const t = translator(language)
  const faults = new Map((given.refused?.faults ?? []).map((fault) => [fault.name, faultText(t, reader, given, fault)]))
  const company = identityModel(reader, given.identity)
  const theirs = [...(given.refused?.theirs ?? []), ...(given.identity.refused?.theirs ?? []).map((field) => `company.${field}`)]
  return {
    intro: t('limits.intro'),
    errors: [...company.errors, ...[...faults].map(([field, text]) => ({ field, text }))],
    conflict: theirs.length === 0 ? undefined : { text: t('limits.conflict'), lines: theirs.flatMap((name) => conflictLine(reader, given.last.get(name))) },
    company, action: paths.limits, mark: given.mark, historyUrl: paths.settingChanges,
    jumps: {
      label: t('limits.sections'),
      items: [{ href: '#company', label: t('limits.company') }, ...GROUP_IDS.map((id) => ({ href: `#${id}`, label: t(`limits.group.${id}`) })), { href: '#elsewhere', label: t('limits.elsewhere') }],
    },
    groups: GROUP_IDS.map((id) => ({
      id, heading: t(`limits.group.${id}`), note: t(`limits.note.${id}`), settings: LIMIT_GROUPS[id].map((name) => settingModel(reader, given, name, faults.get(name))),
    })),
    elsewhere: OTHER_PAGES.filter(({ privilege }) => given.privileges.has(privilege)).map(({ page }) => ({ href: paths[page], label: t(`limits.elsewhere.${page}`) })),
  }
}

/** What is decided elsewhere, and who may open it. */
export const OTHER_PAGES = [
  { page: 'countries', privilege: 'settings.edit' }, { page: 'hours', privilege: 'settings.edit' }, { page: 'senders', privilege: 'settings.edit' },
  { page: 'data', privilege: 'data.manage' }, { page: 'branding', privilege: 'branding.edit' },
] as const satisfies readonly { page: string; privilege: Privilege }[]

/** « C'est enregistré : 2 réglages changés. 3 campagnes sont en cours … » */
export function savedText(t: Translate, { changed, effects }: SavedLimits): string {
  return [t('limits.saved', { count: changed.length }), ...effects.map(({ kind, count }) => t(`limits.effect.${kind}`, { count }))].join(' ')
}

function settingModel(reader: ChangeReader, given: LimitsGiven, name: LimitName, error: string | undefined): LimitsModel['groups'][number]['settings'][number] {
  const t = translator(reader.language)
  const { typed, toDefault = [], mine = [] } = given.refused ?? {}
  const rule = ruleOf(name)
  const label = t(`limits.label.${name}`)
  const [current, byDefault] = [given.settings[name], SETTINGS[name].default]
  // What this person changed stays as typed; everything else is shown as it is now.
  const value = (mine.includes(name) ? typed?.[name] : undefined) ?? inputText(reader, current)
  const defaultText = valueText(reader.language, name, byDefault, reader.home)
  const change = given.last.get(name)
  return {
    label,
    ...(rule.kind === 'choice'
      ? { choice: { name, legend: label, hint: t('limits.default.choice', { value: defaultText }), error, options: rule.options.map((option) => ({ value: option, label: valueText(reader.language, name, option, reader.home), isChecked: option === value })) } }
      : { field: { name, label, hint: hintText(reader, name, rule), error, value, suffix: unitText(reader.language, name, 2), inputmode: 'numeric', autocomplete: 'off', maxlength: 20, width: 'short' } }),
    last: change ? lastText(t, reader, change) : '',
    historyUrl: `${paths.settingChanges}?name=${name}`,
    toDefault: current === byDefault ? undefined : { id: `default-${name}`, value: name, label: t('limits.toDefault', { value: defaultText }), of: t('limits.toDefaultOf', { label }), isChecked: toDefault.includes(name) },
  }
}

/** « Par défaut : 25 000 destinataires. De 1 à 1 000 000. » */
function hintText({ language, home }: ChangeReader, name: LimitName, { min, max, isOptional }: { min: number; max: number; isOptional: boolean }): string {
  const bounds = { min: wholeNumber(language, min), max: wholeNumber(language, max) }
  const none = valueText(language, name, null, home)
  return isOptional ? translator(language)('limits.default.optional', { none, ...bounds }) : translator(language)('limits.default.number', { value: valueText(language, name, SETTINGS[name].default, home), ...bounds })
}

function faultText(t: Translate, { language }: ChangeReader, given: LimitsGiven, { name, reason }: LimitFault): string {
  const label = t(`limits.label.${name}`)
  if (reason === 'missing' || reason === 'not_number' || reason === 'choice') return t(`limits.problem.${reason}`, { label })
  if (reason === 'range') {
    const rule = ruleOf(name)
    return t('limits.problem.range', { label, ...(rule.kind === 'number' ? { min: wholeNumber(language, rule.min), max: wholeNumber(language, rule.max) } : { min: '', max: '' }) })
  }
  const partner = PARTNER_OF[reason]
  const typed = given.refused?.mine.includes(partner) ? given.refused.typed[partner] : undefined
  return t(`limits.problem.${reason}`, { label, limit: typed ?? amountText(language, partner, given.settings[partner] ?? 0) })
}

function conflictLine(reader: ChangeReader, change: SettingChange | undefined): string[] {
  return change ? [translator(reader.language)('limits.conflictLine', changeTexts(reader, change))] : []
}

function lastText(t: Translate, reader: ChangeReader, change: SettingChange): string {
  const { who, before } = changeTexts(reader, change)
  return t('limits.lastChange', { who, when: shortMoment(reader.language, change.at, reader.zone), before })
}

function inputText({ language }: ChangeReader, value: number | string | null): string {
  return typeof value === 'number' ? wholeNumber(language, value) : (value ?? '')
}
