import cookie from '@fastify/cookie'
import csrf from '@fastify/csrf-protection'
import session from '@fastify/session'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { paths } from '../web/paths.ts'
import { redirect, wantsFragment } from '../web/render.ts'
import { mustHaveFactor, SESSION_IDLE_SECONDS } from './domain.ts'
import { findSignedIn, recordInJournal } from './queries.ts'
import { createSessionStore } from './session-store.ts'
import { touchSession } from './sessions.queries.ts'
import { deviceCookie, renewSession } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Also for whoever has yet to set up the second factor that their company asks of them. */
    beforeFactor?: true
    /** Asked by an open page, not by a person: it keeps nobody signed in. */
    isBackground?: true
  }
  interface FastifyRequest {
    /** The company asks a second factor of this person … */
    mustHaveFactor: boolean
    /** … and there is none yet. */
    lacksFactor: boolean
  }
}

const DEVICE_SECONDS = 400 * 86_400

/** Sessions in the database, so that they can be ended; the cookie holds only a signed random id. */
export async function registerSessions(app: FastifyInstance, deps: Deps): Promise<void> {
  const secure = deps.config.appUrl.startsWith('https:')
  await app.register(cookie)
  await app.register(session, {
    secret: deps.config.secretKey,
    cookieName: secure ? '__Host-dispo' : 'dispo',
    cookie: { secure, httpOnly: true, sameSite: 'lax', path: '/', maxAge: SESSION_IDLE_SECONDS * 1000 },
    rolling: true,
    saveUninitialized: false,
    store: createSessionStore(deps),
  })
  app.decorateRequest('newDeviceToken', undefined)
  app.addHook('onSend', async (request, reply) => {
    if (request.newDeviceToken) reply.setCookie(deviceCookie(secure), request.newDeviceToken, { secure, httpOnly: true, sameSite: 'lax', path: '/', maxAge: DEVICE_SECONDS })
  })
  await app.register(csrf, { sessionPlugin: '@fastify/session', getToken: (request) => tokenOf(request) })
}

/** Who is asking and whether they may, before any body is read; then whether the form is ours. */
export function registerGate(app: FastifyInstance, deps: Deps): void {
  app.decorateRequest('mustHaveFactor', false)
  app.decorateRequest('lacksFactor', false)
  app.addHook('onRequest', async (request) => recogniseViewer(request, deps))

  app.addHook('onRequest', async (request, reply) => {
    const { privilege, beforeFactor } = request.routeOptions.config
    if (privilege === undefined) return
    if (!request.viewer) throw new Problem('sign-in')
    if (request.lacksFactor && !beforeFactor) return redirect(reply, paths.secondFactor)
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

async function recogniseViewer(request: FastifyRequest, deps: Deps): Promise<void> {
  const { userSessionId } = request.session
  if (userSessionId === undefined) return
  const found = await findSignedIn(deps.db, userSessionId)
  if (!found) {
    delete request.session.userId
    delete request.session.userSessionId
    delete request.session.rights
    return
  }
  const { viewer, how, hasFactor, factorRule, isStale, unread } = found
  request.viewer = viewer
  request.unread = unread
  request.mustHaveFactor = mustHaveFactor(factorRule, viewer.privileges, how)
  request.lacksFactor = request.mustHaveFactor && !hasFactor
  if (isStale && !isBackground(request)) await touchSession(deps.db, userSessionId)
  await renewAfterChange(request, [...viewer.privileges].sort().join(' '))
}

/** The page itself asks whether something is new. */
function isBackground(request: FastifyRequest): boolean {
  return request.routeOptions.config.isBackground === true || request.headers['x-background'] === '1'
}

/** Who may do more or less than before gets a new session id, with the next whole page: pieces under way keep theirs. */
async function renewAfterChange(request: FastifyRequest, rights: string): Promise<void> {
  const dest = request.headers['sec-fetch-dest'] ?? 'document'
  if (request.session.rights === rights || request.method !== 'GET' || dest !== 'document' || wantsFragment(request)) return
  if (request.session.rights !== undefined) await renewSession(request)
  request.session.rights = rights
}

function tokenOf(request: FastifyRequest): string | undefined {
  const header = request.headers['csrf-token']
  if (typeof header === 'string') return header
  const field = (request.body as Record<string, unknown> | undefined)?.['_csrf']
  // In a form with files every field is wrapped.
  const value = typeof field === 'object' && field !== null && 'value' in field ? field.value : field
  return typeof value === 'string' ? value : undefined
}
