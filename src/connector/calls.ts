import { setTimeout as wait } from 'node:timers/promises'

/** Calls to other programs: patient where they ask for it, never endless. */

export type Call = { method: string; headers: Record<string, string>; body?: string }
export type Answer = { status: number; headers: Headers; json: unknown }

/** The other side says no, and asking again would not help. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** `pause`: how a test waits. `isOnce`: what may have been done is not asked for again; only « later » is. */
export type Patience = { isOnce?: boolean; tries: number; longestSeconds: number; timeoutMs: number; pause: (ms: number, signal?: AbortSignal) => Promise<unknown> }
export const PATIENCE: Patience = { tries: 6, longestSeconds: 600, timeoutMs: 60_000, pause: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}) }

/** Asks until there is an answer that is none of « later » and « broken »; waits as long as the other side asks for. */
export async function call(url: string, asked: Call, patience: Patience, stop?: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    stop?.throwIfAborted()
    const answer = await once(url, asked, patience).catch((error: unknown) => error as Error)
    const isLate = attempt >= patience.tries || (patience.isOnce === true && (answer instanceof Error || answer.status >= 500))
    if (!(answer instanceof Error) && answer.status !== 429 && answer.status < 500) {
      const rest = secondsUntil(answer.headers)
      // The last call of this window: what comes next would be refused.
      if (rest > 0 && answer.headers.get('x-ratelimit-remaining') === '0') await patience.pause(Math.min(rest, patience.longestSeconds) * 1000, stop)
      return answer
    }
    if (isLate && answer instanceof Error) throw new Error(`no answer from ${new URL(url).host} after ${attempt} tries`, { cause: answer })
    if (isLate) throw new Refused((answer as Answer).status, `${new URL(url).host} answers ${(answer as Answer).status} after ${attempt} tries`)
    const asksFor = answer instanceof Error ? 0 : Math.max(Number(answer.headers.get('retry-after')) || 0, answer.status === 429 ? secondsUntil(answer.headers) : 0)
    await patience.pause(Math.min(asksFor > 0 ? asksFor : 2 ** attempt, patience.longestSeconds) * 1000, stop)
  }
}

async function once(url: string, asked: Call, { timeoutMs }: Patience): Promise<Answer> {
  // A redirect would carry the key elsewhere.
  const response = await fetch(url, { ...asked, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text === '' ? undefined : parsed(text) }
}

/** Until a limit begins anew: told as a moment in seconds since 1970. */
function secondsUntil(headers: Headers): number {
  const reset = Number(headers.get('x-ratelimit-reset'))
  return reset > 1_000_000_000 ? Math.max(0, Math.ceil(reset - Date.now() / 1000)) : 0
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // an error page of something in between
  }
}
