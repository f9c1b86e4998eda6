import type { z } from 'zod'
import { NO_FILTERS, type CandidateFilters, type Kind } from '../candidates/domain.ts'
import type { PersonProblem } from '../candidates/people.input.ts'
import type { Person } from '../candidates/people.domain.ts'
import { newPerson, problemSentence, typedOf } from '../candidates/people.views.ts'
import type { WholeRecord } from '../candidates/records.queries.ts'
import type { Translate } from '../words/index.ts'
import { isoMoment, oneLine } from './fields.ts'
import type { candidate, contact, GivenPerson, PeopleQuery } from './people.input.ts'
import type { FieldFault } from './problem.ts'

export type ToldPerson = z.input<typeof candidate> & z.input<typeof contact>

export function personModel(record: WholeRecord): ToldPerson {
  const { id, external_id, first_name, last_name, organisation, trade, skills, tags, email, town, postal_code, branch_id, language, registered_on } = record
  const isAvailable = record.availability === 'available'
  return {
    id, external_id, first_name, last_name, organisation, trade, skills, tags, email, town, postal_code, branch_id, language, registered_on,
    phones: record.phones.map(({ e164, ...phone }) => ({ number: e164, ...phone })),
    consent: { given: record.consent_given, source: record.consent_source, at: isoMoment(record.consent_at) },
    // Dates of a period that is over say nothing any more.
    availability: { state: record.availability, from: isAvailable ? record.available_from : null, until: isAvailable ? record.available_until : null, updated_at: isoMoment(record.availability_updated_at) },
    texting: { number: record.text_to, obstacle: record.reason as ToldPerson['texting']['obstacle'] },
    created_at: isoMoment(record.created_at), updated_at: isoMoment(record.updated_at),
  }
}

/** The form that a person would fill in to say the same: what is not given stays as it is. */
export function formOf(given: GivenPerson, current: Person | undefined, seen: string): Record<string, unknown> {
  const before = typedOf(current ?? newPerson(), seen)
  const texts: Record<string, string> = { ...before.texts, skills: (given.skills ?? current?.skills ?? []).join('\n') }
  for (const name of ['first_name', 'last_name', 'trade', 'organisation', 'email', 'town', 'postal_code', 'registered_on', 'external_id', 'language'] as const) {
    const value = (given as Record<string, string | null | undefined>)[name]
    if (value !== undefined) texts[name] = value ?? ''
  }
  if (given.branch_id !== undefined) texts['branch'] = given.branch_id === null ? '' : String(given.branch_id)
  if ('consent' in given && given.consent) Object.assign(texts, { consent: 'given', consent_source: given.consent.source })
  const phones = given.phones?.map(({ number, kind }) => ({ kind, raw: number })) ?? before.phones
  const main = given.phones ? Math.max(0, given.phones.findIndex((phone) => phone.is_main === true)) : before.main
  return { ...texts, phones, main: String(main), tags: given.tags ?? before.tags, seen, ...(given.allow_duplicates ? { allow_lookalikes: '1' } : {}) }
}

/** Where the form's field stands in what was sent. */
export function personFaults(t: Translate, problems: readonly PersonProblem[]): FieldFault[] {
  return problems.map((problem) => ({ in: 'body', field: fieldOf(problem.field), message: problemSentence(t, problem) }))
}

function fieldOf(field: string): string {
  const phone = /^phone-(\d+)$/.exec(field)
  if (phone) return `phones.${phone[1]}.number`
  return ({ branch: 'branch_id', new_tags: 'tags', consent_source: 'consent.source' } as Partial<Record<string, string>>)[field] ?? field
}

export function filtersOf(kind: Kind, query: PeopleQuery): CandidateFilters {
  const some = (text: string | undefined) => oneLine(text ?? '')
  return {
    ...NO_FILTERS, kind, q: some(query.q), trade: some(query.trade), tag: some(query.tag), skill: some(query.skill), town: some(query.town),
    radius: some(query.town) === '' ? '' : (query.radius_km ?? ''),
    branch: query.branch_id === undefined ? '' : String(query.branch_id), list: query.list_id === undefined ? '' : String(query.list_id),
    availability: query.availability ?? '', from: query.free_from ?? '', until: query.free_until ?? '', consent: query.consent ?? '',
    textable: query.textable === undefined ? '' : query.textable ? 'yes' : 'no',
  }
}
