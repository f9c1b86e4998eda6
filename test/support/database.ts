import { randomBytes } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { openDatabase } from '../../src/db/pool.ts'
import { createEmbeddedDatabase } from './embedded.ts'
import { withDatabase } from './postgres.ts'

export type TestDatabase = Awaited<ReturnType<typeof createTestDatabase>>

/** A fresh migrated database of its own, for one test file: `beforeAll` creates it, `afterAll` closes it. */
export async function createTestDatabase() {
  // The one that comes with the product has one session, and no address for others to connect to.
  if (process.env['TEST_DATABASE'] === 'embedded') return { ...(await createEmbeddedDatabase()), url: '' }
  const url = await cloneTemplate()
  const database = await openDatabase({ databaseUrl: url, dataDir: path.join(os.tmpdir(), 'unused') })
  return { db: database.db, pool: database.pool, listen: database.listen, url, close: () => database.close() }
}

/** Connection string of a new clone, for tests that start whole processes. */
export async function cloneTemplate(): Promise<string> {
  const template = inject('template')
  const name = `${template}_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client(inject('adminUrl'))
  await admin.connect()
  try {
    await admin.query(`create database ${name} template ${template} strategy file_copy`)
  } finally {
    await admin.end()
  }
  return withDatabase(inject('adminUrl'), name)
}
