import type { Deps } from '../deps.ts'
import { applyPlainReceipts, type PlainReceipt } from './receipts.queries.ts'

/** More than this would hold too many messages at once, and no commit gets cheaper by it. */
const MOST_TOGETHER = 100

type Waiting = { receipt: PlainReceipt; done: (isDone: boolean) => void }

/**
 * Receipts come in crowds, and each alone costs a commit. While one group is being written, the next gathers; alone, a
 * receipt waits for nobody. `take` resolves to true once it is stored and applied, to false when it needs the long way.
 */
export function createReceiptGroups({ db, log }: Pick<Deps, 'db' | 'log'>): { take(receipt: PlainReceipt): Promise<boolean> } {
  let waiting: Waiting[] = []
  let isWriting = false

  async function write(): Promise<void> {
    if (isWriting) return
    isWriting = true
    while (waiting.length > 0) {
      const group = nextGroup()
      const done = await applyPlainReceipts(db, group.map(({ receipt }) => receipt)).catch((error: unknown) => {
        log.warn({ err: error, receipts: group.length }, 'receipts could not be taken together; each is taken alone')
        return new Set<string>()
      })
      for (const { receipt, done: tell } of group) tell(done.has(receipt.dedupeKey))
    }
    isWriting = false
  }

  /** Two receipts of one hand-over follow each other, so they belong into two groups. */
  function nextGroup(): Waiting[] {
    const attempts = new Set<string>()
    const isNext = waiting.map(({ receipt }) => {
      if (attempts.size >= MOST_TOGETHER || attempts.has(receipt.attemptId)) return false
      attempts.add(receipt.attemptId)
      return true
    })
    const group = waiting.filter((_one, at) => isNext[at])
    waiting = waiting.filter((_one, at) => !isNext[at])
    return group
  }

  return {
    take: (receipt) => new Promise((resolve) => {
      waiting.push({ receipt, done: resolve })
      // What arrives in the same turn of the event loop goes along.
      setImmediate(() => void write())
    }),
  }
}
