import { z } from 'zod'
import { isCalendarDate } from '../core/dates.ts'
import { dialledCountries } from '../sms/regions.ts'

const word = z.string().catch('')
const country = z.string().refine((code) => dialledCountries().includes(code))
const countries = z.unknown().optional().transform((value) => (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && /^[A-Z]{2}$/.test(one)))

export type CountriesForm = {
  add: string | null
  remove: string[]
  /** For each country of the form: a price, none, or what is no price. */
  prices: { country: string; price: number | null | 'bad'; typed: string }[]
  currency: string | 'bad'
}

/** The list of allowed countries with their prices, as the page sends it; a field per country. */
export function readCountries(body: unknown): CountriesForm {
  const fields = (body ?? {}) as Record<string, unknown>
  const form = z.object({ add: word, remove: countries, currency: word }).parse(fields)
  const prices = Object.entries(fields).flatMap(([name, value]): CountriesForm['prices'] => {
    const code = /^price_([A-Z]{2})$/.exec(name)?.[1]
    return code && typeof value === 'string' ? [{ country: code, price: readPrice(value), typed: value.slice(0, 20) }] : []
  })
  const currency = form.currency.trim().toUpperCase()
  return { add: country.safeParse(form.add).data ?? null, remove: form.remove, prices, currency: currency === '' ? 'EUR' : /^[A-Z]{3}$/.test(currency) ? currency : 'bad' }
}

function readPrice(typed: string): number | null | 'bad' {
  const text = typed.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.')
  if (text === '') return null
  return /^\d{1,2}(?:\.\d{1,5})?$/.test(text) ? Number(text) : 'bad'
}

export const listParams = z.object({ id: z.string().max(40) })
export const listForm = z.object({ applies: word.transform((value) => value === 'on'), lifted: countries })
export const blockForm = z.object({ country: word, from: word })
export const blockParams = z.object({ country: z.string().regex(/^[A-Z]{2}$/) })
export const testQuery = z.object({ number: word.transform((text) => text.trim().slice(0, 60)) })

/** A country and a day of the company's own list; `fault`: the field that is wrong. */
export function readBlock(body: unknown): { ok: true; country: string; from: string } | { ok: false; fault: 'country' | 'from'; typed: { country: string; from: string } } {
  const typed = blockForm.parse(body ?? {})
  const code = country.safeParse(typed.country)
  if (!code.success) return { ok: false, fault: 'country', typed }
  return isCalendarDate(typed.from) ? { ok: true, country: code.data, from: typed.from } : { ok: false, fault: 'from', typed }
}
