import { IANAZone } from 'luxon'
import { z } from 'zod'
import { dialledCountries } from '../sms/regions.ts'
import { isLanguage, type Language } from '../words/define.ts'
import { IDENTITY_LENGTHS, type Identity, type IdentityFault } from './identity.domain.ts'
import { mark } from './limits.input.ts'

const line = z.string().transform((text) => text.normalize('NFC').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ' ').replace(/\s+/g, ' ').trim().slice(0, 500)).catch('')
const fields = z.object({ name: line, town: line, country: line, language: line, time_zone: line, can_send_sms: line, mark })

export type TypedIdentity = Record<'name' | 'town' | 'country' | 'language' | 'time_zone', string> & { can_send_sms: boolean }
/** `identity` may be kept only where there is no fault. */
export type IdentityForm = { mark: number; typed: TypedIdentity; faults: IdentityFault[]; identity: Identity }

export function readIdentity(body: unknown): IdentityForm {
  const { mark: known, can_send_sms: on, ...lines } = fields.parse(body ?? {})
  const country = dialledCountries().find((code) => code === lines.country)
  const faults: IdentityFault[] = []
  if (lines.name === '') faults.push({ field: 'name', reason: 'name_missing' })
  for (const field of ['name', 'town'] as const) if (lines[field].length > IDENTITY_LENGTHS[field]) faults.push({ field, reason: 'too_long' })
  if (!country) faults.push({ field: 'country', reason: 'country_bad' })
  if (!isLanguage(lines.language)) faults.push({ field: 'language', reason: 'language_bad' })
  if (!IANAZone.isValidZone(lines.time_zone)) faults.push({ field: 'time_zone', reason: 'zone_bad' })
  return {
    mark: known, typed: { ...lines, can_send_sms: on === 'on' }, faults,
    identity: {
      name: lines.name, town: lines.town || null, country: lines.country, language: lines.language as Language, time_zone: lines.time_zone, can_send_sms: on === 'on',
    },
  }
}
