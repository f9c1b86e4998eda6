/** Telephone numbers: people write them a hundred ways, we keep E.164 (`+33639980001`) and format only for reading. */
import { parsePhoneNumberFromString, validatePhoneNumberLength, type CountryCode, type NumberType, type PhoneNumber } from 'libphonenumber-js/max'

export type { CountryCode }
export type PhoneType = 'mobile' | 'fixed' | 'fixed_or_mobile' | 'voip' | 'other'
export const PHONE_PROBLEMS = ['empty', 'not_a_number', 'several_numbers', 'too_short', 'too_long', 'invalid'] as const
export type PhoneProblem = (typeof PHONE_PROBLEMS)[number]
export type ParsedPhone = {
  ok: true
  e164: string
  /** ISO country; null for numbers of no country. Rules per destination go by `callingCode`: +44 7911 is Guernsey's, +1 is many. */
  country: CountryCode | null
  callingCode: string
  type: PhoneType
  isTextable: boolean
}

/**
 * Numbers set aside for works of fiction, which can never reach anyone: ARCEP, decision 2018-0881 of 24 July 2018 (plan national de
 * numérotation). libphonenumber refuses the mobile range; our demonstration data lives in it.
 */
const FICTION: readonly { prefix: string; type: 'mobile' | 'fixed' }[] = [
  { prefix: '+3363998', type: 'mobile' },
  { prefix: '+3319900', type: 'fixed' },
  { prefix: '+3326191', type: 'fixed' },
  { prefix: '+3335301', type: 'fixed' },
  { prefix: '+3346571', type: 'fixed' },
  { prefix: '+3353649', type: 'fixed' },
]

/** Overseas departments dial ten digits starting with 0, as the mainland does, under calling codes of their own (0692… is +262, not +33). */
const OVERSEAS: readonly CountryCode[] = ['RE', 'GP', 'MQ', 'GF', 'YT']

const TYPES: Partial<Record<NonNullable<NumberType>, PhoneType>> = { MOBILE: 'mobile', FIXED_LINE: 'fixed', FIXED_LINE_OR_MOBILE: 'fixed_or_mobile', VOIP: 'voip' }

/** Reads a number as a person in `country` would dial it. Stricter than a dialler: nothing is guessed out of surrounding text. */
export function parsePhone(raw: string, country: CountryCode): ParsedPhone | { ok: false; problem: PhoneProblem } {
  const text = raw.normalize('NFKC').replace(/[\p{Cf}\p{Cc}\s]+/gu, ' ').trim()
  if (text === '') return { ok: false, problem: 'empty' }
  if (text.length > 100) return { ok: false, problem: holdsSeveral(text) ? 'several_numbers' : 'not_a_number' }
  const number = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false })
  if (!number) return { ok: false, problem: unreadable(text) }
  if (number.ext) return { ok: false, problem: holdsSeveral(text) ? 'several_numbers' : 'invalid' }
  const fiction = fictionType(number.number)
  if (fiction) return { ok: true, e164: number.number, country: 'FR', callingCode: '33', type: fiction, isTextable: fiction === 'mobile' }
  if (number.isValid()) return known(number)
  return overseas(text, country) ?? { ok: false, problem: lengthProblem(text, country) }
}

/** For reading: national for the home country (`06 39 98 00 01`), international elsewhere, with non-breaking spaces. */
export function formatPhone(e164: string, home: CountryCode = 'FR'): string {
  // No number begins with a zero: this one stands for somebody who was erased.
  if (e164.startsWith('+0')) return '–'
  const number = parsePhoneNumberFromString(e164)
  if (!number) return e164
  const country = number.country ?? (fictionType(e164) ? 'FR' : undefined)
  return (country === home ? number.formatNational() : number.formatInternational()).replaceAll(' ', '\u00a0')
}

/** The four last digits, for masks in logs and lists (`…0001`). */
export function lastDigits(e164: string): string {
  return e164.replace(/\D/g, '').slice(-4)
}

/** E.164 from what a provider sends (`33639980001`); null when it is no number, as an alphanumeric sender is not. */
export function e164FromDigits(digits: string): string | null {
  const match = /^\+?([1-9]\d{2,14})$/.exec(digits.trim())
  return match ? `+${match[1]}` : null
}

function known(number: PhoneNumber): ParsedPhone {
  const type = TYPES[number.getType() ?? 'PREMIUM_RATE'] ?? 'other'
  return {
    ok: true, e164: number.number, country: number.country ?? null, callingCode: number.countryCallingCode,
    type, isTextable: type === 'mobile' || type === 'fixed_or_mobile',
  }
}

function fictionType(e164: string): 'mobile' | 'fixed' | undefined {
  if (e164.length !== 12) return undefined
  return FICTION.find((range) => e164.startsWith(range.prefix))?.type
}

function overseas(text: string, country: CountryCode): ParsedPhone | undefined {
  if (country !== 'FR' || !/^\D{0,2}0\s*[1-9]/.test(text) || text.startsWith('+')) return undefined
  for (const territory of OVERSEAS) {
    const number = parsePhoneNumberFromString(text, { defaultCountry: territory, extract: false })
    if (number?.isValid()) return known(number)
  }
  return undefined
}

function lengthProblem(text: string, country: CountryCode): PhoneProblem {
  if (holdsSeveral(text)) return 'several_numbers'
  const length = validatePhoneNumberLength(text, country)
  return length === 'TOO_SHORT' ? 'too_short' : length === 'TOO_LONG' ? 'too_long' : 'invalid'
}

function unreadable(text: string): PhoneProblem {
  if (holdsSeveral(text)) return 'several_numbers'
  const digits = text.replace(/\D/g, '')
  if (digits === '' || /\p{L}/u.test(text) || /\d[.,]\d+E\+?\d/i.test(text)) return 'not_a_number'
  return digits.length < 6 ? 'too_short' : digits.length > 15 ? 'too_long' : 'not_a_number'
}

/** `06 12 34 56 78 / 07 …`, two numbers separated by a word, or two French numbers run together. */
function holdsSeveral(text: string): boolean {
  const parts = text.split(/[/;,|]|\s(?:ou|et|or|and|puis|then)\s/i).filter((part) => part.replace(/\D/g, '').length >= 8)
  return parts.length >= 2 || /^(?:0[1-9]\d{8}){2,}$/.test(text.replace(/[\s.-]/g, ''))
}
