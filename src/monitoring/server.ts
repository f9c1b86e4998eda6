import { createServer, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type pg from 'pg'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Deps } from '../deps.ts'
import { counted } from '../web/metrics.ts'
import { createFigures } from './figures.ts'
import { diskOf, gaugesOf } from './gauges.ts'
import { probe } from './probes.ts'

/** As a pool is called in the metrics. */
export type Pools = ReadonlyMap<string, pg.Pool>

/** Memory, event loop and garbage collection, observed only where somebody asks for them; one process has one of each. */
let processMetrics: Registry | undefined

/**
 * What the operator's own machines ask, on a port of its own that no proxy leads to: metrics, and probes, which a worker can
 * answer nowhere else. `port` 0 takes a free one.
 */
export async function startMetrics(deps: Pick<Deps, 'db' | 'log' | 'config'>, pools: Pools, port: number): Promise<{ port: number; stop(): Promise<void> }> {
  const figures = createFigures(deps)
  if (!processMetrics) collectDefaultMetrics({ register: (processMetrics = new Registry()) })
  const own = processMetrics

  async function metrics(response: ServerResponse): Promise<void> {
    const now = await figures().catch((err: unknown) => {
      deps.log.warn({ err }, 'the figures could not be read')
      return undefined
    })
    const gauges = gaugesOf({ pools, disk: await diskOf(deps.config.dataDir) }, now)
    const all = Registry.merge([own, counted, gauges])
    response.writeHead(200, { 'content-type': all.contentType }).end(await all.metrics())
  }

  async function answer(path: string | undefined, response: ServerResponse): Promise<void> {
    if (path === '/metrics') return metrics(response)
    if (path === '/health/live') return json(response, 200, { status: 'live' })
    if (path !== '/health/ready') return json(response, 404, { type: 'about:blank', title: 'not-found', status: 404 })
    const found = await probe(deps, figures)
    json(response, found.status === 'ready' ? 200 : 503, found)
  }

  const server = createServer((request, response) => {
    answer(request.url?.split('?')[0], response).catch((err: unknown) => {
      deps.log.error({ err }, 'metrics could not be told')
      response.destroy()
    })
  })
  server.listen(port, deps.config.host)
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    stop: () => new Promise((done) => {
      server.close(() => done())
      server.closeAllConnections()
    }),
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'application/problem+json', 'cache-control': 'no-store' }).end(JSON.stringify(body))
}
