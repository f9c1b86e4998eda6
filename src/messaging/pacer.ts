import { setTimeout as wait } from 'node:timers/promises'

/**
 * Spaces the calls of this process evenly. The shared bucket says how many may go; a slow moment in between must not turn
 * what it granted into a burst at the provider.
 */
export function createPacer(): { turn(perSecond: number): Promise<void> | undefined } {
  let next = 0
  return {
    turn(perSecond) {
      const now = performance.now()
      const at = Math.max(now, next)
      next = at + 1000 / perSecond
      // Timers count whole milliseconds: below that, waiting would only cost.
      return at - now >= 1 ? wait(Math.ceil(at - now)) : undefined
    },
  }
}
