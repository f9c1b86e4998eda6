import { z } from 'zod'
import { parsePhone, type CountryCode } from '../sms/phone.ts'
import { PRIVILEGES, type Privilege } from '../web/privileges.ts'
import { line } from '../web/typed-text.ts'
import type { Language } from '../words/define.ts'
import { ROLE_PRIVILEGES, type Role } from './domain.ts'
import { ROLES, USER_STATES, type UserFilters } from './users.domain.ts'

export const NAME_LENGTH = 120
export const EMAIL_LENGTH = 254

export type PersonDetails = { name: string; email: string; language: Language; mobile: string | null; privileges: Privilege[] }
export type TypedUser = { name: string; email: string; language: Language; mobile: string; privileges: Privilege[] }
export type PersonFault = { field: 'name' | 'email' | 'mobile' | 'privileges'; fault: 'missing' | 'long' | 'form' | 'not_mobile' | 'taken' | 'last' }
export type PersonForm = { typed: TypedUser; details: PersonDetails; faults: PersonFault[]; version: number; preset: Role | undefined; isSure: boolean }

/** Ticks, or all of them in one hidden field of a confirmation. */
const ticks = z.unknown().optional().transform((value) => {
  const given = new Set((Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string').flatMap((one) => one.split(' ')))
  return PRIVILEGES.filter((privilege) => given.has(privilege))
})
const email = z.string().max(EMAIL_LENGTH).regex(/^[^\s\p{Cc}<>@,;:"()[\]\\]+@[^\s\p{Cc}<>@,;:"()[\]\\.]+(\.[^\s\p{Cc}<>@,;:"()[\]\\.]+)+$/u)

const fields = z.object({
  name: line, email: line, mobile: line, language: z.enum(['fr', 'en']).catch('fr'), privileges: ticks,
  version: z.coerce.number().int().min(1).catch(1), preset: z.enum(ROLES as [Role, ...Role[]]).optional().catch(undefined), confirmed: z.literal('1').optional().catch(undefined),
})

/** A person as an administrator wrote them; `country` is where numbers are dialled from. The address of who has joined stays as it is. */
export function readPerson(body: unknown, country: string, kept?: { email: string; isFixed: boolean }): PersonForm {
  const form = fields.parse(body ?? {})
  const address = kept?.isFixed ? kept.email : form.email
  const privileges = form.preset ? [...ROLE_PRIVILEGES[form.preset]] : form.privileges
  const mobile = readMobile(form.mobile, country)
  const faults: PersonFault[] = [
    ...nameFaults(form.name),
    ...(kept?.isFixed ? [] : address === '' ? [{ field: 'email', fault: 'missing' } as const] : email.safeParse(address).success ? [] : [{ field: 'email', fault: 'form' } as const]),
    ...mobile.faults,
  ]
  return {
    typed: { name: form.name, email: address, language: form.language, mobile: form.mobile, privileges },
    details: { name: form.name, email: address, language: form.language, mobile: mobile.e164, privileges },
    faults, version: form.version, preset: form.preset, isSure: form.confirmed === '1',
  }
}

/** What somebody may change of themselves. */
export function readOwnDetails(body: unknown, country: string) {
  const form = fields.parse(body ?? {})
  const mobile = readMobile(form.mobile, country)
  return {
    typed: { name: form.name, language: form.language, mobile: form.mobile }, version: form.version,
    details: { name: form.name, language: form.language, mobile: mobile.e164 }, faults: [...nameFaults(form.name), ...mobile.faults],
  }
}

function nameFaults(name: string): PersonFault[] {
  return name === '' ? [{ field: 'name', fault: 'missing' }] : name.length > NAME_LENGTH ? [{ field: 'name', fault: 'long' }] : []
}

/** Where test messages go: empty, or a number that can be texted. */
function readMobile(typed: string, country: string): { e164: string | null; faults: PersonFault[] } {
  if (typed === '') return { e164: null, faults: [] }
  const phone = parsePhone(typed, country as CountryCode)
  return phone.ok && phone.isTextable ? { e164: phone.e164, faults: [] } : { e164: null, faults: [{ field: 'mobile', fault: 'not_mobile' }] }
}

const listFields = z.object({
  q: z.string().catch('').transform((text) => text.trim().slice(0, 120)), state: z.enum(USER_STATES).or(z.literal('')).catch(''),
  view: z.enum(['people', 'rights']).catch('people'), after: z.string().optional().catch(undefined),
})
export type UserListQuery = UserFilters & { view: 'people' | 'rights'; after?: string | undefined }

export function readListQuery(query: unknown): UserListQuery {
  return listFields.parse(query ?? {})
}

const oneLine = z.string().catch('')
const secret = oneLine.transform((text) => text.slice(0, 1000))
export const passwordForm = z.object({ password: secret })
export const changePasswordForm = z.object({ old: secret, password: secret })
export const forgottenForm = z.object({ email: line.transform((text) => text.slice(0, EMAIL_LENGTH)) })
export const codeForm = z.object({ code: oneLine.transform((text) => text.trim().slice(0, 40)) })
export const setupForm = z.object({ setup: oneLine.transform((text) => text.slice(0, 600)), code: oneLine.transform((text) => text.replace(/\s/g, '').slice(0, 40)) })
export const tokenParams = z.object({ token: z.string().regex(/^[\w-]{20,60}$/) })
