import { recallOptOuts } from '../consent/erased.queries.ts'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { announce } from '../notifications/commands.ts'
import { getCompany } from '../companies/queries.ts'
import type { CountryCode } from '../sms/phone.ts'
import { IMPORT_STEP_FROM, checkMapping, foldHeading, guessMapping, identityOf, type ImportRecord, type ImportStatus, type Mapping, type MappingProblem } from './imports.domain.ts'
import { openUpload, rowsOf, type FileProblem, type FileRow } from './imports.file.ts'
import { findContent, findImport, findKnown, forgetRows, insertImport, markApplied, moveImport, nextRows, saveCheckedRows, type CheckedRow, type Known } from './imports.queries.ts'
import { listBranches } from './branches.queries.ts'
import { readRow, type KnownBranches } from './imports.rows.ts'
import { createRecords, lockImports, refreshStatistics, updateRecords } from './imports.write.queries.ts'
import { ensurePlaces, placeRecords } from './places.queries.ts'
import { spellings } from './tags.queries.ts'

/** Rows per transaction: short enough that nobody waits behind it, long enough to be quick. */
const GROUP = 1_000

type Part = Pick<Deps, 'db' | 'queue' | 'config'>

/** Keeps an uploaded file and guesses what its columns are. */
export async function uploadImport(deps: Part, scope: CompanyScope, userId: number, file: { name: string; bytes: Buffer }): Promise<Outcome<{ id: number }, FileProblem>> {
  const opened = await openUpload(file.bytes)
  if ('problem' in opened) return refused(opened.problem)
  const id = await insertImport(deps.db, scope, {
    userId, fileName: file.name.slice(0, 200) || 'import.csv', content: opened.text, encoding: opened.encoding, delimiter: opened.delimiter,
    header: opened.header, mapping: guessMapping(opened.header), rowCount: opened.rowCount,
  })
  return done({ id })
}

/** Takes the columns as chosen and starts the dry run. Nothing of the candidates is touched. */
export async function startCheck(deps: Part, scope: CompanyScope, id: number, mapping: Mapping): Promise<Outcome<true, 'mapping' | 'moved_on', MappingProblem | undefined>> {
  const problem = checkMapping(mapping)
  if (problem) return { ok: false, reason: 'mapping', detail: problem }
  return deps.db.transaction().execute(async (trx) => {
    if (!(await moveImport(trx, scope, id, IMPORT_STEP_FROM.map, 'checking', { mapping }))) return refused('moved_on')
    await forgetRows(trx, scope, id)
    await deps.queue.enqueue(trx, 'candidates.check-import', { companyId: scope.companyId, importId: id })
    return done(true as const)
  })
}

export async function confirmImport(deps: Part, scope: CompanyScope, id: number): Promise<Outcome<true, 'moved_on'>> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await moveImport(trx, scope, id, IMPORT_STEP_FROM.confirm, 'importing'))) return refused('moved_on')
    await deps.queue.enqueue(trx, 'candidates.apply-import', { companyId: scope.companyId, importId: id })
    return done(true as const)
  })
}

export async function discardImport(deps: Part, scope: CompanyScope, id: number): Promise<Outcome<true, 'moved_on'>> {
  return deps.db.transaction().execute(async (trx) => {
    if (!(await moveImport(trx, scope, id, IMPORT_STEP_FROM.discard, 'discarded'))) return refused('moved_on')
    await forgetRows(trx, scope, id)
    return done(true as const)
  })
}

/** The dry run: every row read, compared with the records and reported. Runs again from the start if it was interrupted. */
export async function checkImport(deps: Part, companyId: number, importId: number): Promise<void> {
  const scope = companyScope(companyId)
  const found = await findImport(deps.db, scope, importId)
  const content = await findContent(deps.db, scope, importId)
  if (found?.status !== 'checking' || content === undefined) return
  await deps.db.transaction().execute(async (trx) => {
    await forgetRows(trx, scope, importId)
    await moveImport(trx, scope, importId, ['checking'], 'checking')
  })

  const ground = { country: (await getCompany(deps.db, scope)).country as CountryCode, branches: new Map((await listBranches(deps.db, scope)).map(({ name, id }) => [foldHeading(name), id])) }
  const seen = new Map<string, number>()
  for (const rows of rowsOf(content, found.delimiter, GROUP)) {
    await saveCheckedRows(deps.db, scope, importId, await checkRows(deps, scope, rows, found.mapping, ground, seen))
  }
  await moveImport(deps.db, scope, importId, ['checking'], 'checked')
}

/** Writes what the dry run decided, a group per transaction; what is written is marked, so a second run goes on where the first stopped. */
export async function applyImport(deps: Part, companyId: number, importId: number): Promise<void> {
  const scope = companyScope(companyId)
  if ((await findImport(deps.db, scope, importId))?.status !== 'importing') return
  const { country } = await getCompany(deps.db, scope)
  await ensurePlaces(deps.db, country)
  for (;;) {
    const rows = await nextRows(deps.db, scope, importId, GROUP)
    if (rows.length === 0) break
    await deps.db.transaction().execute(async (trx) => {
      await lockImports(trx, scope)
      // Compared once more: records may have come or gone since the dry run.
      const wanted = await spelled(trx, scope, rows.filter((row) => row.action === 'create' || row.action === 'update'))
      const known = await findKnown(trx, scope, wanted.map(({ record }) => record))
      const fresh = wanted.filter((_row, n) => !known[n])
      const ids = await createRecords(trx, scope, fresh.map(({ record }) => record), importId)
      const older = wanted.flatMap(({ record }, n) => (known[n] ? [{ candidateId: known[n].id, record }] : []))
      await updateRecords(trx, scope, older, importId)
      await placeRecords(trx, scope, country, [...ids, ...older.map(({ candidateId }) => candidateId)])
      await recallOptOuts(trx, deps.config.secretKey, wanted.flatMap(({ record }) => record.phones.flatMap(({ e164 }) => (e164 === null ? [] : [{ companyId, e164 }]))))
      await markApplied(trx, scope, importId, rows.map((row) => row.line), fresh.map(({ line }, n) => ({ line, candidateId: ids[n] as number })))
    })
  }
  // It is only quicker with it: the records are there.
  await refreshStatistics(deps.db).catch(() => undefined)
  await endImport(deps, scope, importId, ['importing'], 'completed')
}

/** Whoever asked for the import is told: they need not have waited for it. */
export async function endImport({ db }: Pick<Deps, 'db'>, scope: CompanyScope, importId: number, from: readonly ImportStatus[], to: 'completed' | 'failed'): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (!(await moveImport(trx, scope, importId, from, to, to === 'failed' ? { failure: 'unexpected' } : {}))) return
    const ended = await findImport(trx, scope, importId)
    if (!ended) return
    const params = { importId, event: to, count: ended.create_count + ended.update_count }
    await announce(trx, scope, { kind: 'import_finished', userIds: [ended.user_id], dedupeKey: `import:${importId}:${ended.processed_count}:${to}`, params })
  })
}

/** Tags as the company writes them. */
async function spelled<Row extends { record: ImportRecord }>(trx: Parameters<typeof spellings>[0], scope: CompanyScope, rows: Row[]): Promise<Row[]> {
  const known = await spellings(trx, scope, [...new Set(rows.flatMap(({ record }) => record.tags ?? []))])
  return rows.map((row) => (row.record.tags ? { ...row, record: { ...row.record, tags: [...new Set(row.record.tags.map((tag) => known.get(tag) ?? tag))] } } : row))
}

async function checkRows(deps: Part, scope: CompanyScope, rows: readonly FileRow[], mapping: Mapping, { country, branches }: { country: CountryCode; branches: KnownBranches }, seen: Map<string, number>): Promise<CheckedRow[]> {
  const read = rows.map((row) => ({ line: row.line, ...readRow(row.cells, mapping, country, branches) }))
  for (const row of read) {
    const identity = identityOf(row.record)
    const first = identity === undefined ? undefined : seen.get(identity)
    if (first !== undefined) row.problems.push({ field: null, code: 'duplicate_in_file', value: String(first), isBlocking: true })
    else if (identity !== undefined) seen.set(identity, row.line)
  }
  const known = await findKnown(deps.db, scope, read.map((row) => row.record))
  return read.map((row, n) => {
    const existing = known[n]
    const isBlocked = row.problems.some((problem) => problem.isBlocking)
    const action = isBlocked ? 'error' : !existing ? 'create' : differs(row.record, existing) ? 'update' : 'unchanged'
    return { ...row, action, candidateId: existing?.id ?? null }
  })
}

/** Whether the file says anything that the record does not say already. */
function differs(record: ImportRecord, known: Known): boolean {
  const { phones, skills, tags, kind: _kind, consent_source: _source, consent_on: _on, ...plain } = record
  if (Object.entries(plain).some(([name, value]) => known[name as keyof typeof plain] !== value)) return true
  if (skills && skills.join('\n') !== known.skills.join('\n')) return true
  if (tags?.some((tag) => !known.tags.some((own) => foldHeading(own) === foldHeading(tag)))) return true
  return phones.some((phone) => !known.phones.some((own) => own.kind === phone.kind && (phone.e164 === null ? own.raw === phone.raw : own.e164 === phone.e164)))
}
