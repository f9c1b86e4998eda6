import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { makePlaces } from './factories/places.ts'
import type { PostgresServer } from './postgres.ts'

/** Creates a database and brings its schema up to date. Nobody is connected to it afterwards, so it can be cloned. */
export async function makeTemplate(server: PostgresServer, name: string): Promise<void> {
  const admin = new pg.Client(server.url('postgres'))
  await admin.connect()
  try {
    await admin.query(`create database ${name}`)
  } finally {
    await admin.end()
  }
  const database = await openDatabase({ databaseUrl: server.url(name), dataDir: path.join(os.tmpdir(), 'unused') })
  try {
    await migrateToLatest(database.db)
    await makePlaces(database.db)
  } finally {
    await database.close()
  }
}

/** Where the same lies for the embedded database, once a test of the run has needed it. */
export function embeddedTemplate(template: string): string {
  return path.join(os.tmpdir(), `${template}-embedded`)
}
