import type { FastifyInstance } from 'fastify'
import { findMismatch } from '../db/version.ts'
import type { Deps } from '../deps.ts'
import { isReachable } from './health.queries.ts'

/**
 * `live`: the process answers. `ready`: it can do its work. A process that is not ready says why, and goes on with what it
 * can: beside a newer program's database most pages still work, and no candidate should meet a closed door during an upgrade.
 */
export async function healthRoutes(app: FastifyInstance, deps: Deps): Promise<void> {
  app.get('/health/live', { config: { public: true } }, async () => ({ status: 'live' }))

  app.get('/health/ready', { config: { public: true } }, async (_request, reply) => {
    const problem = await findProblem(deps)
    reply.header('cache-control', 'no-store')
    if (problem === undefined) return reply.send({ status: 'ready' })
    return reply.status(503).type('application/problem+json').send({ type: 'about:blank', title: 'unavailable', status: 503, detail: problem })
  })
}

async function findProblem({ db }: Deps): Promise<string | undefined> {
  if (!(await isReachable(db))) return 'The database cannot be reached.'
  return (await findMismatch(db))?.message
}
