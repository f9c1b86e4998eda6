/**
 * A provider in a process of its own. It speaks the Messages API, misbehaves as planned, and writes each acceptance down
 * before any byte of an answer leaves: whatever happens to anybody else, its log tells who really got a text.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { createCallerCheck } from '../../src/simulator/tokens.ts'
import type { Account } from '../../src/simulator/webhooks.ts'
import { openLog } from './log.ts'
import { conductFor, receiptsFor, type Conduct } from './plan.ts'
import { createReceipts, type TakenSms } from './receipts.ts'

type Given = { seed: number; account: Account & { publicKeyPem: string }; statusUrl: string; logFile: string; timeoutMs: number }
export type ProviderState = { calls: number; accepted: number; receiptsWaiting: number }
export type Provider = { apiHost: string; state(): Promise<ProviderState>; stop(): Promise<void> }

/** `timeoutMs`: how long the product waits for an answer; a late one comes after that. */
export async function startProvider(given: Given): Promise<Provider> {
  const child = fork(import.meta.filename, { env: { PATH: process.env['PATH'], CRASH_PROVIDER: JSON.stringify(given) } })
  const [apiHost] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => { throw new Error('the provider did not start') })])) as [string]
  return {
    apiHost,
    state: async () => (await (await fetch(`${apiHost}/state`)).json()) as ProviderState,
    stop: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const sms = z.object({ to: z.string().regex(/^\d{7,15}$/), from: z.string().min(1), text: z.string().min(1), client_ref: z.uuid(), channel: z.literal('sms'), message_type: z.literal('text') })
const NONSENSE = ['{"message_uuid":"', '', '<!doctype html><title>Bad gateway</title>', '{"workflow_id":null}', '[]']

async function provide(given: Given): Promise<void> {
  const isCaller = createCallerCheck({ publicKeyPem: given.account.publicKeyPem, applicationId: given.account.applicationId })
  const log = openLog(given.logFile)
  const receipts = createReceipts(given.account, given.statusUrl, log)
  const callsTo = new Map<string, number>()
  const state = { calls: 0, accepted: 0 }

  async function meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    state.calls++
    if (!isCaller(request.headers.authorization)) return refuse('unauthorized', 401, response)
    const read = sms.safeParse(parse(body))
    if (!read.success) return refuse('unreadable', 422, response)
    const { to, from, text, client_ref: ref } = read.data
    const nth = (callsTo.get(to) ?? 0) + 1
    callsTo.set(to, nth)
    const conduct = conductFor(given.seed, to, nth)
    log({ what: 'call', ref, to, mode: conduct.mode, at: Date.now() })
    const uuid = randomUUID()
    if (conduct.accepts) accept({ uuid, ref, to, from, text })
    await answer(response, conduct, uuid, given.timeoutMs)
  }

  function accept(taken: TakenSms): void {
    log({ what: 'accepted', ref: taken.ref, to: taken.to, uuid: taken.uuid, at: Date.now() })
    state.accepted++
    receipts.send(taken, receiptsFor(given.seed, taken.to))
  }

  /** Neither may ever happen: the log shows a call that belongs to nobody. */
  function refuse(mode: 'unauthorized' | 'unreadable', status: number, response: ServerResponse): void {
    log({ what: 'call', ref: '', to: '', mode, at: Date.now() })
    response.writeHead(status).end()
  }

  const server = createServer((request, response) => {
    // Whoever follows the redirect posts a second time, and is served: that is how a redirect doubles a text.
    if (request.method === 'POST' && request.url?.startsWith('/v1/messages')) return void meet(request, response).catch(() => response.destroy())
    if (request.url !== '/state') return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...state, receiptsWaiting: receipts.waiting() } satisfies ProviderState))
  })
  server.listen(0, '127.0.0.1', () => process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  // Nobody listens to a provider whose run is over.
  process.once('disconnect', () => process.exit())
}

async function answer(response: ServerResponse, { mode }: Conduct, uuid: string, timeoutMs: number): Promise<void> {
  const accepted = () => response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ message_uuid: uuid }))
  switch (mode) {
    case 'answer': return void accepted()
    case 'slow': return void (await wait(timeoutMs / 3), accepted())
    case 'late': return void (await wait(timeoutMs * 1.5), accepted())
    case 'hang': return
    case 'reset': return void response.socket?.resetAndDestroy()
    case 'error': return void response.writeHead(503, { 'content-type': 'text/html' }).end('<!doctype html><title>Service unavailable</title>')
    case 'nonsense': return void response.writeHead(202, { 'content-type': 'application/json' }).end(NONSENSE[uuid.charCodeAt(0) % NONSENSE.length])
    case 'redirect': return void response.writeHead(307, { location: '/v1/messages/elsewhere' }).end()
    case 'throttle': return void response.writeHead(429, { 'retry-after': '1', 'content-type': 'application/problem+json' }).end('{"title":"1000"}')
    case 'refuse': return void response.writeHead(422, { 'content-type': 'application/problem+json' }).end('{"type":"https://developer.vonage.com/api-errors/messages#1150","title":"Invalid params"}')
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const given = process.env['CRASH_PROVIDER']
if (given) await provide(JSON.parse(given) as Given)
