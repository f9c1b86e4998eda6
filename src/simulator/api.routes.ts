/** POST /v1/messages as the provider answers it. https://developer.vonage.com/en/api/messages */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { measureSms } from '../sms/segments.ts'
import type { Behaviour, Post } from './behaviour.ts'
import { magicEnding, planFor, type Answer, type Delays, type PlannedReceipt } from './domain.ts'
import { readOutbound, type OutboundSms } from './input.ts'
import type { MessageRow, Store } from './queries.ts'
import { receiptRows } from './webhooks.ts'

export type ApiDeps = {
  store: Store
  isCaller: (authorization: string | undefined) => boolean
  behaviour: (post: Post) => Behaviour
  magicNumbers: boolean
  delays: Delays
  /** Every POST, whatever became of it. */
  onPost: (body: unknown) => void
  onAccepted: (message: Omit<MessageRow, 'id'>) => void
}

export function registerApi(app: FastifyInstance, deps: ApiDeps): void {
  let count = 0
  app.post('/v1/messages', { bodyLimit: 64 * 1024 }, async (request, reply) => {
    reply.header('x-request-id', randomUUID())
    deps.onPost(request.body)
    const post = describePost(request.body, ++count)
    const behaviour = deps.behaviour(post)
    if (behaviour.mode === 'status' && !behaviour.accept) return reply.code(behaviour.status).headers(behaviour.headers ?? {}).send(behaviour.body ?? '')
    if ((behaviour.mode === 'hang' || behaviour.mode === 'reset') && !behaviour.accept) return abandon(reply, behaviour.mode)
    if (!deps.isCaller(request.headers.authorization)) return sendProblem(reply, 401, 'unauthorized', 'Unauthorized', 'You did not provide correct credentials.')
    const read = readOutbound(request.body)
    if (!read.ok) return sendProblem(reply, 422, '1150', 'Invalid params', 'The value of one or more parameters is invalid.', read.invalid)
    return accept(reply, deps, read.sms, behaviour)
  })
  // Anything else under /v1, a body that is no JSON, or one too large.
  app.setErrorHandler((error: { statusCode?: number }, _request, reply) =>
    error.statusCode !== undefined && error.statusCode < 500
      ? sendProblem(reply, 422, '1020', 'Invalid params', 'The request body did not contain valid JSON.')
      : sendProblem(reply, 500, '1030', 'Internal error', 'There was an error processing your request in the Platform.'))
}

async function accept(reply: FastifyReply, deps: ApiDeps, sms: OutboundSms, behaviour: Behaviour): Promise<FastifyReply> {
  const plan = planFor(deps.magicNumbers ? magicEnding(sms.to) : undefined, deps.delays)
  if (plan.answer === 'fails') return sendProblem(reply, 500, '1030', 'Internal error', 'There was an error processing your request in the Platform.')
  if (plan.answer === 'throttles_once' && deps.store.throttleOnce(sms.to, sms.text)) {
    return sendProblem(reply.headers({ 'retry-after': '1', 'x-ratelimit-limit': '30', 'x-ratelimit-remaining': '0' }), 429, '1000', 'Throttled', 'You have exceeded the submission capacity allowed on this account.')
  }
  const receipts = behaviour.mode === 'normal' && behaviour.receipts ? behaviour.receipts : plan.receipts
  const uuid = record(deps, sms, receipts)
  return answer(reply, uuid, behaviour, plan.answer)
}

/** The acceptance is stored before any byte of the answer leaves, so that what we say we took can be counted. */
function record(deps: ApiDeps, sms: OutboundSms, receipts: readonly PlannedReceipt[]): string {
  const message = {
    uuid: randomUUID(), direction: 'to_phone' as const, phone: sms.to, sender: sms.from, text: sms.text, client_ref: sms.client_ref ?? null,
    segments: countSegments(sms), state: receipts.length === 0 ? 'silent' : 'accepted', code: null, at: Date.now(),
  }
  deps.store.addMessage(message, receiptRows(message, receipts))
  deps.onAccepted(message)
  return message.uuid
}

/** The provider bills what was asked for: a GSM-7 text sent as unicode costs like UCS-2. */
function countSegments(sms: OutboundSms): number {
  const measure = measureSms(sms.text)
  if (sms.sms?.encoding_type !== 'unicode' || measure.encoding === 'ucs2') return measure.segments
  return sms.text.length <= 70 ? 1 : Math.ceil(sms.text.length / 67)
}

async function answer(reply: FastifyReply, uuid: string, behaviour: Behaviour, planned: Answer): Promise<FastifyReply> {
  const body = JSON.stringify({ message_uuid: uuid })
  const mode = behaviour.mode === 'normal' && planned === 'hangs' ? 'hang' : behaviour.mode === 'normal' && planned === 'garbles' ? 'broken_json' : behaviour.mode
  reply.code(202).type('application/json; charset=utf-8')
  switch (mode) {
    case 'hang':
    case 'reset': return abandon(reply, mode)
    case 'status': return behaviour.mode === 'status' ? reply.code(behaviour.status).headers(behaviour.headers ?? {}).send(behaviour.body ?? '') : reply
    case 'broken_json': return reply.send('{"message_uuid":"')
    case 'empty_body': return reply.send('')
    case 'html_body': return reply.type('text/html').send('<!doctype html><title>Bad gateway</title>')
    case 'missing_uuid': return reply.send('{"workflow_id":null}')
    case 'megabyte_body': return reply.send(JSON.stringify({ message_uuid: uuid, padding: 'x'.repeat(1024 * 1024) }))
    case 'drip': return drip(reply, body, behaviour.mode === 'drip' ? behaviour.everyMs : 1000)
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, behaviour.mode === 'delay' ? behaviour.ms : 0))
      return reply.send(body)
    case 'normal': return reply.send(body)
  }
}

function abandon(reply: FastifyReply, mode: 'hang' | 'reset'): FastifyReply {
  reply.hijack()
  if (mode === 'reset') reply.raw.socket?.resetAndDestroy()
  return reply
}

function drip(reply: FastifyReply, body: string, everyMs: number): FastifyReply {
  reply.hijack()
  const raw: ServerResponse = reply.raw
  raw.writeHead(202, { 'content-type': 'application/json' })
  let sent = 0
  const timer = setInterval(() => {
    raw.write(body[sent++] ?? ' ')
  }, everyMs).unref()
  raw.once('close', () => clearInterval(timer))
  return reply
}

function sendProblem(reply: FastifyReply, status: number, code: string, title: string, detail: string, invalid?: { name: string; reason: string }[]): FastifyReply {
  const problem = { type: `https://developer.vonage.com/api-errors/messages#${code}`, title, detail, instance: randomUUID(), ...(invalid ? { invalid_parameters: invalid } : {}) }
  // As bytes, because Fastify adds a charset to texts and the provider names none.
  return reply.code(status).header('content-type', 'application/problem+json').send(Buffer.from(JSON.stringify(problem)))
}

function describePost(body: unknown, count: number): Post {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '')
  return { to: text('to'), from: text('from'), text: text('text'), clientRef: text('client_ref') || null, count }
}
