/**
 * What people and the provider feel while texts go out: receipts at 100 a second with three in ten of them twice (F-38), the
 * landing page beside them, and « Mettre en pause » while three workers send at full rate and each packet to the database
 * takes 10 ms each way (F-20): `node test/bench/running.ts [seconds] [ms each way]`. The web is a process of its own.
 */
import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { signWebhook } from '../../src/simulator/tokens.ts'
import { paths } from '../../src/web/paths.ts'
import { makeUser, PASSWORD } from '../support/factories/accounts.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { signIn, visit } from '../support/page.ts'
import { freePorts } from '../support/ports.ts'
import { startPostgres } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'
import { startProxy } from '../support/proxy.ts'
import { until } from '../support/sending.ts'
import { makeTemplate } from '../support/template.ts'
import { startWorkerProcess } from '../support/worker.ts'

const SECRET = 'a secret of the tests, and of nothing else'
const PER_SECOND = 100

const seconds = Number(process.argv[2] ?? 20)
const eachWayMs = Number(process.argv[3] ?? 10)
const server = await startPostgres({ durable: true })
const folder = mkdtempSync(path.join(os.tmpdir(), 'dispo-bench-'))
const account = loadSimulatorCredentials(folder)
try {
  for (const measure of [measureReceipts, measurePause]) {
    // Each on a database of its own: hand-overs that nobody heard of would make the second one careful.
    await makeTemplate(server, measure.name.toLowerCase())
    const url = server.url(measure.name.toLowerCase())
    const { db, close } = await openDatabase({ databaseUrl: url, dataDir: folder })
    console.table([await measure(db, url)])
    await close()
  }
} finally {
  await server.stop()
}

async function startWeb(databaseUrl: string) {
  const [port] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const { applicationId, privateKey, apiKey, signatureSecret } = account
  const program = startProgram('src/server.ts', {
    DATABASE_URL: databaseUrl, SECRET_KEY: SECRET, DATA_DIR: folder, PORT: String(port), LOG_LEVEL: 'silent',
    VONAGE_APPLICATION_ID: applicationId, VONAGE_PRIVATE_KEY: privateKey, VONAGE_API_KEY: apiKey, VONAGE_SIGNATURE_SECRET: signatureSecret,
  })
  await until(() => fetch(`${url}/health/ready`).then((response) => response.ok, () => false), 'the web answers')
  return { url, stop: () => program.stop() }
}

async function measureReceipts(db: Db, url: string) {
  const sent = Math.ceil((seconds * PER_SECOND) / 2.6)
  const sending = await makeSending(db, { recipients: sent })
  await sql`update message set state = 'leased', lease_until = app_now() + interval '1 minute' where campaign_id = ${sending.campaignId}`.execute(db)
  await sql`update message set state = 'submitting', lease_until = null, submitted_at = app_now() where campaign_id = ${sending.campaignId}`.execute(db)
  await sql`insert into send_attempt (company_id, id, message_id, n, outcome) select company_id, gen_random_uuid(), id, 1, 'open' from message where campaign_id = ${sending.campaignId}`.execute(db)
  const attempts = await db.selectFrom('send_attempt').select('id').execute()
  const { code } = await db.selectFrom('recipient').select('code').limit(1).executeTakeFirstOrThrow()
  await sql`vacuum analyze`.execute(db)
  const web = await startWeb(url)
  const told = attempts.flatMap(({ id }) => ['submitted', 'delivered'].map((status) => JSON.stringify({ message_uuid: id, client_ref: id, to: '33639980001', from: '38047', channel: 'sms', timestamp: new Date().toISOString(), status })))
  const all = [...told, ...told.filter((_one, i) => i % 10 < 3)].map((body) => ({ body, place: Math.random() })).sort((a, b) => a.place - b.place).map(({ body }) => body)
  const page = () => timed(() => fetch(`${web.url}/r/${code}`, { headers: { 'user-agent': 'Mozilla/5.0 (Linux; Android 14) Chrome/131.0.0.0 Mobile' } }), 200)
  const hook = (body: string) => timed(() => fetch(web.url + paths.statusWebhook, { method: 'POST', body, headers: { 'content-type': 'application/json', authorization: signWebhook(body, account) } }), 200)
  await atRate(20, 3, page)
  const idle = await atRate(20, 5, page)
  const [receipts, busy] = await Promise.all([atRate(PER_SECOND, seconds, (n) => hook(all[n % all.length]!)), atRate(20, seconds, page)])
  const left = await db.selectFrom('provider_event').select((eb) => eb.fn.countAll<number>().as('n')).where('applied_at', 'is', null).executeTakeFirstOrThrow()
  await web.stop()
  return { receipts: receipts.length, 'p50 ms': share(receipts, 0.5), 'p99 ms (≤ 200)': share(receipts, 0.99), 'not applied': left.n, 'page p99 idle': share(idle, 0.99), 'page p99 meanwhile': share(busy, 0.99) }
}

/** Each campaign sends at full rate, is paused in the middle, and is watched until nothing more leaves. */
async function measurePause(db: Db, url: string) {
  const proxy = await startProxy(url)
  proxy.delay(eachWayMs)
  const arrivals: number[] = []
  const simulator = await startSimulator({ ...account, host: '127.0.0.1', port: 0, dataFile: ':memory:', delays: { submittedMs: 60_000, finalMs: 60_000 }, retryBaseMs: 1000, magicNumbers: false })
  const web = await startWeb(proxy.url)
  const line = { account, simulator } as Parameters<typeof startWorkerProcess>[1]
  const workers = await Promise.all([1, 2, 3].map(() => startWorkerProcess(proxy.url, line, { SEND_RATE: '500', SEND_CONCURRENCY: '20', SEND_TIMEOUT_MS: '10000' })))
  const waits: number[] = []
  const after: number[] = []
  for (let round = 0; round < 20; round++) {
    const before = simulator.accepted().length
    const sending = await makeSending(db, { recipients: 1000 })
    const user = await makeUser(db, sending.scope, { role: 'administrator' })
    const visitor = visit(new URL(web.url))
    const home = await signIn(visitor, user.email, PASSWORD)
    await until(() => simulator.accepted().length - before > 50, 'texts leave', 60_000)
    const begun = performance.now()
    const response = await visitor.agent.post(paths.campaignStep(sending.campaignId, 'pause')).set({ 'sec-fetch-site': 'same-origin' }).type('form').send(new URLSearchParams({ _csrf: tokenOf(home.html) }).toString())
    waits.push(performance.now() - begun)
    if (response.status !== 303) throw new Error(`pause answered ${response.status}`)
    const atPause = simulator.accepted().length
    await wait(2500)
    after.push(simulator.accepted().length - atPause)
    arrivals.push(simulator.accepted().length - before)
  }
  for (const worker of workers) await worker.stop()
  await web.stop()
  await simulator.close()
  await proxy.close()
  return { pauses: waits.length, 'p50 ms': share(waits, 0.5), 'p95 ms (≤ 300)': share(waits, 0.95), 'left after the answer, most (≤ 60)': Math.max(...after), 'sent before': Math.round(arrivals.reduce((sum, n) => sum + n, 0) / arrivals.length) }
}

function tokenOf(html: string): string {
  return /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? ''
}

async function timed(call: () => Promise<Response>, status: number): Promise<number> {
  const begun = performance.now()
  const response = await call()
  await response.arrayBuffer()
  if (response.status !== status) throw new Error(`answered ${response.status}`)
  return performance.now() - begun
}

/** Begins so many calls a second, whether or not the ones before have ended. */
async function atRate(perSecond: number, forSeconds: number, call: (n: number) => Promise<number>): Promise<number[]> {
  const begun = performance.now()
  const calls: Promise<number>[] = []
  for (let n = 0; n < perSecond * forSeconds; n++) {
    await wait(Math.max(0, begun + (n * 1000) / perSecond - performance.now()))
    calls.push(call(n))
  }
  return Promise.all(calls)
}

function share(values: readonly number[], part: number): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? 0)
}
