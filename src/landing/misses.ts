import { Problem } from '../core/problem.ts'
import type { Db } from '../db/pool.ts'
import { countHit } from '../web/rate-limit.queries.ts'
import { subscriber } from '../web/rate-limit.ts'
import { GUESSES_PER_MINUTE, MISSES_PER_MINUTE } from './domain.ts'

const MOST_REMEMBERED = 10_000

/**
 * Who asks for codes that do not exist. Misses are counted for all processes together; from the eleventh in a minute on
 * they are answered with 429, and whoever goes on to sixty is not looked up at all until the minute is over. That
 * decision is kept in memory, so that guessing costs the database nothing.
 */
export function createMissCounter(db: Db) {
  const refused = new Map<string, number>()

  return {
    /** Throws `too-many` for a subscriber who keeps guessing. */
    check(address: string): void {
      const until = refused.get(subscriber(address))
      if (until === undefined) return
      const left = until - Date.now()
      if (left > 0) throw new Problem('too-many', { seconds: Math.ceil(left / 1000) })
      refused.delete(subscriber(address))
    },

    /** One more miss; throws `too-many` when there were enough. */
    async count(address: string): Promise<void> {
      const who = subscriber(address)
      const { hits, secondsLeft } = await countHit(db, `link-miss ${who}`, 60)
      if (hits >= GUESSES_PER_MINUTE) {
        if (refused.size >= MOST_REMEMBERED) refused.clear()
        refused.set(who, Date.now() + secondsLeft * 1000)
      }
      if (hits > MISSES_PER_MINUTE) throw new Problem('too-many', { seconds: secondsLeft })
    },
  }
}

export type MissCounter = ReturnType<typeof createMissCounter>
