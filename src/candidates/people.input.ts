import { z } from 'zod'
import { isCalendarDate, type CalendarDate } from '../core/dates.ts'
import type { CountryCode, PhoneProblem } from '../sms/phone.ts'
import { rowId } from '../web/ids.ts'
import { line } from '../web/typed-text.ts'
import type { Language } from '../words/define.ts'
import { splitWords, type Person } from './people.domain.ts'
import { MOST_PHONES, PHONE_KINDS, arrangePhones, readPhone, type PhoneKind } from './phones.domain.ts'
import { MOST_TAGS, TAG_LENGTH } from './tags.domain.ts'

/** Longest texts, as the table has them or as people write them. */
export const LIMITS = { first_name: 80, last_name: 80, trade: 120, organisation: 120, email: 254, town: 120, postal_code: 16, external_id: 80, skill: 120, source: 200 } as const
const MOST_SKILLS = 50

/** Everything as it was typed, so that a refused form shows it again. */
export type TypedPerson = {
  texts: Record<TextField, string>
  phones: { kind: PhoneKind; raw: string }[]
  /** Which of the numbers gets the SMS. */
  main: number
  /** Tags that stay, and new ones as they were typed. */
  tags: string[]
  newTags: string
  /** Numbers that are none are kept on purpose; another record with the same number or e-mail is known. */
  keepsNumbers: boolean
  allowsLookalikes: boolean
  /** State of the record that the form was made from. */
  seen: string
  /** One more line for a number, or save. */
  wantsPhoneLine: boolean
}

const TEXT_FIELDS = ['first_name', 'last_name', 'trade', 'organisation', 'email', 'town', 'postal_code', 'skills', 'branch', 'language', 'registered_on', 'external_id', 'consent', 'consent_source'] as const
export type TextField = (typeof TEXT_FIELDS)[number]

export type PersonProblem =
  | { field: string; word: 'name_missing' | 'organisation_missing' | 'email' | 'date' | 'external_id' | 'branch' | 'source_missing' | 'tag_long' | 'tags_many' | 'skill_long' | 'skills_many' }
  | { field: string; word: 'long'; limit: number }
  | { field: string; word: 'number'; problem: PhoneProblem }
  | { field: string; word: 'number_twice' }

export type PersonForm = { typed: TypedPerson; person: Person; problems: PersonProblem[]; consent: { source: string } | undefined }

const lines = z.string().transform((text) => text.normalize('NFC').replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\n]/gu, ' ').trim()).catch('')
const flag = z.string().transform((text) => text === '1').catch(false)
/** The parser makes a list of a few, an object of many. */
const listOf = <Item extends z.ZodType>(item: Item) => z.union([z.array(item), z.record(z.string(), item).transform((all) => Object.values(all)), item.transform((one) => [one])]).catch([])
const phoneLine = z.object({ kind: z.enum(PHONE_KINDS).catch('mobile'), raw: line }).catch({ kind: 'mobile', raw: '' })

const fields = z.object({
  ...(Object.fromEntries(TEXT_FIELDS.map((name) => [name, name === 'skills' ? lines : line])) as Record<TextField, typeof line>),
  phones: listOf(phoneLine),
  main: z.coerce.number().int().min(0).max(MOST_PHONES).catch(0),
  tags: listOf(line),
  new_tags: lines,
  keep_numbers: flag,
  allow_lookalikes: flag,
  seen: z.string().max(400).catch(''),
  action: z.string().catch(''),
})

/** Reads the form whatever it holds; faults are told by the id of their field. `known`: numbers that the record has as they are. */
export function readPersonForm(body: unknown, ground: { kind: 'candidate' | 'contact'; country: CountryCode; known: readonly string[] }): PersonForm {
  const form = fields.parse(body ?? {})
  const typed: TypedPerson = {
    texts: Object.fromEntries(TEXT_FIELDS.map((name) => [name, form[name]])) as TypedPerson['texts'],
    phones: (form.phones as TypedPerson['phones']).slice(0, MOST_PHONES), main: form.main,
    tags: (form.tags as string[]).filter(Boolean).slice(0, MOST_TAGS), newTags: form.new_tags,
    keepsNumbers: form.keep_numbers, allowsLookalikes: form.allow_lookalikes, seen: form.seen, wantsPhoneLine: form.action === 'phone',
  }
  const person = personOf(typed, ground.country)
  const consent = form.consent === 'given' ? { source: form.consent_source } : undefined
  return { typed, person, consent, problems: [...textProblems(typed, person, ground.kind), ...phoneProblems(typed, ground), ...listProblems(person), ...consentProblems(consent)] }
}

function personOf({ texts, phones, main, tags, newTags }: TypedPerson, country: CountryCode): Person {
  const some = (text: string) => (text === '' ? null : text)
  const branch = rowId.safeParse(texts.branch).data ?? null
  return {
    first_name: texts.first_name, last_name: texts.last_name, trade: some(texts.trade), organisation: some(texts.organisation),
    phones: arrangePhones(phones.map(({ kind, raw }, index) => ({ kind, raw, isMain: index === main })).filter(({ raw }) => raw !== ''), country),
    email: some(texts.email), town: some(texts.town), postal_code: some(texts.postal_code), skills: splitWords(texts.skills), tags: splitWords([...tags, newTags].join('\n')), branch_id: branch,
    language: texts.language === 'fr' || texts.language === 'en' ? (texts.language satisfies Language) : null,
    registered_on: isCalendarDate(texts.registered_on) ? (texts.registered_on as CalendarDate) : null, external_id: some(texts.external_id),
  }
}

function textProblems({ texts }: TypedPerson, person: Person, kind: 'candidate' | 'contact'): PersonProblem[] {
  const problems: PersonProblem[] = []
  if (person.first_name === '' && person.last_name === '') problems.push({ field: 'last_name', word: 'name_missing' })
  if (kind === 'contact' && person.organisation === null) problems.push({ field: 'organisation', word: 'organisation_missing' })
  for (const field of ['first_name', 'last_name', 'trade', 'organisation', 'email', 'town', 'postal_code', 'external_id'] as const) {
    if (texts[field].length > LIMITS[field]) problems.push({ field, word: 'long', limit: LIMITS[field] })
  }
  if (person.email !== null && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(person.email)) problems.push({ field: 'email', word: 'email' })
  if (texts.registered_on !== '' && person.registered_on === null) problems.push({ field: 'registered_on', word: 'date' })
  return problems
}

/** A number that cannot be read is asked back once: whoever keeps it on purpose has it as it was written. */
function phoneProblems({ phones, keepsNumbers }: TypedPerson, { country, known }: { country: CountryCode; known: readonly string[] }): PersonProblem[] {
  const read = phones.map(({ raw }) => (raw === '' ? undefined : readPhone(raw, country)))
  return read.flatMap((phone, index): PersonProblem[] => {
    const field = `phone-${index}`
    if (!phone) return []
    if (phone.raw.length > 100) return [{ field, word: 'long', limit: 100 }]
    if (phone.e164 !== null && read.findIndex((other) => other?.e164 === phone.e164) < index) return [{ field, word: 'number_twice' }]
    if (phone.e164 !== null || keepsNumbers || known.includes(phone.raw)) return []
    return [{ field, word: 'number', problem: phone.problem as PhoneProblem }]
  })
}

function listProblems({ skills, tags }: Person): PersonProblem[] {
  const problems: PersonProblem[] = []
  if (skills.some((skill) => skill.length > LIMITS.skill)) problems.push({ field: 'skills', word: 'skill_long' })
  if (skills.length > MOST_SKILLS) problems.push({ field: 'skills', word: 'skills_many' })
  if (tags.some((tag) => tag.length > TAG_LENGTH)) problems.push({ field: 'new_tags', word: 'tag_long' })
  if (tags.length > MOST_TAGS) problems.push({ field: 'new_tags', word: 'tags_many' })
  return problems
}

function consentProblems(consent: { source: string } | undefined): PersonProblem[] {
  if (!consent) return []
  if (consent.source === '') return [{ field: 'consent_source', word: 'source_missing' }]
  return consent.source.length > LIMITS.source ? [{ field: 'consent_source', word: 'long', limit: LIMITS.source }] : []
}

const day = z.string().refine(isCalendarDate)

/** Consent of one person: what the record said when the page was made, and what it is to say. */
export const consentForm = z.object({ was: z.enum(['given', 'missing']).catch('missing'), consent: z.enum(['given', 'missing']).optional().catch(undefined), source: line, said_on: line })

/** The period somebody is free, by hand. */
export const availabilityForm = z.object({ state: z.enum(['available', 'unavailable', 'unknown']).optional().catch(undefined), from: line, until: line, seen: z.coerce.number().int().min(0).catch(0) })

/** Before which entry of a history a page of it ends. */
export const periodsQuery = z.object({ before: rowId.optional().catch(undefined) })

/** Undefined for an empty field, null for what is no date. */
export function dayOf(text: string): CalendarDate | undefined | null {
  return text === '' ? undefined : (day.safeParse(text).data ?? null)
}

export const mainPhoneForm = z.object({ e164: z.string().regex(/^\+\d{7,15}$/) })
