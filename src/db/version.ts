import { readdirSync } from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import type { Db } from './pool.ts'

export const MIGRATIONS_FOLDER = path.resolve(import.meta.dirname, '../../migrations')

/** Read once: what this program knows is what it was started with, whatever is put into the folder later. */
const KNOWN = readdirSync(MIGRATIONS_FOLDER).filter((file) => file.endsWith('.ts')).map((file) => path.basename(file, '.ts')).sort()

/** EX_CONFIG of sysexits.h, so that a service manager can be told not to start such a program again and again. */
export const SCHEMA_MISMATCH_EXIT = 78

/** Program and database are of different versions; the message says in a sentence what to do. */
export class SchemaMismatch extends Error {}

/** A migration of this program. */
export function isKnown(name: string): boolean {
  return KNOWN.includes(name)
}

/** What stands between this program and the database, if anything: a migration it does not know, or one that it needs. */
export async function findMismatch(db: Db): Promise<SchemaMismatch | undefined> {
  const applied = await listApplied(db)
  const unknown = applied.filter((name) => !KNOWN.includes(name))
  if (unknown.length > 0) return newer(unknown)
  const lacking = KNOWN.filter((name) => !applied.includes(name))
  if (lacking.length === 0) return undefined
  return new SchemaMismatch(`The database is older than this program: it lacks ${listed(lacking)}. Run "npm run migrate", then start this program again.`)
}

/** Throws SchemaMismatch when a newer program has been at work on the database: nothing of ours may touch it then. */
export async function refuseNewer(db: Db): Promise<void> {
  const unknown = (await listApplied(db)).filter((name) => !KNOWN.includes(name))
  if (unknown.length > 0) throw newer(unknown)
}

function newer(unknown: readonly string[]): SchemaMismatch {
  return new SchemaMismatch(`The database is newer than this program, which does not know ${listed(unknown)}. Upgrade this program to the version that migrated the database, then start it again.`)
}

function listed(names: readonly string[]): string {
  const [first, ...rest] = names
  return rest.length === 0 ? `its migration ${first}` : `${names.length} of its migrations, from ${first} to ${names.at(-1)}`
}

/** None in a database that was never migrated. */
async function listApplied(db: Db): Promise<string[]> {
  const { rows: [table] } = await sql<{ exists: boolean }>`select to_regclass('kysely_migration') is not null as exists`.execute(db)
  if (!table?.exists) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name)
}
