import { hash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { listenEmbedded, listenOnServer, type Listen } from './listen.ts'
import type { DB } from './schema.ts'
import { AskingClient, watchSilence } from './silence.ts'

export type Db = Kysely<DB>

export type OpenDatabase = {
  db: Db
  /** For libraries that bring their own SQL (sessions, tasks). */
  pool: pg.Pool
  embedded: boolean
  listen: Listen
  close(): Promise<void>
}

/** The data folder belongs to a running copy. */
export class DatabaseInUse extends Error {}

// int8 as number: our ids and counts stay far below 2^53. A date stays text, or time zones would shift it.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text)

/**
 * Begins a statement that a server parses and plans once per connection instead of every time. For what runs hundreds of times
 * a second with the same few rows; its text must be one of few. The embedded database takes it for the comment that it is.
 */
export const prepared = sql`/* prepared */`

/** PostgreSQL when `databaseUrl` is given, else the embedded database in `dataDir`. Throws DatabaseInUse. */
export async function openDatabase(options: Options): Promise<OpenDatabase> {
  return options.databaseUrl ? openServer(options.databaseUrl, options) : openEmbedded(options.dataDir)
}

type Options = {
  databaseUrl?: string | undefined
  dataDir: string
  name?: string
  connections?: number
  /** How long a caller waits for a free connection, or for a new one. */
  waitMs?: number
  /**
   * The sending loop asks for few rows by their keys, hundreds of times a second: each prepared statement is planned once, for
   * rows by their keys, and never for the small table that it was planned with.
   */
  forSending?: boolean
  /** Hears of every statement that failed. */
  onError?: (error: unknown) => void
  /** Called with each new connection before it is used; one that it refuses is not. */
  verify?: (ask: Ask) => Promise<void>
}

/** Asks one connection. */
export type Ask = <Row>(text: string) => Promise<Row[]>

/** Data is on solid-state disks or in memory, and no statement of ours runs for so long that compiling it would pay. */
const FOR_PAGES = '-c random_page_cost=1.1 -c jit=off'
const FOR_SENDING = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off'

function openServer(connectionString: string, { name = 'dispo', connections = 10, waitMs = 10_000, forSending = false, onError, verify }: Options): OpenDatabase {
  const pool = new pg.Pool({
    Client: PreparingClient,
    connectionString,
    max: connections,
    application_name: name,
    options: forSending ? FOR_SENDING : FOR_PAGES,
    connectionTimeoutMillis: waitMs,
    statement_timeout: 30_000,
    lock_timeout: 4_000,
    // What a lost connection has locked is free again after this.
    idle_in_transaction_session_timeout: 10_000,
    ...(verify && { verify: verifying(verify) }),
  } as pg.PoolConfig)
  const endWatch = watchSilence(pool, connectionString)
  pool.on('error', () => {}) // an idle connection went away; the next query opens another and reports what is wrong
  // One in use went away: its query fails and tells; without a listener the client's own event would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }), ...(onError && { log: (event) => { if (event.level === 'error') onError(event.error) } }) })
  const close = async () => {
    endWatch()
    await db.destroy()
  }
  return { db, pool, embedded: false, listen: listenOnServer(connectionString), close }
}

/** As pg's pool wants to be told; it closes a connection that is refused. */
function verifying(verify: (ask: Ask) => Promise<void>) {
  return (client: pg.PoolClient, done: (error?: Error) => void): void => {
    const ask: Ask = async (text) => (await client.query(text)).rows as never[]
    verify(ask).then(() => done(), (error: unknown) => done(error as Error))
  }
}

/** Gives statements that begin with `prepared` a name of their own, under which pg and the server keep them. */
class PreparingClient extends AskingClient {
  static readonly names = new Map<string, string>()

  override query(...args: unknown[]): never {
    const [text, values, ...others] = args
    const given = typeof text === 'string' && text.startsWith('/* prepared */') ? [{ name: PreparingClient.nameOf(text), text, values }, ...others] : args
    return (super.query as (...args: unknown[]) => never).apply(this, given)
  }

  private static nameOf(text: string): string {
    const name = PreparingClient.names.get(text) ?? hash('sha1', text)
    PreparingClient.names.set(text, name)
    return name
  }
}

async function openEmbedded(dataDir: string): Promise<OpenDatabase> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const unlock = lockFolder(dataDir)
  try {
    // Loaded only here: a production process never pays for it.
    const { PGlite } = await import('@electric-sql/pglite')
    const { createPgConfig } = await import('@electric-sql/pglite/node-postgres')
    const { pg_trgm } = await import('@electric-sql/pglite/contrib/pg_trgm')
    const { unaccent } = await import('@electric-sql/pglite/contrib/unaccent')
    const pglite = await PGlite.create(path.join(dataDir, 'pg'), { extensions: { pg_trgm, unaccent } })
    const pool = new SingleSessionPool({
      ...(createPgConfig(pglite) as unknown as pg.PoolConfig),
      max: 1,
      idleTimeoutMillis: 0,
      // Asking for the pool inside a transaction waits for itself: fail instead of hanging.
      connectionTimeoutMillis: 30_000,
    })
    pool.on('error', () => {})
    const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
    const close = async () => {
      await db.destroy()
      await pglite.close()
      unlock()
    }
    return { db, pool, embedded: true, listen: listenEmbedded(pglite, pool), close }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * All clients of the embedded database share one session. pg's pool throws a client away after an SQL error, which
 * tears that session from under the others; so a failed query gives its client back like any other.
 */
class SingleSessionPool extends pg.Pool {
  override async query(...args: unknown[]): Promise<never> {
    const client = await this.connect()
    try {
      return await (client.query as (...args: unknown[]) => Promise<never>).apply(client, args)
    } finally {
      client.release()
    }
  }
}

/** An operating-system lock, released by the kernel however the process ends. Two openers would destroy the data. */
function lockFolder(dataDir: string): () => void {
  const lock = new DatabaseSync(path.join(dataDir, 'lock'))
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive')
  } catch (cause) {
    lock.close()
    throw new DatabaseInUse(`Dispo is already running on the data in ${dataDir}. Stop that copy first, or set DATA_DIR to another folder.`, { cause })
  }
  return () => lock.close()
}
