import { isCalendarDate, type CalendarDate } from '../core/dates.ts'
import { formatPhone, type CountryCode } from '../sms/phone.ts'
import { IMPORT_LIMITS, foldHeading, identityOf, type ImportField, type ImportPhone, type ImportRecord, type Mapping, type RowProblem, type RowProblemCode } from './imports.domain.ts'
import { splitWords } from './people.domain.ts'
import { readPhone } from './phones.domain.ts'
import { MOST_TAGS, TAG_LENGTH } from './tags.domain.ts'

const MAX_LENGTH: Partial<Record<ImportField, number>> = { external_id: 80, first_name: 80, last_name: 80, email: 254, organisation: 120, trade: 120, town: 120, postal_code: 16, consent_source: 200 }
const YES = ['oui', 'o', 'yes', 'y', '1', 'vrai', 'true', 'x', 'ok', 'given', 'accord', 'accepte']
const NO = ['non', 'n', 'no', '0', 'faux', 'false', 'refus', 'refuse']

export type ReadRow = { record: ImportRecord; problems: RowProblem[] }
/** Branches in use by their folded names. */
export type KnownBranches = ReadonlyMap<string, number>

/** One row of cells → a person, with every problem by field. Blocking problems keep the row out of the import. */
export function readRow(cells: readonly string[], mapping: Mapping, country: CountryCode, branches: KnownBranches = new Map()): ReadRow {
  const record: ImportRecord = { phones: [] }
  const problems: RowProblem[] = []
  const complain = (field: ImportField | null, code: RowProblemCode, value: string, isBlocking: boolean) =>
    problems.push({ field, code, value: value.slice(0, 120), isBlocking })

  for (const [column, field] of Object.entries(mapping)) {
    // Our own files put an apostrophe before what a spreadsheet would read as a formula.
    const cell = (cells[Number(column)] ?? '').normalize('NFC').trim().replace(/^'(?=[=+\-@])/, '')
    if (!field || cell === '') continue
    if (FORMULA_ERROR.test(cell)) {
      complain(field, 'formula_error', cell, false)
      continue
    }
    if (cell.length > Math.min(MAX_LENGTH[field] ?? IMPORT_LIMITS.cell, IMPORT_LIMITS.cell)) {
      complain(field, 'too_long', cell, true)
      continue
    }
    readCell(record, field, cell, { country, branches }, complain)
  }
  // Who works for a client is a contact, unless the file says otherwise.
  if (record.organisation !== undefined) record.kind ??= 'contact'
  if (cells.length > IMPORT_LIMITS.columns) complain(null, 'too_many_cells', String(cells.length), true)
  if (record.available_from && record.available_until && record.available_until < record.available_from) {
    complain('available_until', 'end_before_start', record.available_until, false)
    delete record.available_until
  }
  if (!identityOf(record) && problems.every((problem) => !problem.isBlocking)) complain(null, 'no_identity', '', true)
  return { record, problems }
}

/** What a cell shows whose formula failed, in English and in French. */
const FORMULA_ERROR = /^#(N\/A|REF!|VALUE!|VALEUR!|DIV\/0!|NAME\?|NOM\s?\?|NUM!|NOMBRE!|NULL!|NUL!|SPILL!|PROPAGATION!|CALC!)$/

/** Excel makes 6.12E+08 of a number in a narrow column, and what it then saves ends in zeros. */
function hasLostDigits(cell: string): boolean {
  return /^[1-9]([.,]\d+)?E\+?\d{1,2}$/i.test(cell) || /^[1-9]\d{1,8}0{6}$/.test(cell)
}

/** As people write it, else with the plus that Excel took away. */
function readTyped(cell: string, country: CountryCode): ReturnType<typeof readPhone> {
  const phone = readPhone(cell, country)
  if (phone.e164 !== null || !/^[1-9]\d{9,14}$/.test(cell)) return phone
  const abroad = readPhone(`+${cell}`, country)
  return abroad.e164 === null ? phone : { ...abroad, raw: cell }
}

/** A number that Excel took for one: without its zero or its plus. */
function isRewritten(cell: string, e164: string, country: CountryCode): boolean {
  return /^[1-9]\d+$/.test(cell) && (`+${cell}` === e164 || formatPhone(e164, country).startsWith('0'))
}

type Complain = (field: ImportField, code: RowProblemCode, value: string, isBlocking: boolean) => void

function readCell(record: ImportRecord, field: ImportField, cell: string, { country, branches }: { country: CountryCode; branches: KnownBranches }, complain: Complain): void {
  switch (field) {
    case 'mobile':
    case 'mobile_2':
    case 'home': {
      if (hasLostDigits(cell)) {
        // What is left may be somebody else's number.
        record.phones.push({ kind: field === 'home' ? 'home' : 'mobile', position: field === 'mobile_2' ? 2 : 1, raw: cell, e164: null, country: null, isTextable: false, problem: 'not_a_number' })
        complain(field, 'phone.lost_digits', cell, false)
        return
      }
      const phone: ImportPhone = { kind: field === 'home' ? 'home' : 'mobile', position: field === 'mobile_2' ? 2 : 1, ...readTyped(cell, country) }
      record.phones.push(phone)
      if (phone.e164 !== null && isRewritten(cell, phone.e164, country)) complain(field, 'phone.rewritten', cell, false)
      if (phone.problem === 'landline') {
        if (field !== 'home') complain(field, 'phone.fixed', cell, false)
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
    case 'tags':
      record.tags = splitWords(cell.replaceAll(/[|/]/g, ',')).filter((tag) => tag.length <= TAG_LENGTH).slice(0, MOST_TAGS)
      return
    case 'kind': {
      const word = foldHeading(cell)
      if (/^(candidat|candidate|interimaire|worker)s?$/.test(word)) record.kind = 'candidate'
      else if (/^(contact|contact client|client contact|client|customer)s?$/.test(word)) record.kind = 'contact'
      else complain(field, 'bad_kind', cell, false)
      return
    }
    case 'branch': {
      const id = branches.get(foldHeading(cell))
      if (id === undefined) complain(field, 'unknown_branch', cell, false)
      else record.branch_id = id
      return
    }
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
