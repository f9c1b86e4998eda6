import type { FastifyBaseLogger } from 'fastify'
import { Problem } from '../core/problem.ts'
import type { Db } from '../db/pool.ts'
import { countManyHits } from '../web/rate-limit.queries.ts'
import { subscriber } from '../web/rate-limit.ts'
import { GUESSES_PER_MINUTE, MISSES_PER_MINUTE } from './domain.ts'

const WINDOW_SECONDS = 60
const FLUSH_MS = 1_000
const MOST_REMEMBERED = 50_000
/** More misses than this in five minutes, over all addresses, are no typing errors: one a second. */
const ALARM = { misses: 300, minutes: 5 }

/**
 * Who asks for codes that do not exist. From the eleventh miss in a minute on the answer is 429, and whoever goes on to
 * sixty is not looked up at all until the minute is over. Counted here at once and, once a second, together with the
 * other processes: guessing costs the database next to nothing.
 */
export function createMissCounter(db: Db, log: FastifyBaseLogger) {
  const windows = new Map<string, { hits: number; until: number }>()
  let unsent = new Map<string, number>()
  let recent = { misses: 0, since: Date.now() }
  const timer = setInterval(() => void flush(), FLUSH_MS)
  timer.unref()

  function windowOf(who: string): { hits: number; until: number } {
    const known = windows.get(who)
    if (known && known.until > Date.now()) return known
    if (windows.size >= MOST_REMEMBERED) windows.clear()
    const fresh = { hits: 0, until: Date.now() + WINDOW_SECONDS * 1000 }
    windows.set(who, fresh)
    return fresh
  }

  async function flush(): Promise<void> {
    if (unsent.size === 0) return
    const sent = unsent
    unsent = new Map()
    try {
      for (const { key, hits, secondsLeft } of await countManyHits(db, sent, WINDOW_SECONDS)) {
        const seen = windowOf(key.slice(KEY.length))
        seen.hits = Math.max(seen.hits, hits + (unsent.get(key) ?? 0))
        seen.until = Date.now() + secondsLeft * 1000
      }
    } catch (error) {
      log.warn({ err: error }, 'misses could not be shared; each process counts its own meanwhile')
    }
  }

  function watch(): void {
    const minutes = (Date.now() - recent.since) / 60_000
    if (minutes > ALARM.minutes) recent = { misses: 0, since: Date.now() }
    recent.misses += 1
    if (recent.misses === ALARM.misses) log.warn({ misses: recent.misses, minutes: Math.ceil(minutes) }, 'many unknown links were asked for: somebody may be guessing')
  }

  return {
    /** Throws `too-many` for a subscriber who keeps guessing. */
    check(address: string): void {
      const seen = windows.get(subscriber(address))
      if (seen && seen.hits >= GUESSES_PER_MINUTE) refuse(seen.until)
    },

    /** One more miss; throws `too-many` when there were enough. */
    count(address: string): void {
      watch()
      const who = subscriber(address)
      const seen = windowOf(who)
      seen.hits += 1
      unsent.set(KEY + who, (unsent.get(KEY + who) ?? 0) + 1)
      if (seen.hits > MISSES_PER_MINUTE) refuse(seen.until)
    },

    async close(): Promise<void> {
      clearInterval(timer)
      await flush()
    },
  }
}

const KEY = 'link-miss '

function refuse(until: number): void {
  const left = Math.ceil((until - Date.now()) / 1000)
  if (left > 0) throw new Problem('too-many', { seconds: left })
}
