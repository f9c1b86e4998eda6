import type { CalendarDate } from '../core/dates.ts'
import { listPublicHolidays } from '../sms/holidays.ts'
import { dialledCountries } from '../sms/regions.ts'
import { defaultRule, hasSeveralClocks, type WindowOverride } from '../sms/windows.ts'
import { paths } from '../web/paths.ts'
import { countryName, shortDate, shortDay, weekdayName } from '../words/format.ts'
import type { Language } from '../words/define.ts'
import { translator, type Translate } from '../words/index.ts'
import { EVERY_OTHER, nextOpenDays, type WindowFault, type WindowKey } from './hours.domain.ts'
import { clockText, hoursText } from './hours-text.views.ts'
import { windowRules } from './sending-rules.ts'
import { SETTINGS, type Settings } from './settings.ts'

type Option = { value: string; label: string }
type Pill = { text: string; tone: 'ok' | 'info' | 'neutral' }

export type HoursModel = {
  intro: string
  zone: { action: string; choice: { name: string; legend: string; hint: string; options: (Option & { isChecked: boolean })[] } }
  rows: { name: string; hours: string; pill: Pill; note: string; next: string[]; href: string; change: string }[]
  add: { action: string; choices: Option[] }
  historyUrl: string
}

export type CountryHoursModel = {
  note: string
  backUrl: string
  now: { text: string; pill: Pill }
  /** Undefined for all other countries: each has its own. */
  byDefault: { text: string; since: string; source: string } | undefined
  next: { items: string[]; hint: string }
  form: {
    action: string
    mark: number
    weekdays: { name: string; legend: string; type: 'checkbox'; layout: 'inline'; error: string | undefined; options: (Option & { isChecked: boolean })[] }
    times: { name: string; label: string; type: 'time'; value: string; hint?: string; error: string | undefined; width: string; autocomplete: string }[]
    onHolidays: { name: string; label: string; isOn: boolean }
  }
  errors: { field: string; text: string }[]
  conflict: string
  /** Empty while there are no hours of its own. */
  removal: string
  holidays: { days: string[]; note: string } | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/hours': HoursModel
    'admin/country-hours': CountryHoursModel
  }
}

export type HoursReader = { language: Language; zone: string; today: CalendarDate; now: Date; settings: Settings }

const OPENINGS_SHOWN = 3

export function hoursModel(reader: HoursReader): HoursModel {
  const { language, settings } = reader
  const t = translator(language)
  const windows = settings['sms.windows']
  const codes = [...new Set([...settings['sms.allowed_countries'], ...Object.keys(windows)])].filter((code) => code !== EVERY_OTHER)
  const byName = <Row extends { label: string }>(rows: Row[]) => rows.sort((a, b) => a.label.localeCompare(b.label, language))
  const named = byName(codes.map((code) => ({ value: code, label: countryName(language, code) })))
  const zone = settings['sms.window_zone']
  return {
    intro: t('hours.intro'),
    zone: {
      action: paths.hoursZone,
      choice: {
        name: 'sms.window_zone', legend: t('limits.label.sms.window_zone'),
        hint: `${t('hours.zoneHint')} ${t('limits.default.choice', { value: t(`limits.choice.sms.window_zone.${SETTINGS['sms.window_zone'].default}`) })}`,
        options: (['recipient', 'company'] as const).map((value) => ({ value, label: t(`limits.choice.sms.window_zone.${value}`), isChecked: value === zone })),
      },
    },
    rows: [...named.map(({ value, label }) => rowOf(t, reader, value, label)), rowOf(t, reader, EVERY_OTHER, t('hours.all'))],
    add: { action: paths.hoursChoice, choices: byName(dialledCountries().filter((code) => !codes.includes(code)).map((code) => ({ value: code, label: countryName(language, code) }))) },
    historyUrl: `${paths.settingChanges}?name=sms.windows`,
  }
}

export type CountryHoursGiven = { mark: number; refused?: { window: WindowOverride; faults: readonly WindowFault[]; isConflict: boolean } }

export function countryHoursModel(reader: HoursReader, key: WindowKey, { mark, refused }: CountryHoursGiven): CountryHoursModel {
  const { language, settings, today } = reader
  const t = translator(language)
  const own = settings['sms.windows'][key]
  const rule = key === EVERY_OTHER ? undefined : defaultRule(key, today)
  const shown = refused?.window ?? own ?? startingPoint(reader, key)
  const errorOf = (field: WindowFault['field']) => faultText(t, refused?.faults.find((fault) => fault.field === field))
  const rules = windowRules(settings, reader.zone)
  const next = nextOpenDays(key, rules, reader.now, OPENINGS_SHOWN)
  const isSeveral = key !== EVERY_OTHER && hasSeveralClocks(key, rules)
  const time = (name: 'opens' | 'closes', hint?: string) => ({ name, label: t(`hours.country.${name}`), type: 'time' as const, value: shown[name] === '24:00' ? '00:00' : shown[name], error: errorOf(name), width: 'short', autocomplete: 'off', ...(hint ? { hint } : {}) })
  return {
    note: key === EVERY_OTHER ? t('hours.country.allNote') : '', backUrl: paths.hours,
    now: { text: currentText(t, reader, key), pill: pillOf(t, settings, key) },
    byDefault: rule && { text: hoursText(language, rule.hours, rule.onHolidays), since: rule.source === 'cautious' ? '' : t('hours.country.since', { date: shortDate(language, rule.from) }), source: t(`hours.source.${rule.source}`) },
    next: { items: next.map((day) => nextText(t, reader, day)), hint: next[0] ? t(isSeveral ? 'hours.country.nextHintSeveral' : 'hours.country.nextHint', { zone: zoneName(language, next[0].zone, reader.now) }) : t('hours.country.nextHintClosed') },
    form: {
      action: paths.hoursOf(segmentOf(key)), mark,
      weekdays: {
        name: 'weekdays', legend: t('hours.country.weekdays'), type: 'checkbox', layout: 'inline', error: errorOf('weekdays'),
        // 23 November 2026 is a Monday.
        options: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: String(day), label: weekdayName(language, `2026-11-${22 + day}`, 'long'), isChecked: shown.weekdays.includes(day) })),
      },
      times: [time('opens'), time('closes', t('hours.country.closesHint'))],
      onHolidays: { name: 'on_holidays', label: t('hours.country.onHolidays'), isOn: shown.onHolidays },
    },
    errors: (refused?.faults ?? []).map((fault) => ({ field: fault.field, text: faultText(t, fault) ?? '' })),
    conflict: refused?.isConflict ? (own ? t('hours.country.conflict', { hours: hoursText(language, [own], own.onHolidays) }) : t('hours.country.conflictDefault')) : '',
    removal: own ? paths.hoursRemoval(segmentOf(key)) : '',
    holidays: key === EVERY_OTHER ? undefined : holidaysModel(t, reader, key),
  }
}

export function keyName(language: Language, key: WindowKey): string {
  return key === EVERY_OTHER ? translator(language)('hours.all') : countryName(language, key)
}

function rowOf(t: Translate, reader: HoursReader, key: WindowKey, name: string): HoursModel['rows'][number] {
  const { settings } = reader
  const isAllowed = key === EVERY_OTHER || settings['sms.allowed_countries'].includes(key)
  const hasHours = key !== EVERY_OTHER || settings['sms.windows'][EVERY_OTHER] !== undefined
  return {
    name, hours: currentText(t, reader, key), pill: pillOf(t, settings, key), note: isAllowed ? '' : t('hours.notAllowed'),
    next: hasHours ? nextOpenDays(key, windowRules(settings, reader.zone), reader.now, OPENINGS_SHOWN).map((day) => nextText(t, reader, day)) : [],
    href: paths.hoursOf(segmentOf(key)), change: t('hours.changeOf', { country: name }),
  }
}

function currentText(t: Translate, { settings, language, today }: HoursReader, key: WindowKey): string {
  const own = settings['sms.windows'][key] ?? settings['sms.windows'][EVERY_OTHER]
  if (own) return hoursText(language, [own], own.onHolidays)
  if (key === EVERY_OTHER) return t('hours.eachDefault')
  const rule = defaultRule(key, today)
  return hoursText(language, rule.hours, rule.onHolidays)
}

function pillOf(t: Translate, settings: Settings, key: WindowKey): Pill {
  if (settings['sms.windows'][key]) return { text: t('hours.own'), tone: 'ok' }
  return settings['sms.windows'][EVERY_OTHER] ? { text: t('hours.shared'), tone: 'info' } : { text: t('hours.byDefault'), tone: 'neutral' }
}

/** Choosing begins with the hours that count today. */
function startingPoint({ settings, today }: HoursReader, key: WindowKey): WindowOverride {
  const shared = settings['sms.windows'][EVERY_OTHER]
  if (shared) return shared
  const { hours, onHolidays } = defaultRule(key === EVERY_OTHER ? null : key, today)
  const [first] = hours
  return { weekdays: [...(first?.weekdays ?? [])], opens: first?.opens ?? '', closes: first?.closes ?? '', onHolidays }
}

function holidaysModel(t: Translate, { settings, language, today }: HoursReader, country: string): CountryHoursModel['holidays'] {
  const own = settings['sms.windows'][country] ?? settings['sms.windows'][EVERY_OTHER]
  const isOpen = own ? own.onHolidays : defaultRule(country, today).onHolidays
  const nextYear = `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`
  const days = listPublicHolidays(country, today, nextYear, language).map(({ date, name }) => `${shortDate(language, date)} – ${name}`)
  return { days, note: days.length === 0 ? t('hours.country.holidaysNone') : t(isOpen ? 'hours.country.holidaysOn' : 'hours.country.holidaysOff') }
}

function nextText(t: Translate, { language, today }: HoursReader, { date, opens, closes }: { date: CalendarDate; opens: string; closes: string }): string {
  return t('hours.text.next', { date: shortDay(language, date, Number(today.slice(0, 4))), opens: clockText(language, opens), closes: clockText(language, closes) })
}

/** « heure d’Europe centrale ». */
function zoneName(language: Language, zone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts(at)
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone
}

function faultText(t: Translate, fault: WindowFault | undefined): string | undefined {
  return fault && t(`hours.problem.${fault.problem}`)
}

function segmentOf(key: WindowKey): string {
  return key === EVERY_OTHER ? 'all' : key
}
