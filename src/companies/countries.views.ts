import type { CalendarDate } from '../core/dates.ts'
import { BLOCK_LISTS } from '../sms/blocked-destinations.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { dialledCountries, regionsOf } from '../sms/regions.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { countryName, longMoment, shortDate } from '../words/format.ts'
import type { Language } from '../words/define.ts'
import { translator, type Translate } from '../words/index.ts'
import type { CountryChange } from './countries.queries.ts'
import { blocksOf } from './destinations.ts'
import type { Settings } from './settings.ts'

type Option = { value: string; label: string }
type Error = { field: string; text: string }

export type CountriesModel = {
  intro: string
  export: ExportMenu
  errors: Error[]
  allowed: {
    action: string
    rows: { code: string; name: string; note: string; price: { name: string; value: string; error: string } }[]
    choices: Option[]
    currency: string
    currencyError: string
  }
  lists: { id: string; action: string; provider: string; from: string; applies: boolean; entries: { name: string; regions: { code: string; name: string; isLifted: boolean }[] }[] }[]
  own: {
    action: string
    rows: { name: string; from: string; removal: string }[]
    choices: Option[]
    country: { value: string; error: string }
    from: { value: string; error: string }
  }
  test: { action: string; number: string; result: { tone: 'ok' | 'error'; icon: string; lines: string[] } | undefined }
  changes: { text: string; when: string }[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'admin/countries': CountriesModel
  }
}

export type CountriesGiven = {
  settings: Settings
  today: CalendarDate
  zone: string
  home: CountryCode
  changes: readonly CountryChange[]
  number?: string
  badPrices?: ReadonlyMap<string, string>
  badCurrency?: boolean
  badBlock?: { fault: 'country' | 'from'; typed: { country: string; from: string } }
}

export function countriesModel(language: Language, given: CountriesGiven): CountriesModel {
  const t = translator(language)
  const { settings, today, badPrices = new Map<string, string>(), badBlock } = given
  const blocks = blocksOf(settings)
  const named = (code: string) => countryName(language, code)
  const byName = <Row extends { name: string }>(rows: Row[]) => rows.sort((a, b) => a.name.localeCompare(b.name, language))
  const choices = (without: readonly string[]) => byName(dialledCountries().filter((code) => !without.includes(code)).map((code) => ({ value: code, label: named(code), name: named(code) }))).map(({ value, label }) => ({ value, label }))
  const blockError = (field: 'country' | 'from') => (badBlock?.fault === field ? t(`countries.block.${field}Bad`) : '')
  const own = settings['sms.blocked_destinations']
  return {
    intro: t('countries.intro'), export: exportMenu(language, paths.exportOf(paths.countries)),
    errors: [
      ...[...badPrices.keys()].map((code) => ({ field: `price_${code}`, text: t('countries.priceBad', { country: named(code) }) })),
      ...(given.badCurrency ? [{ field: 'currency', text: t('countries.currencyBad') }] : []),
      ...(badBlock ? [{ field: badBlock.fault === 'country' ? 'country' : 'from', text: blockError(badBlock.fault) }] : []),
    ],
    allowed: {
      action: `${paths.countries}/allowed`,
      rows: byName(settings['sms.allowed_countries'].map((code) => ({
        code, name: named(code), note: noteOf(language, t, blocks.get(code), today),
        price: { name: `price_${code}`, value: badPrices.get(code) ?? priceText(language, settings['sms.prices'][code]), error: badPrices.has(code) ? t('countries.priceBad', { country: named(code) }) : '' },
      }))),
      choices: choices(settings['sms.allowed_countries']), currency: settings['sms.currency'], currencyError: given.badCurrency ? t('countries.currencyBad') : '',
    },
    lists: BLOCK_LISTS.map((list) => ({
      id: list.id, action: `${paths.countries}/lists/${list.id}`, provider: list.provider, from: shortDate(language, list.from), applies: settings['sms.block_lists'].includes(list.id),
      entries: list.entries.map((entry) => ({ name: entry.name, regions: entry.regions.map((code) => ({ code, name: named(code), isLifted: settings['sms.lifted_destinations'].includes(code) })) })),
    })),
    own: {
      action: `${paths.countries}/blocks`,
      rows: byName(own.map(({ country, from }) => ({ name: named(country), from: shortDate(language, from), removal: `${paths.countries}/blocks/${country}/removal` }))),
      choices: choices(own.map(({ country }) => country)),
      country: { value: badBlock?.typed.country ?? '', error: blockError('country') }, from: { value: badBlock?.typed.from ?? today, error: blockError('from') },
    },
    test: { action: paths.countries, number: given.number ?? '', result: given.number ? testResult(language, t, given, given.number) : undefined },
    changes: given.changes.map((change) => ({ text: changeText(language, t, change), when: longMoment(language, change.at, given.zone) })),
  }
}

/** Whether and since when a country is closed; empty where it is not. */
export function noteOf(language: Language, t: Translate, block: { from: CalendarDate; listId: string | null } | undefined, today: CalendarDate): string {
  if (!block) return ''
  const date = shortDate(language, block.from)
  const by = BLOCK_LISTS.find(({ id }) => id === block.listId)?.provider ?? 'own'
  return t(block.from <= today ? 'countries.blockedSince' : 'countries.blockedFrom', { date, by })
}

/** What would become of a text to this number, and why; what the number alone does not tell is said (S107). */
function testResult(language: Language, t: Translate, { settings, today, home }: CountriesGiven, raw: string): CountriesModel['test']['result'] {
  const found = regionsOf(raw, home)
  if (!found) return { tone: 'error', icon: 'circle-x', lines: [t('countries.test.notNumber')] }
  const names = (codes: readonly string[]) => new Intl.ListFormat(language, { type: 'disjunction' }).format(codes.map((code) => countryName(language, code)))
  const number = formatPhone(found.e164, home)
  const { region, possible } = found
  if (region === null) return { tone: 'error', icon: 'circle-x', lines: [t('countries.test.unknown', { number, places: names(possible) || `+${found.callingCode}` })] }
  const others = possible.slice(1)
  const unsure = others.length > 0 ? [t('countries.test.alike', { places: names(possible), region: countryName(language, region) })] : []
  const block = blocksOf(settings).get(region)
  const country = countryName(language, region)
  if (!settings['sms.allowed_countries'].includes(region)) return { tone: 'error', icon: 'circle-x', lines: [t('countries.test.notAllowed', { number, country }), ...unsure] }
  if (block && block.from <= today) return { tone: 'error', icon: 'circle-x', lines: [t('countries.test.blocked', { number, country, note: noteOf(language, t, block, today) }), ...unsure] }
  return { tone: 'ok', icon: 'circle-check', lines: [t('countries.test.allowed', { number, country }), ...(block ? [noteOf(language, t, block, today)] : []), ...unsure] }
}

function priceText(language: Language, price: number | undefined): string {
  return price === undefined ? '' : new Intl.NumberFormat(language === 'fr' ? 'fr-FR' : 'en-GB', { maximumFractionDigits: 5, useGrouping: false }).format(price)
}

/** « Claire Bernard : pays autorisés, ajouté Suisse ». */
function changeText(language: Language, t: Translate, { setting, detail, user_name }: CountryChange): string {
  const codes = (value: unknown): string[] => (Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : String((one as { country?: unknown }).country))) : [])
  const [before, after] = [codes(detail.before), codes(detail.after)]
  const list = (entries: string[]) => new Intl.ListFormat(language).format(entries.map((code) => BLOCK_LISTS.find(({ id }) => id === code)?.provider ?? countryName(language, code)))
  const [added, removed] = [list(after.filter((code) => !before.includes(code))), list(before.filter((code) => !after.includes(code)))]
  const what = CHANGED.find((one) => setting === `sms.${one}`) ?? 'prices'
  return t(`countries.changed.${what}`, { who: user_name ?? '', added: added || 'none', removed: removed || 'none' })
}

const CHANGED = ['allowed_countries', 'prices', 'currency', 'block_lists', 'lifted_destinations', 'blocked_destinations'] as const
