import { isCalendarDate, type CalendarDate } from '../core/dates.ts'
import { parsePhone, type CountryCode } from '../sms/phone.ts'
import { IMPORT_LIMITS, foldHeading, identityOf, type ImportField, type ImportRecord, type Mapping, type RowProblem, type RowProblemCode } from './imports.domain.ts'

const MAX_LENGTH: Partial<Record<ImportField, number>> = { external_id: 80, first_name: 80, last_name: 80, email: 254, trade: 120, town: 120, postal_code: 16, consent_source: 200 }
const YES = ['oui', 'o', 'yes', 'y', '1', 'vrai', 'true', 'x', 'ok', 'given', 'accord', 'accepte']
const NO = ['non', 'n', 'no', '0', 'faux', 'false', 'refus', 'refuse']

export type ReadRow = { record: ImportRecord; problems: RowProblem[] }

/** One row of cells → a person, with every problem by field. Blocking problems keep the row out of the import. */
export function readRow(cells: readonly string[], mapping: Mapping, country: CountryCode): ReadRow {
  const record: ImportRecord = { phones: [] }
  const problems: RowProblem[] = []
  const complain = (field: ImportField | null, code: RowProblemCode, value: string, isBlocking: boolean) =>
    problems.push({ field, code, value: value.slice(0, 120), isBlocking })

  for (const [column, field] of Object.entries(mapping)) {
    const cell = (cells[Number(column)] ?? '').normalize('NFC').trim()
    if (!field || cell === '') continue
    if (cell.length > Math.min(MAX_LENGTH[field] ?? IMPORT_LIMITS.cell, IMPORT_LIMITS.cell)) {
      complain(field, 'too_long', cell, true)
      continue
    }
    readCell(record, field, cell, country, complain)
  }
  if (cells.length > IMPORT_LIMITS.columns) complain(null, 'too_many_cells', String(cells.length), true)
  if (record.available_from && record.available_until && record.available_until < record.available_from) {
    complain('available_until', 'end_before_start', record.available_until, false)
    delete record.available_until
  }
  if (!identityOf(record) && problems.every((problem) => !problem.isBlocking)) complain(null, 'no_identity', '', true)
  return { record, problems }
}

type Complain = (field: ImportField, code: RowProblemCode, value: string, isBlocking: boolean) => void

function readCell(record: ImportRecord, field: ImportField, cell: string, country: CountryCode, complain: Complain): void {
  switch (field) {
    case 'mobile':
    case 'home': {
      const phone = readPhone(field, cell, country)
      record.phones.push(phone)
      if (phone.problem === 'landline') {
        if (field === 'mobile') complain(field, 'phone.fixed', cell, false)
      } else if (phone.problem) complain(field, `phone.${phone.problem}` as RowProblemCode, cell, false)
      return
    }
    case 'email':
      if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(cell)) record.email = cell
      else complain(field, 'bad_email', cell, false)
      return
    case 'skills':
      record.skills = [...new Set(cell.split(/[;,|/\n]+/).map((skill) => skill.trim()).filter(Boolean))].slice(0, 50)
      return
    case 'language': {
      const word = foldHeading(cell)
      if (/^(fr|francais|french)/.test(word)) record.language = 'fr'
      else if (/^(en|anglais|english)/.test(word)) record.language = 'en'
      else complain(field, 'bad_language', cell, false)
      return
    }
    case 'consent': {
      const word = foldHeading(cell)
      if (YES.includes(word)) record.consent_given = true
      else if (NO.includes(word)) record.consent_given = false
      else complain(field, 'bad_consent', cell, false)
      return
    }
    case 'registered_on':
    case 'consent_on':
    case 'available_from':
    case 'available_until': {
      const date = readDate(cell)
      if (date) record[field] = date
      else complain(field, 'bad_date', cell, false)
      return
    }
    default:
      record[field] = cell
  }
}

/** A number that is not one is kept as it was written: the record shows it, and the audience counts it (S40). */
function readPhone(kind: 'mobile' | 'home', raw: string, country: CountryCode): ImportRecord['phones'][number] {
  const parsed = parsePhone(raw, country)
  if (!parsed.ok) return { kind, raw, e164: null, country: null, isTextable: false, problem: parsed.problem }
  return { kind, raw, e164: parsed.e164, country: parsed.country, isTextable: parsed.isTextable, problem: parsed.isTextable ? null : 'landline' }
}

/** Day first, as the people who use this write; or ISO. Spreadsheets add midnight to a date, which is dropped. */
export function readDate(text: string): CalendarDate | undefined {
  const cut = text.replace(/[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$/, '')
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(cut)
  const european = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2}|\d{4})$/.exec(cut)
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : european ? [century(european[3] as string), european[2], european[1]] : []
  if (!year || !month || !day) return undefined
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isCalendarDate(date) ? date : undefined
}

function century(year: string): string {
  return year.length === 4 ? year : `20${year}`
}
