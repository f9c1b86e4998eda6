import { z } from 'zod'
import { line } from '../web/typed-text.ts'
import { isLanguage, type Language } from '../words/define.ts'
import { isCountry, isTimeZone } from './domain.ts'

export const SETUP_LENGTHS = { company: 120, name: 120, email: 254 } as const

const fields = z.object({
  code: line, company: line, country: line, zone: line, language: line, name: line, email: line,
  password: z.string().catch('').transform((text) => text.slice(0, 200)),
})

export type SetupField = keyof z.infer<typeof fields>
export type SetupProblem = { field: SetupField; word: 'missing' | 'long' | 'unknown' | 'form' }
export type SetupForm = { typed: z.infer<typeof fields>; language: Language; problems: SetupProblem[] }

/** Of a first company and its administrator; the password's own rules are looked at where passwords are made. */
export function readSetup(body: unknown): SetupForm {
  const typed = fields.parse(body ?? {})
  const missing = (['code', 'company', 'name', 'email', 'password'] as const).filter((field) => typed[field] === '')
  const long = (['company', 'name', 'email'] as const).filter((field) => typed[field].length > SETUP_LENGTHS[field])
  const problems: SetupProblem[] = [
    ...missing.map((field) => ({ field, word: 'missing' as const })),
    ...long.map((field) => ({ field, word: 'long' as const })),
    ...(isCountry(typed.country) ? [] : [{ field: 'country' as const, word: 'unknown' as const }]),
    ...(isTimeZone(typed.zone) ? [] : [{ field: 'zone' as const, word: 'unknown' as const }]),
    ...(isLanguage(typed.language) ? [] : [{ field: 'language' as const, word: 'unknown' as const }]),
    ...(typed.email === '' || isEmail(typed.email) ? [] : [{ field: 'email' as const, word: 'form' as const }]),
  ]
  return { typed, language: isLanguage(typed.language) ? typed.language : 'fr', problems }
}

export function isEmail(text: string): boolean {
  return z.email().safeParse(text).success
}
