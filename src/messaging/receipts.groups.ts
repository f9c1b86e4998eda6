import type { Deps } from '../deps.ts'
import { applyPlainReceipts, type PlainReceipt } from './receipts.queries.ts'

/** More than this would hold too many messages at once, and no commit gets cheaper by it. */
const MOST_TOGETHER = 100
/** While one group commits, another is on its way. */
const MOST_WRITERS = 2

type Waiting = { receipt: PlainReceipt; done: (isDone: boolean) => void }

/**
 * Receipts come in crowds, and each alone costs a commit. While groups are being written, the next gathers; alone, a
 * receipt waits for nobody. `take` resolves to true once it is stored and applied, to false when it needs the long way.
 */
export function createReceiptGroups({ db, log }: Pick<Deps, 'db' | 'log'>): { take(receipt: PlainReceipt): Promise<boolean> } {
  let waiting: Waiting[] = []
  let writers = 0
  /** Hand-overs of the groups that are being written. */
  const busy = new Set<string>()

  async function write(): Promise<void> {
    if (writers >= MOST_WRITERS) return
    writers += 1
    for (let group = nextGroup(); group.length > 0; group = nextGroup()) {
      const done = await applyPlainReceipts(db, group.map(({ receipt }) => receipt)).catch((error: unknown) => {
        log.warn({ err: error, receipts: group.length }, 'receipts could not be taken together; each is taken alone')
        return new Set<string>()
      })
      for (const { receipt, done: tell } of group) {
        busy.delete(receipt.attemptId)
        tell(done.has(receipt.dedupeKey))
      }
    }
    writers -= 1
  }

  /** Two receipts of one hand-over follow each other, so the second waits until the group of the first is written. */
  function nextGroup(): Waiting[] {
    const group: Waiting[] = []
    const others: Waiting[] = []
    for (const one of waiting) {
      const { attemptId } = one.receipt
      const isNext = group.length < MOST_TOGETHER && !busy.has(attemptId)
      if (isNext) busy.add(attemptId)
      ;(isNext ? group : others).push(one)
    }
    waiting = others
    return group
  }

  return {
    take: (receipt) => new Promise((resolve) => {
      waiting.push({ receipt, done: resolve })
      // What arrives in the same turn of the event loop goes along.
      if (waiting.length === 1 && writers < MOST_WRITERS) setImmediate(() => void write())
    }),
  }
}
