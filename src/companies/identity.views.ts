import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { dialledCountries } from '../sms/regions.ts'
import { paths } from '../web/paths.ts'
import type { BrandingContent } from './branding.domain.ts'
import { LANGUAGES } from '../words/define.ts'
import { countryName } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { languageName, type ChangeReader } from './changes.views.ts'
import type { RefusedIdentity } from './identity.commands.ts'
import { IDENTITY_LENGTHS, type Identity, type IdentityField } from './identity.domain.ts'
import type { TypedIdentity } from './identity.input.ts'

type Option = { value: string; label: string }
export type IdentityModel = {
  action: string
  heading: string
  note: string
  errors: { field: string; text: string }[]
  fields: { name: string; label: string; value: string; hint?: string; error?: string | undefined; type?: string; options?: (Option | { group: string; options: Option[] })[]; maxlength?: number; autocomplete: string; width?: string }[]
  canSend: { name: string; label: string; hint: string; isOn: boolean }
  /** What candidates are shown to reach the agency, and where it is changed. */
  contact: { text: string; href: string; label: string }
}

export type IdentityGiven = {
  identity: Identity
  /** Campaigns that keep their time zone, whatever becomes of the company's. */
  keeping: number
  contact: Pick<BrandingContent, 'phone' | 'openingHours'>
  mayBrand: boolean
  refused?: RefusedIdentity & { typed: TypedIdentity }
}

export function identityModel({ language }: ChangeReader, { identity, keeping, contact, mayBrand, refused }: IdentityGiven): IdentityModel {
  const t = translator(language)
  const shown = typedOver(identity, refused)
  const errors = (refused?.faults ?? []).map(({ field, reason }) => ({
    field, text: reason === 'too_long' ? t('limits.problem.too_long', { label: t(`limits.label.company.${field}`), max: IDENTITY_LENGTHS[field as keyof typeof IDENTITY_LENGTHS] }) : t(`limits.problem.${reason}`),
  }))
  const field = (name: keyof Omit<TypedIdentity, 'can_send_sms'>, more: Partial<IdentityModel['fields'][number]> = {}): IdentityModel['fields'][number] => ({
    name, label: t(`limits.label.company.${name}`), value: shown[name], error: errors.find((error) => error.field === name)?.text, autocomplete: 'off', ...more,
  })
  return {
    action: paths.companyIdentity, heading: t('limits.company'), note: t('limits.companyNote'), errors,
    fields: [
      field('name', { maxlength: IDENTITY_LENGTHS.name, autocomplete: 'organization' }),
      field('town', { maxlength: IDENTITY_LENGTHS.town, autocomplete: 'address-level2' }),
      field('country', { type: 'select', options: countryOptions(language), hint: t('limits.hint.company.country') }),
      field('language', { type: 'select', options: LANGUAGES.map((code) => ({ value: code, label: languageName(language, code) })), hint: t('limits.hint.company.language') }),
      field('time_zone', { type: 'select', options: zoneOptions(shown.time_zone), hint: t('limits.hint.company.time_zone', { count: keeping }) }),
    ],
    canSend: { name: 'can_send_sms', label: t('limits.label.company.can_send_sms'), hint: t('limits.hint.company.can_send_sms'), isOn: shown.can_send_sms },
    contact: {
      text: t('limits.contact', { has: contact.phone ? (contact.openingHours ? 'both' : 'phone') : contact.openingHours ? 'hours' : 'none', phone: formatPhone(contact.phone, shown.country as CountryCode), hours: contact.openingHours }),
      href: mayBrand ? `${paths.branding}#phone` : '', label: t('limits.contactLink'),
    },
  }
}

/** What this person changed stays as typed; everything else is shown as it is now. */
function typedOver(identity: Identity, refused: IdentityGiven['refused']): TypedIdentity {
  const saved: TypedIdentity = { ...identity, town: identity.town ?? '' }
  const mine = (refused?.mine ?? []) as readonly IdentityField[]
  return refused ? { ...saved, ...Object.fromEntries(mine.map((name) => [name, refused.typed[name]])) } : saved
}

function countryOptions(language: ChangeReader['language']): Option[] {
  return dialledCountries().map((code) => ({ value: code, label: countryName(language, code) })).sort((a, b) => a.label.localeCompare(b.label, language))
}

/** By continent, as the names of zones begin; one that is stored and no longer listed stays a choice. */
function zoneOptions(current: string): { group: string; options: Option[] }[] {
  const groups = new Map<string, Option[]>()
  for (const zone of new Set([...Intl.supportedValuesOf('timeZone'), 'UTC', current])) {
    const [group = '', ...place] = zone.split('/')
    groups.set(group, [...(groups.get(group) ?? []), { value: zone, label: (place.join(' – ') || zone).replaceAll('_', ' ') }])
  }
  return [...groups].map(([group, options]) => ({ group, options }))
}
