/** A simulator with quick receipts, a receiver for its webhooks, and bare servers for what no provider should do. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import { mkdtempSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { startSimulator, type SimulatorOptions } from '../../src/simulator/server.ts'
import type { SmsToSend } from '../../src/sms/gateway.ts'
import { createVonageGateway } from '../../src/sms/vonage.ts'

export const QUICK = { submittedMs: 0, finalMs: 1 }

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'dispo-simulator-'))
}

/** One imaginary account for a whole test file: making a key takes a while. */
export const account = loadSimulatorCredentials(temporaryFolder())

export function simulate(options: Partial<SimulatorOptions> = {}) {
  return startSimulator({ ...account, host: '127.0.0.1', port: 0, dataFile: ':memory:', delays: QUICK, retryBaseMs: 20, ...options })
}

export function gatewayTo(apiHost: string, timeoutMs = 5000) {
  return createVonageGateway({ applicationId: account.applicationId, privateKey: account.privateKey, apiHost, timeoutMs })
}

export function anSms(changes: Partial<SmsToSend> = {}): SmsToSend {
  return { to: '+33639980001', from: '+33644630000', body: 'Bonjour, êtes-vous disponible ?', encoding: 'ucs2', reference: crypto.randomUUID(), ...changes }
}

export async function listen(handler: RequestListener): Promise<{ url: string; server: Server; close: () => Promise<void> }> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => new Promise<void>((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, close }
}

export type Received = { path: string; headers: IncomingHttpHeaders; raw: Buffer; body: Record<string, unknown>; at: number }

/** Keeps every request; `answer` gives the status. */
export async function startReceiver(answer: (received: Received, count: number) => number = () => 200) {
  const received: Received[] = []
  const { url, close } = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const one = { path: request.url ?? '', headers: request.headers, raw, body: JSON.parse(raw.toString() || '{}') as Record<string, unknown>, at: Date.now() }
      received.push(one)
      response.writeHead(answer(one, received.length)).end()
    })
  })
  return { received, close, statusUrl: `${url}/status`, inboundUrl: `${url}/inbound`, url }
}
