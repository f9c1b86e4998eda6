import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { retryAfterMs } from '../../src/simulator/domain.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { inboundPayload, statusPayload } from '../../src/sms/input.ts'
import { interpretReceipt } from '../../src/sms/receipts.ts'
import { verifyWebhook } from '../../src/sms/webhooks.ts'
import { acceptedAnswer, inboundWebhook, problemAnswer, statusWebhook } from './schemas.ts'
import { account, anSms, gatewayTo, simulate, startReceiver, temporaryFolder, type Received } from './support.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(options: Parameters<typeof simulate>[0] = {}, answer?: (received: Received, count: number) => number) {
  const receiver = await startReceiver(answer)
  const simulator = await simulate({ statusUrl: receiver.statusUrl, inboundUrl: receiver.inboundUrl, ...options })
  open.push(receiver, simulator)
  return { simulator, receiver, gateway: gatewayTo(simulator.apiHost, 1000) }
}

function isGenuine({ headers, raw }: Received): boolean {
  const { apiKey, applicationId, signatureSecret } = account
  return verifyWebhook({ authorization: headers.authorization, rawBody: raw, secret: signatureSecret, apiKey, applicationId, nowSeconds: Date.now() / 1000 }).ok
}

function statuses(received: Received[]): unknown[] {
  return received.map(({ body }) => [body['status'], (body['error'] as { title?: string } | undefined)?.title].filter(Boolean).join(' '))
}

async function post(simulator: Simulator, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${simulator.apiHost}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) })
  return { status: response.status, type: response.headers.get('content-type'), requestId: response.headers.get('x-request-id'), body: JSON.parse(await response.text()) as Record<string, unknown> }
}

/** A bearer header as the SDK makes it. */
async function callerHeader(): Promise<string> {
  const receiver = await startReceiver()
  await gatewayTo(receiver.url).handOver(anSms())
  await receiver.close()
  return String(receiver.received[0]?.headers.authorization)
}

describe('POST /v1/messages', () => {
  const good = { channel: 'sms', message_type: 'text', to: '33639980001', from: 'AGENCE', text: 'Bonjour' }

  it('answers as the published rules say, and logs the acceptance before answering', async () => {
    const { simulator } = await start()
    const answer = await post(simulator, good, { authorization: await callerHeader() })
    expect(answer).toMatchObject({ status: 202, type: expect.stringContaining('application/json'), requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(acceptedAnswer(answer.body) || acceptedAnswer.errors).toBe(true)
    expect(simulator.accepted().map(({ uuid }) => uuid)).toEqual([answer.body['message_uuid']])
  })

  it.each([
    ['no credentials', undefined],
    ['Basic credentials', 'Basic YTpi'],
    ['a token signed by nobody', 'Bearer eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9.eA'],
    ['half a token', 'Bearer abc.def'],
  ])('refuses %s with 401', async (_name, authorization) => {
    const { simulator } = await start()
    const answer = await post(simulator, good, authorization ? { authorization } : {})
    expect(answer).toMatchObject({ status: 401, type: 'application/problem+json', requestId: expect.any(String) })
    expect(problemAnswer(answer.body) || problemAnswer.errors).toBe(true)
    expect(simulator.accepted()).toEqual([])
  })

  it.each<[string, unknown, string]>([
    ['a number with +', { ...good, to: '+33639980001' }, 'to'],
    ['a number with 00', { ...good, to: '0033639980001' }, 'to'],
    ['sixteen digits', { ...good, to: '3363998000123456' }, 'to'],
    ['a sender of twelve letters', { ...good, from: 'AGENCEDUNORD' }, 'from'],
    ['a sender with a space', { ...good, from: 'MON AGENCE' }, 'from'],
    ['no text', { ...good, text: '' }, 'text'],
    ['3,201 characters', { ...good, text: 'a'.repeat(3201) }, 'text'],
    ['a reference of 101 characters', { ...good, client_ref: 'r'.repeat(101) }, 'client_ref'],
    ['another channel', { ...good, channel: 'whatsapp' }, 'channel'],
    ['an unknown encoding', { ...good, sms: { encoding_type: 'latin1' } }, 'sms.encoding_type'],
    ['an array', [], 'body'],
  ])('refuses %s with 422, naming the parameter', async (_name, body, name) => {
    const { simulator } = await start()
    const answer = await post(simulator, body, { authorization: await callerHeader() })
    expect(answer).toMatchObject({ status: 422, type: 'application/problem+json', body: { invalid_parameters: [{ name }] } })
    expect(problemAnswer(answer.body) || problemAnswer.errors).toBe(true)
  })

  it.each(['{"to":', 'null', ''])('refuses the body %j with 422', async (body) => {
    const { simulator } = await start()
    const answer = await post(simulator, body, { authorization: await callerHeader() })
    expect(answer.status).toBe(422)
    expect(problemAnswer(answer.body) || problemAnswer.errors).toBe(true)
  })
})

describe('receipts', () => {
  it('come signed, in order, with our reference, segments and price', async () => {
    const { simulator, receiver, gateway } = await start()
    const sms = anSms({ body: 'é'.repeat(161), encoding: 'gsm7' })
    await gateway.handOver(sms)
    await simulator.settled()
    expect(receiver.received.map((one) => one.path)).toEqual(['/status', '/status'])
    expect(statuses(receiver.received)).toEqual(['submitted', 'delivered'])
    for (const one of receiver.received) {
      expect(statusWebhook(one.body) || statusWebhook.errors).toBe(true)
      expect(isGenuine(one)).toBe(true)
      expect(statusPayload.parse(one.body)).toMatchObject({ client_ref: sms.reference, message_uuid: simulator.accepted()[0]?.uuid, sms: { count_total: '2' } })
    }
    expect(receiver.received[0]?.body['usage']).toEqual({ currency: 'EUR', price: '0.1150' })
  })

  it.each<[string, string[], string[]]>([
    ['90', ['submitted', 'undeliverable 1190'], ['accepted', 'undelivered permanent']],
    ['91', ['submitted', 'rejected 1210'], ['accepted', 'undelivered content']],
    ['92', ['rejected 1240'], ['undelivered opted_out']],
    ['93', ['submitted', 'undeliverable 1180'], ['accepted', 'undelivered temporary']],
    ['94', [], []],
    ['99', ['delivered', 'delivered', 'submitted', 'submitted'], ['delivered', 'delivered', 'accepted', 'accepted']],
    ['00', ['submitted', 'delivered'], ['accepted', 'delivered']],
    ['89', ['submitted', 'delivered'], ['accepted', 'delivered']],
  ])('for a number ending in %s are %j', async (ending, expected, ours) => {
    const { simulator, receiver, gateway } = await start()
    expect(await gateway.handOver(anSms({ to: `+336399800${ending}` }))).toMatchObject({ outcome: 'accepted' })
    await simulator.settled()
    expect(statuses(receiver.received)).toEqual(expected)
    const read = receiver.received.map(({ body }) => interpretReceipt(String(body['status']), statusPayload.parse(body).error?.title ?? null))
    expect(read.map(({ state, reason }) => [state, reason].filter(Boolean).join(' '))).toEqual(ours)
    for (const one of receiver.received) expect(statusWebhook(one.body) || statusWebhook.errors).toBe(true)
  })

  it.each<[string, object[], number, string[]]>([
    ['95', [{ outcome: 'in_doubt', reason: 'http_500' }, { outcome: 'in_doubt' }], 0, []],
    ['96', [{ outcome: 'in_doubt', reason: 'timeout' }], 1, ['submitted', 'delivered']],
    ['97', [{ outcome: 'not_sent', retryAfterSeconds: 1 }, { outcome: 'accepted' }, { outcome: 'not_sent' }], 1, ['submitted', 'delivered']],
    ['98', [{ outcome: 'in_doubt' }], 1, ['submitted', 'delivered']],
  ])('a number ending in %s answers as its row says', async (ending, outcomes, taken, receipts) => {
    const { simulator, receiver } = await start()
    const gateway = gatewayTo(simulator.apiHost, 300)
    for (const outcome of outcomes) expect(await gateway.handOver(anSms({ to: `+336399800${ending}` }))).toMatchObject(outcome)
    await simulator.settled()
    expect(simulator.accepted()).toHaveLength(taken)
    expect(simulator.postCount()).toBe(outcomes.length)
    expect(statuses(receiver.received)).toEqual(receipts)
  })

  it('can come before the answer to the hand-over (F-33)', async () => {
    const { simulator, receiver, gateway } = await start()
    simulator.behave({ mode: 'delay', ms: 300 })
    const handOver = gateway.handOver(anSms())
    await simulator.settled()
    await simulator.waitFor(1)
    await simulator.settled()
    expect(statuses(receiver.received)).toEqual(['submitted', 'delivered'])
    expect(await handOver).toMatchObject({ outcome: 'accepted' })
  })

  it('can be chosen by a test', async () => {
    const { simulator, receiver, gateway } = await start()
    simulator.behave({ mode: 'normal', receipts: [{ status: 'rejected', code: '1490', afterMs: 0 }, { status: 'delivered', afterMs: 30 }] })
    await gateway.handOver(anSms())
    await simulator.settled()
    expect(statuses(receiver.received)).toEqual(['rejected 1490', 'delivered'])
  })

  it('are sent again after 429 and 5xx, signed anew, and dropped after other refusals', async () => {
    const { simulator, receiver, gateway } = await start({}, (_one, count) => [503, 429, 200, 401][count - 1] ?? 200)
    simulator.behave({ mode: 'normal', receipts: [{ status: 'submitted', afterMs: 0 }] })
    await gateway.handOver(anSms())
    await simulator.settled()
    await gateway.handOver(anSms())
    await simulator.settled()
    expect(receiver.received).toHaveLength(4)
    expect(receiver.received.every(isGenuine)).toBe(true)
    expect(new Set(receiver.received.slice(0, 3).map(({ headers }) => headers.authorization)).size).toBe(3)
    expect(new Set(receiver.received.slice(0, 3).map(({ raw }) => raw.toString())).size).toBe(1)
  })

  it('wait for a receiver that is not there yet', async () => {
    const { simulator, gateway } = await start({ statusUrl: undefined, inboundUrl: undefined })
    await gateway.handOver(anSms())
    const late = await startReceiver()
    open.push(late)
    simulator.sendWebhooksTo(late)
    await simulator.settled()
    expect(statuses(late.received)).toEqual(['submitted', 'delivered'])
  })

  it('wait 5 s, double to 15 minutes, and end after a day', () => {
    expect([1, 2, 3, 8, 9, 50].map((attempts) => retryAfterMs(attempts, 5000))).toEqual([5000, 10_000, 20_000, 640_000, 900_000, 900_000])
    expect(retryAfterMs(200, 5000)).toBeUndefined()
  })
})

describe('a restart', () => {
  it('keeps the acceptance log, and sends the receipts that were still due', async () => {
    const dataFile = path.join(temporaryFolder(), 'messages.sqlite')
    const first = await simulate({ dataFile, delays: { submittedMs: 0, finalMs: 0 } })
    await gatewayTo(first.apiHost).handOver(anSms({ to: '+33639980042' }))
    await first.close()
    const { simulator, receiver } = await start({ dataFile })
    expect(simulator.accepted()).toMatchObject([{ to: '33639980042' }])
    expect(await simulator.waitFor(1)).toHaveLength(1)
    await simulator.settled()
    expect(statuses(receiver.received).toSorted()).toEqual(['delivered', 'submitted'])
  })
})

describe('replies', () => {
  it('reach the inbound address signed, as the provider writes them', async () => {
    const { simulator, receiver, gateway } = await start()
    await gateway.handOver(anSms())
    simulator.reply({ phone: '33639980001', sender: '33644630000', text: 'Oui, dès lundi 👍' })
    await simulator.settled()
    const inbound = receiver.received.find(({ path: where }) => where === '/inbound')!
    expect(inboundWebhook(inbound.body) || inboundWebhook.errors).toBe(true)
    expect(isGenuine(inbound)).toBe(true)
    expect(inboundPayload.parse(inbound.body)).toMatchObject({ to: '33644630000', from: '33639980001', text: 'Oui, dès lundi 👍', sms: { keyword: 'OUI,' } })
  })
})

describe('credentials', () => {
  it('are made once, for this user alone, and read again', () => {
    const folder = temporaryFolder()
    const first = loadSimulatorCredentials(folder)
    const file = path.join(folder, 'simulator', 'credentials.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(loadSimulatorCredentials(folder)).toEqual(first)
    expect(first.dataFile).toBe(path.join(folder, 'simulator', 'messages.sqlite'))
  })

  it('are made anew when the file is damaged', () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'simulator'))
    const file = path.join(folder, 'simulator', 'credentials.json')
    writeFileSync(file, '{"applicationId":')
    const made = loadSimulatorCredentials(folder)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ applicationId: made.applicationId })
  })
})
