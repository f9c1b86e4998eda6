import { setTimeout as wait } from 'node:timers/promises'
import type { Deps } from '../deps.ts'
import { createAlarm } from './alarm.ts'
import type { Breaker } from './domain.ts'
import { recordHandOvers, type Ended } from './record.commands.ts'

/** A closing process gives a dead database this long; what is not written by then becomes doubt, which is the truth. */
const CLOSING_MS = 15_000

/** A group costs hardly more than a single outcome: while many calls are under way, one waits so long for company. */
const COMPANY_MS = 4

type Surroundings = {
  isDoubting(): boolean
  heard(breaker: Breaker): void
  /** How many outcomes are worth a statement of their own. */
  worthwhile(): number
}

/**
 * Writes what became of hand-overs. Outcomes that come while one group is being written form the next group, and a
 * group is tried until the database takes it: an answer that we know must not become a doubt because of a restart.
 */
export function createRecorder(deps: Pick<Deps, 'db' | 'log'>, account: Surroundings) {
  const company = createAlarm()
  let waiting: { ended: Ended; done: () => void }[] = []
  let loop: Promise<void> | undefined
  let giveUpAt = Infinity

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      if (waiting.length < account.worthwhile()) await company.sleep(COMPANY_MS)
      const group = waiting
      waiting = []
      await write(group.map(({ ended }) => ended))
      for (const { done } of group) done()
    }
    loop = undefined
  }

  async function write(group: readonly Ended[]): Promise<void> {
    for (let delay = 100; ; delay = Math.min(delay * 2, 2000)) {
      try {
        const breaker = await recordHandOvers(deps, group, account.isDoubting())
        if (breaker) account.heard(breaker)
        return
      } catch (error) {
        if (isRefusedByData(error)) return writeApart(group, error)
        deps.log.warn({ err: error, attempts: group.length }, 'outcomes could not be recorded yet')
        if (performance.now() > giveUpAt) return deps.log.error({ attempts: group.map(({ attemptId }) => attemptId) }, 'outcomes were not recorded')
        await wait(delay)
      }
    }
  }

  /** One outcome that the database refuses must not hold up the others. It stays `submitting` and becomes a doubt. */
  async function writeApart(group: readonly Ended[], error: unknown): Promise<void> {
    if (group.length > 1) {
      for (const ended of group) await write([ended])
      return
    }
    deps.log.error({ err: error, attempt: group[0]?.attemptId }, 'an outcome was refused by the database')
  }

  return {
    /** Resolves once it is written. */
    record(ended: Ended): Promise<void> {
      return new Promise((done) => {
        waiting.push({ ended, done })
        loop ??= work()
        if (waiting.length >= account.worthwhile()) company.ring()
      })
    },
    /** From now on nothing is tried for long. */
    hurry(): void {
      giveUpAt = performance.now() + CLOSING_MS
    },
  }
}

/** SQLSTATE classes 22 and 23: bad data or a broken rule, which no repetition mends. */
function isRefusedByData(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('22') || code.startsWith('23')
}
