import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { isReachable } from './health.queries.ts'

/** `live`: the process answers. `ready`: it can do its work. */
export async function healthRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get('/health/live', { config: { public: true } }, async () => ({ status: 'live' }))
  app.get('/health/ready', { config: { public: true } }, async (_request, reply) => {
    const ready = await isReachable(deps.db)
    return reply.status(ready ? 200 : 503).header('cache-control', 'no-store').send({ status: ready ? 'ready' : 'database unreachable' })
  })
}
