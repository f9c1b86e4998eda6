import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { companyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { announce } from '../notifications/commands.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { createOutboundFetch } from '../web/outbound.ts'
import { claimDeliveries, failOverdue, judgeEndpoints, listKeepers, recordTries, releaseExpired, type ClaimedDelivery, type SwitchedOff, type Try } from './delivering.queries.ts'
import { REQUESTS_AT_ONCE, TIMEOUT_MS } from './domain.ts'
import { postEvent, type Posted } from './post.ts'
import { openSecret, signedHeaders } from './secrets.ts'

/** How long an event waits at most until somebody looks for it. */
const LOOK_MS = 1_000

/** How often deliveries of the dead, and those whose time is over, are looked for. */
const SWEEP_MS = 5_000

export type Deliverer = ReturnType<typeof createDeliverer>

/**
 * Tells endpoints what waits for them; every worker has one. A delivery is leased before its request and recorded after it: whoever
 * dies in between has it made again, with the same id and the same bytes, which the receiver recognises.
 */
export function createDeliverer(deps: Pick<Deps, 'db' | 'config' | 'log'>) {
  const { db, config, log } = deps
  const fetch = createOutboundFetch(config.privateHosts, { timeoutMs: TIMEOUT_MS })
  const underWay = new Set<Promise<void>>()
  let ended: Try[] = []
  let isStopping = false
  let running: Promise<void> | undefined
  let sweptAt = -Infinity
  let wake = () => {}

  /** Everything that has ended since is written together. What cannot be written now stays and is written with the next. */
  async function flush(): Promise<void> {
    const tries = oneOfEach(ended)
    if (tries.length === 0) return
    await db.transaction().execute(async (trx) => {
      await recordTries(trx, tries)
      for (const off of await judgeEndpoints(trx, tries)) await tellOff(trx, off)
    })
    ended = ended.filter((one) => !tries.includes(one))
  }

  async function turn(): Promise<number> {
    await flush()
    const free = REQUESTS_AT_ONCE - underWay.size
    if (free === 0) return 0
    const token = randomUUID()
    const claimed = await claimDeliveries(db, token, free)
    for (const delivery of claimed) begin(delivery, token)
    return claimed.length
  }

  function begin(delivery: ClaimedDelivery, token: string): void {
    const work: Promise<void> = deliver(delivery).then((posted) => {
      if (!posted.isTaken) log.info({ delivery: delivery.id, endpoint: delivery.endpointId, status: posted.status, reason: posted.reason }, 'a webhook was not taken')
      ended.push({ id: delivery.id, token, ...posted })
    }).catch((err: unknown) => log.error({ err, delivery: delivery.id }, 'a webhook could not be sent')).finally(() => {
      underWay.delete(work)
      wake()
    })
    underWay.add(work)
  }

  async function deliver({ eventId, body, url, secret, oldSecrets, now }: ClaimedDelivery): Promise<Posted> {
    const valid = [secret, ...oldSecrets.filter(({ until }) => new Date(until) > now).map(({ sealed }) => sealed)]
    const secrets = valid.map((sealed) => openSecret(config.secretKey, sealed)).filter((one) => one !== undefined)
    // Unsigned it could be anybody's.
    if (secrets.length === 0) return { isTaken: false, durationMs: 0, status: null, answer: '', reason: 'unreadable', retryAfterSeconds: 0 }
    return postEvent(fetch, url, signedHeaders(secrets, eventId, now, body), body)
  }

  async function sweep(): Promise<void> {
    if (performance.now() - sweptAt < SWEEP_MS) return
    sweptAt = performance.now()
    await releaseExpired(db)
    await failOverdue(db)
  }

  async function run(): Promise<void> {
    while (!isStopping) {
      const isBusy = await sweep().then(turn).then((claimed) => claimed > 0 || ended.length > 0).catch((err: unknown) => {
        log.error({ err }, 'webhooks were not looked for')
        return false
      })
      if (!isBusy && !isStopping) await rest()
    }
  }

  /** Until a request has ended, or for a moment. */
  function rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    start(): void {
      running ??= run()
    },
    /** Everything that is due now, until nothing more is; for a process that works off what there is. */
    async drain(): Promise<void> {
      sweptAt = -Infinity
      await sweep()
      while ((await turn()) > 0 || underWay.size > 0 || ended.length > 0) await Promise.race([...underWay, ...(underWay.size === 0 ? [undefined] : [])])
    },
    /** Requests under way end first. */
    async stop(): Promise<void> {
      isStopping = true
      wake()
      await running
      await Promise.all(underWay)
      await flush().catch((err: unknown) => log.error({ err }, 'what became of webhooks was not written down: they will be sent again'))
    },
  }
}

/** Each delivery once: a process that was asleep may have made two requests of one. */
function oneOfEach(tries: readonly Try[]): Try[] {
  return [...new Map(tries.map((one) => [one.id, one])).values()]
}

async function tellOff(trx: Transaction<DB>, { companyId, endpointId, url, reason, at }: SwitchedOff): Promise<void> {
  const scope = companyScope(companyId)
  const { host } = new URL(url)
  const detail = { endpointId, reason, host, name: host }
  await recordInJournal(trx, { companyId, userId: null, action: 'webhook.switched_off', subjectKind: 'webhook', subjectId: endpointId, detail })
  await announce(trx, scope, { kind: 'webhook_off', userIds: await listKeepers(trx, companyId), dedupeKey: `webhook:${endpointId}:${at.getTime()}`, params: detail })
}
