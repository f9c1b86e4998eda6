import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import { dateIn, type CalendarDate } from '../core/dates.ts'
import type { Language } from '../words/define.ts'
import { timeOfDay } from '../words/format.ts'

/** One column of a list as a file: its heading, and its cell for each row. */
export type Column<Row> = { label: string } & (
  | { kind?: 'text'; of: (row: Row) => string | null }
  /** E.164, or what was typed instead of a number. */
  | { kind: 'phone'; of: (row: Row) => string | null }
  | { kind: 'number'; of: (row: Row) => number | null }
  | { kind: 'date'; of: (row: Row) => CalendarDate | null }
  | { kind: 'moment'; of: (row: Row) => Date | null }
)

/** What a spreadsheet keeps of a cell; Excel opens no file with a longer text. */
export const LONGEST_CELL = 32_767

/** How files are written for readers of a language: a French Excel opens `;`, an English one `,`. Both need the byte order mark for accents. */
const DELIMITERS: Record<Language, string> = { fr: ';', en: ',' }

export type Reading = { language: Language; zone: string }

export function csvHead<Row>(columns: readonly Column<Row>[], { language }: Reading): string {
  return `\ufeff${csvLine(columns.map(({ label }) => guarded(label)), language)}`
}

export function csvRow<Row>(columns: readonly Column<Row>[], reading: Reading, row: Row): string {
  return csvLine(columns.map((column) => csvCell(column, reading, row)), reading.language)
}

/** A day as a spreadsheet keeps it, at midnight of no zone; a moment by the company's clock. */
export function workbookRow<Row>(columns: readonly Column<Row>[], { zone, language }: Reading, row: Row): (string | number | Date | null)[] {
  return columns.map((column) => {
    if (column.kind === 'number') return column.of(row)
    if (column.kind === 'date') return asDay(column.of(row))
    if (column.kind === 'moment') {
      const at = column.of(row)
      return at && new Date(`${dateIn(zone, at)}T${timeOfDay(language, at, zone)}:00Z`)
    }
    const text = column.kind === 'phone' ? withoutErased(column.of(row)) : (column.of(row) ?? '')
    return text === '' ? null : plain(text).slice(0, LONGEST_CELL)
  })
}

function csvCell<Row>(column: Column<Row>, { zone, language }: Reading, row: Row): string {
  switch (column.kind) {
    case 'number':
      return column.of(row)?.toString() ?? ''
    case 'date':
      return column.of(row) ?? ''
    case 'moment': {
      // `2026-11-23 10:00`: spreadsheets of every language read and sort it.
      const at = column.of(row)
      return at ? `${dateIn(zone, at)} ${timeOfDay(language, at, zone)}` : ''
    }
    case 'phone':
      return phoneText(withoutErased(column.of(row)))
    default:
      return guarded(column.of(row) ?? '')
  }
}

/** With its spaces: Excel makes a number of +33612345678, and nobody can call 3,36E+10. */
function phoneText(phone: string): string {
  if (!/^\+[1-9]\d{4,14}$/.test(phone)) return guarded(phone)
  return parsePhoneNumberFromString(phone)?.formatInternational() ?? `${phone.slice(0, 3)} ${phone.slice(3)}`
}

/** Erased people keep a number that no telephone has. */
function withoutErased(phone: string | null): string {
  return phone === null || phone.startsWith('+0') ? '' : phone
}

function csvLine(cells: readonly string[], language: Language): string {
  return `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(DELIMITERS[language])}\r\n`
}

/** A cell that a spreadsheet would run as a formula is made text (OWASP, CSV injection); a workbook needs no such sign, its texts are texts. */
function guarded(cell: string): string {
  return /^[\s\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(cell) ? `'${plain(cell)}` : plain(cell)
}

/** Without signs that no document may hold: a cut half of a character, control characters. */
function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
}

function asDay(date: CalendarDate | null): Date | null {
  return date === null ? null : new Date(`${date}T00:00:00Z`)
}
