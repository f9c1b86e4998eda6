import pg from 'pg'
import { countRows, type Manifest } from './backup.ts'
import { connectionOf, ProgramFailed, startProgram, type Place } from './programs.ts'

/**
 * Puts a dump into an empty database that nobody uses, whole or not at all, and counts what came back. Throws ProgramFailed, in
 * a sentence, and then has changed nothing.
 */
export async function restoreDump(place: Place, file: string, expected: Manifest): Promise<void> {
  const { databaseUrl } = place
  await refuseUsed(databaseUrl)
  const { dbname, env } = connectionOf(place)
  const { child, ended } = startProgram('pg_restore', ['--no-owner', '--no-privileges', '--no-comments', '--exit-on-error', '--single-transaction', '--no-password', `--dbname=${dbname}`, file], env)
  child.stdout!.resume()
  await ended
  await withClient(databaseUrl, async (client) => {
    const rows = await countRows(client)
    const wrong = Object.entries(expected.rows).filter(([table, count]) => rows[table] !== count)
    if (wrong.length > 0) throw new ProgramFailed(`What came back is not what was saved: ${wrong.map(([table, count]) => `${table} has ${rows[table] ?? 0} rows instead of ${count}`).join('; ')}.`)
    // The counts that the planner works with are not part of a dump.
    await client.query('analyze')
  })
}

/** Whoever restores over something takes that away from somebody: this never does. */
async function refuseUsed(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rows: others } = await client.query<{ name: string }>(
      `select coalesce(nullif(application_name, ''), 'somebody') as name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`)
    if (others.length > 0) throw new ProgramFailed(`The database is in use, by ${[...new Set(others.map(({ name }) => name))].join(', ')}. Stop every process of Dispo, and whatever else is connected, before you restore.`)
    const { rows: [found] } = await client.query<{ tables: number }>(
      `select count(*)::integer as tables from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'`)
    if (found!.tables > 0) throw new ProgramFailed(`The database is not empty: it has ${found!.tables} tables. A backup is restored into a new, empty database; keep the old one under another name until you are sure.`)
  })
}

async function withClient<Result>(databaseUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'dispo-restore' })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
