import { IANAZone } from 'luxon'
import { getCountries, isSupportedCountry, type CountryCode } from 'libphonenumber-js/max'
import { keyedHash } from '../web/secrets.ts'

/** Guesses of the setup code from one subscriber before waiting. */
export const SETUP_LIMIT = { tries: 10, windowSeconds: 600 }

const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * Proves that whoever makes the first company can read what the program prints. It follows from the installation's secret, so that
 * every process prints the same, and is worth nothing once there is a company. 140 bits in groups of four.
 */
export function setupCode(secretKey: string): string {
  const letters = [...keyedHash(secretKey, 'setup', 'first company').subarray(0, 28)].map((byte) => LETTERS[byte % 32])
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-')
}

/** What was typed or pasted, without what gets into copies from a terminal. */
export function plainCode(typed: string): string {
  return typed.toLowerCase().replace(/[^0-9a-z]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
}

export function isCountry(code: string): code is CountryCode {
  return isSupportedCountry(code)
}

export function allCountries(): readonly CountryCode[] {
  return getCountries()
}

export function isTimeZone(zone: string): boolean {
  return zone.includes('/') && IANAZone.isValidZone(zone)
}

/** Clocks people live by, each under its usual name. */
export function allTimeZones(): readonly string[] {
  return Intl.supportedValuesOf('timeZone').filter(isTimeZone)
}

/** What an agency needs before its first campaign, in the order in which one thing helps the next. */
export const STEPS = ['sender', 'branding', 'template', 'people', 'test', 'colleagues', 'campaign'] as const
export type Step = (typeof STEPS)[number]
export type Progress = Record<Step, boolean>
