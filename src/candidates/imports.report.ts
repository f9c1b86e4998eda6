import { Readable } from 'node:stream'
import Papa from 'papaparse'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import { translator } from '../words/index.ts'
import { listProblemRows } from './imports.queries.ts'
import { problemModel } from './imports.views.ts'

/** The whole report as a file that a French Excel opens by itself: semicolons, byte order mark; cells cannot become formulas. */
export function reportLines(db: Db, scope: CompanyScope, importId: number, language: Language): Readable {
  return Readable.from(lines(db, scope, importId, language))
}

async function* lines(db: Db, scope: CompanyScope, importId: number, language: Language): AsyncGenerator<string> {
  const t = translator(language)
  yield '\uFEFF'
  yield csv([[t('imports.report.line'), t('imports.report.field'), t('imports.report.value'), t('imports.report.reason'), t('imports.report.result')]])
  let after = 0
  for (;;) {
    const rows = await listProblemRows(db, scope, importId, after, 1_000)
    if (rows.length === 0) return
    yield csv(rows.flatMap(({ line, action, problems }) => problems.map((problem) => {
      const { field, value, reason } = problemModel(problem, language)
      return [String(line), field, value, reason, t(action === 'error' ? 'imports.refused' : 'imports.kept')]
    })))
    after = rows.at(-1)?.line ?? after
  }
}

function csv(rows: string[][]): string {
  return `${Papa.unparse(rows, { delimiter: ';', newline: '\r\n', escapeFormulae: true })}\r\n`
}
