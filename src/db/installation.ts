import { sql } from 'kysely'
import type { Ask, Db } from './pool.ts'

/**
 * Which database this is: of which server, and which of its databases. A dump that was restored, and a copy made by other
 * means, is another one. `history` changes when a stand-by takes over. Undefined where the server does not say.
 */
export type DatabaseIdentity = { identity: string; history: string }

/** As one statement, so that it can be asked on any connection. The number of the server is larger than our numbers. */
export const ASK_IDENTITY = `
  select (select system_identifier::text from pg_control_system()) || '/' || (select oid::text from pg_database where datname = current_database()) as identity,
    substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as history`

/** Not inside a transaction: a server that does not allow the question would end it. */
export async function readIdentity(db: Db): Promise<DatabaseIdentity | undefined> {
  const { rows } = await sql.raw<DatabaseIdentity>(ASK_IDENTITY).execute(db).catch((error: unknown) => {
    if (isNotTold(error)) return { rows: [] }
    throw error
  })
  return rows[0]
}

/** The role may not ask (42501), the server knows no such function (42883, 0A000) or is a stand-by (55000). */
export function isNotTold(error: unknown): boolean {
  return ['42501', '42883', '0A000', '55000'].includes(String((error as { code?: string }).code))
}

/** The identity that was written down, held until the transaction ends; null before the first start. */
export async function lockWrittenIdentity(trx: Db): Promise<string | null> {
  const { rows } = await sql<{ written: string | null }>`select database_identity as written from installation for update`.execute(trx)
  return rows[0]?.written ?? null
}

export async function writeIdentity(db: Db, identity: string): Promise<void> {
  await sql`update installation set database_identity = ${identity}`.execute(db)
}

export async function noteBackup(db: Db): Promise<void> {
  await sql`update installation set backed_up_at = app_now()`.execute(db)
}

/** The address that leads to the database leads to another one now, or a stand-by has taken over: what it knows is not certain. */
export class DatabaseReplaced extends Error {
  constructor() {
    super('The database is not the one that this program began with: it was restored, replaced, or a stand-by took its place. The program ends, and looks at what was sent when it is started again.')
  }
}

/** For the connections of a sending process: refuses those to another database than it began with, and tells `fail`. */
export async function holdsTo(db: Db, fail: (error: Error) => void): Promise<((ask: Ask) => Promise<void>) | undefined> {
  const begun = await readIdentity(db)
  if (!begun) return undefined
  return async (ask) => {
    const [now] = await ask<DatabaseIdentity>(ASK_IDENTITY)
    if (now?.identity === begun.identity && now.history === begun.history) return
    const error = new DatabaseReplaced()
    fail(error)
    throw error
  }
}
