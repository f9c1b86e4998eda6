import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { openDatabase } from '../../src/db/pool.ts'
import { resumeSending } from '../../src/messaging/account.commands.ts'
import { getAccount, suspendAccount } from '../../src/messaging/account.queries.ts'
import { ACCOUNT_REFUSED } from '../../src/messaging/domain.ts'
import { lockIfCopied } from '../../src/messaging/restore.commands.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { withDatabase } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'
import { renewAccount, startLine, until, type Line } from '../support/sending.ts'
import { startWorkerProcess } from '../support/worker.ts'

/** Two installations that send from the same data: a copy is known by the server and database it lies in (P16). */

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database, { webhooks: false })
})
afterAll(async () => {
  await line.close()
  await database.close()
})

async function admin(...statements: string[]): Promise<void> {
  const client = new pg.Client(inject('adminUrl'))
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)
const cut = (name: string) => `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`

it('a copied database sends nothing, through restarts and mended credentials, until a person says that it is the installation now', async () => {
  const deps = line.app.deps
  expect(await lockIfCopied(deps)).toBe(false)
  const sending = await makeSending(database.db, { recipients: 3 })
  await sql`
    insert into mail (kind, language, to_address, to_name, sender_name, subject, sealed_letter, status, next_attempt_at)
    values ('invitation', 'fr', 'anne@agence.test', 'Anne', 'Dispo', 'Bienvenue', 'x', 'waiting', app_now() + interval '1 hour')`.execute(database.db)
  const copyName = `${nameOf(database.url)}_copy`
  await database.close()
  await admin(cut(nameOf(database.url)), `create database ${copyName} template ${nameOf(database.url)}`)
  const copy = await openDatabase({ databaseUrl: withDatabase(database.url, copyName), dataDir: os.tmpdir() })
  Object.assign(database, { db: copy.db, pool: copy.pool, url: withDatabase(database.url, copyName), close: () => copy.close() })
  await renewAccount(copy.db)
  // Suspended for a reason that a start with mended credentials lifts: not in a copy.
  await suspendAccount(copy.db, ACCOUNT_REFUSED)

  for (let start = 1; start <= 2; start++) {
    const worker = await startWorkerProcess(database.url, line)
    await until(async () => (await getAccount(copy.db)).suspended_reason === 'copied', 'the copy is found out')
    expect(await worker.stop()).toBe(0)
  }
  expect([line.simulator.postCount(), await countStates(copy.db, sending.campaignId)]).toEqual([0, { queued: 3 }])
  expect(await copy.db.selectFrom('mail').select(['status', 'reason']).execute()).toEqual([{ status: 'in_doubt', reason: 'restored' }])

  expect(await resumeSending({ db: copy.db }, sending.scope, sending.userId)).toBe(true)
  const worker = await startWorkerProcess(database.url, line)
  await until(() => line.simulator.postCount() === 3, 'the texts have left')
  expect(await worker.stop()).toBe(0)
  expect((await getAccount(copy.db)).suspended_reason).toBeNull()
})

it('a worker whose database is replaced under it ends, and the next start closes the fence', async () => {
  const name = nameOf(database.url)
  const env = { DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-replaced-')), DATABASE_URL: database.url, SECRET_KEY: 'a secret of the tests, and of nothing else', SWEEP_SECONDS: '1', LOG_LEVEL: 'silent' }
  const program = startProgram('src/worker.ts', env)
  await program.says(/Dispo worker: running/)
  await database.close()
  await admin(
    `alter database ${name} allow_connections false`, cut(name), `create database ${name}_new template ${name}`, `alter database ${name} rename to ${name}_old`, `alter database ${name}_new rename to ${name}`,
  )
  expect(await program.ended).toBe(1)
  expect(program.output()).toContain('The database is not the one that this program began with')
  const again = startProgram('src/worker.ts', env)
  await again.says(/Dispo worker: running/)
  const { db, close } = await openDatabase({ databaseUrl: database.url, dataDir: os.tmpdir() })
  Object.assign(database, { close })
  expect((await getAccount(db)).suspended_reason).toBe('copied')
  expect(await again.stop()).toBe(0)
})
