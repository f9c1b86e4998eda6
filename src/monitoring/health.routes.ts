import type { FastifyInstance } from 'fastify'
import type { Deps } from '../deps.ts'
import { createFigures } from './figures.ts'
import { probe } from './probes.ts'

/** `live`: the process answers. `ready`: it can do its work. */
export async function healthRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  const figures = createFigures(deps)
  app.get('/health/live', { config: { public: true } }, async () => ({ status: 'live' }))

  app.get('/health/ready', { config: { public: true } }, async (_request, reply) => {
    const found = await probe(deps, figures)
    reply.header('cache-control', 'no-store')
    return found.status === 'ready' ? reply.send(found) : reply.status(503).type('application/problem+json').send(found)
  })
}
