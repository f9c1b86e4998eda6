/** A server that plays the SMS provider over real HTTP: same address, same rules, same signatures, and phones to look at. */
import formbody from '@fastify/formbody'
import Fastify from 'fastify'
import { registerAccount } from './account.routes.ts'
import { registerApi } from './api.routes.ts'
import { createBehaviours, type Chooser } from './behaviour.ts'
import { DEFAULT_DELAYS, type Delays } from './domain.ts'
import { chooseLanguage, createPages, registerFiles } from './pages.ts'
import { addParts, addReply, registerPhones } from './phones.routes.ts'
import { openStore, type MessageRow } from './queries.ts'
import { registerReports } from './reports.routes.ts'
import { createCallerCheck } from './tokens.ts'
import { startWebhooks, type Account, type WebhookAddresses } from './webhooks.ts'

export type SimulatorOptions = Account & WebhookAddresses & {
  host: string
  /** 0 takes any free port. */
  port: number
  /** An SQLite file, or `:memory:`. */
  dataFile: string
  publicKeyPem: string
  /** With the key it opens the reports. */
  apiSecret: string
  /** Records in one answer of the reports; the provider's own is 1,000. */
  reportPageSize?: number
  /** When receipts leave after acceptance. */
  delays?: Delays
  /** First wait before a refused webhook is sent again; the provider's own is 5 s. */
  retryBaseMs?: number
  /** Off: every number gets its text, whatever its last digits. */
  magicNumbers?: boolean
  log?: { warn(details: object, message: string): void; error(details: object, message: string): void }
}

export type AcceptedSms = { uuid: string; to: string; from: string; text: string; clientRef: string | null; segments: number; at: Date }

export type Simulator = {
  /** The page of virtual phones. */
  url: string
  /** What the gateway takes as its host. */
  apiHost: string
  /** Until both addresses are known, webhooks wait. */
  sendWebhooksTo(addresses: { statusUrl: string; inboundUrl: string }): void
  /** A text typed on a phone; digits without +. */
  reply(reply: { phone: string; sender: string; text: string }): void
  /** A long text, part by part; `order` tells which parts arrive, and when. */
  replyInParts(reply: { phone: string; sender: string; text: string }, order?: readonly number[]): void
  /** Faults for tests; `behave({ mode: 'normal' })` ends them. */
  behave(chooser: Chooser, options?: { times?: number }): void
  /** The acceptance log, oldest first. */
  accepted(): AcceptedSms[]
  /** How many POSTs came, taken or not, since the start. */
  postCount(): number
  /** How many times the reports were asked. */
  reportCount(): number
  /** Resolves once `count` messages have been accepted in all. */
  waitFor(count: number, timeoutMs?: number): Promise<AcceptedSms[]>
  /** Resolves once no webhook is waiting to be taken. */
  settled(timeoutMs?: number): Promise<void>
  close(): Promise<void>
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { delays = DEFAULT_DELAYS, retryBaseMs = 5000, magicNumbers = true, log } = options
  const isCaller = createCallerCheck(options)
  const store = openStore(options.dataFile)
  const pages = createPages()
  const waiting = createWaitingList()
  const webhooks = startWebhooks(store, options, { statusUrl: options.statusUrl, inboundUrl: options.inboundUrl, retryBaseMs, log, onEnd: () => waiting.check() })
  const behaviours = createBehaviours()
  let posts = 0
  let reports = 0
  let acceptances = store.countAccepted()

  const app = Fastify({ forceCloseConnections: true, requestTimeout: 30_000, routerOptions: { maxParamLength: 100 } })
  registerFiles(app)
  await app.register(formbody, { bodyLimit: 32 * 1024 })
  await app.register(async (scope) => registerApi(scope, {
    store, isCaller, behaviour: behaviours.take, magicNumbers, delays,
    onPost: () => void posts++,
    onAccepted() {
      acceptances++
      webhooks.wake()
      waiting.check()
    },
  }))
  await app.register(async (scope) => registerAccount(scope, { store, account: options }))
  await app.register(async (scope) => registerReports(scope, { store, account: options, pageSize: options.reportPageSize ?? 1000, onAsked: () => void reports++ }))
  await app.register(async (scope) => registerPhones(scope, { store, pages, magicNumbers, wakeWebhooks: webhooks.wake }))
  app.setNotFoundHandler((request, reply) => reply.code(404).type('text/html; charset=utf-8').send(pages.renderProblem(chooseLanguage(request), 'notFound', '/simulator')))
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500
    if (status === 500) log?.error({ err: { message: error.message, stack: error.stack } }, 'simulator page failed')
    return reply.code(status).type('text/html; charset=utf-8').send(pages.renderProblem(chooseLanguage(request), 'failed', '/simulator'))
  })

  const apiHost = await app.listen({ host: options.host, port: options.port }).catch(async (error: unknown) => {
    await webhooks.close()
    store.close()
    throw new Error(`The simulator cannot listen on ${options.host}:${options.port}`, { cause: error })
  })
  const accepted = () => store.listAccepted().map(toAccepted)
  return {
    url: `${apiHost}/simulator`,
    apiHost,
    sendWebhooksTo: webhooks.sendTo,
    reply(reply) {
      addReply(store, reply)
      webhooks.wake()
    },
    replyInParts(reply, order) {
      addParts(store, reply, order)
      webhooks.wake()
    },
    behave: behaviours.behave,
    accepted,
    postCount: () => posts,
    reportCount: () => reports,
    waitFor: async (count, timeoutMs = 120_000) => {
      await waiting.until(() => acceptances >= count, timeoutMs, () => `${acceptances} of ${count} messages accepted`)
      return accepted()
    },
    settled: (timeoutMs = 120_000) => waiting.until(() => !store.hasWebhooks(), timeoutMs, () => `${store.countWebhooks()} webhooks still waiting`),
    async close() {
      await webhooks.close()
      await app.close()
      store.close()
    },
  }
}

function toAccepted(row: MessageRow): AcceptedSms {
  return { uuid: row.uuid, to: row.phone, from: row.sender, text: row.text, clientRef: row.client_ref, segments: row.segments, at: new Date(row.at) }
}

/** People waiting for a state; each change of state lets them look again. */
function createWaitingList() {
  const looks = new Set<() => void>()
  return {
    check(): void {
      for (const look of looks) look()
    },
    until(isReached: () => boolean, timeoutMs: number, describe: () => string): Promise<void> {
      if (isReached()) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const end = () => {
          looks.delete(look)
          clearTimeout(timer)
        }
        const look = () => {
          if (!isReached()) return
          end()
          resolve()
        }
        const timer = setTimeout(() => {
          end()
          reject(new Error(`Gave up waiting after ${timeoutMs} ms: ${describe()}`))
        }, timeoutMs)
        looks.add(look)
      })
    },
  }
}
