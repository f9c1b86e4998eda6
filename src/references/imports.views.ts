import type { Column } from '../web/export-cells.ts'
import { paths } from '../web/paths.ts'
import type { Viewer } from '../web/viewer.ts'
import { wholeNumber } from '../words/format.ts'
import { translator } from '../words/index.ts'
import { FIELDS, IMPORT_LIMITS, OPTIONAL_FIELDS, type FieldName, type ReferenceKind } from './domain.ts'
import type { Preview } from './imports.commands.ts'
import type { RowPlan } from './imports.domain.ts'
import type { ReferenceRow } from './queries.ts'
import { problemText, tabsOf, type Tabs } from './views.ts'

/** Rows told of a file; mistakes come first, so that none is missed among thousands. */
export const ROWS_TOLD = 200

export type ImportModel = {
  tabs: Tabs
  crumbs: { label: string; href: string }[]
  action: string
  exampleUrl: string
  file: { name: string; label: string; hint: string; accept: string; error?: string }
  errors: { field: string; text: string }[]
  preview: {
    fileName: string
    found: string
    notes: string[]
    rows: { line: string; label: string; what: string; tone: 'ok' | 'accent' | 'neutral' | 'error'; problems: string[] }[]
    confirm: { action: string; token: string; label: string } | undefined
  } | undefined
}

declare module '../web/render.ts' {
  interface ViewModels {
    'references/import': ImportModel
  }
}

export function importModel(viewer: Viewer, kind: ReferenceKind, given: { preview?: Preview | undefined; problem?: string }): ImportModel {
  const t = translator(viewer.language)
  const columns = FIELDS[kind].map((field) => (OPTIONAL_FIELDS.includes(field) ? `[${t(`references.field.${field}`)}]` : t(`references.field.${field}`))).join(', ')
  const action = paths.referenceImport(kind)
  return {
    tabs: tabsOf(t, kind), crumbs: [{ label: t(`references.kind.${kind}`), href: paths.referenceKind(kind) }], action, exampleUrl: paths.exportOf(paths.referenceKind(kind)),
    file: {
      name: 'file', label: t('references.import.file'), hint: t('references.import.hint', { columns, rows: wholeNumber(viewer.language, IMPORT_LIMITS.rows) }), accept: '.xlsx,.csv,.txt,.tsv,text/csv,text/plain,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      ...(given.problem ? { error: given.problem } : {}),
    },
    errors: given.problem ? [{ field: 'file', text: given.problem }] : [],
    preview: given.preview && previewModel(viewer, kind, given.preview),
  }
}

/** A file in the shape that an import reads. */
export function referenceColumns({ language }: Viewer, kind: ReferenceKind): Column<ReferenceRow>[] {
  const t = translator(language)
  const cell = (row: ReferenceRow, field: FieldName) => (field === 'site' ? row.site_name : field === 'confidential' ? (row.is_confidential ? '1' : '') : row.values[field]) ?? ''
  return FIELDS[kind].map((field) => ({ label: t(`references.field.${field}`), of: (row) => cell(row, field) }))
}

const TONES = { create: 'ok', update: 'accent', same: 'neutral', error: 'error' } as const

function previewModel(viewer: Viewer, kind: ReferenceKind, { token, fileName, rows }: Preview): NonNullable<ImportModel['preview']> {
  const t = translator(viewer.language)
  const count = (action: RowPlan['action']) => rows.filter((row) => row.action === action).length
  const writes = count('create') + count('update')
  const told = [...rows.filter((row) => row.action === 'error'), ...rows.filter((row) => row.action !== 'error')].slice(0, ROWS_TOLD)
  return {
    fileName, found: t('references.import.found', { create: count('create'), update: count('update'), same: count('same'), error: count('error') }),
    notes: [
      ...(count('error') > 0 ? [t('references.import.errorsStay')] : []), ...(writes === 0 ? [t('references.import.nothing')] : []),
      ...(rows.length > told.length ? [t('references.import.firstRows', { count: told.length })] : []),
    ],
    rows: told.map((row) => ({
      line: String(row.line), label: row.label, what: t(`references.import.action.${row.action}`), tone: TONES[row.action],
      problems: row.action === 'error' ? row.problems.map((problem) => problemText(t, problem)) : [],
    })),
    confirm: writes > 0 ? { action: `${paths.referenceImport(kind)}/confirmation`, token, label: t('references.import.confirm', { count: writes }) } : undefined,
  }
}
