import { once } from 'node:events'
import { request } from 'node:http'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { cert, key } from '../sms/untrusted-certificate.ts'

export type Front = Awaited<ReturnType<typeof startFront>>

/** Another request in place of a GET: what a browser would see after sending a form, at an address that can be opened. */
type Instead = { method: string; path: string; body: string; type: string }

/** Of one connection only, and forbidden in HTTP/2 (RFC 9113, 8.2.2). */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/**
 * What stands before the application in production: TLS and HTTP/2 outside, HTTP/1.1 inside, nothing read or changed on the way.
 * It listens at once, because the application is told its address; `lead` says where that is.
 */
export async function startFront() {
  let inside = ''
  const instead = new Map<string, Instead>()
  const server = createSecureServer({ key, cert, allowHTTP1: true }, (asked, answer) => {
    const swap = instead.get(asked.url)
    const headers = headersOf(asked)
    const passed = request(inside + (swap?.path ?? asked.url), { method: swap?.method ?? asked.method, headers: swap ? { ...headers, 'content-type': swap.type, 'content-length': Buffer.byteLength(swap.body) } : headers })
    passed.on('response', (response) => {
      const kept = Object.entries(response.headers).filter(([name]) => !CONNECTION_HEADERS.has(name))
      answer.writeHead(response.statusCode ?? 502, Object.fromEntries(kept))
      response.pipe(answer as unknown as NodeJS.WritableStream)
    })
    passed.on('error', () => fail(answer))
    if (swap) passed.end(swap.body)
    else asked.pipe(passed)
  })
  server.on('sessionError', () => {}) // a browser that leaves
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `https://127.0.0.1:${port}`,
    lead: (origin: string) => { inside = origin },
    /** Whoever opens the address gets the answer to that request. */
    show: (address: string, request: Instead) => { instead.set(address, request) },
    close: async () => {
      server.close()
    },
  }
}

function headersOf(asked: Http2ServerRequest): Record<string, string | string[]> {
  const kept = Object.entries(asked.headers).filter(([name, value]) => !name.startsWith(':') && value !== undefined && !CONNECTION_HEADERS.has(name)) as [string, string | string[]][]
  return { ...Object.fromEntries(kept), host: asked.authority, 'x-forwarded-proto': 'https', 'x-forwarded-for': asked.socket.remoteAddress ?? '' }
}

function fail(answer: Http2ServerResponse): void {
  if (!answer.headersSent) answer.writeHead(502)
  answer.end()
}
