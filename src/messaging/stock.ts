import { randomUUID } from 'node:crypto'
import type { Deps } from '../deps.ts'
import { recallOptOuts } from '../consent/erased.queries.ts'
import { ensurePhones } from '../consent/queries.ts'
import { ensureSenderBuckets } from './senders.queries.ts'
import { claimMessages, releaseMessages, type LeasedMessage } from './sending.queries.ts'

type Lease = { token: string; staleAt: number; messages: LeasedMessage[] }
/** Messages of one lease that leave the stock together: the gate asks for the token. */
export type Bundle = { token: string; messages: LeasedMessage[] }

/** After a claim that found nothing, the next one comes later and later. */
const LOOK_MS = { shortest: 50, longest: 1000 } as const

/** Of a limited sender, no process holds more seconds of work than this; the claim gives as much at once. */
const SENDER_SECONDS = 2

/**
 * What this process has leased and not yet taken to the gate, in the order in which it may leave. Claims ahead, so that
 * there is always something at hand; whose sender has to wait stays here without being in anybody's way.
 */
export function createStock(deps: Pick<Deps, 'db' | 'config'>) {
  const { db } = deps
  const { perSecond, leaseSeconds } = deps.config.sending
  // About two seconds of work: more would wait in one process while another has nothing to do.
  const claimSize = Math.max(10, Math.min(2 * perSecond, 500))
  let leases: Lease[] = []
  let claiming: Promise<void> | undefined
  let lookMs: number = LOOK_MS.shortest
  let lookAt = 0
  /** By limited sender: when to ask for its tokens again. */
  const readyAt = new Map<string, number>()

  async function claim(): Promise<void> {
    const token = randomUUID()
    // Half of the lease is for the way through the gate; what is older goes back.
    const staleAt = performance.now() + (leaseSeconds * 1000) / 2
    const messages = await claimMessages(db, { token, seconds: leaseSeconds, limit: claimSize, except: fullSenders() })
    // A number without a row is new here, or its person was erased meanwhile.
    await db.transaction().execute(async (trx) => recallOptOuts(trx, deps.config.secretKey, await ensurePhones(trx, messages)))
    await ensureSenderBuckets(db, messages.filter((message) => message.perSecond !== null).map(({ sender }) => sender))
    if (messages.length > 0) leases.push({ token, staleAt, messages })
    lookAt = messages.length > 0 ? 0 : performance.now() + lookMs
    lookMs = messages.length > 0 ? LOOK_MS.shortest : Math.min(lookMs * 2, LOOK_MS.longest)
  }

  function fullSenders(): string[] {
    const held = new Map<string, { count: number; most: number }>()
    for (const { sender, perSecond: limit } of leases.flatMap(({ messages }) => messages)) {
      if (limit !== null) held.set(sender, { count: (held.get(sender)?.count ?? 0) + 1, most: SENDER_SECONDS * limit })
    }
    return [...held].filter(([, { count, most }]) => count >= most).map(([sender]) => sender)
  }

  function isReady({ sender, perSecond: limit }: LeasedMessage, now: number): boolean {
    return limit === null || now >= (readyAt.get(sender) ?? 0)
  }

  function countReady(): number {
    const now = performance.now()
    return leases.reduce((sum, { messages }) => sum + messages.filter((message) => isReady(message, now)).length, 0)
  }

  return {
    /** Claims when half is gone; waits for it only when there is nothing at hand. */
    async refill(): Promise<void> {
      const ready = countReady()
      if (ready <= claimSize / 2 && performance.now() >= lookAt) claiming ??= claim().finally(() => { claiming = undefined })
      if (ready === 0) await claiming
      else claiming?.catch(() => {}) // told when somebody waits for it
    },
    /** Forgets that there was nothing to claim. */
    lookAgain(): void {
      lookAt = 0
    },
    /** The next messages that nothing but the account's rate holds up. */
    next(most: number): LeasedMessage[] {
      const now = performance.now()
      const found: LeasedMessage[] = []
      for (const { messages } of leases) {
        for (const message of messages) {
          if (found.length >= most) return found
          if (isReady(message, now)) found.push(message)
        }
      }
      return found
    },
    /** Takes these out of the stock, for good. */
    take(chosen: readonly LeasedMessage[]): Bundle[] {
      const gone = new Set(chosen)
      const bundles = leases.map(({ token, messages }) => ({ token, messages: messages.filter((message) => gone.has(message)) }))
      for (const lease of leases) lease.messages = lease.messages.filter((message) => !gone.has(message))
      leases = leases.filter(({ messages }) => messages.length > 0)
      return bundles.filter(({ messages }) => messages.length > 0)
    },
    /** Nothing of this sender for so long. */
    hold(sender: string, ms: number): void {
      readyAt.set(sender, performance.now() + ms)
    },
    /** Nothing at all is at hand, not even for a sender that has to wait. */
    isEmpty: () => leases.length === 0,
    /** How long nothing can be taken, as far as is known here. */
    waitMs(): number {
      const now = performance.now()
      const waiting = leases.flatMap(({ messages }) => messages).filter((message) => !isReady(message, now))
      return Math.max(1, waiting.reduce((least, { sender }) => Math.min(least, readyAt.get(sender) ?? now), Math.max(lookAt, now + LOOK_MS.shortest)) - now)
    },
    /** Gives back what has been held too long, or everything. */
    async giveBack(which: 'stale' | 'all'): Promise<void> {
      if (which === 'all') await claiming?.catch(() => {}) // what it leased ends by itself
      const now = performance.now()
      const over = leases.filter(({ staleAt }) => which === 'all' || now > staleAt)
      if (over.length === 0) return
      leases = leases.filter((lease) => !over.includes(lease))
      for (const { token, messages } of over) await releaseMessages(db, token, messages.map(({ id }) => id))
    },
  }
}
