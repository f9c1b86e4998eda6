import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { ImportRecord, ImportStatus, Mapping, RowProblem } from './imports.domain.ts'

export type RowAction = 'create' | 'update' | 'unchanged' | 'error'
export type CheckedRow = { line: number; record: ImportRecord; action: RowAction; problems: RowProblem[]; candidateId: number | null }

const SUMMARY = [
  'id', 'user_id', 'file_name', 'status', 'encoding', 'delimiter', 'row_count', 'processed_count', 'create_count', 'update_count',
  'unchanged_count', 'error_count', 'failure', 'created_at', 'confirmed_at', 'finished_at',
] as const

export async function insertImport(
  db: Db,
  scope: CompanyScope,
  file: { userId: number; fileName: string; content: string; encoding: string; delimiter: string; header: string[]; mapping: Mapping; rowCount: number },
): Promise<number> {
  const { id } = await db
    .insertInto('candidate_import')
    .values({
      company_id: scope.companyId, user_id: file.userId, file_name: file.fileName, content: Buffer.from(file.content, 'utf8'), status: 'uploaded',
      encoding: file.encoding, delimiter: file.delimiter, header: JSON.stringify(file.header), mapping: JSON.stringify(file.mapping), row_count: file.rowCount,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export async function findImport(db: Db, scope: CompanyScope, id: number) {
  const row = await db.selectFrom('candidate_import').select([...SUMMARY, 'header', 'mapping']).where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  return row && { ...row, status: row.status as ImportStatus, header: row.header as string[], mapping: row.mapping as Mapping }
}

export async function listImports(db: Db, scope: CompanyScope, limit: number) {
  const rows = await db
    .selectFrom('candidate_import as i')
    .innerJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'i.company_id').onRef('u.id', '=', 'i.user_id'))
    .select(['i.id', 'i.file_name', 'i.status', 'i.row_count', 'i.create_count', 'i.update_count', 'i.error_count', 'i.created_at', 'u.name as user_name'])
    .where('i.company_id', '=', scope.companyId)
    .orderBy('i.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, status: row.status as ImportStatus }))
}

/** The file as text; undefined once the import is over and the file forgotten. */
export async function findContent(db: Db, scope: CompanyScope, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('candidate_import').select('content').where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  return row?.content?.toString('utf8')
}

/** Moves an import from one of `from`; false when it was elsewhere. */
export async function moveImport(
  db: Db,
  scope: CompanyScope,
  id: number,
  from: readonly ImportStatus[],
  to: ImportStatus,
  also: { mapping?: Mapping; failure?: string | null } = {},
): Promise<boolean> {
  const moved = await db
    .updateTable('candidate_import')
    .set({
      status: to,
      ...(also.mapping ? { mapping: JSON.stringify(also.mapping) } : {}),
      failure: also.failure ?? null,
      ...(to === 'checking' ? { processed_count: 0, create_count: 0, update_count: 0, unchanged_count: 0, error_count: 0 } : {}),
      ...(to === 'importing' ? { processed_count: 0, confirmed_at: sql<Date>`app_now()` } : {}),
      // The file is personal data; once it is imported or thrown away nobody needs it.
      ...(to === 'completed' || to === 'discarded' ? { content: null, finished_at: sql<Date>`app_now()` } : {}),
    })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', [...from])
    .returning('id')
    .executeTakeFirst()
  return moved !== undefined
}

export async function forgetRows(db: Db, scope: CompanyScope, importId: number): Promise<void> {
  await db.deleteFrom('candidate_import_row').where('company_id', '=', scope.companyId).where('import_id', '=', importId).execute()
}

/** Saves a group of checked rows and counts them, in one statement. */
export async function saveCheckedRows(db: Db, scope: CompanyScope, importId: number, rows: readonly CheckedRow[]): Promise<void> {
  const payload = JSON.stringify(rows.map((row) => ({ line: row.line, record: row.record, action: row.action, problems: row.problems, candidate_id: row.candidateId })))
  await sql`
    with saved as (
      insert into candidate_import_row (company_id, import_id, line, record, action, problems, candidate_id)
      select ${scope.companyId}, ${importId}, r.line, r.record, r.action, r.problems, r.candidate_id
      from jsonb_to_recordset(${payload}::jsonb) as r(line int, record jsonb, action text, problems jsonb, candidate_id bigint)
      on conflict (import_id, line) do nothing
      returning action
    ), counts as (
      select count(*) as n, count(*) filter (where action = 'create') as creates, count(*) filter (where action = 'update') as updates,
        count(*) filter (where action = 'unchanged') as unchanged, count(*) filter (where action = 'error') as errors
      from saved
    )
    update candidate_import set processed_count = processed_count + counts.n, create_count = create_count + counts.creates, update_count = update_count + counts.updates,
      unchanged_count = unchanged_count + counts.unchanged, error_count = error_count + counts.errors
    from counts where company_id = ${scope.companyId} and id = ${importId}
  `.execute(db)
}

export type Known = {
  id: number
  external_id: string | null; first_name: string; last_name: string; email: string | null; trade: string | null; skills: string[]; town: string | null
  organisation: string | null; tags: string[]; branch_id: number | null
  postal_code: string | null; language: string | null; registered_on: string | null; consent_given: boolean; available_from: string | null; available_until: string | null
  phones: { kind: string; raw: string; e164: string | null }[]
}

/**
 * The records that rows are about, by position: the agency's key first, then the e-mail, then a number with the name.
 * A record that carries another key is never taken for the same person.
 */
export async function findKnown(db: Db, scope: CompanyScope, records: readonly ImportRecord[]): Promise<(Known | undefined)[]> {
  const wanted = JSON.stringify(records.map((record, n) => ({
    n, external_id: record.external_id ?? null, email: record.email?.toLowerCase() ?? null,
    e164: record.phones.map((phone) => phone.e164).filter(Boolean), name: `${record.first_name ?? ''} ${record.last_name ?? ''}`.trim(),
  })))
  const { rows } = await sql<Known & { n: number }>`
    with wanted as (select * from jsonb_to_recordset(${wanted}::jsonb) as r(n int, external_id text, email text, e164 jsonb, name text)),
    -- Joins and not a look-up per row: whatever the planner believes of a table that has just grown, each part reads it once at most.
    matches as (
      select w.n, c.id, 1 as certainty
      from wanted w join candidate c on c.company_id = ${scope.companyId} and c.external_id = w.external_id
      union all
      select w.n, c.id, 2
      from wanted w join candidate c on c.company_id = ${scope.companyId} and lower(c.email) = w.email
      where c.external_id is null or w.external_id is null
      union all
      select w.n, c.id, 3
      from wanted w cross join jsonb_array_elements_text(w.e164) as number(e164)
      join candidate_phone p on p.company_id = ${scope.companyId} and p.e164 = number.e164
      join candidate c on c.company_id = p.company_id and c.id = p.candidate_id
      where w.email is null and w.name <> '' and fold(trim(c.first_name || ' ' || c.last_name)) = fold(w.name)
        and (c.external_id is null or w.external_id is null)
    ),
    found as (select distinct on (n) n, id from matches order by n, certainty, id)
    select f.n, c.id, c.external_id, c.first_name, c.last_name, c.email, c.organisation, c.trade, c.skills, c.tags, c.branch_id, c.town, c.postal_code, c.language, c.registered_on,
      c.consent_given, c.available_from, c.available_until,
      coalesce((select jsonb_agg(jsonb_build_object('kind', p.kind, 'raw', p.raw, 'e164', p.e164)) from candidate_phone p where p.candidate_id = c.id), '[]') as phones
    from found f join candidate c on c.company_id = ${scope.companyId} and c.id = f.id
  `.execute(db)
  const byRow = new Map(rows.map((row) => [row.n, row]))
  return records.map((_record, n) => byRow.get(n))
}

/** Rows still to be written, in file order. */
export async function nextRows(db: Db, scope: CompanyScope, importId: number, limit: number) {
  const rows = await db
    .selectFrom('candidate_import_row')
    .select(['line', 'record', 'action', 'candidate_id'])
    .where('company_id', '=', scope.companyId)
    .where('import_id', '=', importId)
    .where('applied', '=', false)
    .orderBy('line')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ line: row.line, record: row.record as unknown as ImportRecord, action: row.action as RowAction, candidateId: row.candidate_id }))
}

/** `created` says which record each new line has become, so that the record can name its line. */
export async function markApplied(trx: Transaction<DB>, scope: CompanyScope, importId: number, lines: readonly number[], created: readonly { line: number; candidateId: number }[]): Promise<void> {
  await sql`
    update candidate_import_row r set candidate_id = given.candidate_id
    from unnest(${created.map(({ line }) => line)}::int[], ${created.map(({ candidateId }) => candidateId)}::bigint[]) as given (line, candidate_id)
    where r.company_id = ${scope.companyId} and r.import_id = ${importId} and r.line = given.line`.execute(trx)
  await trx.updateTable('candidate_import_row').set({ applied: true }).where('company_id', '=', scope.companyId).where('import_id', '=', importId).where('line', 'in', [...lines]).execute()
  await trx
    .updateTable('candidate_import')
    .set((eb) => ({ processed_count: eb('processed_count', '+', lines.length) }))
    .where('company_id', '=', scope.companyId)
    .where('id', '=', importId)
    .execute()
}

/** Rows about which there is something to say, a page at a time. */
export async function listProblemRows(db: Db, scope: CompanyScope, importId: number, afterLine: number, limit: number) {
  const rows = await db
    .selectFrom('candidate_import_row')
    .select(['line', 'action', 'problems'])
    .where('company_id', '=', scope.companyId)
    .where('import_id', '=', importId)
    .where('line', '>', afterLine)
    .where(sql<boolean>`problems <> '[]'`)
    .orderBy('line')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ line: row.line, action: row.action as RowAction, problems: row.problems as unknown as RowProblem[] }))
}

/** Numbers of the file that could be texted, by their country; null where the number does not tell. */
export async function countImportCountries(db: Db, scope: CompanyScope, importId: number): Promise<{ country: string | null; count: number }[]> {
  const { rows } = await sql<{ country: string | null; count: number }>`
    select p.country, count(*) as count
    from candidate_import_row r cross join lateral jsonb_to_recordset(r.record -> 'phones') as p(country text, "isTextable" boolean)
    where r.company_id = ${scope.companyId} and r.import_id = ${importId} and r.action <> 'error' and p."isTextable"
    group by p.country order by count desc, p.country`.execute(db)
  return rows
}
