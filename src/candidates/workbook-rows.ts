import { parentPort, workerData } from 'node:worker_threads'
import { readXlsx, streamXlsxRows, type CellValue } from 'hucre/xlsx'
import Papa from 'papaparse'

/** Runs in a thread of its own, see workbook.ts. Formulas are their values, as Excel last computed them. */

type Limits = { rows: number; columns: number; text: number }
export type ReadWorkbook = { text: string; sheet: string; place: number; sheets: number } | { problem: 'damaged' | 'no_rows' | 'too_many_columns' | 'too_many_rows' | 'too_large' }

/** Sheets that only explain come first in some files. */
const SHEETS_TRIED = 5

async function read(bytes: Uint8Array, limits: Limits): Promise<ReadWorkbook> {
  const shown: { name: string; index: number }[] = []
  await readXlsx(bytes, { sheets: (info, index) => {
    if (!info.hidden && !info.veryHidden) shown.push({ name: info.name, index })
    return false
  } })
  for (const [place, { name, index }] of shown.slice(0, SHEETS_TRIED).entries()) {
    const sheet = await readSheet(bytes, index, limits)
    if ('problem' in sheet) return sheet
    if (sheet.rows >= 2) return { text: sheet.text, sheet: name, place: place + 1, sheets: shown.length }
  }
  return { problem: 'no_rows' }
}

async function readSheet(bytes: Uint8Array, index: number, limits: Limits): Promise<{ text: string; rows: number } | { problem: 'too_many_columns' | 'too_many_rows' | 'too_large' }> {
  const lines: string[] = []
  let length = 0
  let rows = 0
  for await (const row of streamXlsxRows(bytes, { sheet: index })) {
    const cells = row.values.slice(0, limits.columns + 1).map(textOf)
    while (cells.length > 0 && cells.at(-1) === '') cells.pop()
    if (cells.length === 0) continue
    if (rows === 0 && cells.length > limits.columns) return { problem: 'too_many_columns' }
    rows += 1
    if (rows > limits.rows + 1 || row.index > 2 * limits.rows) return { problem: 'too_many_rows' }
    // A row stands on the line that has its number in Excel.
    while (lines.length < row.index) lines.push('')
    const line = Papa.unparse([cells], { delimiter: ';' })
    length += line.length
    if (length > limits.text) return { problem: 'too_large' }
    lines.push(line)
  }
  return { text: lines.join('\r\n'), rows }
}

/** As people write it: days as days, numbers without an exponent, a row on one line. */
function textOf(value: CellValue): string {
  if (value === null) return ''
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString().replace('T00:00:00.000Z', '').replace('T', ' ').slice(0, 16)
  return String(value).replaceAll(/\s*[\r\n]+\s*/g, ', ').replaceAll('\u0000', '').trim()
}

const { bytes, limits } = workerData as { bytes: Uint8Array; limits: Limits }
// Whatever a library says of a file that is no workbook, people are told the same.
parentPort?.postMessage(await read(bytes, limits).catch((): ReadWorkbook => ({ problem: 'damaged' })))
