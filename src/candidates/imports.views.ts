import type { Language } from '../words/define.ts'
import { countryName, shortMoment, wholeNumber } from '../words/format.ts'
import { translator, type WordKey, type Translate } from '../words/index.ts'
import { exportMenu, type ExportMenu } from '../web/export.ts'
import { paths } from '../web/paths.ts'
import { FIELD_NAMES, WORKBOOK, type ImportStatus, type Mapping, type RowProblem } from './imports.domain.ts'
import type { findImport, listImports, listProblemRows } from './imports.queries.ts'

type Import = NonNullable<Awaited<ReturnType<typeof findImport>>>
type Listed = Awaited<ReturnType<typeof listImports>>[number]
type ProblemRow = Awaited<ReturnType<typeof listProblemRows>>[number]

export type UploadModel = { uploadUrl: string; problem: string; imports: { url: string; fileName: string; who: string; when: string; iso: string; status: StatusModel; rows: string }[] }
type StatusModel = { label: string; icon: string; tone: 'ok' | 'warning' | 'error' | 'info' | 'neutral' }

export type ImportModel = {
  id: number
  status: ImportStatus
  /** The page asks what each column is. */
  isMapping: boolean
  fileName: string
  facts: { term: string; text: string }[]
  problem: string
  /** Numbers that no SMS may go to, by country; empty where every number may get one (S106). */
  abroad: string
  columns: { index: number; heading: string; samples: string[]; options: { value: string; label: string; isSelected: boolean }[] }[]
  counts: { label: string; value: string; tone: string }[]
  rows: { line: number; isRefused: boolean; problems: { field: string; value: string; reason: string }[] }[]
  urls: { mapping: string; confirmation: string; discard: string; progress: string; next: string; candidates: string; people: string; again: string; columns: string }
  /** Everything about which there is something to say, as a file. */
  report: ExportMenu
  writeCount: number
  progress: ProgressModel
}
export type ProgressModel = { isRunning: boolean; label: string; value: number; max: number; url: string }

declare module '../web/render.ts' {
  interface ViewModels {
    'candidates/import': UploadModel
    'candidates/import-show': { import: ImportModel }
    'candidates/_import-progress': { progress: ProgressModel }
  }
}

const STATUS: Record<ImportStatus, { icon: string; tone: StatusModel['tone'] }> = {
  uploaded: { icon: 'circle', tone: 'warning' },
  checking: { icon: 'hourglass', tone: 'info' },
  checked: { icon: 'circle', tone: 'warning' },
  importing: { icon: 'hourglass', tone: 'info' },
  completed: { icon: 'circle-check', tone: 'ok' },
  failed: { icon: 'circle-alert', tone: 'error' },
  discarded: { icon: 'circle-x', tone: 'neutral' },
}

export function uploadModel(imports: readonly Listed[], language: Language, zone: string, problem = ''): UploadModel {
  const t = translator(language)
  return {
    uploadUrl: paths.imports,
    problem,
    imports: imports.map((row) => ({
      url: paths.import(row.id),
      fileName: row.file_name,
      who: row.user_name,
      when: shortMoment(language, row.created_at, zone),
      iso: row.created_at.toISOString(),
      status: { label: t(`imports.status.${row.status}`), ...STATUS[row.status] },
      rows: t('imports.rowCount', { count: row.row_count }),
    })),
  }
}

export function importModel(row: Import, language: Language, options: { isMapping?: boolean; samples?: string[][]; problemRows?: ProblemRow[]; mapping?: Mapping; problem?: string; abroad?: { country: string | null; count: number }[] } = {}): ImportModel {
  const t = translator(language)
  const mapping = options.mapping ?? row.mapping
  const number = (value: number) => wholeNumber(language, value)
  const problemRows = options.problemRows ?? []
  return {
    id: row.id,
    status: row.status,
    isMapping: options.isMapping ?? false,
    fileName: row.file_name,
    facts: [
      { term: t('imports.fact.rows'), text: number(row.row_count) },
      ...(row.encoding.startsWith(WORKBOOK)
        ? [{ term: t('imports.fact.sheet'), text: row.encoding.slice(WORKBOOK.length) }]
        : [{ term: t('imports.fact.encoding'), text: row.encoding }, { term: t('imports.fact.delimiter'), text: row.delimiter === '\t' ? t('imports.tab') : row.delimiter }]),
    ],
    problem: options.problem ?? '',
    abroad: abroadText(t, language, options.abroad ?? []),
    columns: row.header.map((heading, index) => ({
      index,
      heading: heading || t('imports.columnWithoutHeading', { number: index + 1 }),
      samples: (options.samples ?? []).map((cells) => (cells[index] ?? '').slice(0, 80)).filter(Boolean).slice(0, 3),
      options: [
        { value: '', label: t('imports.field.none'), isSelected: mapping[index] === undefined },
        ...FIELD_NAMES.map((name) => ({ value: name, label: t(`imports.field.${name}`), isSelected: mapping[index] === name })),
      ],
    })),
    counts: [
      { label: t('imports.count.create', { count: row.create_count }), value: number(row.create_count), tone: 'ok' },
      { label: t('imports.count.update', { count: row.update_count }), value: number(row.update_count), tone: 'info' },
      { label: t('imports.count.unchanged', { count: row.unchanged_count }), value: number(row.unchanged_count), tone: 'neutral' },
      { label: t('imports.count.error', { count: row.error_count }), value: number(row.error_count), tone: row.error_count > 0 ? 'error' : 'neutral' },
    ],
    rows: problemRows.map(({ line, action, problems }) => ({ line, isRefused: action === 'error', problems: problems.map((problem) => problemModel(problem, language)) })),
    urls: {
      mapping: paths.importStep(row.id, 'mapping'),
      confirmation: paths.importStep(row.id, 'confirmation'),
      discard: paths.importStep(row.id, 'discard'),
      progress: paths.importStep(row.id, 'progress'),
      next: problemRows.length >= PROBLEM_PAGE ? `${paths.import(row.id)}?after=${problemRows.at(-1)?.line ?? 0}` : '',
      candidates: paths.candidates,
      people: `${paths.candidates}?import=${row.id}`,
      again: paths.imports,
      columns: `${paths.import(row.id)}?columns=1`,
    },
    report: exportMenu(language, paths.importStep(row.id, 'report')),
    writeCount: row.create_count + row.update_count,
    progress: progressModel(row, language),
  }
}

/** Rows of the report shown at a time; all of them are in the file. */
export const PROBLEM_PAGE = 50

export function progressModel(row: Import, language: Language): ProgressModel {
  const isRunning = row.status === 'checking' || row.status === 'importing'
  return {
    isRunning,
    label: translator(language)(row.status === 'checking' ? 'imports.checkingProgress' : 'imports.importingProgress', { done: row.processed_count, total: row.row_count }),
    value: Math.min(row.processed_count, row.row_count),
    max: Math.max(1, row.row_count),
    url: paths.importStep(row.id, 'progress'),
  }
}

export function problemModel(problem: RowProblem, language: Language): { field: string; value: string; reason: string } {
  const t = translator(language)
  return {
    field: problem.field === null ? '' : t(`imports.field.${problem.field}`),
    value: problem.code === 'duplicate_in_file' ? '' : problem.value,
    reason: t(`imports.problem.${problem.code}` as WordKey, { value: problem.value }),
  }
}

function abroadText(t: Translate, language: Language, abroad: readonly { country: string | null; count: number }[]): string {
  const count = abroad.reduce((sum, one) => sum + one.count, 0)
  if (count === 0) return ''
  const places = abroad.map((one) => `${one.country === null ? t('imports.abroad.unknown') : countryName(language, one.country)} ${wholeNumber(language, one.count)}`)
  return t('imports.abroad', { count, number: wholeNumber(language, count), places: new Intl.ListFormat(language).format(places) })
}
