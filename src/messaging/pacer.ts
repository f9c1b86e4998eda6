import { setTimeout as wait } from 'node:timers/promises'

/**
 * Spaces the calls of this process evenly. The shared bucket says how many may go; a slow moment in between must not turn
 * what it granted into a burst at the provider.
 */
export function createPacer(perSecond: number): { turn(): Promise<void> } {
  const spacingMs = 1000 / perSecond
  let next = 0
  return {
    async turn() {
      const now = performance.now()
      const at = Math.max(now, next)
      next = at + spacingMs
      // Timers count whole milliseconds: below that, waiting would only cost.
      if (at - now >= 1) await wait(Math.ceil(at - now))
    },
  }
}
