import { promises as fs } from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { FileMigrationProvider, Migrator } from 'kysely/migration'
import { ConfigError, loadConfig } from '../config.ts'
import { DatabaseInUse, openDatabase, type Db } from './pool.ts'
import { MIGRATIONS_FOLDER, refuseNewer, SCHEMA_MISMATCH_EXIT, SchemaMismatch } from './version.ts'

/**
 * Brings the schema up to date; returns the names applied. Safe from several processes at once: one works, the others
 * wait. Throws SchemaMismatch when the database is newer than this program, and when told to stop, between two migrations.
 */
export async function migrateToLatest(db: Db, stopping?: AbortSignal): Promise<string[]> {
  await refuseNewer(db)
  // An index over a large table, or the wait for the process that builds it, may take longer than any page may.
  return db.connection().execute(async (patient) => {
    const { rows: [before] } = await sql<{ timeout: string }>`select current_setting('statement_timeout') as timeout`.execute(patient)
    await sql`select set_config('statement_timeout', '0', false)`.execute(patient)
    try {
      return await migrate(patient, stopping)
    } finally {
      await sql`select set_config('statement_timeout', ${before!.timeout}, false)`.execute(patient)
    }
  })
}

async function migrate(db: Db, stopping: AbortSignal | undefined): Promise<string[]> {
  const files = new FileMigrationProvider({ fs, path, migrationFolder: MIGRATIONS_FOLDER })
  const getMigrations = async () => Object.fromEntries(Object.entries(await files.getMigrations()).map(([name, migration]) => [name, { ...migration, up: (given: Db) => {
    stopping?.throwIfAborted()
    return migration.up(given)
  } }]))
  const migrator = new Migrator({ db, provider: { getMigrations } })
  const { error, results } = await migrator.migrateToLatest()
  if (error) {
    const failed = results?.find((result) => result.status === 'Error')
    throw new Error(`migration ${failed?.migrationName ?? ''} failed`, { cause: error })
  }
  return (results ?? []).map((result) => result.migrationName)
}

async function main(): Promise<void> {
  const config = loadConfig()
  const { db, close } = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir })
  try {
    const applied = await migrateToLatest(db)
    console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`)
  } finally {
    await close()
  }
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    const isOurs = error instanceof SchemaMismatch || error instanceof ConfigError || error instanceof DatabaseInUse
    console.error(isOurs ? error.message : error)
    process.exitCode = error instanceof SchemaMismatch ? SCHEMA_MISMATCH_EXIT : 1
  })
}
