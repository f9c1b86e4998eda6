import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ensurePhones } from '../consent/queries.ts'
import type { Deps } from '../deps.ts'
import type { HandOver } from '../sms/gateway.ts'
import { resumeAccount, takeTokens } from './account.queries.ts'
import { createAlarm } from './alarm.ts'
import { ACCOUNT_REFUSED, GATE_FRESH_MS } from './domain.ts'
import { passGate, type Attempt } from './gate.commands.ts'
import { createHandOverLog } from './handovers.ts'
import { createPacer } from './pacer.ts'
import { createRecorder } from './recorder.ts'
import { lockIfRestored } from './restore.commands.ts'
import { claimMessages, releaseMessages, type LeasedMessage } from './sending.queries.ts'
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

const IDLE_MS = { shortest: 50, longest: 1000 } as const

/** The sending loop: claim, gate, call, record. Any number of processes may run one; the database is what they share. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { db, gateway, log } = deps
  const { perSecond, concurrency, leaseSeconds, sweepSeconds } = deps.config.sending
  // About two seconds of work: more would wait in one process while another has nothing to do.
  const claimSize = Math.max(10, Math.min(2 * perSecond, 500))
  const recorder = createRecorder(deps, () => isDoubting)
  const pacer = createPacer(perSecond)
  const handOvers = createHandOverLog(deps.config.dataDir)
  const alarm = createAlarm()
  const inFlight = new Set<Promise<void>>()
  let lease = { token: '', staleAt: 0, messages: [] as LeasedMessage[] }
  let isDoubting = true
  let handedOver = 0
  let stopping = false
  let loops: Promise<unknown> | undefined
  const sweepAlarm = createAlarm()

  /** One step; says how long nothing will change by itself, or that nothing is left to send for now. */
  async function step(): Promise<{ waitMs: number; idle: boolean }> {
    if (performance.now() > lease.staleAt) await giveBack()
    if (lease.messages.length === 0) await claim()
    if (lease.messages.length === 0) return { waitMs: 0, idle: true }
    if (inFlight.size >= concurrency) {
      await Promise.race(inFlight)
      // Calls are recorded in groups, and so end in groups: the next gate can be one for all of them.
      await nextTurn()
    }
    const grant = await takeTokens(db, Math.min(concurrency - inFlight.size, lease.messages.length), perSecond)
    isDoubting = grant.isDoubting
    if (grant.blocked) {
      await giveBack()
      return { waitMs: 0, idle: true }
    }
    if (grant.granted === 0) return { waitMs: grant.waitMs, idle: false }
    await submit(lease.token, lease.messages.splice(0, grant.granted))
    return { waitMs: 0, idle: false }
  }

  async function claim(): Promise<void> {
    const token = randomUUID()
    const staleAt = performance.now() + (leaseSeconds * 1000) / 2
    const messages = await claimMessages(db, { token, seconds: leaseSeconds, limit: claimSize })
    await ensurePhones(db, messages)
    lease = { token, staleAt, messages }
  }

  async function giveBack(): Promise<void> {
    const ids = lease.messages.splice(0).map(({ id }) => id)
    await releaseMessages(db, lease.token, ids)
  }

  /** A group shares one gate; when it fails, each message is judged alone, so that one cannot hold up the others. */
  async function submit(token: string, group: readonly LeasedMessage[]): Promise<void> {
    const begunAt = performance.now()
    try {
      const attempts = await passGate(deps, token, group)
      if (attempts.length > 0) await handOverAll(attempts, begunAt)
    } catch (error) {
      // One alone keeps its lease: when that ends, it is tried again.
      log.warn({ err: error, messages: group.map(({ id }) => id) }, 'the gate could not be passed')
      if (group.length > 1) for (const message of group) await submit(token, [message])
    }
  }

  async function handOverAll(attempts: readonly Attempt[], begunAt: number): Promise<void> {
    // Without its line on disk nothing leaves: a restored database could send it again.
    const problem = await handOvers.append(attempts).then(() => undefined, (error: unknown) => error)
    if (problem) log.error({ err: problem }, 'hand-overs cannot be written down, so nothing is sent')
    for (const attempt of attempts) {
      const flight = handOver(attempt, begunAt, problem !== undefined).finally(() => inFlight.delete(flight))
      inFlight.add(flight)
    }
  }

  async function handOver({ id, message }: Attempt, begunAt: number, isHeld: boolean): Promise<void> {
    if (!isHeld) await pacer.turn()
    const isFresh = performance.now() - begunAt <= GATE_FRESH_MS
    const result: HandOver = isHeld
      ? { outcome: 'not_sent', reason: 'no_journal' }
      : isFresh ? await call(id, message) : { outcome: 'not_sent', reason: 'gate_too_old' }
    await recorder.record({ attemptId: id, result })
  }

  async function call(reference: string, { e164, sender, body, encoding }: LeasedMessage): Promise<HandOver> {
    handedOver++
    try {
      return await gateway.handOver({ to: e164, from: sender, body, encoding, reference })
    } catch (error) {
      log.error({ err: error, attempt: reference }, 'the gateway threw')
      return { outcome: 'in_doubt', reason: 'gateway_failed' }
    }
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
      if (!ready) await alarm.sleep(IDLE_MS.longest)
    }
  }

  async function sendUntilStopped(): Promise<void> {
    let idleMs: number = IDLE_MS.shortest
    while (!stopping) {
      const { waitMs, idle } = await step().catch((error: unknown) => {
        log.warn({ err: error }, 'sending waits for the database')
        lease.messages = [] // whoever holds them by then, their leases end
        return { waitMs: 0, idle: true }
      })
      idleMs = idle ? Math.min(idleMs * 2, IDLE_MS.longest) : IDLE_MS.shortest
      if (idle || waitMs > 0) await alarm.sleep(idle ? idleMs : waitMs)
    }
    await giveBack().catch((error: unknown) => log.warn({ err: error }, 'leases could not be given back; they end by themselves'))
  }

  async function sweepUntilStopped(): Promise<void> {
    while (!stopping) {
      const found = await sweep(deps).catch((error: unknown) => {
        log.warn({ err: error }, 'the sweep waits for the database')
        return false
      })
      if (found) alarm.ring()
      await sweepAlarm.sleep(sweepSeconds * 1000)
    }
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
      await Promise.all(inFlight)
      await handOvers.close()
      loops = undefined
    },
    async runOnce() {
      if (loops) throw new Error('the dispatcher is running already')
      const before = handedOver
      await prepare()
      await sweep(deps)
      for (let idle = false; !idle || inFlight.size > 0;) {
        const next = await step()
        idle = next.idle
        if (next.waitMs > 0) await alarm.sleep(next.waitMs)
        // What is in flight may come back to the queue, or free the way for what waits there.
        if (idle) await Promise.all(inFlight)
      }
      return handedOver - before
    },
    wake: () => alarm.ring(),
  }
}
