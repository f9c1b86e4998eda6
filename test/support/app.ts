import os from 'node:os'
import { pino } from 'pino'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config.ts'
import type { Deps } from '../../src/deps.ts'
import { createQueue } from '../../src/queue/queue.ts'
import type { SentRecords, SmsGateway } from '../../src/sms/gateway.ts'
import type { TestDatabase } from './database.ts'
import { signIn, visit } from './page.ts'
import type { Headers, Page, Visitor } from './page.ts'
import { freePort } from './ports.ts'

export type TestApp = Awaited<ReturnType<typeof startTestApp>>

/** A visitor who has signed in; `home` is the page they landed on, and any page carries a form token. */
export type SignedIn = Visitor & { home: Page }

type Options = {
  /** Settings as environment variables, over the defaults of a test. */
  env?: Record<string, string>
  /** Without one nothing leaves: every hand-over says so. */
  gateway?: SmsGateway
  records?: SentRecords
  webhookKeys?: Deps['webhookKeys']
  /** The database has one session: its queue asks it in another way. */
  embedded?: boolean
  /** Runs before the queue is prepared: register the tasks that the test needs. Given, the queue works. */
  registerTasks?: (deps: Deps) => void
}

/** The real application on a test database, listening on a free port. End it with `close`, before the database. */
export async function startTestApp(database: Pick<TestDatabase, 'db' | 'pool'> & Partial<Pick<TestDatabase, 'listen'>>, options: Options = {}) {
  const port = await freePort()
  const config = loadConfig({
    PORT: String(port), DATA_DIR: os.tmpdir(), DATABASE_URL: 'postgres://test', SECRET_KEY: 'a secret of the tests, and of nothing else',
    LOG_LEVEL: 'silent', ...options.env,
  })
  const deps: Deps = {
    config,
    db: database.db,
    pool: database.pool,
    // Whoever brings only a pool hears nothing.
    listen: database.listen ?? (() => ({ stop: async () => {} })),
    queue: createQueue({ pool: database.pool, embedded: options.embedded ?? false, onError: (error) => { throw error } }),
    gateway: options.gateway ?? { handOver: async () => ({ outcome: 'not_sent', reason: 'this test has no provider' }) },
    records: options.records,
    balance: undefined,
    webhookKeys: options.webhookKeys ?? { applicationId: '7d7c9f3a-0000-4000-8000-000000000001', apiKey: 'test', signatureSecret: 'a signature secret of the tests' },
    phonesUrl: undefined,
    log: pino({ level: config.logLevel }),
  }
  if (options.registerTasks) {
    options.registerTasks(deps)
    await deps.queue.prepare()
  }
  const app = await buildApp(deps)
  await app.listen({ host: config.host, port: config.port })
  return {
    app,
    deps,
    /** For browsers; visitors need only paths. */
    url: config.appUrl,
    /** Somebody not signed in. */
    visit: (headers?: Headers): Visitor => visit(app, headers),
    /** Signs in through the form. */
    async signIn(user: { email: string; password: string }, headers?: Headers): Promise<SignedIn> {
      const visitor = visit(app, headers)
      return { ...visitor, home: await signIn(visitor, user.email, user.password) }
    },
    async close(): Promise<void> {
      await app.close()
      if (options.registerTasks) await deps.queue.stop()
    },
  }
}
