import type { Deps } from '../deps.ts'
import type { HandOver } from '../sms/gateway.ts'
import { handOvers as counted, providerCalls } from '../web/metrics.ts'
import { returnProbe } from './account.queries.ts'
import { GATE_FRESH_MS } from './domain.ts'
import { passGate, type Attempt } from './gate.commands.ts'
import type { createHandOverLog } from './handovers.ts'
import { createPacer } from './pacer.ts'
import type { createRecorder } from './recorder.ts'
import type { LeasedMessage } from './sending.queries.ts'
import type { Bundle } from './stock.ts'

type Parts = { handOvers: ReturnType<typeof createHandOverLog>; recorder: ReturnType<typeof createRecorder>; rate: () => number; onChange: () => void }

/** Whether anybody listens is known from the gate for so long; after that it is asked for again. */
const HEARD_MS = 1_000

/**
 * What is under way: from before the gate until the outcome is written, because until then a crash would leave a doubt.
 * Groups pass one behind the other; none waits for the calls of the one before.
 */
export function createFlights(deps: Pick<Deps, 'db' | 'gateway' | 'log'>, { handOvers, recorder, rate, onChange }: Parts) {
  const { gateway, log } = deps
  const pacer = createPacer()
  const groups = new Set<Promise<void>>()
  let busy = 0
  let atGate = 0
  let handedOver = 0

  function release(count: number): void {
    busy -= count
    onChange()
  }

  /** A group shares one gate; when it fails, each message is judged alone, so that one cannot hold up the others. */
  async function pass({ token, messages }: Bundle, isProbe: boolean): Promise<void> {
    const begunAt = performance.now()
    const attempts = await passGate(deps, token, messages).catch((error: unknown) => {
      // One alone keeps its lease: when that ends, it is tried again.
      log.warn({ err: error, messages: messages.map(({ id }) => id) }, 'the gate could not be passed')
      return undefined
    })
    if (!attempts && messages.length > 1) {
      for (const message of messages) await pass({ token, messages: [message] }, isProbe)
      return
    }
    const passed = attempts ?? []
    release(messages.length - passed.length)
    if (passed.length > 0) void track(handOverAll(passed, begunAt, isProbe))
    else if (isProbe) await returnProbe(deps.db)
  }

  async function handOverAll(attempts: readonly Attempt[], begunAt: number, isProbe: boolean): Promise<void> {
    // Without its line on disk nothing leaves: a restored database could send it again.
    const problem = await handOvers.append(attempts).then(() => undefined, (error: unknown) => error)
    if (problem) log.error({ err: problem }, 'hand-overs cannot be written down, so nothing is sent')
    await Promise.all(attempts.map((attempt) => handOver(attempt, begunAt, { isHeld: problem !== undefined, isProbe })))
  }

  async function handOver({ id, message, isHeard }: Attempt, begunAt: number, { isHeld, isProbe }: { isHeld: boolean; isProbe: boolean }): Promise<void> {
    if (!isHeld) await pacer.turn(rate())
    const isFresh = performance.now() - begunAt <= GATE_FRESH_MS
    const result: HandOver = isHeld
      ? { outcome: 'not_sent', reason: 'no_journal' }
      : isFresh ? await call(id, message) : { outcome: 'not_sent', reason: 'gate_too_old' }
    counted.inc({ outcome: result.outcome })
    await recorder.record({ attemptId: id, result, isProbe, isHeard: isHeard || performance.now() - begunAt > HEARD_MS })
    release(1)
  }

  async function call(reference: string, { e164, sender, body, encoding }: LeasedMessage): Promise<HandOver> {
    handedOver++
    const answered = providerCalls.startTimer()
    try {
      return await gateway.handOver({ to: e164, from: sender, body, encoding, reference })
    } catch (error) {
      log.error({ err: error, attempt: reference }, 'the gateway threw')
      return { outcome: 'in_doubt', reason: 'gateway_failed' }
    } finally {
      answered()
    }
  }

  function track(work: Promise<void>): Promise<void> {
    const group = work
      .catch((error: unknown) => log.error({ err: error }, 'a group was lost on its way'))
      .finally(() => groups.delete(group))
    groups.add(group)
    return group
  }

  return {
    /** Messages whose fate is open. */
    busy: () => busy,
    /** Groups whose gate has not answered yet. */
    atGate: () => atGate,
    /** Calls made so far. */
    handedOver: () => handedOver,
    /** Sends a group on its way; `onChange` tells when room is free again. */
    launch(bundle: Bundle, isProbe: boolean): void {
      busy += bundle.messages.length
      atGate++
      void track(pass(bundle, isProbe).finally(() => {
        atGate--
        onChange()
      }))
    },
    /** Resolves when everything has landed and is written down. */
    async landed(): Promise<void> {
      while (groups.size > 0) await Promise.all(groups)
    },
  }
}
