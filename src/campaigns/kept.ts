/** Asked for every few seconds by everybody who looks, a figure may take this share of the time of a process at most. */
const TIMES = 50
/** What takes no longer is asked for at every look. */
const CHEAP_MS = 20
const LONGEST_MS = 60_000
const MOST = 1_000

/** Answers `ask` for a key, or what it answered lately: the longer it took, the longer that holds. Whoever asks meanwhile waits for the same answer. */
export function createKept<Value>(now: () => number = () => performance.now()) {
  const kept = new Map<string, { value: Promise<Value>; until: number }>()

  return (key: string, ask: () => Promise<Value>): Promise<Value> => {
    const known = kept.get(key)
    if (known && now() < known.until) return known.value
    if (kept.size >= MOST) for (const [other, { until }] of kept) if (until <= now()) kept.delete(other)
    const from = now()
    const entry = { value: ask(), until: Infinity }
    kept.set(key, entry)
    entry.value.then(
      () => {
        const took = now() - from
        entry.until = took <= CHEAP_MS ? 0 : now() + Math.min(LONGEST_MS, took * TIMES)
      },
      () => kept.delete(key),
    )
    return entry.value
  }
}
