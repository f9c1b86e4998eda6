import iconv from 'iconv-lite'
import Papa from 'papaparse'
import { IMPORT_LIMITS, WORKBOOK } from './imports.domain.ts'
import { readWorkbook } from './workbook.ts'

/** Reading what a spreadsheet saved: encoding, delimiter, header. */

export type FileProblem = 'empty' | 'not_text' | 'spreadsheet' | 'no_rows' | 'too_many_columns' | 'too_many_rows' | 'too_large' | 'damaged'
export type OpenedFile = { text: string; encoding: string; delimiter: string; header: string[]; rowCount: number; sample: string[][] }

const ZIP = Buffer.from('PK\u0003\u0004')
const OLE = Buffer.from([0xd0, 0xcf, 0x11, 0xe0])
const DELIMITERS = [';', ',', '\t', '|']

/** What somebody sent: a text, or a workbook, whose sheet is read as the text it would be. `encoding` then names the sheet. */
export async function openUpload(bytes: Buffer): Promise<OpenedFile | { problem: FileProblem }> {
  if (bytes.length > IMPORT_LIMITS.bytes) return { problem: 'too_large' }
  if (!bytes.subarray(0, 4).equals(ZIP)) return openFile(bytes)
  const workbook = await readWorkbook(bytes)
  if ('problem' in workbook) return workbook
  const opened = openText(workbook.text, ';')
  const place = workbook.sheets > 1 ? ` (${workbook.place}/${workbook.sheets})` : ''
  return 'problem' in opened ? opened : { ...opened, encoding: `${WORKBOOK}${workbook.sheet}${place}`.slice(0, 120) }
}

/** The text, and how it was written. An older Excel file or a workbook is named as such, because people send them. */
export function openFile(bytes: Buffer): OpenedFile | { problem: FileProblem } {
  if (bytes.length === 0) return { problem: 'empty' }
  if (bytes.length > IMPORT_LIMITS.bytes) return { problem: 'too_large' }
  if (bytes.subarray(0, 4).equals(ZIP) || bytes.subarray(0, 4).equals(OLE)) return { problem: 'spreadsheet' }
  const { text, encoding } = decode(bytes)
  if (text.includes('\u0000')) return { problem: 'not_text' }
  if (text.trim() === '') return { problem: 'empty' }

  const opened = openText(text, guessDelimiter(text))
  return 'problem' in opened ? opened : { ...opened, encoding }
}

function openText(text: string, delimiter: string): Omit<OpenedFile, 'encoding'> | { problem: FileProblem } {
  const head = Papa.parse<string[]>(text, { delimiter, preview: 6, skipEmptyLines: 'greedy' }).data
  const header = (head[0] ?? []).map((heading) => heading.trim().slice(0, 200))
  if (header.length > IMPORT_LIMITS.columns) return { problem: 'too_many_columns' }
  let rowCount = -1
  Papa.parse<string[]>(text, { delimiter, skipEmptyLines: 'greedy', step: () => { rowCount += 1 } })
  if (rowCount < 1) return { problem: 'no_rows' }
  if (rowCount > IMPORT_LIMITS.rows) return { problem: 'too_many_rows' }
  return { text, delimiter, header, rowCount, sample: head.slice(1) }
}

export type FileRow = { line: number; cells: string[] }

/** Rows with the line on which each begins, in groups, so that a long file is never in memory twice. */
export function* rowsOf(text: string, delimiter: string, groupSize: number): Generator<FileRow[]> {
  let rest = 0
  let line = 1
  let isHeader = true
  let group: FileRow[] = []
  while (rest < text.length) {
    // Papa stops after `preview` rows and says where: the next slice begins there. Its fast mode would read all the rest first.
    const parsed = Papa.parse<string[]>(text.slice(rest), { delimiter, preview: groupSize, fastMode: false })
    let consumed = 0
    for (const cells of parsed.data) {
      consumed += 1
      const at = line
      line += 1 + cells.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0)
      if (cells.every((cell) => cell.trim() === '')) continue
      if (isHeader) isHeader = false
      else group.push({ line: at, cells })
    }
    if (group.length > 0) yield group
    group = []
    if (consumed === 0 || !parsed.meta.truncated) return
    rest += parsed.meta.cursor
  }
}

function decode(bytes: Buffer): { text: string; encoding: string } {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: iconv.decode(bytes, 'utf16le'), encoding: 'UTF-16' }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { text: iconv.decode(bytes, 'utf16be'), encoding: 'UTF-16' }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'UTF-8' }
  } catch {
    // Not UTF-8: what Excel writes on a Windows machine in western Europe. Every byte means something there.
    return { text: iconv.decode(bytes, 'windows-1252'), encoding: 'Windows-1252' }
  }
}

/** The sign that cuts the first lines into the same, largest number of cells. */
function guessDelimiter(text: string): string {
  let best = { delimiter: ';', score: 0 }
  for (const delimiter of DELIMITERS) {
    const rows = Papa.parse<string[]>(text, { delimiter, preview: 10, skipEmptyLines: 'greedy' }).data
    const width = rows[0]?.length ?? 0
    const steady = rows.filter((row) => row.length === width).length / Math.max(1, rows.length)
    const score = width > 1 ? width * steady : 0
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}
