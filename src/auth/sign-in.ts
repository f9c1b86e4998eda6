import type { FastifyRequest } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Deps } from '../deps.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { hashToken, tokenPair } from '../web/secrets.ts'
import type { SignInWay } from './domain.ts'
import { endSession, insertSession } from './sessions.queries.ts'

declare module 'fastify' {
  interface Session {
    userId?: number
    /** The row that says whether they are signed in. */
    userSessionId?: number
    /** What they might do when the cookie was last renewed. */
    rights?: string
    /** The password was right; the second factor is still to come. */
    pending?: { userId: number; at: number; next: string }
  }
  interface FastifyRequest {
    /** A device to be remembered with the answer. */
    newDeviceToken: string | undefined
  }
}

export const deviceCookie = (isSecure: boolean) => (isSecure ? '__Host-dispo-device' : 'dispo-device')

/** What a browser that has signed in before shows, as the database keeps it. */
export function deviceHashOf(deps: Pick<Deps, 'config'>, request: FastifyRequest): Buffer | undefined {
  const token = request.cookies[deviceCookie(deps.config.appUrl.startsWith('https:'))]
  return token && /^[\w-]{20,64}$/.test(token) ? hashToken(token) : undefined
}

/**
 * Somebody is signed in from here on, under a new session id: one planted before is worth nothing after. Whoever calls
 * has made sure who they are. Throws « sign in » where the user was deactivated meanwhile.
 */
export async function beginSession(deps: Pick<Deps, 'db' | 'config'>, request: FastifyRequest, userId: number, how: SignInWay): Promise<void> {
  let deviceHash = deviceHashOf(deps, request)
  if (!deviceHash) {
    const { token, hash } = tokenPair()
    request.newDeviceToken = token
    deviceHash = hash
  }
  const agent = (request.headers['user-agent'] ?? '').slice(0, 300)
  const before = request.viewer && request.session.userSessionId
  const session = await deps.db.transaction().execute(async (trx) => {
    // Whoever was signed in here is not any more.
    if (request.viewer && before !== undefined) await endSession(trx, request.viewer.scope, request.viewer.userId, before)
    const begun = await insertSession(trx, { userId, how, address: request.ip, agent, deviceHash })
    if (begun) await recordInJournal(trx, { companyId: begun.companyId, userId, action: 'sign_in.done', detail: { how, ...(begun.isNewDevice ? { device: 'new' } : {}) } })
    return begun
  })
  if (!session) throw new Problem('sign-in')
  await request.session.regenerate()
  request.session.userId = userId
  request.session.userSessionId = session.id
}

/** A new session id for somebody who stays signed in: what was seen of the old one is worth nothing. Forms that stand open still work. */
export async function renewSession(request: FastifyRequest): Promise<void> {
  await request.session.regenerate(['userId', 'userSessionId', 'rights', '_csrf'])
}
