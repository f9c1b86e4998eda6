import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { pino } from 'pino'
import { loadConfig } from '../../src/config.ts'
import type { Db } from '../../src/db/pool.ts'
import { createDispatcher, type Dispatcher } from '../../src/messaging/dispatcher.ts'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { startSimulator, type SimulatorOptions } from '../../src/simulator/server.ts'
import type { SmsGateway } from '../../src/sms/gateway.ts'
import { createVonageGateway } from '../../src/sms/vonage.ts'
import { paths } from '../../src/web/paths.ts'
import { startTestApp } from './app.ts'
import type { TestDatabase } from './database.ts'

export type Line = Awaited<ReturnType<typeof startLine>>

/**
 * Both ends of the line, over real HTTP: the real SDK, a provider that counts what it accepts, and our webhooks. `webhooks:
 * false` keeps the provider's news back until `connect`.
 */
export async function startLine(database: Pick<TestDatabase, 'db' | 'pool'>, options: { webhooks?: boolean; simulator?: Partial<SimulatorOptions> } = {}) {
  const account = loadSimulatorCredentials(mkdtempSync(path.join(os.tmpdir(), 'dispo-line-')))
  const simulator = await startSimulator({
    ...account, host: '127.0.0.1', port: 0, dataFile: ':memory:', delays: { submittedMs: 0, finalMs: 1 }, retryBaseMs: 20, magicNumbers: false, ...options.simulator,
  })
  const app = await startTestApp(database, { webhookKeys: account })
  const connect = () => simulator.sendWebhooksTo({ statusUrl: app.url + paths.statusWebhook, inboundUrl: app.url + paths.inboundWebhook })
  if (options.webhooks !== false) connect()
  const dispatchers: Dispatcher[] = []
  return {
    simulator,
    app,
    account,
    connect,
    /** A sender of its own, as a process would have it; `env` are settings over those of a fast test, `hear` gets its log. */
    dispatcher(env: Record<string, string> = {}, given: { gateway?: SmsGateway; apiHost?: string; hear?: (line: string) => void } = {}): Dispatcher {
      const config = settings(env)
      const gateway = given.gateway ?? createVonageGateway({ ...account, apiHost: given.apiHost ?? simulator.apiHost, timeoutMs: config.sending.timeoutMs })
      const log = given.hear ? pino({}, { write: given.hear }) : pino({ level: 'silent' })
      const dispatcher = createDispatcher({ db: database.db, gateway, config, log })
      dispatchers.push(dispatcher)
      return dispatcher
    },
    async close(): Promise<void> {
      await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()))
      await simulator.close()
      await app.close()
    },
  }
}

export function settings(env: Record<string, string> = {}) {
  return loadConfig({
    DATABASE_URL: 'postgres://test', SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: mkdtempSync(path.join(os.tmpdir(), 'dispo-worker-')),
    SEND_RATE: '1000', SEND_CONCURRENCY: '10', SWEEP_SECONDS: '1', LOG_LEVEL: 'silent', ...env,
  })
}

/** The account as it is before anything was sent: nothing suspended, doubted or slowed down, and a few tokens at hand. */
export async function renewAccount(db: Db): Promise<void> {
  await sql`
    update provider_account set tokens = 5, refilled_at = app_now(), pace = 1, paced_at = null,
      recent = '', doubt_streak = 0, failed_probes = 0, open_until = null, suspended_at = null, suspended_reason = null`.execute(db)
}

/** Looks again and again until it is so; the state is waited for, not a time. */
export async function until(isSo: () => Promise<boolean> | boolean, what: string, timeoutMs = 120_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
