import { Worker } from 'node:worker_threads'
import { fromBuffer, type Entry, type ZipFile } from 'yauzl'
import { IMPORT_LIMITS } from './imports.domain.ts'
import type { ReadWorkbook } from './workbook-rows.ts'

/** Excel workbooks that people send: what comes out is the text that the same sheet would be as a CSV. */

export type WorkbookProblem = 'damaged' | 'no_rows' | 'too_many_columns' | 'too_many_rows' | 'too_large'
export type Workbook = { text: string; sheet: string; /** Its place among the sheets that can be seen, and how many these are. */ place: number; sheets: number }

/** What an archive may unfold to: two hundred thousand people with all their columns need less than half. */
const UNFOLDED = { whole: 600 * 1024 * 1024, strings: 96 * 1024 * 1024, other: 32 * 1024 * 1024, parts: 5_000 } as const
const TIMEOUT_MS = 90_000
const MEMORY_MB = 512

/** A workbook at a time, in a thread of its own that may neither take long nor much: whatever is in the file, pages go on. */
export function readWorkbook(bytes: Buffer): Promise<Workbook | { problem: WorkbookProblem }> {
  const read = inTurn.then(async () => ((await isHarmless(bytes)) ? readApart(bytes) : { problem: 'damaged' as const }))
  inTurn = read.catch(() => undefined)
  return read
}

let inTurn: Promise<unknown> = Promise.resolve()

/** Looks at the table of contents before anything is unfolded; what it says of sizes is enforced when parts are read. */
async function isHarmless(bytes: Buffer): Promise<boolean> {
  const zip = await open(bytes)
  if (!zip || zip.entryCount > UNFOLDED.parts) return false
  const seen = new Set<string>()
  let folded = 0
  let whole = 0
  return new Promise((resolve) => {
    const end = (answer: boolean) => {
      zip.close()
      resolve(answer)
    }
    zip.on('entry', (entry: Entry) => {
      folded += entry.compressedSize
      whole += entry.uncompressedSize
      // Parts that lie upon each other, that come twice, or whose sizes stand nowhere, are made to deceive somebody.
      if (seen.has(entry.fileName) || folded > bytes.length || whole > UNFOLDED.whole || !isHonest(entry)) return end(false)
      seen.add(entry.fileName)
      zip.readEntry()
    })
    zip.once('end', () => end(seen.has('[Content_Types].xml')))
    zip.once('error', () => end(false))
    zip.readEntry()
  })
}

function isHonest({ fileName, compressedSize, uncompressedSize, compressionMethod, generalPurposeBitFlag }: Entry): boolean {
  if (fileName.endsWith('/')) return uncompressedSize === 0
  if ((generalPurposeBitFlag & 1) !== 0 || (compressionMethod !== 0 && compressionMethod !== 8)) return false
  if ((compressedSize === 0) !== (uncompressedSize === 0) && compressedSize > 2) return false
  if (compressedSize === 0 && (generalPurposeBitFlag & 8) !== 0) return false
  const most = /worksheets\/[^/]+\.xml$/i.test(fileName) ? UNFOLDED.whole : /sharedStrings\.xml$/i.test(fileName) ? UNFOLDED.strings : /\.(xml|rels)$/i.test(fileName) ? UNFOLDED.other : UNFOLDED.whole
  return uncompressedSize <= most
}

function open(bytes: Buffer): Promise<ZipFile | undefined> {
  return new Promise((resolve) => fromBuffer(bytes, { lazyEntries: true }, (error, zip) => resolve(error ? undefined : zip)))
}

function readApart(bytes: Buffer): Promise<Workbook | { problem: WorkbookProblem }> {
  const worker = new Worker(new URL('./workbook-rows.ts', import.meta.url), {
    workerData: { bytes, limits: { rows: IMPORT_LIMITS.rows, columns: IMPORT_LIMITS.columns, text: 2 * IMPORT_LIMITS.bytes } },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB }, execArgv: [], env: {},
  })
  return new Promise((resolve) => {
    const timer = setTimeout(() => end({ problem: 'too_large' }), TIMEOUT_MS)
    const end = (answer: Workbook | { problem: WorkbookProblem }) => {
      clearTimeout(timer)
      void worker.terminate()
      resolve(answer)
    }
    worker.once('message', (answer: ReadWorkbook) => end(answer))
    // It ends without an answer where it would need more memory than it may have.
    worker.once('error', (error: { code?: string }) => end({ problem: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'too_large' : 'damaged' }))
    worker.once('exit', () => end({ problem: 'damaged' }))
  })
}
