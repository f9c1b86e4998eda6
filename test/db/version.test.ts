import { mkdtempSync, readdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { findMismatch, MIGRATIONS_FOLDER, SCHEMA_MISMATCH_EXIT, SchemaMismatch } from '../../src/db/version.ts'
import { startTestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { freePort } from '../support/ports.ts'
import { withDatabase } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterEach(() => sql`delete from kysely_migration where name like '2099%'`.execute(database.db))
afterAll(() => database.close())

const LATER = '20990101T0000_from_the_future'
const SENTENCE = `The database is newer than this program, which does not know its migration ${LATER}. Upgrade this program to the version that migrated the database, then start it again.`
/** What a newer program leaves behind, as far as an older one can see. */
const upgrade = () => sql`insert into kysely_migration (name, timestamp) values (${LATER}, now()::text)`.execute(database.db)

const environment = (url: string, more: Record<string, string> = {}) =>
  ({ DATABASE_URL: url, SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-version-')), LOG_LEVEL: 'silent', ...more })

describe('a database that a newer program migrated', () => {
  it('is recognised, and so is an older one, and one that fits', async () => {
    expect(await findMismatch(database.db)).toBeUndefined()
    await upgrade()
    expect((await findMismatch(database.db))?.message).toBe(SENTENCE)
    await sql`delete from kysely_migration where name like '2099%'`.execute(database.db)
    const newest = readdirSync(MIGRATIONS_FOLDER).sort().at(-1)!.replace('.ts', '')
    await sql`update kysely_migration set name = '0000' where name = ${newest}`.execute(database.db)
    expect((await findMismatch(database.db))?.message).toContain('does not know its migration 0000')
    await sql`delete from kysely_migration where name = '0000'`.execute(database.db)
    expect((await findMismatch(database.db))?.message).toBe(`The database is older than this program: it lacks its migration ${newest}. Run "npm run migrate", then start this program again.`)
    await sql`insert into kysely_migration (name, timestamp) values (${newest}, now()::text)`.execute(database.db)
  })

  it('is not migrated, and lets neither worker nor web start: one sentence, no stack', async () => {
    await upgrade()
    await expect(migrateToLatest(database.db)).rejects.toThrow(SchemaMismatch)
    await Promise.all((['src/db/migrate.ts', 'src/worker.ts', 'src/server.ts'] as const).map(async (entry) => {
      const program = startProgram(entry, environment(database.url))
      expect([entry, await program.ended, program.output().trim()]).toEqual([entry, SCHEMA_MISMATCH_EXIT, SENTENCE])
    }))
  })

  it('makes a worker that is at work stop by itself and say what to do', async () => {
    const port = await freePort()
    const worker = startProgram('src/worker.ts', environment(database.url, { PORT: String(port), SWEEP_SECONDS: '1' }))
    await worker.says(/running/)
    await upgrade()
    expect(await worker.ended).toBe(SCHEMA_MISMATCH_EXIT)
    expect(worker.output().trim().split('\n').slice(1)).toEqual([SENTENCE])
  })

  it('makes the web not ready and say why, while it goes on serving', async () => {
    const app = await startTestApp(database)
    try {
      expect(await (await fetch(`${app.url}/health/ready`)).json()).toMatchObject({ status: 'ready' })
      await upgrade()
      const answer = await fetch(`${app.url}/health/ready`)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([503, expect.stringMatching(/^application\/problem\+json/)])
      expect(await answer.json()).toEqual({ type: 'about:blank', title: 'unavailable', status: 503, detail: SENTENCE })
      expect((await fetch(`${app.url}/health/live`)).status).toBe(200)
      expect((await fetch(`${app.url}/login`)).status).toBe(200)
    } finally {
      await app.close()
    }
  })
})

it('five processes that migrate at once: one works, the others wait (F-57)', async () => {
  const name = `${inject('template')}_empty`
  const admin = new pg.Client(inject('adminUrl'))
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  const url = withDatabase(inject('adminUrl'), name)
  const programs = Array.from({ length: 5 }, () => startProgram('src/db/migrate.ts', environment(url)))
  expect(await Promise.all(programs.map(({ ended }) => ended))).toEqual([0, 0, 0, 0, 0])
  const said = programs.map((program) => program.output().trim()).sort()
  expect(said.slice(1)).toEqual(Array.from({ length: 4 }, () => 'The schema is up to date.'))
  expect(said[0]).toMatch(/^Applied 20261121T0100_create_functions, /)
})
