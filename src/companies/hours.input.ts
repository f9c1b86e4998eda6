import { z } from 'zod'
import { dialledCountries } from '../sms/regions.ts'
import type { WindowOverride } from '../sms/windows.ts'
import { EVERY_OTHER, windowFaults, type WindowFault, type WindowKey } from './hours.domain.ts'
import { mark } from './limits.input.ts'

const word = z.string().max(20).catch('')
const days = z.unknown().optional().transform((value) => [value].flat().map(Number).filter((day) => Number.isInteger(day) && day >= 1 && day <= 7))
const form = z.object({ weekdays: days, opens: word, closes: word, on_holidays: word, mark })

export type HoursForm = { mark: number; window: WindowOverride; faults: WindowFault[] }

export function readHours(key: WindowKey, body: unknown): HoursForm {
  const { weekdays, opens, closes, on_holidays: onHolidays, mark: known } = form.parse(body ?? {})
  // The last minute of a day is its end: a clock in a form knows no 24:00.
  const window = { weekdays: [...new Set(weekdays)].sort(), opens: opens.trim(), closes: closes.trim() === '00:00' ? '24:00' : closes.trim(), onHolidays: onHolidays === 'on' }
  return { mark: known, window, faults: windowFaults(key, window) }
}

const country = z.string().refine((code) => dialledCountries().includes(code))

/** The part of an address that names a country, or all the others; undefined: there is none. */
export function readKey(params: unknown): WindowKey | undefined {
  const code = (params as { country?: unknown } | undefined)?.country
  return code === 'all' ? EVERY_OTHER : country.safeParse(code).data
}

export const choiceQuery = z.object({ country: country.optional().catch(undefined) })
export const zoneForm = z.object({ 'sms.window_zone': z.enum(['recipient', 'company']) })
