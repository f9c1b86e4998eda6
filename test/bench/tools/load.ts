import net from 'node:net'
import { share } from './measure.ts'

export type Loaded = { perSecond: number; p50: number; p95: number; p99: number; bytes: number }

type Target = {
  port: number
  /** The bytes of request number `n`, with a length where it has a body. */
  request: (n: number) => string
  status: number
}

export const PHONE = 'Mozilla/5.0 (Linux; Android 14; SM-A245F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36'

/** From another address each time: from one, guesses would soon be refused unseen. */
export function get(path: string, port: number, headers: Record<string, string> = {}): string {
  return `GET ${path} HTTP/1.1\r\n${lines({ host: `127.0.0.1:${port}`, 'user-agent': PHONE, accept: 'text/html', 'accept-language': 'fr', 'accept-encoding': 'identity', 'x-forwarded-for': randomAddress(), ...headers })}\r\n`
}

export function post(path: string, port: number, body: string, headers: Record<string, string> = {}): string {
  return `POST ${path} HTTP/1.1\r\n${lines({ host: `127.0.0.1:${port}`, 'user-agent': PHONE, 'accept-encoding': 'identity', 'x-forwarded-for': randomAddress(), 'content-length': String(Buffer.byteLength(body)), ...headers })}\r\n${body}`
}

/** Requests one after the other on each connection, as plain as can be: the client must not be the limit. `requests` ends it sooner. */
export async function load({ port, request, status }: Target, { connections, seconds = Infinity, requests = Infinity }: { connections: number; seconds?: number; requests?: number }): Promise<Loaded> {
  const times: number[] = []
  let bytes = 0
  const expected = Buffer.from(`HTTP/1.1 ${status}`)
  let next = 0
  const start = performance.now()
  const end = start + seconds * 1000
  await Promise.all(Array.from({ length: connections }, () => new Promise<void>((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1')
    let sentAt = 0
    let missing = -1
    const send = () => {
      sentAt = performance.now()
      if (sentAt > end || next >= requests) return void socket.end()
      missing = -1
      socket.write(request(next++))
    }
    socket.on('connect', send)
    socket.on('data', (part) => {
      if (missing < 0) {
        const head = part.indexOf('\r\n\r\n')
        const length = /content-length: (\d+)/i.exec(part.toString('latin1', 0, head))?.[1]
        if (head < 0 || !length || !part.subarray(0, 12).equals(expected)) return reject(new Error(part.toString('latin1', 0, 400)))
        bytes = Number(length)
        missing = bytes - (part.length - head - 4)
      } else missing -= part.length
      if (missing > 0) return
      times.push(performance.now() - sentAt)
      send()
    })
    socket.on('close', () => resolve())
    socket.on('error', reject)
  })))
  return { perSecond: times.length / ((performance.now() - start) / 1000), p50: share(times, 0.5), p95: share(times, 0.95), p99: share(times, 0.99), bytes }
}

/** Begins so many a second, whether or not the ones before have ended; milliseconds of each. */
export async function atRate(perSecond: number, seconds: number, call: (n: number) => Promise<void>): Promise<number[]> {
  const begun = performance.now()
  const calls: Promise<number>[] = []
  for (let n = 0; n < perSecond * seconds; n++) {
    const wait = begun + (n * 1000) / perSecond - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    const from = performance.now()
    calls.push(call(n).then(() => performance.now() - from))
  }
  return Promise.all(calls)
}

function lines(headers: Record<string, string>): string {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
}

function randomAddress(): string {
  return `10.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}.${Math.floor(Math.random() * 256)}`
}
