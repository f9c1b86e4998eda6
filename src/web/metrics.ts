import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Counter, Histogram, Registry } from 'prom-client'

// What this process counts as it goes. Labels are words of the program, never anything about a person, a company or a number.

export const counted = new Registry()
const registers = [counted]

/** Seconds; a page of a candidate must be there within 0.2, the provider waits for 15. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 15]

/** What the provider made of hand-overs. */
export const handOvers = new Counter({ name: 'dispo_hand_overs_total', help: 'SMS handed over to the provider, by outcome', labelNames: ['outcome'], registers })

export const providerCalls = new Histogram({ name: 'dispo_provider_call_seconds', help: 'How long the provider took to answer a hand-over', buckets: [0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 10, 20], registers })

export const receipts = new Counter({ name: 'dispo_receipts_total', help: 'Reports of the provider about SMS, by what they say', labelNames: ['state'], registers })

export const webhooks = new Counter({ name: 'dispo_webhooks_total', help: 'Calls of the provider, by kind and by what became of them', labelNames: ['kind', 'result'], registers })

/** Their clock against ours: a negative lag counts as none. */
export const webhookLag = new Histogram({
  name: 'dispo_webhook_lag_seconds', help: 'From the moment that the provider names in its call until it is stored', labelNames: ['kind'], buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 86400], registers,
})

const requests = new Histogram({ name: 'dispo_http_request_seconds', help: 'Requests answered, by part of the application and class of status', labelNames: ['area', 'status'], buckets: BUCKETS, registers })

/** The database refused a change of state that no rule allows: a fault of the program. */
export const refusedMoves = new Counter({ name: 'dispo_refused_moves_total', help: 'Changes of state that the database refused', registers })

export const databaseErrors = new Counter({ name: 'dispo_database_errors_total', help: 'Statements that failed, by class of SQLSTATE', labelNames: ['class'], registers })

/** Hears every failed statement of this process. */
export function countDatabaseError(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  databaseErrors.inc({ class: /^[0-9A-Z]{5}$/.test(code) ? code.slice(0, 2) : 'connection' })
  if (error instanceof Error && /^\w+ \d+ may not move from /.test(error.message)) refusedMoves.inc()
}

/** What an event of the provider says about when it happened; it may say nothing, or nonsense. */
export function observeLag(kind: string, timestamp: string | null | undefined): void {
  const seconds = (Date.now() - Date.parse(timestamp ?? '')) / 1000
  if (!Number.isNaN(seconds)) webhookLag.observe({ kind }, Math.max(0, seconds))
}

/** Every answer of the web process is timed; probes are not, they would be the most of them. */
export function measureRequests(app: FastifyInstance): void {
  const children = new Map<string, ReturnType<typeof requests.labels>>()
  app.addHook('onResponse', (request, reply, done) => {
    const area = areaOf(request)
    if (area !== 'health') {
      const status = `${Math.floor(reply.statusCode / 100)}xx`
      const child = children.get(area + status) ?? requests.labels({ area, status })
      children.set(area + status, child)
      child.observe(reply.elapsedTime / 1000)
    }
    done()
  })
}

function areaOf({ routeOptions }: FastifyRequest): 'landing' | 'webhook' | 'api' | 'health' | 'news' | 'pages' {
  const url = routeOptions.url ?? ''
  if (routeOptions.config.onLinkHost) return 'landing'
  if (url.startsWith('/webhooks/')) return 'webhook'
  if (url.startsWith('/health/')) return 'health'
  if (url.startsWith('/api/')) return 'api'
  // A stream that stays open says nothing about how fast anything is.
  return url === '/news' ? 'news' : 'pages'
}
