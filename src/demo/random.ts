/** Chance that comes out the same every time, so that a picture of the demonstration stays true (mulberry32). */
export type Random = ReturnType<typeof createRandom>

export function createRandom(seed: number) {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    /** From 0 up to, but not including, 1. */
    next,
    /** Both ends included. */
    whole,
    chance: (share: number) => next() < share,
    pick: <Item>(items: readonly Item[]): Item => items[whole(0, items.length - 1)] as Item,
    /** Each item as likely as its weight says. */
    weighted<Item>(items: readonly (readonly [item: Item, weight: number])[]): Item {
      let left = next() * items.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [item, weight] of items) if ((left -= weight) < 0) return item
      return (items[items.length - 1] as readonly [Item, number])[0]
    },
    /** `count` different items, in no order. */
    sample<Item>(items: readonly Item[], count: number): Item[] {
      const left = [...items]
      return Array.from({ length: Math.min(count, left.length) }, () => left.splice(whole(0, left.length - 1), 1)[0] as Item)
    },
  }
}
