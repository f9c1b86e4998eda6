import { randomUUID } from 'node:crypto'
import { openFile, openUpload, rowsOf, type FileProblem } from '../candidates/imports.file.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { createTalentLists, renameOwned } from '../lists/queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import type { Db } from '../db/pool.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { listName, type Actor } from './commands.ts'
import { IMPORT_LIMITS, type FieldName, type ReferenceKind } from './domain.ts'
import { columnsOf, missingColumns, planRows, typedRow, type RowPlan } from './imports.domain.ts'
import { findFile, findKnown, insertMany, keepFile, takeFile, updateMany } from './imports.queries.ts'
import { readReference } from './input.ts'
import { listSites } from './queries.ts'

type Deps = { db: Db }
export type Preview = { token: string; fileName: string; columns: FieldName[]; rows: RowPlan[] }
export type Imported = { created: number; updated: number }

/** Keeps a file until its preview was confirmed. Nothing else is written yet. */
export async function uploadReferences(deps: Deps, { scope, userId }: Actor, kind: ReferenceKind, file: { name: string; bytes: Buffer }): Promise<Outcome<{ token: string }, FileProblem | 'columns', FieldName[] | undefined>> {
  if (file.bytes.length > IMPORT_LIMITS.bytes) return refused('too_large', undefined)
  const opened = await openUpload(file.bytes)
  if ('problem' in opened) return refused(opened.problem, undefined)
  if (opened.rowCount > IMPORT_LIMITS.rows) return refused('too_many_rows', undefined)
  if (opened.header.length > IMPORT_LIMITS.columns) return refused('too_many_columns', undefined)
  const missing = missingColumns(kind, columnsOf(kind, opened.header))
  if (missing.length > 0) return refused('columns', missing)
  const token = randomUUID()
  await keepFile(deps.db, scope, userId, kind, { token, name: file.name.slice(0, 200), content: opened.text })
  return done({ token })
}

/** What the waiting file would do, row by row; undefined without one. */
export async function previewReferences(deps: Deps, { scope, userId, sight }: Actor, kind: ReferenceKind): Promise<Preview | undefined> {
  const file = await findFile(deps.db, scope, userId, kind)
  if (!file) return undefined
  const opened = openFile(Buffer.from(file.content))
  if ('problem' in opened) return undefined
  const columns = columnsOf(kind, opened.header)
  const siteIds = new Map((await listSites(deps.db, scope)).map(({ id, name }) => [name.toLowerCase(), id]))
  const read = [...rowsOf(file.content, opened.delimiter, 1_000)].flat().map(({ line, cells }) => {
    const typed = typedRow(kind, cells, columns, siteIds)
    return { line, typed, ...readReference(kind, typed) }
  })
  const rows = planRows(kind, read, await findKnown(deps.db, scope, kind), { columns: new Set(columns.keys()), seesConfidential: sight.seesConfidential })
  return { token: file.token, fileName: file.file_name, columns: [...columns.keys()], rows }
}

/** Writes the rows without mistakes, all or none; what changed since the preview is judged again. */
export async function importReferences(deps: Deps, actor: Actor, kind: ReferenceKind, token: string): Promise<Outcome<Imported, 'gone' | 'conflict'>> {
  const { scope, userId } = actor
  const preview = await previewReferences(deps, actor, kind)
  if (!preview || preview.token !== token) return refused('gone')
  try {
    return await deps.db.transaction().execute(async (trx) => {
      if (!(await takeFile(trx, scope, userId, kind, token))) return refused('gone')
      const fresh = preview.rows.filter((row) => row.action === 'create').map(({ values }) => values)
      const changed = preview.rows.filter((row): row is Extract<RowPlan, { action: 'update' | 'same' }> => row.action === 'update')
      const listIds = kind === 'networks' ? await createTalentLists(trx, scope, { kind: 'network', names: fresh.map(({ name }) => name), createdBy: userId }) : []
      await insertMany(trx, scope, kind, fresh.map((values, at) => ({ values, listId: listIds[at] })))
      await updateMany(trx, scope, kind, changed)
      await renameOwned(trx, scope, changed.flatMap(({ listId, values }) => (listId === null ? [] : [{ id: listId, name: listName(kind, values) }])))
      const detail = { created: fresh.length, updated: changed.length }
      await recordInJournal(trx, { companyId: scope.companyId, userId, action: 'reference.imported', subjectKind: kind, detail })
      return done(detail)
    })
  } catch (error) {
    // Somebody else made such a record since the preview.
    if (isUniqueViolation(error)) return refused('conflict')
    throw error
  }
}
