import { hash } from 'node:crypto'
import type { CalendarDate } from '../core/dates.ts'
import type { Language } from '../words/define.ts'
import type { StoredPhone } from './phones.domain.ts'

/** What a person's form changes, in the order of the form. */
export const PERSON_FIELDS = [
  'first_name', 'last_name', 'trade', 'organisation', 'phones', 'email', 'town', 'postal_code', 'skills', 'tags', 'branch_id', 'language', 'registered_on', 'external_id',
] as const
export type PersonField = (typeof PERSON_FIELDS)[number]

/** A record as far as its form goes; null where nothing is known. */
export type Person = {
  first_name: string
  last_name: string
  trade: string | null
  organisation: string | null
  phones: StoredPhone[]
  email: string | null
  town: string | null
  postal_code: string | null
  skills: string[]
  tags: string[]
  branch_id: number | null
  language: Language | null
  registered_on: CalendarDate | null
  external_id: string | null
}

/** Fields that two states of a record tell differently. */
export function changedFields(before: Person, after: Person): PersonField[] {
  const was = told(before)
  const is = told(after)
  return PERSON_FIELDS.filter((field) => was[field] !== is[field])
}

/** What a form carries of the record it was made from: enough to say later which fields have changed meanwhile, and no more. */
export function stateMark(person: Person): string {
  const values = told(person)
  return PERSON_FIELDS.map((field) => hash('sha256', values[field], 'hex').slice(0, 10)).join('-')
}

/** Fields that changed since the mark was made. A mark that is none says nothing about any. */
export function changedSince(mark: string, person: Person): PersonField[] {
  const seen = mark.split('-')
  const now = stateMark(person).split('-')
  return PERSON_FIELDS.filter((_field, index) => seen[index] !== now[index])
}

/** Each field as one text. Of a number only what a person decides: how it is written, where it stands. */
function told(person: Person): Record<PersonField, string> {
  const phones = person.phones.toSorted((a, b) => a.kind.localeCompare(b.kind) || a.position - b.position).map(({ kind, position, raw, e164 }) => [kind, position, raw, e164])
  return Object.fromEntries(PERSON_FIELDS.map((field) => [field, JSON.stringify(field === 'phones' ? phones : person[field])])) as Record<PersonField, string>
}

/** Words of a list as a person writes them, in one line or several: each once, whatever its case. */
export function splitWords(text: string): string[] {
  const words = text.split(/[,;\n]+/).map((word) => word.replace(/\s+/g, ' ').trim()).filter(Boolean)
  return words.filter((word, index) => words.findIndex((other) => other.toLowerCase() === word.toLowerCase()) === index)
}
