import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { applyImport, checkImport, uploadImport } from '../../src/candidates/imports.commands.ts'
import { findImport, moveImport } from '../../src/candidates/imports.queries.ts'
import { listTimeline } from '../../src/candidates/timeline.queries.ts'
import { openDatabase } from '../../src/db/pool.ts'
import type { Queue } from '../../src/queue/queue.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { settings, until } from '../support/sending.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(async () => { await database?.close() })

const file = (rows: number) => ({
  name: 'many.csv',
  bytes: Buffer.from(['id;nom;prenom;mobile;metier', ...Array.from({ length: rows }, (_, n) => `K${n};Nom ${n};Prénom ${n};06 39 98 ${String(Math.floor(n / 100) % 100).padStart(2, '0')} ${String(n % 100).padStart(2, '0')};Maçon`)].join('\n')),
})

async function checkedImport(rows: number) {
  const company = await makeCompany(database.db)
  const user = await makeUser(database.db, company.scope)
  // The steps are run here by hand, so nothing is ever enqueued.
  const deps = { db: database.db, queue: undefined as unknown as Queue, config: settings() }
  const uploaded = await uploadImport(deps, company.scope, user.id, file(rows))
  if (!uploaded.ok) throw new Error(uploaded.reason)
  const { id } = uploaded.value
  await moveImport(database.db, company.scope, id, ['uploaded'], 'checking')
  await checkImport(deps, company.id, id)
  await moveImport(database.db, company.scope, id, ['checked'], 'importing')
  const count = async () => Number((await database.db.selectFrom('candidate').select(sql<number>`count(*)`.as('n')).where('company_id', '=', company.id).executeTakeFirstOrThrow()).n)
  return { ...company, importId: id, deps, count }
}

it('25,000 rows are imported in one go, counted as they come', async () => {
  const { scope, importId, deps, id, count } = await checkedImport(25_000)
  expect(await findImport(database.db, scope, importId)).toMatchObject({ create_count: 25_000, error_count: 0, row_count: 25_000 })
  await applyImport(deps, id, importId)
  expect(await count()).toBe(25_000)
  expect(await findImport(database.db, scope, importId)).toMatchObject({ status: 'completed', processed_count: 25_000 })
  // The record's history names the line it came from.
  const { id: candidateId } = await database.db.selectFrom('candidate').select('id').where('company_id', '=', id).where('external_id', '=', 'K7').executeTakeFirstOrThrow()
  const { rows } = await listTimeline(database.db, scope, candidateId, { kind: 'imports' })
  expect(rows).toMatchObject([{ event: 'import_create', body: 'many.csv', version: 9 }])
})

it('an import cut off in the middle goes on where it stopped: nobody is missing, nobody is there twice', async () => {
  const { scope, importId, id, count } = await checkedImport(3_000)
  const own = await openDatabase({ databaseUrl: database.url, dataDir: '', name: 'doomed-import', connections: 2 })
  const killer = new pg.Client({ connectionString: database.url })
  await killer.connect()
  // The second group is written and cannot end: its rows are held.
  await killer.query('begin')
  await killer.query('select from candidate_import_row where import_id = $1 and line > 1500 for update', [importId])
  const running = applyImport({ db: own.db, queue: undefined as unknown as Queue, config: settings() }, id, importId)
  const died = running.then(() => false, () => true)
  await until(async () => (await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity where application_name = 'doomed-import' and wait_event_type = 'Lock'`.execute(database.db)).rows[0]!.n > 0, 'it waits')
  await killer.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'doomed-import'")
  expect(await died).toBe(true)
  await killer.query('rollback')
  await own.close()
  await killer.end()
  expect(await count()).toBe(1_000)

  await applyImport({ db: database.db, queue: undefined as unknown as Queue, config: settings() }, id, importId)
  expect(await count()).toBe(3_000)
  expect(await findImport(database.db, scope, importId)).toMatchObject({ status: 'completed', processed_count: 3_000 })
})
