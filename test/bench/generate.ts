/**
 * Fills a PostgreSQL database with an agency of many years: `npm run generate -- --at postgres://… [size]`. The size is
 * people/campaigns/recipients, by default 1000000/10000/20000000, or a factor of that: 0.1. Killed, it goes on where it was.
 */
import os from 'node:os'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { makePlaces } from '../support/factories/places.ts'
import { fillAgency } from './volume/fill.ts'
import { inWords, LARGEST, readSize } from './volume/size.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { at: { type: 'string' } } })
const size = positionals[0] === undefined ? LARGEST : readSize(positionals[0])
if (values.at === undefined) {
  console.error('Which database? --at postgres://user@host/name; it should be empty, and the user its superuser. `npm run bench:database` starts one.')
  process.exit(1)
}

const from = performance.now()
const say = (text: string) => console.log(`${((performance.now() - from) / 1000).toFixed(0).padStart(6)} s  ${text}`)
const database = await openDatabase({ databaseUrl: values.at, dataDir: os.tmpdir(), connections: 2 })
const admin = new pg.Client(values.at)
await admin.connect()
try {
  say(inWords(size))
  await migrateToLatest(database.db)
  await makePlaces(database.db)
  const { admin: user } = await fillAgency(database.db, admin, size, say)
  const { rows } = await admin.query<{ table: string; gigabytes: number; indexes: number }>(`
    select relname as table, round(pg_total_relation_size(oid) / 1e9, 2)::float as gigabytes, round(pg_indexes_size(oid) / 1e9, 2)::float as indexes
    from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by pg_total_relation_size(oid) desc limit 12`)
  console.table(rows)
  say(`sign in as ${user.email} with « ${user.password} »`)
} finally {
  await admin.end()
  await database.close()
}
