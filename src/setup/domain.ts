import { IANAZone } from 'luxon'
import { getCountries, isSupportedCountry, type CountryCode } from 'libphonenumber-js/max'

/** Guesses of the setup code from one subscriber before waiting. */
export const SETUP_LIMIT = { tries: 10, windowSeconds: 600 }

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
