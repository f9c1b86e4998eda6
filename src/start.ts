import { buildApp } from './app.ts'
import { readReplies } from './availability/readings.commands.ts'
import { answerReplies } from './campaigns/auto-response.commands.ts'
import { advanceCampaigns, holdAfterGap } from './campaigns/advance.commands.ts'
import { tellOfClosings } from './campaigns/closing.commands.ts'
import { resumeLaunches } from './campaigns/launching.commands.ts'
import { resumeReminders } from './campaigns/reminding.commands.ts'
import { remindDue } from './campaigns/reminders.commands.ts'
import { placePeople } from './candidates/places.commands.ts'
import type { Config } from './config.ts'
import { holdsTo } from './db/installation.ts'
import { migrateToLatest } from './db/migrate.ts'
import { openDatabase, type OpenDatabase } from './db/pool.ts'
import { findMismatch } from './db/version.ts'
import type { Deps } from './deps.ts'
import { createDispatcher } from './messaging/dispatcher.ts'
import { lockIfCopied } from './messaging/restore.commands.ts'
import { startMetrics, type Pools } from './monitoring/server.ts'
import { reapplyErasures } from './privacy/erasure.commands.ts'
import { createQueue } from './queue/queue.ts'
import { gatherNews } from './notifications/gathering.commands.ts'
import { mailNews } from './notifications/mailing.commands.ts'
import { openSetup } from './setup/commands.ts'
import { loadSimulatorCredentials } from './simulator/credentials.ts'
import { startSimulator } from './simulator/server.ts'
import { createVonageBalance } from './sms/balance.ts'
import { createVonageReports } from './sms/reports.ts'
import { createVonageGateway } from './sms/vonage.ts'
import { registerTasks } from './tasks.ts'
import { createLog } from './web/logging.ts'
import { countDatabaseError } from './web/metrics.ts'
import { paths } from './web/paths.ts'
import { createDeliverer } from './webhooks/delivering.commands.ts'

/** How often due batches start and finished campaigns complete. */
const ADVANCE_MS = 2_000

/** The schema is looked at with every so many sweeps: every 30 s unless the settings say otherwise. */
const SWEEPS_PER_LOOK = 6

/** For one page of the provider's reports; nobody waits for it. */
const REPORT_TIMEOUT_MS = 30_000

/** Nobody waits longer for a connection to the database: whoever opens a page is told within 5 s that it cannot be shown (F-52). */
const DATABASE_WAIT_MS = 3_000

/** Who writes back gets the automatic answer within this. */
const ANSWER_MS = 3_000

/** How often automatic reminders and closings to come are looked for. */
const REMIND_MS = 5_000

/** How long after an answer its campaign's sender is told, and how long after that a mail of its own leaves. */
const NEWS_MS = 3_000

/** What people text back counts as an answer within this. */
const READ_MS = 1_000

/** How often launches and reminders that nobody works on are looked for: whoever did may have been killed. */
const RESUME_MS = 10_000

/** How often people are looked for who were on record before the towns were: in a new demonstration, and after an upgrade. */
const PLACE_MS = 5_000

/** What runs can be stopped; parts stop in the reverse order of their start. */
export type Running = { deps: Deps; stop(): Promise<void> }

/** Opens the database, brings its schema up to date and wires the outside world; nothing listens or sends yet. Gives up when told to stop. */
export async function openDeps(config: Config, processName: string, stopping?: AbortSignal): Promise<Running> {
  const log = createLog(config.logLevel, processName)
  const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, name: `dispo-${processName}`, waitMs: DATABASE_WAIT_MS, onError: countDatabaseError })
  try {
    stopping?.throwIfAborted()
    await migrateToLatest(database.db, stopping)
    stopping?.throwIfAborted()
    const account = providerAccount(config)
    const queue = createQueue({ pool: database.pool, embedded: database.embedded, onError: (err) => log.error({ err }, 'task queue') })
    const deps: Deps = {
      config,
      db: database.db,
      pool: database.pool,
      listen: database.listen,
      queue,
      gateway: createVonageGateway({ applicationId: account.applicationId, privateKey: account.privateKey, apiHost: account.apiHost, timeoutMs: config.sending.timeoutMs }),
      records: account.apiSecret === undefined ? undefined : createVonageReports({ apiKey: account.apiKey, apiSecret: account.apiSecret, apiHost: account.apiHost, timeoutMs: REPORT_TIMEOUT_MS }),
      balance: account.apiSecret === undefined ? undefined : createVonageBalance({ apiKey: account.apiKey, apiSecret: account.apiSecret, restHost: account.restHost, timeoutMs: REPORT_TIMEOUT_MS }),
      webhookKeys: { applicationId: account.applicationId, apiKey: account.apiKey, signatureSecret: account.signatureSecret },
      phonesUrl: config.vonage ? undefined : `${simulatorAddress(config)}/simulator`,
      log,
    }
    registerTasks(deps, { embedded: database.embedded })
    await queue.prepare()
    return {
      deps,
      stop: async () => {
        await queue.stop()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** How to begin, while the installation has no company. */
export async function tellSetup(deps: Deps): Promise<void> {
  const code = await openSetup(deps)
  if (code) console.log(`Set up: ${deps.config.appUrl}${paths.setup}\nSetup code: ${code}`)
}

/** Web pages, links and webhooks; and the simulator, which only ever stands in for a missing provider. */
export async function startWeb(deps: Deps): Promise<{ stop(): Promise<void> }> {
  const { config } = deps
  const app = await buildApp(deps)
  await app.listen({ host: config.host, port: config.port })
  const simulator = config.vonage ? undefined : await startLocalSimulator(deps)
  return {
    stop: async () => {
      await app.close()
      await simulator?.close()
    },
  }
}

/**
 * Sends what is queued, settles what was sent, and runs background tasks. `fail` is called when another version has migrated
 * the database: what a message means may have changed, so a worker sends nothing more. And when another database has taken the
 * place of the one it began with.
 */
export async function startWorker(deps: Deps, fail: (error: Error) => void): Promise<{ pools: Pools; stop(): Promise<void> }> {
  await reapplyErasures(deps)
  await holdAfterGap(deps)
  await lockIfCopied(deps)
  const sending = await openSending(deps, fail)
  const dispatcher = createDispatcher({ ...deps, db: sending.db })
  dispatcher.start()
  const deliverer = createDeliverer(deps)
  deliverer.start()
  await deps.queue.work()
  const { log } = deps
  const stopping = new AbortController()
  const loops = [
    repeat(ADVANCE_MS, () => advanceCampaigns(deps), (err) => log.error({ err }, 'campaigns did not advance')),
    repeat(PLACE_MS, () => placePeople(deps, stopping.signal), (err) => { if (!stopping.signal.aborted) log.error({ err }, 'where people live was not looked up') }),
    repeat(ANSWER_MS, () => answerReplies(deps), (err) => log.error({ err }, 'replies were not answered')),
    repeat(REMIND_MS, async () => {
      await remindDue(deps)
      await tellOfClosings(deps)
    }, (err) => log.error({ err }, 'reminders were not looked for')),
    repeat(NEWS_MS, async () => {
      await gatherNews(deps)
      await mailNews(deps)
    }, (err) => log.error({ err }, 'people were not told what happened')),
    repeat(READ_MS, () => readReplies(deps), (err) => log.error({ err }, 'texts were not read for answers')),
    repeat(RESUME_MS, async () => {
      await resumeLaunches(deps)
      await resumeReminders(deps)
    }, (err) => log.error({ err }, 'launches and reminders were not looked for')),
    repeat(SWEEPS_PER_LOOK * deps.config.sending.sweepSeconds * 1000, async () => {
      const mismatch = await findMismatch(deps.db)
      if (mismatch) fail(mismatch)
    }, (err) => log.warn({ err }, 'the schema could not be looked at')),
  ]
  return {
    pools: sending.pool ? new Map([['sending', sending.pool]]) : new Map(),
    stop: async () => {
      stopping.abort()
      // Side by side: a stop takes as long as the slowest of them, not as long as all.
      await Promise.all([...loops.map((loop) => loop.stop()), deliverer.stop()])
      await dispatcher.stop()
      await sending.close()
    },
  }
}

/** Connections of the sending loop's own, so that nothing else makes it wait; the embedded database has but one. */
async function openSending({ config: { databaseUrl, dataDir }, db }: Deps, fail: (error: Error) => void): Promise<Pick<OpenDatabase, 'db' | 'close'> & Partial<Pick<OpenDatabase, 'pool'>>> {
  if (!databaseUrl) return { db, close: async () => {} }
  const verify = await holdsTo(db, fail)
  return openDatabase({ databaseUrl, dataDir, name: 'dispo-sending', connections: 6, forSending: true, onError: countDatabaseError, ...(verify && { verify }) })
}

/** Metrics and probes for the operator's own machines, where a port is set for them. */
export async function startMonitoring(deps: Deps, pools: Pools = new Map()): Promise<{ stop(): Promise<void> }> {
  const { metricsPort } = deps.config
  return metricsPort === undefined ? { stop: async () => {} } : startMetrics(deps, new Map([['main', deps.pool], ...pools]), metricsPort)
}

async function startLocalSimulator(deps: Deps) {
  const { config } = deps
  const { dataFile, publicKeyPem, apiSecret } = loadSimulatorCredentials(config.dataDir)
  return startSimulator({
    host: config.host,
    port: config.port + 1,
    dataFile,
    publicKeyPem,
    apiSecret,
    ...deps.webhookKeys,
    statusUrl: config.appUrl + paths.statusWebhook,
    inboundUrl: config.appUrl + paths.inboundWebhook,
    log: deps.log,
  })
}

function providerAccount(config: Config): NonNullable<Config['vonage']> {
  if (config.vonage) return config.vonage
  const { applicationId, privateKey, apiKey, apiSecret, signatureSecret } = loadSimulatorCredentials(config.dataDir)
  return { applicationId, privateKey, apiKey, apiSecret, signatureSecret, apiHost: simulatorAddress(config), restHost: simulatorAddress(config) }
}

function simulatorAddress(config: Config): string {
  return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port + 1}`
}

/** Runs `work` again and again, never twice at once. */
function repeat(everyMs: number, work: () => Promise<unknown>, onError: (error: unknown) => void) {
  let current: Promise<unknown> = Promise.resolve()
  let isIdle = true
  const timer = setInterval(() => {
    if (!isIdle) return
    isIdle = false
    current = work().catch(onError).finally(() => { isIdle = true })
  }, everyMs)
  return {
    stop: async () => {
      clearInterval(timer)
      await current
    },
  }
}
