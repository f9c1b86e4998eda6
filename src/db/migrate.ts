import { promises as fs } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { FileMigrationProvider, Migrator, type Migration } from 'kysely/migration'
import { ConfigError, loadConfig } from '../config.ts'
import { DatabaseInUse, openDatabase, type Db } from './pool.ts'
import { MIGRATIONS_FOLDER, refuseNewer, SCHEMA_MISMATCH_EXIT, SchemaMismatch } from './version.ts'

/** While a migration waits for a lock, everything else waits behind it: it gives up after this, and tries again. */
const LOCK_WAIT_MS = 3_000
const PAUSE_MS = 1_000
/** Some minutes of trying: whatever held the table so long is no page. */
const MOST_TRIES = 60

const WAITED_TOO_LONG = '55P03'
const DEADLOCK = '40P01'

/** A migration that says `export const outsideTransaction = true` builds indexes while everybody goes on working. */
type Given = Migration & { outsideTransaction?: boolean }

/** Any number that nothing else locks; the migrations' own library has another. */
const TURN = 5_302_026

/**
 * Brings the schema up to date, one migration after the other, each in a transaction of its own; returns the names applied. Safe
 * from several processes at once: one works, the others wait. Throws SchemaMismatch when the database is newer than this
 * program, and when told to stop, between two migrations.
 */
export async function migrateToLatest(db: Db, stopping?: AbortSignal): Promise<string[]> {
  await refuseNewer(db)
  return db.connection().execute(async (own) => {
    const { rows: [before] } = await sql<Limits>`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`.execute(own)
    // An index over a large table, or the wait for the process that builds it, may take longer than any page may.
    await setLimits(own, PATIENT)
    await sql`select pg_advisory_lock(${TURN})`.execute(own)
    try {
      return await migrateAll(own, stopping)
    } finally {
      await sql`select pg_advisory_unlock(${TURN})`.execute(own)
      await setLimits(own, before!)
    }
  })
}

type Limits = { statement: string; lock: string }

const PATIENT: Limits = { statement: '0', lock: '0' }

async function setLimits(db: Db, { statement, lock }: Limits): Promise<void> {
  await sql`select set_config('statement_timeout', ${statement}, false), set_config('lock_timeout', ${lock}, false)`.execute(db)
}

async function migrateAll(db: Db, stopping: AbortSignal | undefined): Promise<string[]> {
  const files = new FileMigrationProvider({ fs, path, migrationFolder: MIGRATIONS_FOLDER })
  const known = (await files.getMigrations()) as Record<string, Given>
  const migrator = new Migrator({ db, provider: { getMigrations: async () => known } })
  const applied: string[] = []
  for (const { name, executedAt } of await migrator.getMigrations()) {
    if (executedAt !== undefined) continue
    stopping?.throwIfAborted()
    await migrateOne(db, migrator, { name, isAlone: known[name]?.outsideTransaction === true }, stopping)
    applied.push(name)
  }
  return applied
}

/** Takes its time while something else holds the table, and never holds it up itself. */
async function migrateOne(db: Db, migrator: Migrator, { name, isAlone }: { name: string; isAlone: boolean }, stopping: AbortSignal | undefined): Promise<void> {
  // What waits outside a transaction holds nobody up.
  await setLimits(db, isAlone ? PATIENT : { ...PATIENT, lock: `${LOCK_WAIT_MS}ms` })
  for (let tries = 1; ; tries++) {
    const { error } = await migrator.migrateTo(name, { disableTransactions: isAlone })
    if (!error) return
    if (![WAITED_TOO_LONG, DEADLOCK].includes(String((error as { code?: string }).code)) || tries >= MOST_TRIES) throw new Error(`migration ${name} failed`, { cause: error })
    await wait(PAUSE_MS, undefined, { signal: stopping })
  }
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
