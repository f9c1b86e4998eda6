import type { CalendarDate } from '../core/dates.ts'
import type { Language } from '../words/define.ts'
import type { Kind } from './domain.ts'

/** What a column of a file can be; the words people use as headings, folded, in French and English. */
export const IMPORT_FIELDS = {
  external_id: ['id', 'identifiant', 'reference', 'ref', 'matricule', 'external id', 'candidate id', 'numero candidat', 'code', 'reference chez vous', 'your reference'],
  first_name: ['prenom', 'first name', 'firstname', 'given name'],
  last_name: ['nom', 'nom de famille', 'last name', 'lastname', 'surname', 'family name'],
  email: ['email', 'e mail', 'mail', 'courriel', 'adresse email', 'adresse mail', 'email address'],
  kind: ['type', 'type de fiche', 'nature', 'kind', 'record type'],
  organisation: ['entreprise', 'entreprise cliente', 'entreprise cliente contacts', 'client contacts', 'societe', 'client', 'organisation', 'organization', 'company', 'raison sociale'],
  mobile: ['mobile', 'portable', 'telephone mobile', 'telephone portable', 'tel portable', 'tel mobile', 'gsm', 'telephone', 'tel', 'phone', 'mobile phone', 'cell', 'cell phone', 'numero'],
  mobile_2: ['mobile 2', 'portable 2', 'telephone mobile 2', 'telephone portable 2', 'tel portable 2', 'deuxieme mobile', 'second mobile', 'mobile phone 2', 'other mobile'],
  home: ['fixe', 'telephone fixe', 'tel fixe', 'domicile', 'telephone domicile', 'home', 'home phone', 'landline', 'telephone 2', 'phone 2'],
  trade: ['metier', 'profession', 'poste', 'qualification', 'fonction', 'trade', 'job', 'job title', 'occupation'],
  skills: ['competences', 'competence', 'habilitations', 'habilitation', 'caces', 'certifications', 'skills', 'skill', 'permis'],
  tags: ['etiquettes', 'etiquette', 'mots cles', 'tags', 'tag', 'labels'],
  branch: ['agence', 'agence de rattachement', 'branch', 'branch office', 'office', 'agency'],
  town: ['ville', 'commune', 'localite', 'town', 'city'],
  postal_code: ['code postal', 'cp', 'postal code', 'postcode', 'zip', 'zip code'],
  language: ['langue', 'language'],
  registered_on: ['date inscription', 'inscrit le', 'date d inscription', 'registered', 'registered on', 'registration date'],
  consent: ['consentement', 'consentement sms', 'accord sms', 'sms', 'opt in', 'consent', 'sms consent', 'accepte sms', 'accord pour les sms', 'agrees to sms'],
  consent_source: ['source consentement', 'origine consentement', 'consent source', 'origine de l accord', 'where the consent came from'],
  consent_on: ['date consentement', 'consent date', 'date de l accord', 'date of the consent'],
  available_from: ['disponible le', 'disponible a partir du', 'date de disponibilite', 'disponibilite', 'available from', 'availability date'],
  available_until: ['disponible jusqu au', 'date de fin de disponibilite', 'fin de disponibilite', 'available until', 'availability end date'],
} as const

export type ImportField = keyof typeof IMPORT_FIELDS
export const FIELD_NAMES = Object.keys(IMPORT_FIELDS) as ImportField[]

/** Column index → field; a column that is not mentioned is left out. */
export type Mapping = Partial<Record<string, ImportField>>

export const IMPORT_STATUSES = ['uploaded', 'checking', 'checked', 'importing', 'completed', 'failed', 'discarded'] as const
export type ImportStatus = (typeof IMPORT_STATUSES)[number]

/** Which step may follow which; the guard, the page and the WHERE clause read this. */
export const IMPORT_STEP_FROM = {
  map: ['uploaded', 'checked', 'failed'],
  confirm: ['checked'],
  discard: ['uploaded', 'checked', 'failed'],
} as const satisfies Record<string, readonly ImportStatus[]>

/** What `encoding` of an import begins with where the file was a workbook; the name of its sheet follows. */
export const WORKBOOK = 'XLSX: '

export const IMPORT_LIMITS = { bytes: 30 * 1024 * 1024, rows: 200_000, columns: 200, cell: 2_000 } as const

export const ROW_PROBLEMS = [
  'no_identity', 'too_long', 'bad_email', 'bad_date', 'end_before_start', 'bad_language', 'bad_consent', 'bad_kind', 'unknown_branch', 'duplicate_in_file', 'too_many_cells', 'formula_error',
  'phone.not_a_number', 'phone.several_numbers', 'phone.too_short', 'phone.too_long', 'phone.invalid', 'phone.fixed', 'phone.rewritten', 'phone.lost_digits',
] as const
export type RowProblemCode = (typeof ROW_PROBLEMS)[number]

/** A `blocking` problem keeps the row out; the others are said, and the rest of the row is imported. */
export type RowProblem = { field: ImportField | null; code: RowProblemCode; value: string; isBlocking: boolean }

/** `position` 2 is a second number of its kind, which gets no SMS while there is a first. */
export type ImportPhone = { kind: 'mobile' | 'home'; position: number; raw: string; e164: string | null; country: string | null; isTextable: boolean; problem: string | null }

/** One person as a file describes him; a field that was not given is absent, and leaves the record as it is. */
export type ImportRecord = {
  external_id?: string
  first_name?: string
  last_name?: string
  email?: string
  /** Only for who is new: a record does not become another kind of person by a file. */
  kind?: Kind
  organisation?: string
  trade?: string
  skills?: string[]
  tags?: string[]
  branch_id?: number
  town?: string
  postal_code?: string
  language?: Language
  registered_on?: CalendarDate
  consent_given?: boolean
  consent_source?: string
  consent_on?: CalendarDate
  available_from?: CalendarDate
  available_until?: CalendarDate
  phones: ImportPhone[]
}

/** Headings as people compare them: no case, accents or punctuation. */
export function foldHeading(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, ' ').trim()
}

/** A first guess from the headings; each field is taken by the first column that fits it. */
export function guessMapping(header: readonly string[]): Mapping {
  const taken = new Set<ImportField>()
  const mapping: Mapping = {}
  header.forEach((heading, index) => {
    const folded = foldHeading(heading)
    const field = FIELD_NAMES.find((name) => !taken.has(name) && (IMPORT_FIELDS[name] as readonly string[]).includes(folded))
    if (!field) return
    taken.add(field)
    mapping[index] = field
  })
  return mapping
}

export type MappingProblem = { code: 'nothing_to_identify' } | { code: 'field_twice'; field: ImportField }

/** A file must let us tell people apart: by a key of the agency, an e-mail, or a number with a name. */
export function checkMapping(mapping: Mapping): MappingProblem | undefined {
  const fields = Object.values(mapping).filter((field) => field !== undefined)
  const twice = fields.find((field, index) => fields.indexOf(field) !== index)
  if (twice) return { code: 'field_twice', field: twice }
  const has = (field: ImportField) => fields.includes(field)
  const named = has('last_name') || has('first_name')
  return has('external_id') || has('email') || ((has('mobile') || has('home')) && named) ? undefined : { code: 'nothing_to_identify' }
}

/**
 * What makes two rows the same person: the agency's own key, else the e-mail, else a number together with the name
 * (brothers share a telephone, so a number alone is not enough).
 */
export function identityOf(record: ImportRecord): string | undefined {
  if (record.external_id) return `id ${record.external_id}`
  if (record.email) return `mail ${record.email.toLowerCase()}`
  const number = record.phones.find((phone) => phone.e164)?.e164
  const name = foldHeading(`${record.first_name ?? ''} ${record.last_name ?? ''}`)
  return number && name ? `phone ${number} ${name}` : undefined
}
