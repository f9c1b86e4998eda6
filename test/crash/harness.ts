import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openDatabase } from '../../src/db/pool.ts'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { paths } from '../../src/web/paths.ts'
import { startBalancer } from '../support/balancer.ts'
import { freePorts } from '../support/ports.ts'
import { startPostgres } from '../support/postgres.ts'
import { COMPILED } from '../support/program.ts'
import { makeTemplate } from '../support/template.ts'
import { countUnapplied, listBatches, listMessages, type Evidence } from './evidence.ts'
import { judge, type Figures } from './judge.ts'
import { readLog } from './log.ts'
import { comparePages } from './pages.ts'
import { planFaults, type Size } from './plan.ts'
import { asOne, keepRunning, type Kept } from './processes.ts'
import { startProvider } from './provider.ts'
import { bringForward, launch, makeScene, openBrowser } from './scene.ts'
import { createTrouble, type Site } from './trouble.ts'
import { watch } from './watch.ts'

export type Result = Figures & {
  recipients: number
  kills: number
  stops: number
  databaseStops: number
  webKills: number
  pauses: number
  slowestResumptionMs: number
  seconds: number
  seed: number
  /** What must not be, in words; the last of them names the folder with the logs. */
  faults: string[]
}

/** How long the product waits for an answer of the provider. */
const TIMEOUT_MS = 1_000
const SENDING = { SEND_RATE: '200', SEND_CONCURRENCY: '10', SEND_TIMEOUT_MS: String(TIMEOUT_MS), LEASE_SECONDS: '5', SWEEP_SECONDS: '1' }

/** What neither side may ever write into its log. */
const ALARM = /may not move from \w+ to \w+|a receipt came for a message that was certainly not sent|an outcome was refused by the database|the gateway threw|the database has gone back in time/

/** A campaign sent from beginning to end while everything around it breaks, and the comparison of what all sides say afterwards. */
export async function runCrash(size: Size, tell: (what: string) => void = () => {}): Promise<Result> {
  const begunAt = performance.now()
  const alarms = new Set<string>()
  const postgres = await startPostgres({ durable: true, onLog: (text) => { for (const [alarm] of text.matchAll(new RegExp(ALARM, 'g'))) alarms.add(`PostgreSQL: ${alarm}`) } })
  const folder = mkdtempSync(path.join(os.tmpdir(), 'dispo-crash-'))
  const kept: Kept[] = []
  const closing: (() => Promise<unknown>)[] = [() => postgres.stop()]
  try {
    const cached = COMPILED['NODE_COMPILE_CACHE'] ? undefined : fillCache(folder)
    await makeTemplate(postgres, 'crash')
    const databaseUrl = postgres.url('crash')
    const { db, close } = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 4 })
    closing.unshift(close)
    const account = loadSimulatorCredentials(folder)
    const [port, ...webPorts] = await freePorts(1 + size.webs)
    const webUrl = `http://127.0.0.1:${port}`
    const logFile = path.join(folder, 'provider.jsonl')
    const provider = await startProvider({ seed: size.seed, account, statusUrl: webUrl + paths.statusWebhook, logFile, timeoutMs: TIMEOUT_MS })
    closing.unshift(() => provider.stop())
    const env = {
      DATABASE_URL: databaseUrl, SECRET_KEY: 'a secret of the tests, and of nothing else', LOG_LEVEL: 'warn', ...SENDING, VONAGE_API_HOST: provider.apiHost, NODE_COMPILE_CACHE: COMPILED['NODE_COMPILE_CACHE'] ?? path.join(folder, 'cache'),
      VONAGE_APPLICATION_ID: account.applicationId, VONAGE_PRIVATE_KEY: account.privateKey, VONAGE_API_KEY: account.apiKey, VONAGE_SIGNATURE_SECRET: account.signatureSecret,
    }
    await cached
    const balancer = await startBalancer(port!, webPorts)
    closing.unshift(() => balancer.close())
    const webs = webPorts.map((own, i) => keepRunning('src/server.ts', /^Dispo web: /m, { ...env, APP_URL: webUrl, PORT: String(own), DATA_DIR: path.join(folder, `web-${i}`) }))
    const workers = Array.from({ length: size.workers }, (_, i) => keepRunning('src/worker.ts', /^Dispo worker: running/m, { ...env, DATA_DIR: path.join(folder, `worker-${i}`) }))
    kept.push(...webs, ...workers)
    closing.unshift(() => Promise.all(kept.map((one) => one.stop())))

    const scene = await makeScene(db, size)
    const browser = await openBrowser(webUrl, scene.user)
    await Promise.all(kept.map((one) => one.ready()))
    await launch(browser, db, scene, size.recipients)
    const batchSeconds = Math.max(3, size.recipients / size.batches / 100)
    await bringForward(db, scene, batchSeconds)
    tell(`launched after ${seconds(begunAt)} s`)

    const site: Site = { db, postgres, provider, web: asOne(webs), workers, browser, scene, batchSeconds }
    const watching = watch(site)
    const trouble = createTrouble(site, watching, tell)
    for (const fault of planFaults(size)) {
      await watching.untilCalls(fault.afterCalls)
      await trouble.strike(fault)
    }
    await trouble.over()
    await watching.untilSettled()
    tell(`settled after ${seconds(begunAt)} s`)

    const messages = await listMessages(db, scene.campaignId)
    const { status } = await db.selectFrom('campaign').select('status').where('id', '=', scene.campaignId).executeTakeFirstOrThrow()
    const pages = await comparePages(browser, scene.campaignId, messages)
    const [batches, unappliedEvents] = [await listBatches(db, scene.campaignId), await countUnapplied(db)]
    await Promise.all(kept.map((one) => one.stop()))
    for (const one of kept) for (const [alarm] of one.output().matchAll(new RegExp(ALARM, 'g'))) alarms.add(alarm)
    const evidence: Evidence = {
      recipients: size.recipients, perSecond: Number(SENDING.SEND_RATE), log: readLog(logFile), messages, batches, campaignStatus: status, unappliedEvents, pages, pauses: trouble.pauses,
      breaks: trouble.breaks(), inFlight: Number(SENDING.SEND_CONCURRENCY),
      alarms: [...alarms], surprises: [...kept.flatMap((one) => one.surprises()), ...watching.surprises],
    }
    const { figures, faults } = judge(evidence)
    writeFileSync(path.join(folder, 'messages.json'), JSON.stringify(messages))
    if (faults.length === 0) rmSync(folder, { recursive: true, force: true })
    else faults.push(writeLogs(folder, kept, size.webs))
    return {
      recipients: size.recipients, ...trouble.counts(), ...figures, slowestResumptionMs: watching.slowestResumptionMs(), seconds: seconds(begunAt), seed: size.seed, faults,
    }
  } catch (cause) {
    throw new Error(`the run with seed ${size.seed} did not come to its end; ${writeLogs(folder, kept, size.webs)}`, { cause })
  } finally {
    // Each in its turn, whatever became of the one before.
    for (const end of closing) await end().catch((error: unknown) => console.error(error))
  }
}

/** A process that is killed all the time starts in half the time when somebody else has compiled its code. */
async function fillCache(folder: string): Promise<void> {
  mkdirSync(path.join(folder, 'cache'))
  const start = path.resolve(import.meta.dirname, '../../src/start.ts')
  const child = spawn(process.execPath, ['-e', `import(${JSON.stringify(start)})`], { stdio: 'ignore', env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: path.join(folder, 'cache') } })
  await once(child, 'exit')
}

function writeLogs(folder: string, kept: readonly Kept[], webs: number): string {
  for (const [i, one] of kept.entries()) writeFileSync(path.join(folder, `${i < webs ? `web-${i}` : `worker-${i - webs}`}.log`), one.output())
  return `the logs are in ${folder}`
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1000)
}
