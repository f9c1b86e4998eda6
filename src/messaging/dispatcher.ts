import type { Deps } from '../deps.ts'
import { markWork, resumeAccount, returnProbe, returnTokens, takeTokens, type Grant } from './account.queries.ts'
import { createAlarm } from './alarm.ts'
import { ACCOUNT_REFUSED, burstOf, roomFor } from './domain.ts'
import { createFlights } from './flights.ts'
import { createHandOverLog } from './handovers.ts'
import { createRecorder } from './recorder.ts'
import { lockIfRestored } from './restore.commands.ts'
import { takeSenderTokens } from './senders.queries.ts'
import type { LeasedMessage } from './sending.queries.ts'
import { createStock } from './stock.ts'
import { sweep } from './sweep.commands.ts'

export type DispatcherDeps = Pick<Deps, 'db' | 'gateway' | 'config' | 'log'>
export type Dispatcher = {
  /** Sends whatever may be sent, until `stop`. */
  start(): void
  /** No new claims; calls in flight end and are recorded; leases are given back. */
  stop(): Promise<void>
  /** Sends what may go now and returns how many were handed over. */
  runOnce(): Promise<number>
  /** There may be something to send: look at once. */
  wake(): void
}

/** How long a step waits that only news can help; news end every wait. */
const NEWS_MS = 1000
/** What fails is tried again after this. */
const FAILED_MS = 250

/** Gates under way at once: a slow database must not make the groups wait for each other. They share its connections with the records. */
const MOST_GATES = 4

/** What a step found: how long to wait for something to change, and whether nothing is left to send for now. */
type Found = { waitMs: number; isIdle: boolean }

/** The sending loop: claim, gate, call, record. Any number of processes may run one; the database is what they share. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { db, log } = deps
  const { perSecond, concurrency, sweepSeconds } = deps.config.sending
  /** What this process last heard of the account that all share. */
  const account = { streak: 0, isDoubting: true, rate: perSecond, isBlocked: false }
  const alarm = createAlarm()
  const sweepAlarm = createAlarm()
  const stock = createStock(deps)
  const handOvers = createHandOverLog(deps.config.dataDir)
  const recorder = createRecorder(deps, {
    isDoubting: () => account.isDoubting,
    heard: ({ streak, recent, isOpen }) => Object.assign(account, { streak, isDoubting: isOpen || recent.includes('d') }),
    worthwhile: () => flights.busy() / 2,
  })
  const flights = createFlights(deps, { handOvers, recorder, rate: () => account.rate, onChange: () => alarm.ring() })
  let stopping = false
  let loops: Promise<unknown> | undefined

  async function step(): Promise<Found> {
    await stock.giveBack('stale')
    if (account.isBlocked && (await takeAccountTokens(0)).blocked) return { waitMs: NEWS_MS, isIdle: true }
    const room = roomFor(concurrency, account.streak) - flights.busy()
    if (room < worthwhile() || flights.atGate() >= MOST_GATES) return { waitMs: NEWS_MS, isIdle: false }
    await stock.refill()
    const candidates = stock.next(room)
    return candidates.length > 0 ? launch(candidates) : { waitMs: stock.waitMs(), isIdle: stock.isEmpty() }
  }

  /** A group costs hardly more than a single message: while a gate is open, the next one waits for half of what it could be. */
  function worthwhile(): number {
    return flights.atGate() === 0 ? 1 : Math.ceil(Math.min(concurrency, burstOf(account.rate)) / 2)
  }

  async function launch(candidates: readonly LeasedMessage[]): Promise<Found> {
    const grant = await takeAccountTokens(candidates.length)
    if (grant.blocked) {
      await stock.giveBack('all')
      return { waitMs: NEWS_MS, isIdle: true }
    }
    if (grant.granted === 0) return { waitMs: Math.min(grant.waitMs, NEWS_MS), isIdle: false }
    const chosen = await withSenderTokens(candidates.slice(0, grant.granted))
    if (chosen.length < grant.granted) await returnTokens(db, grant.granted - chosen.length)
    if (chosen.length === 0 && grant.isProbe) await returnProbe(db)
    for (const bundle of stock.take(chosen)) flights.launch(bundle, grant.isProbe)
    return { waitMs: 0, isIdle: false }
  }

  async function takeAccountTokens(want: number): Promise<Grant> {
    const grant = await takeTokens(db, want, perSecond)
    Object.assign(account, { streak: grant.streak, isDoubting: grant.isDoubting, rate: grant.rate, isBlocked: grant.blocked !== undefined })
    return grant
  }

  /** Those whose sender may send one more as well; the others wait without being in anybody's way. */
  async function withSenderTokens(candidates: readonly LeasedMessage[]): Promise<readonly LeasedMessage[]> {
    const wanted = countLimited(candidates)
    if (wanted.length === 0) return candidates
    const left = new Map<string, number>()
    for (const { sender, granted, waitMs } of await takeSenderTokens(db, wanted)) {
      left.set(sender, granted)
      if (granted < (wanted.find((one) => one.sender === sender)?.count ?? 0)) stock.hold(sender, waitMs)
    }
    return candidates.filter(({ sender, perSecond: limit }) => {
      const tokens = left.get(sender) ?? 0
      if (limit !== null) left.set(sender, tokens - 1)
      return limit === null || tokens > 0
    })
  }

  /** Nothing is claimed before it is certain that the database knows of everything that was sent. */
  async function prepare(): Promise<void> {
    await lockIfRestored(deps, await handOvers.read())
    // Refused credentials are mended in the settings, and settings are read at a start.
    await resumeAccount(db, ACCOUNT_REFUSED)
  }

  async function prepareUntilStopped(): Promise<void> {
    for (let ready = false; !ready && !stopping;) {
      ready = await prepare().then(() => true, (error: unknown) => {
        log.warn({ err: error }, 'the start of sending waits')
        return false
      })
      if (!ready) await alarm.sleep(NEWS_MS)
    }
  }

  async function sendUntilStopped(): Promise<void> {
    while (!stopping) {
      const { waitMs } = await step().catch((error: unknown) => {
        log.warn({ err: error }, 'sending waits for the database')
        return { waitMs: FAILED_MS }
      })
      if (waitMs > 0) await alarm.sleep(waitMs)
    }
    await stock.giveBack('all').catch((error: unknown) => log.warn({ err: error }, 'leases could not be given back; they end by themselves'))
  }

  async function sweepUntilStopped(): Promise<void> {
    while (!stopping) {
      const found = await sweepOnce().catch((error: unknown) => {
        log.warn({ err: error }, 'the sweep waits for the database')
        return false
      })
      if (found) wake()
      await sweepAlarm.sleep(sweepSeconds * 1000)
    }
  }

  async function sweepOnce(): Promise<boolean> {
    await markWork(db)
    return sweep(deps)
  }

  function wake(): void {
    stock.lookAgain()
    alarm.ring()
  }

  return {
    start() {
      if (loops) throw new Error('the dispatcher is running already')
      stopping = false
      loops = prepareUntilStopped().then(() => Promise.all([sendUntilStopped(), sweepUntilStopped()]))
    },
    async stop() {
      stopping = true
      recorder.hurry()
      alarm.ring()
      sweepAlarm.ring()
      await loops
      await flights.landed()
      await handOvers.close()
      loops = undefined
    },
    async runOnce() {
      if (loops) throw new Error('the dispatcher is running already')
      const before = flights.handedOver()
      await prepare()
      await sweepOnce()
      for (let isOver = false; !isOver;) {
        // What is in flight may come back to the queue, or free the way for what waits there.
        const wasQuiet = flights.busy() === 0
        stock.lookAgain()
        const { waitMs, isIdle } = await step()
        isOver = isIdle && wasQuiet
        if (!isOver && waitMs > 0) await alarm.sleep(waitMs)
      }
      return flights.handedOver() - before
    },
    wake,
  }
}

function countLimited(messages: readonly LeasedMessage[]): { sender: string; perSecond: number; count: number }[] {
  const counted = new Map<string, { sender: string; perSecond: number; count: number }>()
  for (const { sender, perSecond } of messages) {
    if (perSecond === null) continue
    const before = counted.get(sender)
    counted.set(sender, { sender, perSecond: Math.min(perSecond, before?.perSecond ?? perSecond), count: (before?.count ?? 0) + 1 })
  }
  return [...counted.values()]
}
