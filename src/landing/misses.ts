import type { FastifyBaseLogger } from 'fastify'
import type { Db } from '../db/pool.ts'
import { createHitCounter, refuseUntil } from '../web/hit-counter.ts'
import { subscriber } from '../web/rate-limit.ts'
import { GUESSES_PER_MINUTE, MISSES_PER_MINUTE } from './domain.ts'

/** More misses than this in five minutes, over all addresses, are no typing errors: one a second. */
const ALARM = { misses: 300, minutes: 5 }

/**
 * Who asks for codes that do not exist. From the eleventh miss in a minute on the answer is 429, and whoever goes on to
 * sixty is not looked up at all until the minute is over. Guessing costs the database next to nothing.
 */
export function createMissCounter(db: Db, log: FastifyBaseLogger) {
  const hits = createHitCounter({ db, log, prefix: 'link-miss ', windowSeconds: 60 })
  let recent = { misses: 0, since: Date.now() }

  function watch(): void {
    const minutes = (Date.now() - recent.since) / 60_000
    if (minutes > ALARM.minutes) recent = { misses: 0, since: Date.now() }
    recent.misses += 1
    if (recent.misses === ALARM.misses) log.warn({ misses: recent.misses, minutes: Math.ceil(minutes) }, 'many unknown links were asked for: somebody may be guessing')
  }

  return {
    /** False until somebody asked for what is not there: then there is nothing to check. */
    isWatching: (): boolean => !hits.isEmpty(),

    /** Throws `too-many` for a subscriber who keeps guessing. */
    check(address: string): void {
      const seen = hits.seen(subscriber(address))
      if (seen && seen.hits >= GUESSES_PER_MINUTE) refuseUntil(seen.until)
    },

    /** One more miss; throws `too-many` when there were enough. */
    count(address: string): void {
      watch()
      const seen = hits.count(subscriber(address))
      if (seen.hits > MISSES_PER_MINUTE) refuseUntil(seen.until)
    },

    close: () => hits.close(),
  }
}
