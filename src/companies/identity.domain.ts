import type { Language } from '../words/define.ts'

/** Who a company is, as its own row holds it. */
export type Identity = {
  name: string
  town: string | null
  country: string
  language: Language
  time_zone: string
  can_send_sms: boolean
}

export type IdentityField = keyof Identity
export const IDENTITY_FIELDS = ['name', 'town', 'country', 'language', 'time_zone', 'can_send_sms'] as const satisfies readonly IdentityField[]
/** As changes of it are written down, beside those of settings. Telephone and hours stood here once; now they belong to the candidate's page. */
export const IDENTITY_NAMES = [...IDENTITY_FIELDS.map((field) => `company.${field}` as const), 'company.phone', 'company.opening_hours'] as const
export type IdentityName = (typeof IDENTITY_NAMES)[number]

export const IDENTITY_LENGTHS = { name: 120, town: 120 } as const

export type IdentityFault = { field: IdentityField; reason: 'name_missing' | 'too_long' | 'country_bad' | 'zone_bad' | 'language_bad' }

/** Campaigns that keep the time zone they were made in: drafts and whatever is not over. */
export const KEEPS_ITS_ZONE = ['draft', 'scheduled', 'in_process', 'paused', 'suspended']
