/** The one POST of a hand-over. Never repeated, never redirected, bounded in time and size; and it knows how far it got. */
import http from 'node:http'
import https from 'node:https'

/** Our time limit or the 64 KiB limit struck, or the stream broke, after a successful status line. */
export class UnreadableAnswer extends Error {}
/** The time was up before an answer began. */
export class AnswerTimeout extends Error {}

export type Answer = { status: number; headers: http.IncomingHttpHeaders; body: string }
export type Post = { url: string; headers: Record<string, string>; body: string }

/** Real answers have about 60 bytes; anything longer than this is not one. */
const MAX_ANSWER_BYTES = 64 * 1024

/** A connection that was idle for longer may have been closed by the other side at this very moment. */
const IDLE_MS = 4_000

/** Keeps connections open between calls; how many there are is the caller's business. `timeoutMs` is for connecting and reading too. */
export function createExchange(timeoutMs: number): (post: Post) => Promise<Answer> {
  const options = { keepAlive: true, timeout: IDLE_MS, scheduling: 'lifo' } as const
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) }
  let last: { url: string; where: https.RequestOptions } | undefined

  /** It is always the same address, and reading it costs more than the rest of a request. */
  function find(url: string): https.RequestOptions {
    if (last?.url !== url) {
      const { protocol, hostname, port, pathname, search } = new URL(url)
      const where = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, path: pathname + search, agent: protocol === 'https:' ? agents['https:'] : agents['http:'] }
      last = { url, where }
    }
    return last.where
  }

  return ({ url, headers, body }) =>
    new Promise((resolve, reject) => {
      const where = find(url)
      const request = (where.protocol === 'https:' ? https : http).request({ ...where, method: 'POST', headers: { accept: '*/*', ...headers, 'content-length': Buffer.byteLength(body) } })
      let response: http.IncomingMessage | undefined
      const timer = setTimeout(() => (response ?? request).destroy(isConnecting(request) ? neverConnected() : new AnswerTimeout('No answer in time')), timeoutMs)
      request.on('response', (begun) => {
        response = begun
        readAnswer(begun).then(resolve, reject).finally(() => clearTimeout(timer))
      })
      request.on('error', (error) => {
        // Once an answer has begun, it is the answer that breaks off.
        if (response) return
        clearTimeout(timer)
        reject(error)
      })
      request.end(body)
    })
}

/** Of a successful answer, all or nothing. A refusal is proven by its status line, whatever becomes of its body. */
function readAnswer(response: http.IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = response
  const chunks: Buffer[] = []
  let size = 0
  return new Promise((resolve, reject) => {
    const breakOff = (why: string) => (status >= 200 && status < 300 ? reject(new UnreadableAnswer(why)) : resolve({ status, headers, body: '' }))
    response.on('data', (chunk: Buffer) => {
      size += chunk.byteLength
      if (size <= MAX_ANSWER_BYTES) return void chunks.push(chunk)
      breakOff('The answer is too long')
      response.destroy()
    })
    response.on('end', () => resolve({ status, headers, body: Buffer.concat(chunks).toString('utf8') }))
    response.on('error', () => breakOff('The answer broke off'))
    response.on('close', () => {
      if (!response.complete) breakOff('The answer broke off')
    })
  })
}

/** Nothing is written before a connection stands, and nothing readable before TLS does. */
function isConnecting({ socket }: http.ClientRequest): boolean {
  return !socket || socket.connecting || ('secureConnecting' in socket && socket.secureConnecting === true)
}

function neverConnected(): Error {
  return Object.assign(new Error('No connection in time'), { code: 'ETIMEDOUT', syscall: 'connect' })
}
