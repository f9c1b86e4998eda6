import type { FastifyBaseLogger } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Db } from '../db/pool.ts'
import { countManyHits } from './rate-limit.queries.ts'

const FLUSH_MS = 1_000
const MOST_REMEMBERED = 50_000

export type Hits = { hits: number; until: number }
export type HitCounter = ReturnType<typeof createHitCounter>

type Options = {
  db: Db
  log: FastifyBaseLogger
  /** Before who it is, in what processes share. */
  prefix: string
  windowSeconds: number
  /** So many hits of a window concern nobody else: who comes once costs no statement. */
  ownHits?: number
}

/**
 * Counts hits where a statement for each would cost more than what they ask for: here at once and, once a second, together with
 * the other processes, which so learn of them a second late.
 */
export function createHitCounter({ db, log, prefix, windowSeconds, ownHits = 0 }: Options) {
  const windows = new Map<string, Hits>()
  let unsent = new Map<string, number>()
  const timer = setInterval(() => void flush(), FLUSH_MS)
  timer.unref()

  function windowOf(who: string): Hits {
    const known = windows.get(who)
    if (known && known.until > Date.now()) return known
    if (windows.size >= MOST_REMEMBERED) windows.clear()
    const fresh = { hits: 0, until: Date.now() + windowSeconds * 1000 }
    windows.set(who, fresh)
    return fresh
  }

  async function flush(): Promise<void> {
    if (unsent.size === 0) return
    const sent = unsent
    unsent = new Map()
    try {
      for (const { key, hits, secondsLeft } of await countManyHits(db, sent, windowSeconds)) {
        const seen = windowOf(key.slice(prefix.length))
        seen.hits = Math.max(seen.hits, hits + (unsent.get(key) ?? 0))
        seen.until = Date.now() + secondsLeft * 1000
      }
    } catch (error) {
      log.warn({ err: error }, 'hits could not be shared; each process counts its own meanwhile')
    }
  }

  return {
    /** The window there is, maybe over; counts nothing. */
    seen: (who: string): Hits | undefined => windows.get(who),

    isEmpty: (): boolean => windows.size === 0,

    /** One more hit. */
    count(who: string): Hits {
      const seen = windowOf(who)
      seen.hits += 1
      const news = seen.hits <= ownHits ? 0 : seen.hits === ownHits + 1 ? seen.hits : 1
      if (news > 0) unsent.set(prefix + who, (unsent.get(prefix + who) ?? 0) + news)
      return seen
    },

    async close(): Promise<void> {
      clearInterval(timer)
      await flush()
    },
  }
}

/** 429 until the window is over; nothing when it is. */
export function refuseUntil(until: number): void {
  const left = Math.ceil((until - Date.now()) / 1000)
  if (left > 0) throw new Problem('too-many', { seconds: left })
}
