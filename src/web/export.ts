import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { writeXlsxStream } from 'hucre/xlsx'
import { z } from 'zod'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { csvHead, csvRow, workbookRow, type Column, type Reading } from './export-cells.ts'
import { recordInJournal } from './journal.queries.ts'
import { limitRate } from './rate-limit.ts'
import type { Viewer } from './viewer.ts'

export const EXPORT_FORMATS = ['xlsx', 'csv'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** Lists of people; who takes one along stands in the journal. */
export type PersonalList =
  | 'candidates' | 'contacts' | 'recipients' | 'doubts' | 'exclusions' | 'board' | 'replies' | 'opt_outs' | 'users' | 'mails' | 'import_report'

export type Export<Row> = {
  /** Of the file, without its ending, and of its sheet. */
  name: string
  columns: readonly Column<Row>[]
  /** The rows after one, in an order that does not change while the file is written; none after the last. */
  next: (last: Row | undefined, limit: number) => Promise<readonly Row[]>
  /** Rows read at once; fewer where each costs much. */
  perPage?: number
  /** Undefined for lists that hold nobody, or whose own line stands in the journal. */
  personal?: { list: PersonalList; subjectKind?: string; subjectId?: number }
}

/** Files an hour for one person: more than anybody needs, few enough that a stolen session does not read everything again and again. */
const FILES_PER_HOUR = 120
const ROWS_PER_PAGE = 1_000

const exportQuery = z.object({ format: z.enum(EXPORT_FORMATS).catch('csv') })

/**
 * A list as a file, written while it is read: a thousand rows are in memory at a time, and nothing is read ahead of a slow reader.
 * Whoever goes away ends the reading. Each page of rows is a statement of its own: somebody who is in the list all the time is in
 * the file once; what changes meanwhile is told as it was when its page was read.
 */
export async function sendExport<Row>({ db }: { db: Db }, request: FastifyRequest, reply: FastifyReply, { name, columns, next, perPage, personal }: Export<Row>): Promise<FastifyReply> {
  const viewer = request.viewer as Viewer
  const { format } = exportQuery.parse(request.query)
  await limitRate(db, `export ${viewer.userId}`, FILES_PER_HOUR, 3600)
  if (personal) {
    const { list, ...subject } = personal
    await recordInJournal(db, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'list.exported', ...subject, detail: { list, format } })
  }
  const rows = pagesOf(next, perPage ?? ROWS_PER_PAGE)
  const reading = { language: viewer.language, zone: viewer.company.timeZone }
  reply.header('content-disposition', `attachment; filename="${name}.${format}"`).header('cache-control', 'no-store')
  if (format === 'csv') return reply.type('text/csv; charset=utf-8').send(Readable.from(csvOf(columns, reading, rows), { highWaterMark: 1 }))
  return reply.type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet').send(workbookOf(name, columns, reading, rows))
}

export type ExportMenu = { label: string; look: 'plain'; icon: string; items: { label: string; icon: string; href: string }[] }

/** The menu with which a list is taken along; `url` may carry the filters of the list. */
export function exportMenu(language: Language, url: string): ExportMenu {
  const t = translator(language)
  const sign = url.includes('?') ? '&' : '?'
  return {
    label: t('shared.export'), look: 'plain', icon: 'download',
    items: EXPORT_FORMATS.map((format) => ({ label: t(`shared.exportAs.${format}`), icon: format === 'xlsx' ? 'file-spreadsheet' : 'file-text', href: `${url}${sign}format=${format}` })),
  }
}

async function* pagesOf<Row>(next: Export<Row>['next'], limit: number): AsyncGenerator<readonly Row[]> {
  let last: Row | undefined
  for (;;) {
    const rows = await next(last, limit)
    if (rows.length > 0) yield rows
    if (rows.length < limit) return
    last = rows.at(-1)
  }
}

async function* csvOf<Row>(columns: readonly Column<Row>[], reading: Reading, pages: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  yield csvHead(columns, reading)
  for await (const rows of pages) yield rows.map((row) => csvRow(columns, reading, row)).join('')
}

const FORMATS = {
  fr: { date: 'dd/mm/yyyy', moment: 'dd/mm/yyyy hh:mm' },
  en: { date: 'dd/mm/yyyy', moment: 'dd/mm/yyyy hh:mm' },
} as const satisfies Record<Language, Record<'date' | 'moment', string>>

/** Widths in characters. */
const WIDTHS = { text: 22, phone: 18, number: 10, date: 12, moment: 17 } as const

function workbookOf<Row>(name: string, columns: readonly Column<Row>[], reading: Reading, pages: AsyncIterable<readonly Row[]>): Readable {
  const formats = FORMATS[reading.language]
  const bytes = writeXlsxStream(cellsOf(columns, reading, pages), {
    // A sheet's name holds no such signs and 31 characters at most.
    name: name.replace(/[[\]:*?/\\']/g, ' ').slice(0, 25),
    columns: columns.map(({ label, kind = 'text' }) => ({
      header: label, width: Math.max(WIDTHS[kind], Math.min(40, label.length + 2)),
      // As text, so that nobody's number loses its sign when the cell is touched.
      ...(kind === 'date' || kind === 'moment' ? { numFmt: formats[kind] } : kind === 'phone' ? { numFmt: '@' } : {}),
    })),
    freezePane: { rows: 1 },
  })
  return Readable.fromWeb(bytes as Parameters<typeof Readable.fromWeb>[0])
}

async function* cellsOf<Row>(columns: readonly Column<Row>[], reading: Reading, pages: AsyncIterable<readonly Row[]>) {
  for await (const rows of pages) for (const row of rows) yield workbookRow(columns, reading, row)
}
