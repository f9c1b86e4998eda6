/** GET /v2/reports/records as the provider answers it, for what this server was handed. https://developer.vonage.com/en/api/reports */
import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { EUROS_PER_SEGMENT } from './domain.ts'
import { readReport, type ReportQuery } from './input.ts'
import type { MessageRow, Store } from './queries.ts'
import { isAccountHolder } from './tokens.ts'

export type ReportDeps = {
  store: Store
  account: { apiKey: string; apiSecret: string }
  pageSize: number
  /** Every question, whatever became of it. */
  onAsked: () => void
}

export function registerReports(app: FastifyInstance, deps: ReportDeps): void {
  app.get('/v2/reports/records', (request, reply) => {
    deps.onAsked()
    if (!isAccountHolder(request.headers.authorization, deps.account)) return problem(reply, 401, 'unauthorized', 'You did not provide correct credentials.')
    const read = readReport(request.query)
    if (!read.ok) return problem(reply, 422, 'invalid-parameters', 'The request contains one or more invalid parameters.', read.invalid)
    if (read.query.account_id !== deps.account.apiKey) return problem(reply, 403, 'forbidden', 'User not authorized to query the requested data.')
    return answer(request, reply, deps, read.query)
  })
}

function answer(request: FastifyRequest, reply: FastifyReply, { store, account, pageSize }: ReportDeps, query: ReportQuery): FastifyReply {
  const rows = query.product !== 'MESSAGES' || (query.provider ?? 'sms') !== 'sms' ? [] : store.listByTime({
    direction: query.direction === 'inbound' ? 'from_phone' : 'to_phone', from: query.date_start, until: query.date_end,
    phone: query.to ?? null, sender: query.from ?? null, state: query.status ?? null, afterId: query.cursor, limit: pageSize + 1,
  })
  const records = rows.slice(0, pageSize)
  const last = records.at(-1)
  const place = rows.length > pageSize && last ? { cursor: Buffer.from(String(last.id)).toString('base64url'), iv: randomUUID().replaceAll('-', '').slice(0, 22) } : undefined
  const self = new URL(request.url, `http://${request.headers.host}`)
  const next = new URL(self)
  for (const [name, value] of Object.entries(place ?? {})) next.searchParams.set(name, value)
  return reply.send({
    _links: { self: { href: self.href }, ...(place ? { next: { href: next.href } } : {}) },
    request_id: randomUUID(),
    request_status: place ? 'TRUNCATED' : 'SUCCESS',
    received_at: stamp(Date.now()),
    ...place,
    product: query.product,
    direction: query.direction,
    include_message: query.include_message,
    items_count: records.length,
    records: records.map((row) => recordOf(row, account.apiKey, query)),
  })
}

/** All its values are texts, as the provider's are. */
function recordOf(row: MessageRow, accountId: string, { direction, include_message }: ReportQuery) {
  const [from, to] = direction === 'inbound' ? [row.phone, row.sender] : [row.sender, row.phone]
  return {
    account_id: accountId, id: row.uuid, message_id: row.uuid, client_ref: row.client_ref, direction, from, to, provider: 'sms', network: '20801',
    date_received: stamp(row.at), date_finalized: stamp(row.at), currency: 'EUR', total_price: (row.segments * EUROS_PER_SEGMENT).toFixed(4),
    status: ['accepted', 'silent'].includes(row.state) ? 'submitted' : row.state, error_code: row.code ?? '',
    ...(include_message ? { message_body: row.text } : {}),
  }
}

function stamp(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, '+00:00')
}

function problem(reply: FastifyReply, status: number, code: string, detail: string, invalid?: { name: string; reason: string }[]): FastifyReply {
  const titles: Record<number, string> = { 401: 'Unauthorized', 403: 'Forbidden', 422: 'Unprocessable entity' }
  return reply.code(status).send({ type: `https://developer.vonage.com/api-errors#${code}`, title: titles[status], detail, instance: randomUUID(), ...(invalid ? { invalid_parameters: invalid } : {}) })
}
