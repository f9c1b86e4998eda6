import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import session, { type FastifySessionOptions } from '@fastify/session'
import connectPgSimple from 'connect-pg-simple'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { SESSION_IDLE_SECONDS, SESSION_SECONDS } from './domain.ts'
import { findViewer, recordInJournal } from './queries.ts'

/** Sessions in the database, so that they can be ended; the cookie holds only a signed random id. */
export async function registerSessions(app: FastifyInstance, deps: Deps): Promise<void> {
  const secure = deps.config.appUrl.startsWith('https:')
  const PgStore = connectPgSimple({ Store: session.Store } as never)
  const store = new PgStore({ pool: deps.pool, tableName: 'session', ttl: SESSION_IDLE_SECONDS, pruneSessionInterval: false, errorLog: (...problem: unknown[]) => deps.log.error({ problem: String(problem[1] ?? problem[0]) }, 'session store') })
  await app.register(cookie)
  await app.register(session, {
    secret: deps.config.secretKey,
    cookieName: secure ? '__Host-dispo' : 'dispo',
    cookie: { secure, httpOnly: true, sameSite: 'lax', path: '/', maxAge: SESSION_IDLE_SECONDS * 1000 },
    rolling: true,
    saveUninitialized: false,
    store: store as unknown as NonNullable<FastifySessionOptions['store']>,
  })
  await app.register(csrf, { sessionPlugin: '@fastify/session', getToken: (request) => tokenOf(request) })
}

/** Who is asking and whether they may, before any body is read; then whether the form is ours. */
export function registerGate(app: FastifyInstance, deps: Deps): void {
  app.addHook('onRequest', async (request) => { request.viewer = await viewerOf(request, deps) })

  app.addHook('onRequest', async (request) => {
    const { privilege } = request.routeOptions.config
    if (privilege === undefined) return
    if (!request.viewer) throw new Problem('sign-in')
    if (privilege !== 'signed-in' && !request.viewer.privileges.has(privilege)) {
      const { scope, userId } = request.viewer
      await recordInJournal(deps.db, { companyId: scope.companyId, userId, action: 'access.refused', detail: { privilege, method: request.method, route: request.routeOptions.url } })
      throw new Problem('forbidden', { privilege })
    }
  })

  app.addHook('preHandler', (request, reply, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next()
    app.csrfProtection(request, reply, next as () => void)
  })
}

async function viewerOf(request: FastifyRequest, deps: Deps) {
  const { userId, signedInAt } = request.session
  if (userId === undefined || signedInAt === undefined) return undefined
  if (Date.now() - signedInAt > SESSION_SECONDS * 1000) {
    await request.session.destroy()
    return undefined
  }
  return findViewer(deps.db, userId)
}

function tokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers['csrf-token']
  if (typeof header === 'string') return header
  const field = (request.body as Record<string, unknown> | undefined)?.['_csrf']
  // In a form with files every field is wrapped.
  const value = typeof field === 'object' && field !== null && 'value' in field ? field.value : field
  return typeof value === 'string' ? value : undefined
}
