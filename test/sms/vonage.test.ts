import { generateKeyPairSync } from 'node:crypto'
import type { Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Behaviour } from '../../src/simulator/behaviour.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { createVonageGateway } from '../../src/sms/vonage.ts'
import { account, anSms, gatewayTo, listen, simulate, startReceiver } from '../simulator/support.ts'
import { outboundSms } from '../simulator/schemas.ts'

let simulator: Simulator
beforeAll(async () => {
  simulator = await simulate({ magicNumbers: false })
})
afterAll(() => simulator.close())
afterEach(() => simulator.behave({ mode: 'normal' }))

/** One hand-over under a fault; how many POSTs it made and how many messages were taken. */
async function handOverUnder(behaviour: Behaviour, timeoutMs = 5000) {
  const before = { posts: simulator.postCount(), taken: simulator.accepted().length }
  simulator.behave(behaviour)
  const outcome = await gatewayTo(simulator.apiHost, timeoutMs).handOver(anSms())
  return { outcome, posts: simulator.postCount() - before.posts, taken: simulator.accepted().length - before.taken }
}

describe('a hand-over through the real SDK', () => {
  it('is accepted once, with the reference that receipts will carry', async () => {
    const sms = anSms({ from: 'AGENCE', body: 'Déjà', encoding: 'gsm7' })
    const outcome = await gatewayTo(simulator.apiHost).handOver(sms)
    const [taken] = simulator.accepted().slice(-1)
    expect(taken).toMatchObject({ to: '33639980001', from: 'AGENCE', text: 'Déjà', clientRef: sms.reference })
    expect(outcome).toEqual({ outcome: 'accepted', providerId: taken?.uuid })
  })

  it('sends a body and headers that the published rules allow', async () => {
    const receiver = await startReceiver()
    await gatewayTo(receiver.url).handOver(anSms())
    await gatewayTo(`${receiver.url}/region/`).handOver(anSms({ encoding: 'gsm7', from: 'AGENCE' }))
    await receiver.close()
    const [first, second] = receiver.received
    for (const { body } of receiver.received) expect(outboundSms(body) || outboundSms.errors).toBe(true)
    expect(first?.body).toMatchObject({ to: '33639980001', from: '33644630000', sms: { encoding_type: 'unicode' } })
    expect(second?.body).toMatchObject({ from: 'AGENCE', sms: { encoding_type: 'text' } })
    expect([first?.path, second?.path]).toEqual(['/v1/messages', '/region/v1/messages'])
    expect(first?.headers).toMatchObject({ 'content-type': 'application/json', authorization: expect.stringMatching(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/) })
  })

  it('signs once and uses the token again, for ten minutes at most', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const receiver = await startReceiver()
      const gateway = gatewayTo(receiver.url)
      await gateway.handOver(anSms())
      await gateway.handOver(anSms())
      vi.setSystemTime(Date.now() + 601_000)
      await gateway.handOver(anSms())
      vi.setSystemTime(Date.now() - 86_400_000)
      await gateway.handOver(anSms())
      await receiver.close()
      const tokens = receiver.received.map(({ headers }) => headers.authorization)
      expect(tokens[1]).toBe(tokens[0])
      expect(new Set(tokens).size).toBe(3)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('what each answer proves (reliability 2.3)', () => {
  it.each<[string, Behaviour, object, number]>([
    ['429 is safe to repeat', { mode: 'status', status: 429 }, { outcome: 'not_sent', reason: 'throttled' }, 0],
    ['429 with Retry-After says when', { mode: 'status', status: 429, headers: { 'retry-after': '7' } }, { outcome: 'not_sent', reason: 'throttled', retryAfterSeconds: 7 }, 0],
    ['a day in Retry-After is cut to an hour', { mode: 'status', status: 429, headers: { 'retry-after': '86400' } }, { outcome: 'not_sent', reason: 'throttled', retryAfterSeconds: 3600 }, 0],
    ['nonsense in Retry-After is ignored', { mode: 'status', status: 429, headers: { 'retry-after': 'soon' } }, { outcome: 'not_sent', reason: 'throttled' }, 0],
    ['401 concerns the account', { mode: 'status', status: 401 }, { outcome: 'account_refused', code: 'http_401', detail: '' }, 0],
    ['402 concerns the account', { mode: 'status', status: 402, body: '{"type":"https://x/y#1460","title":"Low balance","detail":"Top up"}' }, { outcome: 'account_refused', code: '1460', detail: 'Low balance · Top up' }, 0],
    ['403 concerns the account', { mode: 'status', status: 403 }, { outcome: 'account_refused', code: 'http_403' }, 0],
    ['400 is final', { mode: 'status', status: 400, body: '<html>' }, { outcome: 'rejected', code: 'http_400', blame: 'content' }, 0],
    ['404 is final', { mode: 'status', status: 404 }, { outcome: 'rejected', code: 'http_404' }, 0],
    ['422 naming `to` blames the recipient', { mode: 'status', status: 422, body: '{"type":"https://x#1150","title":1150,"detail":"33639980001 refused","invalid_parameters":[{"name":"to","reason":"bad"}]}' }, { outcome: 'rejected', code: '1150', detail: '1150 · …01 refused · to: bad', blame: 'recipient' }, 0],
    ['422 naming `from` blames the sender', { mode: 'status', status: 422, body: '{"title":"Invalid sender","detail":"The `from` parameter is invalid"}' }, { outcome: 'rejected', blame: 'sender' }, 0],
    ['408 proves nothing', { mode: 'status', status: 408 }, { outcome: 'in_doubt', reason: 'http_408' }, 0],
    ['500 proves nothing', { mode: 'status', status: 500 }, { outcome: 'in_doubt', reason: 'http_500' }, 0],
    ['502 proves nothing', { mode: 'status', status: 502, body: '<html>Bad gateway</html>', accept: true }, { outcome: 'in_doubt', reason: 'http_502' }, 1],
    ['503 proves nothing, Retry-After or not', { mode: 'status', status: 503, headers: { 'retry-after': '1' } }, { outcome: 'in_doubt', reason: 'http_503' }, 0],
    ['504 proves nothing', { mode: 'status', status: 504, accept: true }, { outcome: 'in_doubt', reason: 'http_504' }, 1],
    ['broken JSON after 202 (F-09)', { mode: 'broken_json' }, { outcome: 'in_doubt' }, 1],
    ['an empty body after 202 (F-09)', { mode: 'empty_body' }, { outcome: 'in_doubt' }, 1],
    ['a web page after 202', { mode: 'html_body' }, { outcome: 'in_doubt' }, 1],
    ['202 without a message id', { mode: 'missing_uuid' }, { outcome: 'in_doubt' }, 1],
    ['1 MB after 202 (F-09)', { mode: 'megabyte_body' }, { outcome: 'in_doubt', reason: 'unreadable_answer' }, 1],
    ['204 without a body', { mode: 'status', status: 204, accept: true }, { outcome: 'in_doubt' }, 1],
    ['a connection reset before acceptance', { mode: 'reset', accept: false }, { outcome: 'in_doubt' }, 0],
    ['a connection reset after acceptance', { mode: 'reset', accept: true }, { outcome: 'in_doubt' }, 1],
    ['a late answer within the limit is an answer', { mode: 'delay', ms: 200 }, { outcome: 'accepted' }, 1],
  ])('%s', async (_name, behaviour, outcome, taken) => {
    const result = await handOverUnder(behaviour)
    expect(result).toMatchObject({ outcome, posts: 1, taken })
  })

  it.each<[string, Behaviour, number]>([
    ['no answer at all', { mode: 'hang', accept: true }, 1],
    ['no answer before acceptance', { mode: 'hang', accept: false }, 0],
    ['an answer after the limit', { mode: 'delay', ms: 60_000 }, 1],
    ['one byte at a time: the limit is for the whole exchange (F-09)', { mode: 'drip', everyMs: 20 }, 1],
  ])('%s is in doubt when the time is up', async (_name, behaviour, taken) => {
    const start = performance.now()
    const result = await handOverUnder(behaviour, 300)
    expect(result).toMatchObject({ outcome: { outcome: 'in_doubt', reason: behaviour.mode === 'drip' ? 'unreadable_answer' : 'timeout' }, posts: 1, taken })
    expect(performance.now() - start).toBeLessThan(2000)
  })

  it.each([301, 302, 303, 307, 308])('a redirect with status %i causes no second request', async (status) => {
    const elsewhere = await startReceiver()
    const result = await handOverUnder({ mode: 'status', status, headers: { location: `${elsewhere.url}/v1/messages` }, accept: true })
    const home = await handOverUnder({ mode: 'status', status, headers: { location: '/v1/messages' }, accept: true })
    await elsewhere.close()
    expect([result, home]).toMatchObject([{ outcome: { outcome: 'in_doubt', reason: `http_${status}` }, posts: 1, taken: 1 }, { posts: 1, taken: 1 }])
    expect(elsewhere.received).toEqual([])
  })

  it('a refusal stays a refusal when its body never ends', async () => {
    const slow = await listen((_request, response) => void response.writeHead(422, { 'content-type': 'application/problem+json' }).write('{'))
    expect(await gatewayTo(slow.url, 300).handOver(anSms())).toMatchObject({ outcome: 'rejected', code: 'http_422' })
    await slow.close()
  })

  it('an endless body costs no memory (F-09)', async () => {
    let written = 0
    const endless = await listen((_request, response) => {
      response.writeHead(202, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(64 * 1024, 'x')
      const pump = () => {
        do written += chunk.length
        while (!response.destroyed && response.write(chunk))
      }
      response.on('drain', pump)
      pump()
    })
    expect(await gatewayTo(endless.url, 2000).handOver(anSms())).toEqual({ outcome: 'in_doubt', reason: 'unreadable_answer' })
    await endless.close()
    expect(written).toBeLessThan(16 * 1024 * 1024)
  })

  it('a body cut short of its announced length is in doubt', async () => {
    const cut = await listen((_request, response) => {
      response.writeHead(202, { 'content-type': 'application/json', 'content-length': '60' })
      response.write('{"message_uuid":"', () => response.socket?.destroy())
    })
    expect(await gatewayTo(cut.url).handOver(anSms())).toEqual({ outcome: 'in_doubt', reason: 'unreadable_answer' })
    await cut.close()
  })
})

describe('a connection that is used again', () => {
  it.each([['before it answers', 0], ['in the middle of its answer', 1]])('and breaks %s posts once, and is a doubt', async (_when, begins) => {
    let posts = 0
    const connections = new Set<Socket | null>()
    const fickle = await listen((request, response) => {
      request.resume().on('end', () => {
        posts++
        connections.add(request.socket)
        if (posts !== 2) return void response.writeHead(202, { 'content-type': 'application/json' }).end('{"message_uuid":"u"}')
        if (begins === 1) response.writeHead(202, { 'content-length': '60' }).write('{')
        setImmediate(() => request.socket.destroy())
      })
    })
    const gateway = gatewayTo(fickle.url)
    const outcomes = [await gateway.handOver(anSms())]
    // The first answer is told a moment before its connection is free.
    await new Promise(setImmediate)
    outcomes.push(await gateway.handOver(anSms()))
    expect([posts, connections.size]).toEqual([2, 1])
    outcomes.push(await gateway.handOver(anSms()))
    await fickle.close()
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'in_doubt', 'accepted'])
    expect(posts).toBe(3)
  })
})

describe('a provider that cannot be reached (F-12)', () => {
  it('port closed: never left', async () => {
    const closed = await listen(() => {})
    await closed.close()
    expect(await gatewayTo(closed.url).handOver(anSms())).toEqual({ outcome: 'not_sent', reason: 'ECONNREFUSED' })
    expect(await gatewayTo(closed.url.replace('127.0.0.1', 'localhost')).handOver(anSms())).toEqual({ outcome: 'not_sent', reason: 'ECONNREFUSED' })
  })

  it('name unknown: never left', async () => {
    const outcome = await gatewayTo('http://provider.invalid').handOver(anSms())
    expect(outcome).toEqual({ outcome: 'not_sent', reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) })
  })

  it('a forbidden port: never left', async () => {
    expect(await gatewayTo('http://127.0.0.1:1').handOver(anSms())).toMatchObject({ outcome: 'not_sent' })
  })

  it('a certificate nobody vouches for: never left', async () => {
    const { key, cert } = await import('./untrusted-certificate.ts')
    let posts = 0
    const sockets = new Set<Socket>()
    const server = createTlsServer({ key, cert }, (_request, response) => {
      posts++
      response.end()
    }).on('connection', (socket: Socket) => sockets.add(socket)).on('tlsClientError', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const outcome = await gatewayTo(`https://127.0.0.1:${(server.address() as AddressInfo).port}`).handOver(anSms())
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    expect(outcome).toEqual({ outcome: 'not_sent', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(posts).toBe(0)
  })

  it('plain HTTP where TLS was asked for: in doubt or never left, and no exception', async () => {
    const outcome = await gatewayTo(simulator.apiHost.replace('http:', 'https:')).handOver(anSms())
    expect(['not_sent', 'in_doubt']).toContain(outcome.outcome)
  })
})

describe('credentials', () => {
  it('a key of another account is refused by the provider as the account', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const outcome = await createVonageGateway({ applicationId: account.applicationId, privateKey: other, apiHost: simulator.apiHost, timeoutMs: 5000 }).handOver(anSms())
    expect(outcome).toMatchObject({ outcome: 'account_refused', code: 'unauthorized' })
  })

  it('a key that cannot sign sends nothing and says nothing of itself', async () => {
    const before = simulator.postCount()
    const gateway = createVonageGateway({ applicationId: account.applicationId, privateKey: '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----', apiHost: simulator.apiHost, timeoutMs: 5000 })
    const outcome = await gateway.handOver(anSms())
    expect(outcome).toMatchObject({ outcome: 'account_refused', code: 'cannot_sign' })
    expect(JSON.stringify(outcome)).not.toContain('secret')
    expect(simulator.postCount()).toBe(before)
  })

  it('options that cannot work are refused at the start', () => {
    const options = { applicationId: 'a', privateKey: account.privateKey, apiHost: simulator.apiHost, timeoutMs: 1000 }
    expect(() => createVonageGateway({ ...options, privateKey: '/etc/passwd' })).toThrow('private key')
    expect(() => createVonageGateway({ ...options, apiHost: 'ftp://x' })).toThrow('https')
    expect(() => createVonageGateway({ ...options, apiHost: 'nowhere' })).toThrow('Invalid URL')
  })

  it('nothing is printed, whatever happens', async () => {
    const printed: string[] = []
    const spies = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')].map((spy) => spy.mockImplementation((chunk) => printed.push(String(chunk)) > 0))
    for (const status of [401, 422, 500]) await handOverUnder({ mode: 'status', status })
    await handOverUnder({ mode: 'broken_json' })
    for (const spy of spies) spy.mockRestore()
    expect(printed.length).toBe(0)
  })
})
