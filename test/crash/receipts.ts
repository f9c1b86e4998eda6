import { setTimeout as wait } from 'node:timers/promises'
import { signWebhook } from '../../src/simulator/tokens.ts'
import { statusBody, type Account } from '../../src/simulator/webhooks.ts'
import type { LogLine } from './log.ts'
import type { PlannedReceipt } from './plan.ts'

export type TakenSms = { uuid: string; ref: string; to: string; from: string; text: string }

/** The provider gives a receiver 15 s and waits 5 s before it tries again, then ever longer; here everything goes faster. */
const ANSWER_MS = 5_000
const RETRY_MS = { first: 100, longest: 1_000 } as const
const IN_FLIGHT = 16

/** Tells the product what became of messages: signed, and again and again until it answers 200. */
export function createReceipts(account: Account, statusUrl: string, log: (line: LogLine) => void) {
  let waiting = 0
  let inFlight = 0
  const queue: (() => void)[] = []

  async function deliver(sms: TakenSms, receipt: PlannedReceipt): Promise<void> {
    await wait(receipt.afterMs)
    const body = statusBody(
      { uuid: sms.uuid, direction: 'to_phone', phone: sms.to, sender: sms.from, text: sms.text, client_ref: sms.ref, segments: 1, state: 'accepted', code: null, at: Date.now() },
      { status: receipt.status, afterMs: 0, ...(receipt.code === undefined ? {} : { code: receipt.code }) }, new Date(),
    )
    const told = { ref: sms.ref, to: sms.to, status: receipt.status }
    for (let pause: number = RETRY_MS.first; ; pause = Math.min(pause * 2, RETRY_MS.longest)) {
      await turn()
      const answer = await post(body).finally(leave)
      if (answer === 200) return log({ what: 'receipt', ...told, at: Date.now() })
      if (answer >= 400 && answer < 500 && answer !== 429) return log({ what: 'lost-receipt', ...told, answer, at: Date.now() })
      await wait(pause)
    }
  }

  /** The answer's status; 599 when there was none. */
  async function post(body: string): Promise<number> {
    try {
      const response = await fetch(statusUrl, {
        method: 'POST', redirect: 'manual', headers: { 'content-type': 'application/json', authorization: signWebhook(body, account) }, body, signal: AbortSignal.timeout(ANSWER_MS),
      })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 599 // nobody there, or cut off: tried again like any failure
    }
  }

  async function turn(): Promise<void> {
    if (inFlight >= IN_FLIGHT) await new Promise<void>((resolve) => queue.push(resolve))
    inFlight++
  }

  function leave(): void {
    inFlight--
    queue.shift()?.()
  }

  return {
    send(sms: TakenSms, receipts: readonly PlannedReceipt[]): void {
      for (const receipt of receipts) {
        waiting++
        void deliver(sms, receipt).finally(() => waiting--)
      }
    },
    waiting: () => waiting,
  }
}
