/**
 * A PostgreSQL for benchmarks, from the packages, until Ctrl-C: `npm run bench:database -- [memory]`, by default 2GB. Its data goes
 * with it. Prints the address of an empty database, for `--at`.
 */
import { once } from 'node:events'
import pg from 'pg'
import { startPostgres } from '../support/postgres.ts'

const server = await startPostgres({ memory: process.argv[2] ?? '2GB' })
const admin = new pg.Client(server.url('postgres'))
await admin.connect()
await admin.query('create database bench')
// Without these a large fill waits for its own log.
for (const setting of ['max_wal_size = \'8GB\'', 'checkpoint_timeout = \'30min\'']) await admin.query(`alter system set ${setting}`)
await admin.query('select pg_reload_conf()')
await admin.end()
console.log(server.url('bench'))
const stop = new AbortController()
await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal, { signal: stop.signal })))
stop.abort()
await server.stop()
