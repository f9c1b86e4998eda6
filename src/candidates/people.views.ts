import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import type { CountryCode } from '../sms/phone.ts'
import { longDate } from '../words/format.ts'
import type { Translate } from '../words/index.ts'
import type { Branch } from './branches.queries.ts'
import type { Kind } from './domain.ts'
import { fieldLabel } from './fields.views.ts'
import { stateMark, type Person, type PersonField } from './people.domain.ts'
import { LIMITS, type PersonProblem, type TextField, type TypedPerson } from './people.input.ts'
import type { Lookalike } from './people.queries.ts'
import { MOST_PHONES, PHONE_KINDS, readPhone, textedPhone } from './phones.domain.ts'
import { countryName, problemText } from './phones.views.ts'
import { nameOf, phoneText, readerOf, type Reader } from './views.ts'

type Field = { name: string; label: string; value: string; type?: string; id?: string; hint?: string; error?: string; rows?: number; maxlength?: number; isOptional?: boolean; width?: 'short' | 'medium'; autocomplete?: string; inputmode?: string; emptyLabel?: string; options?: { value: string; label: string }[]; attrs?: Record<string, string> }

export type PersonFormModel = {
  title: string
  crumbs: { label: string; href: string }[]
  action: string
  cancelUrl: string
  submit: string
  seen: string
  errors: { field: string; text: string }[]
  conflict: { kind: 'warning'; text: string; detail: string } | undefined
  alike: { heading: string; people: { href: string; name: string; why: string }[] } | undefined
  identity: Field[]
  workTitle: string
  work: Field[]
  tags: { value: string; label: string; isChecked: boolean }[]
  newTags: Field
  contact: Field[]
  agency: Field[]
  phones: { legend: string; kind: Field; number: Field; verdict: string; main: { id: string; value: string; isChecked: boolean } }[]
  mayAddPhone: boolean
  /** Some number cannot be read: offered is to keep it. */
  keep: { isChecked: boolean } | undefined
  /** For a new record, and who may write it down. */
  consent: { isGiven: boolean; source: Field; sources: string[] } | undefined
  suggestions: { id: string; values: string[] }[]
}

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/edit': { form: PersonFormModel }
  }
}

export type PersonFormState = {
  kind: Kind
  /** Null for a new one. */
  id: number | null
  /** The record as it is now. */
  current?: Person
  typed: TypedPerson
  problems?: PersonProblem[]
  alike?: Lookalike[]
  /** What somebody else changed meanwhile. */
  changed?: PersonField[]
}

type Choices = { branches: Branch[]; tags: string[]; trades: string[]; towns: string[]; skills: string[] }

/** Lines for numbers that a form begins with. */
const FIRST_LINES = 2

export function newPerson(): Person {
  return { first_name: '', last_name: '', trade: null, organisation: null, phones: [], email: null, town: null, postal_code: null, skills: [], tags: [], branch_id: null, language: null, registered_on: null, external_id: null }
}

/** A record as its form shows it before anybody typed. */
export function typedOf(person: Person, seen = stateMark(person)): TypedPerson {
  const texts: Record<TextField, string> = {
    first_name: person.first_name, last_name: person.last_name, trade: person.trade ?? '', organisation: person.organisation ?? '', email: person.email ?? '', town: person.town ?? '', postal_code: person.postal_code ?? '',
    skills: person.skills.join(', '), branch: person.branch_id === null ? '' : String(person.branch_id), language: person.language ?? '', registered_on: person.registered_on ?? '', external_id: person.external_id ?? '', consent: '', consent_source: '',
  }
  const texted = textedPhone(person.phones)
  return {
    texts, phones: person.phones.map(({ kind, raw }) => ({ kind, raw })), main: Math.max(0, texted ? person.phones.indexOf(texted) : 0),
    tags: person.tags, newTags: '', keepsNumbers: false, allowsLookalikes: false, seen, wantsPhoneLine: false,
  }
}

export function personFormModel(viewer: Viewer, state: PersonFormState, choices: Choices): PersonFormModel {
  const reader = readerOf(viewer)
  const { t } = reader
  const { kind, id, current, typed, problems = [], alike = [], changed = [] } = state
  const name = id === null || !current ? '' : nameOf(t, { id, ...current })
  const field = fieldMaker(reader, state, choices.branches)
  const unread = problems.some(({ word }) => word === 'number') || typed.keepsNumbers
  return {
    title: id === null ? t('people.new', { kind }) : t('people.edit', { name }),
    crumbs: [
      { label: t(kind === 'contact' ? 'nav.contacts' : 'nav.candidates'), href: kind === 'contact' ? paths.contacts : paths.candidates },
      ...(id === null ? [] : [{ label: name, href: paths.person(kind, id) }]),
    ],
    action: id === null ? paths.newPerson(kind) : paths.personStep(kind, id, 'edit'),
    cancelUrl: id === null ? (kind === 'contact' ? paths.contacts : paths.candidates) : paths.person(kind, id),
    submit: id === null ? t('people.create', { kind }) : t('shared.save'),
    // Once the person was told what changed, saving replaces it.
    seen: changed.length > 0 && current ? stateMark(current) : typed.seen,
    errors: [
      ...problems.map((problem) => ({ field: problem.field, text: t('people.problem.line', { label: problemLabel(t, problem.field, kind), text: problemSentence(t, problem) }) })),
      ...(alike.length > 0 ? [{ field: 'allow_lookalikes', text: t('people.alike.problem') }] : []),
    ],
    conflict: changed.length === 0 ? undefined : { kind: 'warning', text: t('people.changed.text'), detail: t('people.changed.detail', { fields: changed.map((one) => fieldLabel(t, one, kind)).join(', ') }) },
    alike: alike.length === 0 && !typed.allowsLookalikes ? undefined : { heading: t('people.alike.heading', { count: alike.length }), people: alike.map((other) => lookalikeModel(reader, other)) },
    identity: [field('first_name', { isOptional: true }), field('last_name'), ...(kind === 'contact' ? [field('organisation')] : []), field('trade', { isOptional: true, attrs: { list: 'trades' } })],
    workTitle: t(kind === 'contact' ? 'people.workContact' : 'people.work'),
    work: [field('skills', { type: 'textarea', rows: 2, isOptional: true, hint: t('people.field.skillsHint') })],
    tags: typed.tags.map((tag) => ({ value: tag, label: tag, isChecked: true })),
    newTags: { ...field('tags', { isOptional: true, hint: t('people.field.new_tagsHint'), attrs: { list: 'tag-names' } }), name: 'new_tags', label: t('people.field.new_tags'), value: typed.newTags, ...errorOf(t, problems, 'new_tags') },
    contact: [
      field('email', { type: 'email', isOptional: true, inputmode: 'email' }),
      field('town', { isOptional: true, hint: t('people.field.townHint'), attrs: { list: 'towns' } }),
      field('postal_code', { isOptional: true, width: 'short' }),
    ],
    agency: [
      ...(choices.branches.length > 0 ? [field('branch_id', { type: 'select', emptyLabel: t('people.field.branchNone'), options: choices.branches.map((branch) => ({ value: String(branch.id), label: branch.isArchived ? t('people.field.branchArchived', { name: branch.name }) : branch.name })) })] : []),
      field('language', { type: 'select', emptyLabel: t('people.field.languageDefault', { language: t(`candidates.record.${viewer.company.language}`) }), options: (['fr', 'en'] as const).map((one) => ({ value: one, label: t(`candidates.record.${one}`) })) }),
      field('registered_on', { type: 'date', isOptional: true }),
      field('external_id', { isOptional: true, hint: t('people.field.external_idHint') }),
    ],
    phones: phoneLines(reader, typed, problems),
    mayAddPhone: linesOf(typed) < MOST_PHONES,
    keep: unread ? { isChecked: typed.keepsNumbers } : undefined,
    consent: id === null && viewer.privileges.has('consent.edit')
      ? { isGiven: typed.texts.consent === 'given', source: { name: 'consent_source', label: t('people.consent.source'), hint: t('people.consent.sourceHint'), value: typed.texts.consent_source, maxlength: LIMITS.source, autocomplete: 'off', attrs: { list: 'consent-sources' }, ...errorOf(t, problems, 'consent_source') }, sources: (['form', 'interview', 'phone', 'mail', 'contract'] as const).map((one) => t(`people.source.${one}`)) }
      : undefined,
    suggestions: [{ id: 'trades', values: choices.trades }, { id: 'towns', values: choices.towns }, { id: 'tag-names', values: choices.tags }],
  }
}

/** A field of the record; where somebody else changed it meanwhile, with what it says now. */
function fieldMaker(reader: Reader, { kind, current, typed, problems = [], changed = [] }: PersonFormState, branches: readonly Branch[]) {
  const { t } = reader
  return (name: Exclude<PersonField, 'phones'>, more: Partial<Field> = {}): Field => {
    const input = name === 'branch_id' ? 'branch' : name
    const now = changed.includes(name) && current ? t('people.changed.now', { value: valueText(reader, current, name, branches) || t('people.changed.empty') }) : undefined
    const limit = (LIMITS as Partial<Record<string, number>>)[name]
    return {
      name: input, label: fieldLabel(t, name, kind), value: input === 'tags' ? '' : typed.texts[input], autocomplete: 'off',
      ...(limit === undefined ? {} : { maxlength: limit }), ...more, ...(now ? { hint: now } : {}), ...errorOf(t, problems, input),
    }
  }
}

function valueText(reader: Reader, person: Person, name: Exclude<PersonField, 'phones'>, branches: readonly Branch[]): string {
  const value = person[name]
  if (value === null) return ''
  if (Array.isArray(value)) return value.join(', ')
  if (name === 'language') return reader.t(value === 'en' ? 'candidates.record.en' : 'candidates.record.fr')
  if (name === 'branch_id') return branches.find(({ id }) => id === value)?.name ?? ''
  return name === 'registered_on' ? longDate(reader.language, String(value)) : String(value)
}

function linesOf({ phones, wantsPhoneLine }: TypedPerson): number {
  return Math.min(MOST_PHONES, Math.max(FIRST_LINES, phones.length + (wantsPhoneLine ? 1 : 0)))
}

function phoneLines(reader: Reader, typed: TypedPerson, problems: readonly PersonProblem[]): PersonFormModel['phones'] {
  const { t } = reader
  return Array.from({ length: linesOf(typed) }, (_empty, index) => {
    const phone = typed.phones[index] ?? { kind: index === 0 ? 'mobile' as const : 'home' as const, raw: '' }
    const n = index + 1
    return {
      legend: t('people.phone.number', { n }),
      kind: { id: `phone-kind-${index}`, name: `phones[${index}][kind]`, label: t('people.phone.kind', { n }), type: 'select', value: phone.kind, options: PHONE_KINDS.map((kind) => ({ value: kind, label: t(`people.phone.${kind}`) })) },
      number: { id: `phone-${index}`, name: `phones[${index}][raw]`, label: t('people.phone.number', { n }), type: 'tel', value: phone.raw, maxlength: 100, autocomplete: 'off', ...errorOf(t, problems, `phone-${index}`) },
      verdict: phone.raw === '' ? '' : verdict(reader, phone.raw),
      main: { id: `main-${index}`, value: String(index), isChecked: index === typed.main },
    }
  })
}

/** What we read in a number, in words. */
function verdict(reader: Reader, raw: string): string {
  const { t } = reader
  const phone = readPhone(raw, reader.country as CountryCode)
  if (phone.e164 === null) return t('people.phone.verdictBad', { problem: problemText(t, phone.problem) })
  const number = phoneText(reader, phone.e164, raw)
  if (!phone.isTextable) return t('people.phone.verdictFixed', { number })
  return phone.country !== null && phone.country !== reader.country ? t('people.phone.verdictCountry', { number, country: countryName(reader, phone.country) }) : t('people.phone.verdictOk', { number })
}

function lookalikeModel(reader: Reader, other: Lookalike): { href: string; name: string; why: string } {
  const { t } = reader
  const phone = other.e164 === null ? '' : phoneText(reader, other.e164, null)
  const why = other.email === null ? t('people.alike.phone', { phone }) : phone === '' ? t('people.alike.email', { email: other.email }) : t('people.alike.both')
  return { href: paths.person(other.kind, other.id), name: nameOf(t, other), why }
}

function errorOf(t: Translate, problems: readonly PersonProblem[], field: string): { error?: string } {
  const problem = problems.find((one) => one.field === field)
  return problem ? { error: problemSentence(t, problem) } : {}
}

/** What is wrong with a field, in words. */
export function problemSentence(t: Translate, problem: PersonProblem): string {
  if (problem.word === 'long') return t('people.problem.long', { limit: problem.limit })
  if (problem.word === 'number') return t('people.problem.number', { problem: problemText(t, problem.problem) })
  return t(`people.problem.${problem.word}`)
}

function problemLabel(t: Translate, field: string, kind: Kind): string {
  const phone = /^phone-(\d+)$/.exec(field)
  if (phone) return t('people.phone.number', { n: Number(phone[1]) + 1 })
  if (field === 'consent_source') return t('people.consent.source')
  if (field === 'new_tags') return t('people.field.tags')
  return fieldLabel(t, (field === 'branch' ? 'branch_id' : field) as PersonField, kind)
}
