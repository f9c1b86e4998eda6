/**
 * What the processes hold while they do something large: `npm run bench:memory -- import|launch|export|soak [how many]`, without a
 * name the first three. Real processes on a real database; once a second each writes down its memory after a collection. A tenth of
 * the work goes first: flat means that ten times as much needs no more.
 */
import { randomUUID } from 'node:crypto'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { findViewer } from '../../src/auth/queries.ts'
import { requestLaunch } from '../../src/campaigns/launching.commands.ts'
import { guessMapping } from '../../src/candidates/imports.domain.ts'
import { confirmImport, startCheck, uploadImport } from '../../src/candidates/imports.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { createQueue } from '../../src/queue/queue.ts'
import { makeCompany, makeUser, PASSWORD } from '../support/factories/accounts.ts'
import { EVERYBODY, makeDraft, makePeople } from '../support/factories/campaigns.ts'
import { freePorts } from '../support/ports.ts'
import { settings, until } from '../support/sending.ts'
import { IMPORT_HEADER, peopleFile } from './import.ts'
import { soak } from './soak.ts'
import { temporaryFolder, withDatabase } from './tools/database.ts'
import { curve, megabytes, startProbed, type Sample } from './tools/heap.ts'
import { fill, openGround } from './search-people.ts'
import { openSession } from './tools/session.ts'

const HOURS = 3_600_000
const SECRET = 'a secret of the tests, and of nothing else'
const WORKS = { import: { work: importPeople, most: 100_000 }, launch: { work: launchMany, most: 100_000 }, export: { work: exportAll, most: 1_000_000 } } as const
type Name = keyof typeof WORKS

const [asked, many] = process.argv.slice(2)
if (asked === 'soak') await withDatabase((url) => soak(url, Number(many ?? 1)))
else for (const name of asked === undefined ? (Object.keys(WORKS) as Name[]) : [asked as Name]) await compareSizes(name, Number(many ?? WORKS[name].most))

async function compareSizes(name: Name, most: number): Promise<void> {
  const peaks: { rows: number; live: number; process: number; seconds: number }[] = []
  for (const rows of [most / 10, most]) {
    const samples = await withDatabase((url) => WORKS[name].work(url, rows), { memory: '1GB', durable: false })
    console.log(`\n${name} of ${rows.toLocaleString('en')}\n${curve(samples)}`)
    peaks.push({ rows, live: megabytes(Math.max(...samples.map(({ live }) => live))), process: megabytes(Math.max(...samples.map(({ rss }) => rss))), seconds: samples.length })
  }
  console.table(peaks)
  console.log(JSON.stringify({ memory: name, peaks }))
}

async function startWorker(databaseUrl: string) {
  const folder = temporaryFolder()
  const [port] = await freePorts(1)
  const probed = startProbed('src/worker.ts', { DATABASE_URL: databaseUrl, SECRET_KEY: SECRET, DATA_DIR: folder, PORT: String(port), LOG_LEVEL: 'warn' }, path.join(folder, 'memory'))
  await probed.program.says(/running/)
  return probed
}

/** Beside the process that works: asks it for work through the database. */
async function asker(databaseUrl: string) {
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 3 })
  const queue = createQueue({ pool: database.pool, embedded: false, onError: () => {} })
  for (const name of ['candidates.check-import', 'candidates.apply-import', 'campaigns.launch']) queue.register(name, async () => {})
  await queue.prepare()
  return { ...database, queue, config: settings(), close: async () => { await queue.stop(); await database.close() } }
}

async function importPeople(databaseUrl: string, rows: number): Promise<Sample[]> {
  const deps = await asker(databaseUrl)
  const { scope } = await makeCompany(deps.db)
  const user = await makeUser(deps.db, scope)
  const worker = await startWorker(databaseUrl)
  const uploaded = await uploadImport(deps, scope, user.id, { name: 'a.csv', bytes: peopleFile(rows) })
  if (!uploaded.ok) throw new Error(`the file was refused: ${uploaded.reason}`)
  const { id } = uploaded.value
  const becomes = (wanted: string) => until(async () => {
    const { status } = await deps.db.selectFrom('candidate_import').select('status').where('id', '=', id).executeTakeFirstOrThrow()
    if (status === 'failed') throw new Error(`the import failed:\n${worker.program.output()}`)
    return status === wanted
  }, `the import is ${wanted}`, HOURS)
  await startCheck(deps, scope, id, guessMapping(IMPORT_HEADER))
  await becomes('checked')
  await confirmImport(deps, scope, id)
  await becomes('completed')
  const samples = worker.samples()
  await worker.program.stop()
  await deps.close()
  return samples
}

async function launchMany(databaseUrl: string, people: number): Promise<Sample[]> {
  const deps = await asker(databaseUrl)
  const { scope, senderId } = await makeCompany(deps.db, { undoSeconds: 3_600 })
  const user = await makeUser(deps.db, scope)
  await saveSetting(deps.db, scope, 'campaign.recipient_limit', 1_000_000)
  await makePeople(deps.db, scope, people, { allFine: true })
  await analyze(databaseUrl)
  const { id } = await makeDraft(deps.db, scope, { createdBy: user.id, senderId, audience: EVERYBODY })
  const worker = await startWorker(databaseUrl)
  const viewer = (await findViewer(deps.db, user.id))!
  const request = await requestLaunch(deps, viewer, { campaignId: id, version: 1, launchKey: randomUUID(), recipients: people })
  if (!request.ok) throw new Error(`the launch was refused: ${request.reason}`)
  await until(async () => (await deps.db.selectFrom('campaign').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status !== 'draft', 'it is launched', HOURS)
  const samples = worker.samples()
  await worker.program.stop()
  await deps.close()
  return samples
}

/** Everybody as a table and as a workbook, read as fast as they come. */
async function exportAll(databaseUrl: string, people: number): Promise<Sample[]> {
  const { db, close } = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 2 })
  const user = await manyPeople(db, databaseUrl, people)
  const folder = temporaryFolder()
  const [port] = await freePorts(1)
  const origin = `http://127.0.0.1:${port}`
  const web = startProbed('src/server.ts', { DATABASE_URL: databaseUrl, SECRET_KEY: SECRET, DATA_DIR: folder, PORT: String(port), LOG_LEVEL: 'warn' }, path.join(folder, 'memory'))
  await until(() => fetch(`${origin}/health/ready`).then((response) => response.ok, () => false), 'the web answers')
  const session = await openSession(origin, user)
  for (const format of ['csv', 'xlsx']) console.log(`${format}: ${megabytes(await session.read(`/candidates/export?format=${format}`))} MB read`)
  const samples = web.samples()
  await web.program.stop()
  await close()
  return samples
}

async function manyPeople(db: Db, databaseUrl: string, people: number): Promise<{ email: string; password: string }> {
  const admin = new pg.Client(databaseUrl)
  await admin.connect()
  const ground = await openGround(db)
  await fill(admin, ground, 0, people)
  await admin.end()
  const { email } = await makeUser(db, ground.scope, { role: 'administrator' })
  return { email, password: PASSWORD }
}

async function analyze(databaseUrl: string): Promise<void> {
  const admin = new pg.Client(databaseUrl)
  await admin.connect()
  await admin.query('vacuum analyze')
  await admin.end()
}
