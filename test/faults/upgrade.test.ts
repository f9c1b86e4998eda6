import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SCHEMA_MISMATCH_EXIT } from '../../src/db/version.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { freePorts } from '../support/ports.ts'
import { startProgram } from '../support/program.ts'
import { renewAccount, startLine, until, type Line } from '../support/sending.ts'

const RECIPIENTS = 1_000
const root = path.resolve(import.meta.dirname, '../..')

let database: TestDatabase
let line: Line
let next: string
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database, { webhooks: false })
  next = makeNextVersion()
})
afterAll(async () => {
  await line.close()
  await database.close()
  rmSync(next, { recursive: true, force: true })
})

/** The same program with two more migrations: what is added for the code to come, and an index over a table that is in use. */
function makeNextVersion(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'dispo-next-'))
  for (const part of ['src', 'migrations', 'views', 'public', 'docs', 'package.json']) cpSync(path.join(root, part), path.join(folder, part), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  const migration = (name: string, statements: string[], more = '') => writeFileSync(path.join(folder, `migrations/20990101T${name}.ts`),
    `import { sql, type Kysely } from 'kysely'\n${more}\nexport async function up(db: Kysely<never>): Promise<void> {\n${statements.map((text) => `  await sql\`${text}\`.execute(db)`).join('\n')}\n}\n`)
  migration('0000_add_what_comes', ['alter table message add column told_at timestamptz', `alter table batch drop constraint batch_state_check`,
    `alter table batch add constraint batch_state_check check (state in ('planned', 'running', 'held', 'done', 'cancelled', 'resting')) not valid`])
  migration('0001_find_what_comes', ['drop index if exists message_told', 'create index concurrently message_told on message (told_at) where told_at is not null'], 'export const outsideTransaction = true\n')
  return folder
}

it('a new version takes over while 1,000 texts leave: no text is lost, doubled or doubtful, and nobody waits for the migration (F-55)', { timeout: 600_000 }, async () => {
  await renewAccount(database.db)
  const sending = await makeSending(database.db, { recipients: RECIPIENTS })
  const [oldPort, newPort] = await freePorts(2)
  const { applicationId, privateKey, apiKey, signatureSecret } = line.account
  const env = {
    DATABASE_URL: database.url, SECRET_KEY: 'a secret of the tests, and of nothing else', LOG_LEVEL: 'silent', SWEEP_SECONDS: '1', SEND_RATE: '100', VONAGE_API_HOST: line.simulator.apiHost,
    VONAGE_APPLICATION_ID: applicationId, VONAGE_PRIVATE_KEY: privateKey, VONAGE_API_KEY: apiKey, VONAGE_SIGNATURE_SECRET: signatureSecret,
  }
  const data = () => ({ DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-upgrade-')) })
  const oldWorkers = [1, 2].map(() => startProgram('src/worker.ts', { ...env, ...data() }))
  const oldWeb = startProgram('src/server.ts', { ...env, ...data(), PORT: String(oldPort) })
  await Promise.all([...oldWorkers.map((worker) => worker.says(/running/)), oldWeb.says(/Dispo web/)])
  await until(() => line.simulator.accepted().length >= 50, 'texts are leaving')

  // Somebody's report holds the table: the migration gives way, again and again, instead of making everybody wait behind it.
  const report = new pg.Client(database.url)
  await report.connect()
  await report.query('begin; select count(*) from message')
  const migrating = startProgram('src/db/migrate.ts', { ...env, ...data() }, [], next)
  const isWaiting = async () => (await sql<{ n: number }>`select count(*)::integer as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'alter table message%'`.execute(database.db)).rows[0]!.n > 0
  await until(isWaiting, 'the migration waits for the table')
  await until(async () => !(await isWaiting()), 'it gives way')
  const sentMeanwhile = line.simulator.accepted().length
  await until(() => line.simulator.accepted().length > sentMeanwhile, 'texts leave while the migration tries')
  await report.query('commit')
  await report.end()
  expect([await migrating.ended, migrating.output()]).toEqual([0, expect.stringContaining('20990101T0001_find_what_comes')])

  const newWorkers = [1, 2].map(() => startProgram('src/worker.ts', { ...env, ...data() }, [], next))
  const newWeb = startProgram('src/server.ts', { ...env, ...data(), PORT: String(newPort) }, [], next)
  expect(await Promise.all(oldWorkers.map(({ ended }) => ended))).toEqual([SCHEMA_MISMATCH_EXIT, SCHEMA_MISMATCH_EXIT])
  // The old web process goes on until the new one is there.
  await newWeb.says(/Dispo web/)
  const [before, ready] = [await fetch(`http://127.0.0.1:${oldPort}/login`), await fetch(`http://127.0.0.1:${oldPort}/health/ready`)]
  expect([before.status, ready.status, (await fetch(`http://127.0.0.1:${newPort}/health/ready`)).status]).toEqual([200, 503, 200])
  expect(await oldWeb.stop()).toBe(0)

  await until(async () => ((await countStates(database.db, sending.campaignId))['accepted'] ?? 0) === RECIPIENTS, 'all have left', 240_000)
  expect(await Promise.all([...newWorkers, newWeb].map((program) => program.stop()))).toEqual([0, 0, 0])
  expect([line.simulator.postCount(), new Set(line.simulator.accepted().map(({ to }) => to)).size]).toEqual([RECIPIENTS, RECIPIENTS])
  const { rows } = await sql<{ valid: boolean }>`select i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = 'message_told'`.execute(database.db)
  expect(rows).toEqual([{ valid: true }])
})
