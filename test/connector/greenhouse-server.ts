import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export type TheirCandidate = { id: number; first_name: string; last_name: string; title?: string | null; phone_numbers: { value: string; type: string }[]; email_addresses: { value: string; type: string }[]; tags: string[]; updated_at: string }
type Note = { id: number; candidate_id: number; body: string; visibility: string }

/**
 * A server that speaks the Harvest API v3 as its documentation tells: access by client credentials, lists by id from the newest with an
 * opaque cursor in `Link` that stands alone, `updated_at=gte|…`, 429 with Retry-After, 401 once an access has run out.
 */
export async function startGreenhouse(given: { perPage?: number } = {}) {
  const people = new Map<number, TheirCandidate>()
  const notes: Note[] = []
  const asked: string[] = []
  /** What the next requests meet: a status, or an answer that breaks off. */
  const faults: (number | 'cut' | 'cut after')[] = []
  let access = 0
  const server = createServer(async (request, reply) => {
    const url = new URL(request.url ?? '/', 'http://greenhouse.invalid')
    const body = await bodyOf(request)
    const send = (status: number, json: unknown, headers: Record<string, string> = {}) => reply.writeHead(status, { 'content-type': 'application/json', 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '49', ...headers }).end(JSON.stringify(json))
    asked.push(`${request.method} ${url.pathname}${url.search}`)
    if (url.pathname === '/token') {
      const isKnown = request.headers.authorization === `Basic ${Buffer.from('client:secret').toString('base64')}` && new URLSearchParams(body).get('grant_type') === 'client_credentials'
      if (!isKnown) return send(401, { error: 'invalid_client' })
      access += 1
      return send(200, { access_token: `access-${access}`, token_type: 'Bearer', expires_in: 3600 })
    }
    const fault = faults.shift()
    if (fault === 'cut') return void request.socket.destroy()
    if (fault === 401) access += 1
    if (fault === 429) return send(429, { errors: [{ message: 'Rate limit exceeded' }] }, { 'retry-after': '7', 'x-ratelimit-remaining': '0' })
    if (typeof fault === 'number' && fault !== 401) return send(fault, { errors: [{ message: 'no' }] })
    if (request.headers.authorization !== `Bearer access-${access}`) return send(401, { errors: [{ message: 'Unauthorized' }] })
    if (url.pathname === '/v3/notes' && request.method === 'POST') {
      const note = JSON.parse(body) as Omit<Note, 'id'>
      if (!people.has(note.candidate_id)) return send(404, { errors: [{ message: 'Resource not found' }] })
      notes.push({ ...note, id: notes.length + 1 })
      return fault === 'cut after' ? void request.socket.destroy() : send(201, notes.at(-1))
    }
    if (url.pathname === '/v3/notes') return send(200, notes.filter(({ candidate_id }) => String(candidate_id) === url.searchParams.get('candidate_ids')))
    if (url.pathname !== '/v3/candidates') return send(404, {})
    const cursor = url.searchParams.get('cursor')
    if (cursor !== null && url.searchParams.size > 1) return send(422, { errors: [{ message: 'cursor cannot be combined with other parameters' }] })
    const from = cursor === null
      ? { since: /^gte\|(.+)$/.exec(url.searchParams.get('updated_at') ?? '')?.[1], below: Infinity }
      : JSON.parse(Buffer.from(cursor, 'base64url').toString()) as { since?: string; below: number | null }
    const found = [...people.values()].filter(({ id, updated_at }) => id < (from.below ?? Infinity) && (from.since === undefined || updated_at >= from.since)).toSorted((a, b) => b.id - a.id)
    const page = found.slice(0, given.perPage ?? 2)
    const next = found.length > page.length ? Buffer.from(JSON.stringify({ since: from.since, below: page.at(-1)!.id })).toString('base64url') : undefined
    send(200, page, next === undefined ? {} : { link: `<http://${request.headers.host}/v3/candidates?cursor=${next}>; rel="next"` })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { account: { apiUrl: `${url}/v3`, tokenUrl: `${url}/token`, clientId: 'client', clientSecret: 'secret' }, people, notes, asked, faults, close: () => new Promise((resolve) => server.close(resolve)) }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
