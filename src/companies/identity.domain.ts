import type { Language } from '../words/define.ts'

/** Who a company is, as its own row holds it. */
export type Identity = {
  name: string
  town: string | null
  phone: string | null
  opening_hours: string | null
  country: string
  language: Language
  time_zone: string
  can_send_sms: boolean
}

export type IdentityField = keyof Identity
export const IDENTITY_FIELDS = ['name', 'town', 'phone', 'opening_hours', 'country', 'language', 'time_zone', 'can_send_sms'] as const satisfies readonly IdentityField[]
/** As changes of it are written down, beside those of settings. */
export type IdentityName = `company.${IdentityField}`

export const IDENTITY_LENGTHS = { name: 120, town: 120, phone: 40, opening_hours: 200 } as const

export type IdentityFault = { field: IdentityField; reason: 'name_missing' | 'too_long' | 'phone_bad' | 'country_bad' | 'zone_bad' | 'language_bad' }

/** Campaigns that keep the time zone they were made in: drafts and whatever is not over. */
export const KEEPS_ITS_ZONE = ['draft', 'scheduled', 'in_process', 'paused', 'suspended']
