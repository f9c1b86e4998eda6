/** A sleep that somebody can end. A ring while nobody sleeps makes the next sleep end at once, so that no news is missed. */
export function createAlarm(): { sleep(ms: number): Promise<void>; ring(): void } {
  let rang = false
  let end: (() => void) | undefined
  return {
    sleep(ms) {
      if (rang || ms <= 0) {
        rang = false
        return Promise.resolve()
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => end?.(), ms)
        end = () => {
          clearTimeout(timer)
          end = undefined
          rang = false
          resolve()
        }
      })
    },
    ring() {
      rang = true
      end?.()
    },
  }
}
