import session, { type FastifySessionOptions } from '@fastify/session'
import connectPgSimple from 'connect-pg-simple'
import type { Deps } from '../deps.ts'
import { SESSION_IDLE_SECONDS } from './domain.ts'

type SessionStore = NonNullable<FastifySessionOptions['store']>
type Stored = Parameters<SessionStore['set']>[1]

const PgStore = connectPgSimple({ Store: session.Store } as never) as unknown as new (options: object) => SessionStore & { touch: SessionStore['set'] }

/**
 * Sessions in the database, of which a request writes only what it changed. A page asks for several things at once: if each
 * wrote back the whole session it had read, one that changed nothing would undo what another changed meanwhile (a sentence
 * for the next page, a sign-out).
 */
class CarefulStore extends PgStore {
  override set(sid: string, stored: Stored, done: Parameters<SessionStore['set']>[2]): void {
    if (isUnchanged(stored)) this.touch(sid, stored, done)
    else super.set(sid, stored, done)
  }

  override get(sid: string, done: Parameters<SessionStore['get']>[1]): void {
    super.get(sid, (error, stored) => {
      // The row's own column tells when it ends; the date within the session is only as new as its last change.
      if (stored) delete stored.cookie.expires
      done(error, stored)
    })
  }
}

export function createSessionStore({ pool, log }: Pick<Deps, 'pool' | 'log'>): SessionStore {
  const errorLog = (...problem: unknown[]) => log.error({ problem: String(problem[1] ?? problem[0]) }, 'session store')
  return new CarefulStore({ pool, tableName: 'session', ttl: SESSION_IDLE_SECONDS, pruneSessionInterval: false, errorLog })
}

function isUnchanged(stored: Stored): boolean {
  return 'isModified' in stored && typeof stored.isModified === 'function' && !stored.isModified()
}
