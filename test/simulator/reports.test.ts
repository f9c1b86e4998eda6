import { afterEach, describe, expect, it } from 'vitest'
import type { RecordsQuestion } from '../../src/sms/gateway.ts'
import { createVonageBalance } from '../../src/sms/balance.ts'
import { createVonageReports } from '../../src/sms/reports.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { account, anSms, gatewayTo, listen, simulate } from './support.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function start(options: Parameters<typeof simulate>[0] = {}) {
  const simulator = await simulate({ magicNumbers: false, ...options })
  open.push(simulator)
  return { simulator, gateway: gatewayTo(simulator.apiHost, 500), reports: reportsAt(simulator.apiHost) }
}

const reportsAt = (apiHost: string, changes: Partial<Parameters<typeof createVonageReports>[0]> = {}) =>
  createVonageReports({ apiKey: account.apiKey, apiSecret: account.apiSecret, apiHost, timeoutMs: 2000, ...changes })
const MINUTE = 60_000
const lately = (references: string[], changes: Partial<RecordsQuestion> = {}): RecordsQuestion =>
  ({ from: new Date(Date.now() - MINUTE), until: new Date(Date.now() + MINUTE), references: new Set(references), ...changes })

async function ask(simulator: Simulator, changes: Record<string, string | undefined>, authorization: string | undefined = `Basic ${btoa(`${account.apiKey}:${account.apiSecret}`)}`) {
  const query = {
    product: 'MESSAGES', account_id: account.apiKey, direction: 'outbound', date_start: new Date(Date.now() - MINUTE).toISOString(), date_end: new Date(Date.now() + MINUTE).toISOString(), ...changes,
  }
  const search = new URLSearchParams(Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])))
  const response = await fetch(`${simulator.apiHost}/v2/reports/records?${search}`, { headers: authorization === '' ? {} : { authorization } })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the books of the provider', () => {
  it('tell of each message what became of it, by our reference, through the real SDK', async () => {
    const { simulator, gateway, reports } = await start({ magicNumbers: true })
    const sent = { delivered: anSms({ to: '+33639980001' }), gone: anSms({ to: '+33639980190' }), silent: anSms({ to: '+33639980194' }), hung: anSms({ to: '+33639980196' }) }
    simulator.sendWebhooksTo({ statusUrl: `${simulator.apiHost}/nobody`, inboundUrl: `${simulator.apiHost}/nobody` })
    await Promise.all(Object.values(sent).map((sms) => gateway.handOver(sms)))
    await simulator.settled()
    const uuidOf = new Map(simulator.accepted().map(({ clientRef, uuid }) => [clientRef, uuid]))

    const never = crypto.randomUUID()
    const answer = await reports.find(lately([...Object.values(sent).map(({ reference }) => reference), never]))
    expect(answer).toMatchObject({ outcome: 'answered', isComplete: true })
    const records = answer.outcome === 'answered' ? answer.records : []
    expect(new Map(records.map(({ reference, ...record }) => [reference, record]))).toEqual(new Map([
      [sent.delivered.reference, { providerId: uuidOf.get(sent.delivered.reference), status: 'delivered', code: null }],
      [sent.gone.reference, { providerId: uuidOf.get(sent.gone.reference), status: 'undeliverable', code: '1190' }],
      [sent.silent.reference, { providerId: uuidOf.get(sent.silent.reference), status: 'submitted', code: null }],
      [sent.hung.reference, { providerId: uuidOf.get(sent.hung.reference), status: 'delivered', code: null }],
    ]))
  })

  it('are read page by page to the end, and handed on only where they were asked for', async () => {
    const { simulator, gateway, reports } = await start({ reportPageSize: 10 })
    const sent = Array.from({ length: 45 }, () => anSms())
    for (const sms of sent) await gateway.handOver(sms)
    const wanted = [sent[0]!.reference, sent[44]!.reference]
    const answer = await reports.find(lately(wanted))
    expect(answer.outcome === 'answered' && answer.records.map(({ reference }) => reference)).toEqual(wanted)
    expect(simulator.reportCount()).toBe(5)
  })

  it('know a time and a number: its beginning belongs to it, its end does not', async () => {
    const { simulator, gateway, reports } = await start()
    const [mine, other] = [anSms({ to: '+33639980001' }), anSms({ to: '+33639980002' })]
    await gateway.handOver(mine)
    await gateway.handOver(other)
    const { at } = simulator.accepted()[0]!
    const references = [mine.reference, other.reference]
    const found = async (changes: Partial<RecordsQuestion>) => {
      const answer = await reports.find(lately(references, changes))
      return answer.outcome === 'answered' ? answer.records.map(({ reference }) => references.indexOf(reference)) : answer
    }
    expect(await found({ to: '+33639980002' })).toEqual([1])
    expect(await found({ from: at })).toEqual([0, 1])
    expect(await found({ until: at })).toEqual([])
  })

  it.each<[string, Record<string, string | undefined>, number, string]>([
    ['more than a day', { date_end: new Date(Date.now() + 24 * 60 * MINUTE).toISOString() }, 422, 'date_end'],
    ['no direction', { direction: undefined }, 422, 'direction'],
    ['a product there is not', { product: 'FAX' }, 422, 'product'],
    ['a date that is none', { date_start: 'yesterday' }, 422, 'date_start'],
    ['a cursor of its own making', { cursor: 'abc', iv: 'x' }, 422, 'cursor'],
    ['half a cursor', { cursor: 'MQ' }, 422, 'iv'],
    ['another account', { account_id: 'ffffffff' }, 403, ''],
  ])('refuse a question with %s', async (_what, changes, status, name) => {
    const { simulator } = await start()
    const answer = await ask(simulator, changes)
    expect(answer.status).toBe(status)
    if (name !== '') expect((answer.body['invalid_parameters'] as { name: string }[]).map((invalid) => invalid.name)).toContain(name)
  })

  it.each([['none', ''], ['those of an application', 'Bearer abc'], ['a wrong secret', `Basic ${btoa(`${account.apiKey}:wrong`)}`]])('refuse credentials: %s', async (_what, authorization) => {
    const { simulator } = await start()
    expect((await ask(simulator, {}, authorization)).status).toBe(401)
  })
})

describe('an account', () => {
  it.each([401, 403, 404])('that may not read them (%i) is not asked again, and says so once', async (status) => {
    let asked = 0
    const server = await listen((_request, response) => {
      asked++
      response.writeHead(status, { 'content-type': 'application/problem+json' }).end('{}')
    })
    open.push(server)
    const reports = reportsAt(server.url)
    expect(reports.isClosed()).toBe(false)
    expect(await reports.find(lately(['x']))).toEqual({ outcome: 'no_access', detail: `http_${status}`, isNews: true })
    expect(reports.isClosed()).toBe(true)
    expect(await reports.find(lately(['x']))).toMatchObject({ isNews: false })
    expect(asked).toBe(2)
  })
})

describe('an answer that proves nothing', () => {
  const json = { 'content-type': 'application/json' }
  it.each<[string, number, Record<string, string>, string]>([
    ['a broken one', 200, json, '{"request_status":"SUCCESS","records":['],
    ['an empty one', 200, json, ''],
    ['one without records', 200, json, '{"request_status":"SUCCESS"}'],
    ['one of another status', 200, json, '{"request_status":"PENDING","records":[]}'],
    ['a page of a proxy', 200, { 'content-type': 'text/html' }, '<!doctype html><title>Welcome</title>'],
    ['too many questions', 429, json, '{}'],
    ['a failure', 503, { 'content-type': 'text/html' }, '<h1>503</h1>'],
    ['a complaint', 422, json, '{}'],
  ])('is not taken for "not in the books": %s', async (_what, status, headers, body) => {
    const server = await listen((_request, response) => response.writeHead(status, headers).end(body))
    open.push(server)
    expect(await reportsAt(server.url).find(lately(['x']))).toMatchObject({ outcome: 'unavailable' })
  })

  it.each([['never comes', false], ['is a closed door', true]])('that %s ends by itself', async (_what, isClosed) => {
    const server = await listen(() => {})
    if (isClosed) await server.close()
    else open.push(server)
    expect(await reportsAt(server.url, { timeoutMs: 300 }).find(lately(['x']))).toMatchObject({ outcome: 'unavailable' })
  })

  it('that breaks off counts for what it told, and for no more', async () => {
    const record = { client_ref: 'x', message_id: 'uuid', status: 'delivered' }
    let asked = 0
    const server = await listen((_request, response) => {
      if (asked++ > 0) return void response.writeHead(500).end()
      response.writeHead(200, json).end(JSON.stringify({ request_status: 'TRUNCATED', cursor: 'a', iv: 'b', records: [record] }))
    })
    open.push(server)
    expect(await reportsAt(server.url).find(lately(['x', 'y']))).toEqual({ outcome: 'answered', isComplete: false, records: [{ reference: 'x', providerId: 'uuid', status: 'delivered', code: null }] })
  })
})

describe('the balance of the account', () => {
  const balanceAt = (restHost: string, apiSecret = account.apiSecret) => createVonageBalance({ apiKey: account.apiKey, apiSecret, restHost, timeoutMs: 2000 })

  it('goes down with what is handed over, and is told to its holder alone, through the real SDK', async () => {
    const { simulator, gateway } = await start()
    expect(await balanceAt(simulator.apiHost)()).toEqual({ euros: 1_000 })
    await gateway.handOver(anSms({ to: '+33639980001' }))
    expect(await balanceAt(simulator.apiHost)()).toEqual({ euros: 999.9425 })
    expect(await balanceAt(simulator.apiHost, 'another')()).toEqual({ detail: 'http_401' })
  })

  it('is not known where the answer is none', async () => {
    const mute = await listen((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"autoReload":true}'))
    open.push(mute)
    expect(await balanceAt(mute.url)()).toEqual({ detail: 'unreadable_answer' })
    expect(await balanceAt('http://127.0.0.1:9')()).toMatchObject({ detail: expect.any(String) })
  })
})
