/**
 * Growth curves: every page and job with ten, a hundred and a thousand thousand people, twenty recipients for each, one after the
 * other on databases of their own: `npm run bench:growth -- [size …]`, sizes as for `npm run generate`, by default 0.01 0.1 1. Each
 * size is kept in docs/growth.json once it is measured, and `docs/growth.svg` is drawn from that file. `--at <address>` measures a
 * database that `npm run generate` has filled, and keeps it.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { startTestApp } from '../support/app.ts'
import { makePlaces } from '../support/factories/places.ts'
import { jobsOf, openOffice } from './tools/jobs.ts'
import { withDatabase } from './tools/database.ts'
import { drawGrowth, type Growth } from './tools/picture.ts'
import { median, share } from './tools/measure.ts'
import { openSession } from './tools/session.ts'
import { count, fillAgency } from './volume/fill.ts'
import { pagesOf } from './volume/pages.ts'
import { inWords, readSize, type Size } from './volume/size.ts'

const DOCS = path.resolve(import.meta.dirname, '../../docs')
const KEPT = path.join(DOCS, 'growth.json')
const ROUNDS = 15

const { values, positionals } = parseArgs({ allowPositionals: true, options: { at: { type: 'string' }, draw: { type: 'boolean' } } })
const sizes = (positionals.length > 0 ? positionals : ['0.01', '0.1', '1']).map(readSize)
if (!values.draw) for (const size of sizes) keep(await (values.at === undefined ? withDatabase((url) => measure(url, size), { durable: false, memory: '2GB' }) : measure(values.at, size)))
draw()

async function measure(databaseUrl: string, size: Size): Promise<Growth> {
  const say = (text: string) => console.log(text)
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir() })
  const admin = new pg.Client(databaseUrl)
  admin.on('error', () => {}) // the server goes with whatever else went wrong
  await admin.connect()
  await admin.query(`alter system set max_wal_size = '8GB'`).catch(() => {}) // somebody else's server
  await migrateToLatest(database.db)
  await makePlaces(database.db).catch(() => {}) // they are there
  const agency = await fillAgency(database.db, admin, size, say)
  const found = await count(admin)
  const app = await startTestApp(database)
  const session = await openSession(app.url, agency.admin)
  const pages: Growth['pages'] = {}
  for (const [name, address] of Object.entries(await pagesOf(database.pool, agency.scope.companyId))) pages[name] = await timed(() => session.get(address))
  const jobs: Growth['jobs'] = {}
  const office = await openOffice(app, agency)
  for (const [name, job] of Object.entries(jobsOf(office))) jobs[name] = await timed(job, 5)
  await app.close()
  await admin.end()
  await database.close()
  say(`measured with ${inWords(found)}`)
  console.table({ ...pages, ...jobs })
  return { ...found, at: new Date().toISOString().slice(0, 10), cores: os.availableParallelism(), processor: os.cpus()[0]?.model ?? '', memory: os.totalmem(), pages, jobs }
}

/** Milliseconds; the first time is not counted, what it reads comes from the disk. */
async function timed(work: () => Promise<unknown>, rounds = ROUNDS): Promise<{ p50: number; p95: number }> {
  const times: number[] = []
  for (let turn = 0; turn <= rounds; turn++) {
    const from = performance.now()
    await work()
    if (turn > 0) times.push(performance.now() - from)
  }
  const rounded = (value: number) => Math.round(value * 10) / 10
  return { p50: rounded(median(times)), p95: rounded(share(times, 0.95)) }
}

function read(): Growth[] {
  return existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as Growth[]) : []
}

function keep(measured: Growth): void {
  const all = [...read().filter(({ people }) => people !== measured.people), measured].sort((a, b) => a.people - b.people)
  writeFileSync(KEPT, `${JSON.stringify(all, null, 1)}\n`)
}

function draw(): void {
  const all = read()
  if (all.length < 2) return console.log('A curve needs two sizes: nothing drawn yet.')
  writeFileSync(path.join(DOCS, 'growth.svg'), drawGrowth(all))
  console.log(`Drawn: ${path.join(DOCS, 'growth.svg')}`)
}
