import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Column } from '../web/export-cells.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import type { RowProblem } from './imports.domain.ts'
import { listProblemRows } from './imports.queries.ts'
import { problemModel } from './imports.views.ts'

/** A line of the report as a file. */
type ReportLine = { line: number; problem: RowProblem; isRefused: boolean }

export function reportColumns(language: Language): Column<ReportLine>[] {
  const t = translator(language)
  return [
    { label: t('imports.report.line'), kind: 'number', of: ({ line }) => line },
    { label: t('imports.report.field'), of: ({ problem }) => problemModel(problem, language).field },
    { label: t('imports.report.value'), of: ({ problem }) => problemModel(problem, language).value },
    { label: t('imports.report.reason'), of: ({ problem }) => problemModel(problem, language).reason },
    { label: t('imports.report.result'), of: ({ isRefused }) => t(isRefused ? 'imports.refused' : 'imports.kept') },
  ]
}

/** The next lines; one may have several problems, so that pages end where lines do. */
export async function nextReportLines(db: Db, scope: CompanyScope, importId: number, last: ReportLine | undefined, limit: number): Promise<ReportLine[]> {
  const rows = await listProblemRows(db, scope, importId, last?.line ?? 0, limit)
  return rows.flatMap(({ line, action, problems }) => problems.map((problem) => ({ line, problem, isRefused: action === 'error' })))
}
