/** Where a number is from, and where it might be from: several countries share a calling code (S107). */
import { getCountries, getCountryCallingCode, Metadata, parsePhoneNumberFromString, type CountryCode } from 'libphonenumber-js/max'
import { parsePhone } from './phone.ts'

export type Regions = {
  /** By which the number is judged; null when the number does not say. */
  region: string | null
  /** Every place whose numbers look like this one, the region first. More than one: nobody can tell from the number alone. */
  possible: string[]
  callingCode: string
  e164: string
}

/** Undefined for what is no number. */
export function regionsOf(raw: string, home: CountryCode): Regions | undefined {
  const parsed = parsePhone(raw, home)
  const number = parsePhoneNumberFromString(parsed.ok ? parsed.e164 : raw.normalize('NFKC'), { defaultCountry: home, extract: false })
  if (!number?.isPossible()) return undefined
  const region = parsed.ok ? parsed.country : null
  const callingCode = number.countryCallingCode
  const sharing = getCountries().filter((country) => getCountryCallingCode(country) === callingCode)
  const alike = sharing.filter((country) => looksLike(country, number.nationalNumber))
  // A number that no plan knows may still be of any place with that calling code.
  const others = (region === null && alike.length === 0 ? sharing : alike).filter((country) => country !== region)
  return { region, possible: region === null ? others : [region, ...others], callingCode, e164: number.number }
}

/** What may be texted; the others are never judged. */
const KINDS = ['MOBILE', 'FIXED_LINE', 'FIXED_LINE_OR_MOBILE', 'VOIP', 'PERSONAL_NUMBER'] as const

type Plan = { type: (kind: string) => { pattern: () => string } | undefined }

function looksLike(country: CountryCode, national: string): boolean {
  const metadata = new Metadata()
  metadata.selectNumberingPlan(country)
  // Not among the declared members, and what the library itself decides by.
  const plan = metadata.numberingPlan as unknown as Plan | undefined
  return KINDS.some((kind) => {
    const pattern = plan?.type(kind)?.pattern()
    return pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(national)
  })
}

/** Every country that numbers may be from, by ISO code. */
export function dialledCountries(): readonly string[] {
  return getCountries()
}
