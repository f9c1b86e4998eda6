/**
 * The whole sending loop beside its limit, the bare SDK with the same provider and as many calls in flight, and two
 * workers at a configured rate: `npm run bench:dispatch -- [rounds] [messages]`. Only the ratios mean something.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Vonage } from '@vonage/server-sdk'
import { sql } from 'kysely'
import { pino } from 'pino'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { createDispatcher } from '../../src/messaging/dispatcher.ts'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { createVonageGateway } from '../../src/sms/vonage.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { startPostgres } from '../support/postgres.ts'
import { settings, until } from '../support/sending.ts'
import { makeTemplate } from '../support/template.ts'
import { startWorkerProcess } from '../support/worker.ts'

type Account = ReturnType<typeof loadSimulatorCredentials>
type Gateway = ReturnType<typeof createVonageGateway>
type Bench = { db: Db; sending: Db; url: string; account: Account; rounds: number; messages: number }

const SETTINGS = [{ delayMs: 0, inFlight: 32 }, { delayMs: 50, inFlight: 64 }] as const
const RATES = [30, 200] as const
const SMS = { to: '+33639980001', from: '38047', body: 'Bonjour', encoding: 'gsm7' } as const

if (process.env['BENCH_PROVIDER']) provide(Number(process.env['BENCH_PROVIDER']) - 1)
else await measure(Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 5000))

async function measure(rounds: number, messages: number): Promise<void> {
  const server = await startPostgres()
  try {
    await makeTemplate(server, 'bench')
    const { db, close } = await openDatabase({ databaseUrl: server.url('bench'), dataDir: os.tmpdir() })
    await makeDurable(db)
    // As a worker has it.
    const sending = await openDatabase({ databaseUrl: server.url('bench'), dataDir: os.tmpdir(), connections: 6, forSending: true })
    const bench = { db, sending: sending.db, url: server.url('bench'), account: loadSimulatorCredentials(temporaryFolder()), rounds, messages }
    const speeds = []
    for (const setting of SETTINGS) speeds.push(await measureSpeed(bench, setting))
    console.table(speeds)
    const paces = []
    for (const perSecond of RATES) paces.push(await measurePace(bench, perSecond))
    console.table(paces)
    console.log(JSON.stringify({ rounds, messages, speeds, paces }))
    await sending.close()
    await close()
  } finally {
    await server.stop()
  }
}

/** The tests' server forgets to be careful; a promise that a commit makes is only measured on one that keeps it. */
async function makeDurable(db: Db): Promise<void> {
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) await sql`alter system set ${sql.raw(name)} = on`.execute(db)
  await sql`select pg_reload_conf()`.execute(db)
}

async function measureSpeed(bench: Bench, { delayMs, inFlight }: (typeof SETTINGS)[number]) {
  const { child, apiHost } = await startProvider(delayMs)
  const gateway = createVonageGateway({ ...bench.account, apiHost, timeoutMs: 10_000 })
  const given = settings({ SEND_CONCURRENCY: String(inFlight) })
  // The rate is what a real account limits; here it must not be the limit.
  const config = { ...given, sending: { ...given.sending, perSecond: 1_000_000 } }
  const sdk = bareSdk(bench.account, apiHost)
  const rates = { sdk: [] as number[], gateway: [] as number[], loop: [] as number[] }
  // One more round than asked: the first warms up.
  for (let round = 0; round <= bench.rounds; round++) {
    rates.sdk.push(await rate(bench.messages, () => inParallel(bench.messages, inFlight, sdk)))
    rates.gateway.push(await rate(bench.messages, () => inParallel(bench.messages, inFlight, (reference) => gateway.handOver({ ...SMS, reference }))))
    rates.loop.push(await wholeLoop(bench, gateway, config))
  }
  child.kill()
  const [bare, ours, loop] = [median(rates.sdk.slice(1)), median(rates.gateway.slice(1)), median(rates.loop.slice(1))]
  return { delayMs, inFlight, 'bare SDK/s': Math.round(bare), 'bare gateway/s': Math.round(ours), 'whole loop/s': Math.round(loop), 'loop ÷ SDK': ratio(loop, bare), 'loop ÷ gateway': ratio(loop, ours) }
}

async function wholeLoop({ db, sending, messages }: Bench, gateway: Gateway, config: ReturnType<typeof settings>): Promise<number> {
  await makeSending(db, { recipients: messages })
  await sql`vacuum analyze`.execute(db)
  const dispatcher = createDispatcher({ db: sending, gateway, config, log: pino({ level: 'silent' }) })
  const perSecond = await rate(messages, async () => {
    if ((await dispatcher.runOnce()) !== messages) throw new Error('not everything was sent')
  })
  await dispatcher.stop()
  return perSecond
}

/** Two worker processes, for as many messages as ten seconds hold: how many the provider saw in its busiest second. */
async function measurePace({ db, url, account }: Bench, perSecond: number) {
  const { child, apiHost } = await startProvider(20)
  const messages = perSecond * 11
  const line = { account, simulator: { apiHost } } as Parameters<typeof startWorkerProcess>[1]
  const workers = await Promise.all([1, 2].map(() => startWorkerProcess(url, line, { SEND_RATE: String(perSecond), SEND_CONCURRENCY: '10', SEND_TIMEOUT_MS: '10000', NODE_ENV: '' })))
  await makeSending(db, { recipients: messages })
  let at: number[] = []
  await until(async () => {
    await wait(200)
    at = await arrivals(child)
    return at.length === messages
  }, 'all are handed over', 60_000)
  for (const worker of workers) await worker.stop()
  child.kill()
  const busiest = Math.max(...at.map((from) => at.filter((moment) => moment >= from && moment < from + 1000).length))
  const inTenSeconds = at.filter((moment) => moment < at[0]! + 10_000).length
  return { workers: 2, 'configured/s': perSecond, 'mean/s over 10 s': inTenSeconds / 10, 'busiest second': busiest }
}

/** The SDK as it comes, but for the token, which it would sign anew for each call. */
function bareSdk({ applicationId, privateKey }: Account, apiHost: string): (reference: string) => Promise<unknown> {
  const { messages } = new Vonage({ applicationId, privateKey }, { apiHost, timeout: 10_000 })
  const sign = messages.addAuthenticationToRequest.bind(messages)
  let header: string | undefined
  messages.addAuthenticationToRequest = async (request) => {
    if (header) return { ...request, headers: { ...request.headers, Authorization: header } }
    const signed = await sign(request)
    header = (signed.headers as Record<string, string>)['Authorization']
    return signed
  }
  return (clientRef) => messages.send({ channel: 'sms', messageType: 'text', to: '33639980001', from: '38047', text: 'Bonjour', clientRef } as Parameters<typeof messages.send>[0])
}

async function inParallel(calls: number, inFlight: number, call: (reference: string) => Promise<unknown>): Promise<void> {
  let left = calls
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (left-- > 0) await call(crypto.randomUUID())
  }))
}

async function rate(messages: number, work: () => Promise<void>): Promise<number> {
  const from = performance.now()
  await work()
  return messages / ((performance.now() - from) / 1000)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

function ratio(part: number, whole: number): number {
  return Number((part / whole).toFixed(2))
}

function temporaryFolder(): string {
  return mkdtempSync(path.join(os.tmpdir(), 'dispo-bench-'))
}

async function startProvider(delayMs: number): Promise<{ child: ChildProcess; apiHost: string }> {
  const child = fork(import.meta.filename, { env: { ...process.env, BENCH_PROVIDER: String(delayMs + 1) } })
  const [apiHost] = (await once(child, 'message')) as [string]
  return { child, apiHost }
}

/** When each call reached the provider, in milliseconds, in order. */
async function arrivals(child: ChildProcess): Promise<number[]> {
  child.send('arrivals')
  const [at] = (await once(child, 'message')) as [number[]]
  return at
}

/** A provider that does nothing but answer, in a process of its own. */
function provide(delayMs: number): void {
  const at: number[] = []
  process.on('message', () => process.send!(at))
  const server = createServer((request, response) => {
    at.push(performance.now())
    request.resume().on('end', () => {
      const answer = () => response.writeHead(202, { 'content-type': 'application/json' }).end(`{"message_uuid":"${crypto.randomUUID()}"}`)
      if (delayMs > 0) setTimeout(answer, delayMs)
      else answer()
    })
  }).listen(0, '127.0.0.1', () => process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
}
