/** The one POST of a hand-over. Never repeated, never redirected, bounded in time and size; and it knows how far it got. */
import type { IncomingHttpHeaders } from 'node:http'
import { Pool, type Dispatcher } from 'undici'

/** Our time limit or the 64 KiB limit struck, or the stream broke, after a successful status line. */
export class UnreadableAnswer extends Error {}
/** The time was up before an answer began. */
export class AnswerTimeout extends Error {}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: string }
export type Post = { url: string; headers: Record<string, string>; body: string }

/** Real answers have about 60 bytes; anything longer than this is not one. */
const MAX_ANSWER_BYTES = 64 * 1024

/** A connection that was idle for longer may have been closed by the other side at this very moment. */
const IDLE_MS = 4_000

/** Keeps connections open between calls; how many there are is the caller's business. `timeoutMs` is for connecting and reading too. */
export function createExchange(timeoutMs: number): (post: Post) => Promise<Answer> {
  const pools = new Map<string, Pool>()
  let last: { url: string; where: Where } | undefined

  /** It is always the same address, and reading it costs more than much of a request. */
  function find(url: string): Where {
    if (last?.url !== url) {
      const { origin, pathname, search } = new URL(url)
      const pool = pools.get(origin) ?? new Pool(origin, {
        // Time is measured once, for all of an exchange.
        headersTimeout: 0, bodyTimeout: 0, connect: { timeout: timeoutMs + 1_000 },
        pipelining: 1, allowH2: false, keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS,
      })
      pools.set(origin, pool)
      last = { url, where: { pool, path: pathname + search } }
    }
    return last.where
  }

  return ({ url, headers, body }) => {
    const { pool, path } = find(url)
    const once = new Once(timeoutMs)
    pool.dispatch({ path, method: 'POST', headers: { accept: '*/*', ...headers }, body }, once)
    return once.answer
  }
}

type Where = { pool: Pool; path: string }

/** Hears of one exchange, and lets it happen no more than once. */
class Once implements Dispatcher.DispatchHandler {
  readonly answer: Promise<Answer>
  #settle!: { resolve: (answer: Answer) => void; reject: (error: Error) => void }
  readonly #timer: NodeJS.Timeout
  #isOver = false
  /** From the moment at which the request is written, and not before a connection stands. */
  #controller: Dispatcher.DispatchController | undefined
  #begun: { status: number; headers: IncomingHttpHeaders } | undefined
  readonly #chunks: Buffer[] = []
  #size = 0

  constructor(timeoutMs: number) {
    this.answer = new Promise((resolve, reject) => { this.#settle = { resolve, reject } })
    this.#timer = setTimeout(() => this.#endInTime(), timeoutMs)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Whatever the library may think of repeating: what was written once may have arrived, and what is over must not leave.
    if (this.#controller || this.#isOver) return controller.abort(new Error('A hand-over is written once'))
    this.#controller = controller
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#begun = { status, headers }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.byteLength
    if (this.#size <= MAX_ANSWER_BYTES) return void this.#chunks.push(Buffer.from(chunk))
    this.#breakOff('The answer is too long')
  }

  onResponseEnd(): void {
    this.#end(() => this.#settle.resolve({ ...this.#begun!, body: Buffer.concat(this.#chunks).toString('utf8') }))
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // Once an answer has begun, it is the answer that breaks off.
    if (this.#begun) this.#breakOff('The answer broke off')
    else this.#end(() => this.#settle.reject(error))
  }

  #endInTime(): void {
    if (this.#begun) this.#breakOff('No answer in time')
    else this.#end(() => this.#settle.reject(this.#controller ? new AnswerTimeout('No answer in time') : neverConnected()))
    this.#controller?.abort(new Error('The time is up'))
  }

  /** Of a successful answer, all or nothing. A refusal is proven by its status line, whatever becomes of its body. */
  #breakOff(why: string): void {
    const { status, headers } = this.#begun!
    this.#end(() => (status < 300 ? this.#settle.reject(new UnreadableAnswer(why)) : this.#settle.resolve({ status, headers, body: '' })))
    this.#controller?.abort(new Error(why))
  }

  #end(tell: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    tell()
  }
}

function neverConnected(): Error {
  return Object.assign(new Error('No connection in time'), { code: 'ETIMEDOUT', syscall: 'connect' })
}
