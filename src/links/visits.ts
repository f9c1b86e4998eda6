import { isbot } from 'isbot'
import type { FastifyBaseLogger } from 'fastify'
import type { Db } from '../db/pool.ts'
import { addVisits, type VisitCount } from './queries.ts'

const FLUSH_MS = 1_000
/** Counts held at most while the database is away; beyond it, visits go uncounted: they are diagnostics. */
const MOST_HELD = 50_000
const MOST_AGENTS = 2_000

export type Visit = { code: string; userAgent: string | undefined; isPrefetch: boolean }
export type VisitCounter = ReturnType<typeof createVisitCounter>

/**
 * Counts visits away from the request: in memory, written together every second and on `close`. Previews, scanners and
 * HEAD are robots and counted apart; that is a hint only, and every visitor gets the same page.
 */
export function createVisitCounter(db: Db, log: FastifyBaseLogger) {
  let held = new Map<string, VisitCount>()
  let writing: Promise<void> | undefined
  const robots = new Map<string, boolean>()
  const timer = setInterval(() => void flush(), FLUSH_MS)
  timer.unref()

  // The test costs more than the rest of counting, and people share few browsers.
  function isRobot(userAgent: string | undefined): boolean {
    if (!userAgent) return true
    const known = robots.get(userAgent)
    if (known !== undefined) return known
    if (robots.size >= MOST_AGENTS) robots.clear()
    const verdict = isbot(userAgent)
    robots.set(userAgent, verdict)
    return verdict
  }

  async function flush(): Promise<void> {
    // One statement at a time; what comes in meanwhile waits for the next.
    await writing
    if (held.size === 0) return
    const counts = [...held.values()]
    held = new Map()
    writing = addVisits(db, counts).catch((error: unknown) => {
      log.warn({ err: error, links: counts.length }, 'visits could not be counted yet')
      for (const count of counts) add(count)
    })
    await writing
    writing = undefined
  }

  function add(count: VisitCount): void {
    const sum = held.get(count.code)
    if (sum) {
      sum.people += count.people
      sum.robots += count.robots
    } else if (held.size < MOST_HELD) held.set(count.code, count)
  }

  return {
    count({ code, userAgent, isPrefetch }: Visit): void {
      const robot = isPrefetch || isRobot(userAgent)
      add({ code, people: robot ? 0 : 1, robots: robot ? 1 : 0 })
    },
    flush,
    async close(): Promise<void> {
      clearInterval(timer)
      await flush()
    },
  }
}
