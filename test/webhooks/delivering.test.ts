import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { pino } from 'pino'
import type { CompanyScope } from '../../src/core/scope.ts'
import { createDeliverer, type Deliverer } from '../../src/webhooks/delivering.commands.ts'
import { claimDeliveries, findLag } from '../../src/webhooks/delivering.queries.ts'
import { moveEndpointTo, rotateSecret } from '../../src/webhooks/endpoints.commands.ts'
import { resendFailed } from '../../src/webhooks/log.commands.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeEndpoint, tell, told } from '../support/factories/webhooks.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'
import { settings, until } from '../support/sending.ts'
import type { Viewer } from '../../src/web/viewer.ts'

let database: TestDatabase
let receiver: Receiver
let scope: CompanyScope
let viewer: Viewer
let paths = 0
const deliverers: Deliverer[] = []
beforeAll(async () => {
  database = await createTestDatabase()
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver.close()
  await database.close()
})
beforeEach(async () => {
  scope = (await makeCompany(database.db)).scope
  const user = await makeUser(database.db, scope, { role: 'administrator' })
  viewer = { scope, userId: user.id } as Viewer
})
afterEach(async () => {
  await Promise.all(deliverers.splice(0).map((one) => one.stop()))
  await database.pool.query("update webhook_endpoint set state = 'removed', off_reason = null")
  await shiftClock(database, '0')
  receiver.answerWith(204)
})

/** A worker's; it has not begun. */
function deliverer(env: Record<string, string> = { PRIVATE_HOSTS: '127.0.0.1' }): Deliverer {
  const one = createDeliverer({ db: database.db, config: settings(env), log: pino({ level: 'silent' }) })
  deliverers.push(one)
  return one
}

/** Somewhere of its own at the receiver. */
async function endpoint(given: { path?: string } = {}) {
  const path = given.path ?? `/hook/${paths++}`
  const made = await makeEndpoint(database.db, scope, { url: receiver.url(path) })
  return { ...made, path, read: (secret = made.secret) => receiver.read(path, secret) }
}

const happen = (n = 1) => tell(database.db, scope, 'campaign.paused', { n })
const look = async (endpointId: number) => (await database.pool.query<{ state: string; reason: string | null; answer_status: number | null; attempts: number; wait: number }>(
  `select state, reason, answer_status, attempts, extract(epoch from next_attempt_at - app_now())::float as wait from webhook_delivery where endpoint_id = $1 order by id`, [endpointId])).rows
const endpointOf = async (id: number) => (await database.pool.query<{ state: string; off_reason: string | null; failures: number; held_until: Date | null }>('select state, off_reason, failures, held_until from webhook_endpoint where id = $1', [id])).rows[0]!
const bodies = (path: string) => receiver.received.filter((one) => one.path === path)

describe('an event', () => {
  test('arrives signed as the standard says, once, and what was answered is kept', async () => {
    const { id, read } = await endpoint()
    receiver.answerWith((_request, response) => void response.writeHead(200).end(`thank you${'!'.repeat(100_000)}`))
    await happen(7)
    await deliverer().drain()
    const [event, ...more] = read()
    expect(more).toEqual([])
    expect(event).toMatchObject({ id: (await told(database.db, id))[0]!.event_id, type: 'campaign.paused', data: { n: 7 } })
    expect(Math.abs(Date.parse(event!.timestamp) - Date.now())).toBeLessThan(60_000)
    expect(await look(id)).toMatchObject([{ state: 'delivered', answer_status: 200, attempts: 1 }])
    const { rows: [attempt] } = await database.pool.query<{ answer: string; status: number }>('select answer, status from webhook_attempt where delivery_id = (select id from webhook_delivery where endpoint_id = $1)', [id])
    expect(attempt!.status).toBe(200)
    expect(attempt!.answer).toMatch(/^thank you!+$/)
    expect(attempt!.answer.length).toBe(2048)
  })

  test('that is not taken is tried again at growing distances with the same id and the same bytes, for a day', async () => {
    const { id, path, read } = await endpoint()
    receiver.answerWith((_request, response) => void response.writeHead(500).end('out of order'))
    await happen()
    const worker = deliverer()
    const waits: number[] = []
    let seconds = 0
    for (let row: Awaited<ReturnType<typeof look>>[number]; ; waits.push(row.wait)) {
      await worker.drain()
      row = (await look(id))[0]!
      if (row.state !== 'waiting') break
      await shiftClock(database, `${seconds += Math.ceil(row.wait)} seconds`)
    }
    expect(await look(id)).toMatchObject([{ state: 'failed', reason: 'status', answer_status: 500, attempts: 11 }])
    // The last two are equal but for what keeps receivers from being asked all at once.
    expect(waits.slice(0, 9)).toEqual(waits.slice(0, 9).toSorted((a, b) => a - b))
    expect(seconds).toBeGreaterThan(20 * 3600)
    expect(seconds).toBeLessThanOrEqual(24 * 3600)
    expect(new Set(bodies(path).map(({ body }) => body)).size).toBe(1)
    expect(bodies(path)).toHaveLength(11)
    expect(new Set(bodies(path).map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    // By the receiver's own clock the later ones are from tomorrow; the first still verifies.
    expect(() => read()).toThrow(/timestamp/i)
  })

  test('whose worker dies between request and record arrives again, with the same id', async () => {
    const { id, path, read } = await endpoint()
    await happen()
    // The first worker made the request and then nothing more.
    const [claimed] = await claimDeliveries(database.db, crypto.randomUUID(), 10)
    await fetch(claimed!.url, { method: 'POST', headers: { 'webhook-id': claimed!.eventId }, body: claimed!.body })
    await deliverer().drain()
    expect(await look(id)).toMatchObject([{ state: 'sending' }])
    await shiftClock(database, '61 seconds')
    await deliverer().drain()
    expect(await look(id)).toMatchObject([{ state: 'delivered', attempts: 2 }])
    const [first, second] = bodies(path)
    expect([second!.headers['webhook-id'], second!.body]).toEqual([first!.headers['webhook-id'], first!.body])
    receiver.received.splice(receiver.received.indexOf(first!), 1)
    expect(read()).toHaveLength(1)
  })

  test('goes to one worker of several', async () => {
    const { id, read } = await endpoint()
    for (let n = 0; n < 60; n++) await happen(n)
    await Promise.all([deliverer().drain(), deliverer().drain(), deliverer().drain()])
    await deliverer().drain()
    expect((await look(id)).every(({ state, attempts }) => state === 'delivered' && attempts === 1)).toBe(true)
    expect(read().map(({ data }) => data['n']).toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 60 }, (_, n) => n))
  })

  test('leaves within a moment while a worker runs, and its stop waits for the answer', async () => {
    const { id, path } = await endpoint()
    const worker = deliverer()
    worker.start()
    let answer = () => {}
    receiver.answerWith((_request, response) => { answer = () => void response.writeHead(204).end() })
    await happen()
    await until(() => bodies(path).length === 1, 'it was told')
    const stopped = worker.stop()
    answer()
    await stopped
    expect(await look(id)).toMatchObject([{ state: 'delivered' }])
  })
})

describe('an endpoint', () => {
  test('that does not answer holds up no other one', async () => {
    const slow = await endpoint({ path: '/slow' })
    for (let n = 0; n < 100; n++) await happen(n)
    const held: (() => void)[] = []
    receiver.answerWith((request, response) => void (request.url === '/slow' ? held.push(() => response.writeHead(204).end()) : response.writeHead(204).end()))
    const worker = deliverer()
    worker.start()
    await until(() => held.length === 8, 'the slow one has all it may have')
    expect(await findLag(database.db)).toEqual({ waiting: 92, oldestSeconds: expect.any(Number) })
    const quick = await endpoint()
    for (let n = 0; n < 40; n++) await happen(n)
    await until(async () => (await look(quick.id)).every(({ state }) => state === 'delivered'), 'the other one has heard all')
    expect(held).toHaveLength(8)
    await database.pool.query("update webhook_endpoint set state = 'paused' where id = $1", [slow.id])
    for (const answer of held) answer()
  })

  test('that fails at everything gets one request at a time, and everything at once when it is back', async () => {
    const { id, path } = await endpoint()
    receiver.answerWith(503)
    for (let n = 0; n < 30; n++) await happen(n)
    const worker = deliverer()
    await worker.drain()
    const { failures, held_until } = await endpointOf(id)
    expect(failures).toBeLessThan(15)
    expect(held_until!.getTime()).toBeGreaterThan(Date.now())
    const before = bodies(path).length
    await shiftClock(database, '10 minutes')
    await worker.drain()
    expect(bodies(path)).toHaveLength(before + 1)
    receiver.answerWith(204)
    await shiftClock(database, '30 minutes')
    await worker.drain()
    expect((await look(id)).every(({ state }) => state === 'delivered')).toBe(true)
    expect(await endpointOf(id)).toMatchObject({ failures: 0, held_until: null })
  })

  test('that asks for time gets it', async () => {
    const { id } = await endpoint()
    receiver.answerWith((_request, response) => void response.writeHead(429, { 'retry-after': '600' }).end())
    await happen()
    await deliverer().drain()
    const [row] = await look(id)
    expect(row!.wait).toBeGreaterThan(590)
    expect((await endpointOf(id)).held_until!.getTime()).toBeGreaterThan(Date.now() + 590_000)
  })

  test('that is gone is switched off at once, and whoever can mend it is told, in the product and by mail', async () => {
    const { id } = await endpoint()
    receiver.answerWith(410)
    await happen()
    await deliverer().drain()
    expect(await endpointOf(id)).toMatchObject({ state: 'off', off_reason: 'gone' })
    expect(await look(id)).toMatchObject([{ state: 'failed', reason: 'gone', answer_status: 410, attempts: 1 }])
    const { rows } = await database.pool.query<{ user_id: number; mail_at: Date | null; params: Record<string, unknown> }>("select user_id, mail_at, params from notification where kind = 'webhook_off' and company_id = $1", [scope.companyId])
    expect(rows).toEqual([{ user_id: viewer.userId, mail_at: expect.any(Date), params: expect.objectContaining({ endpointId: id, reason: 'gone' }) }])
  })

  test('at which nothing arrives for three days is switched off, told once; resumed, it hears again and gets what had failed', async () => {
    const { id, path } = await endpoint()
    receiver.answerWith(500)
    await happen(1)
    const worker = deliverer()
    await worker.drain()
    await database.pool.query("update webhook_endpoint set failures = 9, failing_since = app_now() - interval '71 hours' where id = $1", [id])
    await shiftClock(database, '30 minutes')
    await worker.drain()
    expect(await endpointOf(id)).toMatchObject({ state: 'active' })
    await shiftClock(database, '2 hours')
    await worker.drain()
    expect(await endpointOf(id)).toMatchObject({ state: 'off', off_reason: 'failing' })
    await happen(2)
    expect(await told(database.db, id)).toHaveLength(1)
    expect(await moveEndpointTo(database, viewer, id, 'resume')).toMatchObject({ ok: true })
    receiver.answerWith(204)
    expect(await resendFailed(database, viewer, id, new Date(Date.now() - 86_400_000))).toMatchObject({ ok: true, value: 1 })
    await happen(3)
    await worker.drain()
    expect((await look(id)).map(({ state }) => state)).toEqual(['delivered', 'delivered'])
    expect(new Set(bodies(path).map(({ headers }) => headers['webhook-id'])).size).toBe(2)
  })

  test('that is paused hears later what happened meanwhile, unless that is a day ago', async () => {
    const { id } = await endpoint()
    await moveEndpointTo(database, viewer, id, 'pause')
    await happen(1)
    await shiftClock(database, '20 hours')
    await happen(2)
    await shiftClock(database, '25 hours')
    await deliverer().drain()
    expect(await look(id)).toMatchObject([{ state: 'failed', reason: 'expired', attempts: 0 }, { state: 'waiting', attempts: 0 }])
    await moveEndpointTo(database, viewer, id, 'resume')
    await deliverer().drain()
    expect((await look(id)).map(({ state }) => state)).toEqual(['failed', 'delivered'])
  })

  test('whose secret is changed gets two signatures for a day, then one', async () => {
    const { id, path, secret, read } = await endpoint()
    const next = await rotateSecret({ db: database.db, config: settings() }, viewer, id)
    expect(next).not.toBe(secret)
    await happen()
    await deliverer().drain()
    expect([read().length, read(next).length]).toEqual([1, 1])
    expect(String(bodies(path)[0]!.headers['webhook-signature']).split(' ')).toHaveLength(2)
    receiver.received.length = 0
    await database.pool.query("update webhook_endpoint set old_secrets = jsonb_set(old_secrets, '{0,until}', to_jsonb(now() - interval '1 second')) where id = $1", [id])
    await happen()
    await deliverer().drain()
    expect(read(next)).toHaveLength(1)
    expect(() => read(secret)).toThrow(/signature/i)
  })

  test('of a company that is disabled, and every one of a copied database, hears nothing', async () => {
    const { id } = await endpoint()
    await happen()
    await database.pool.query('update company set disabled_at = now(), can_send_sms = false where id = $1', [scope.companyId])
    await deliverer().drain()
    await database.pool.query('update company set disabled_at = null where id = $1', [scope.companyId])
    await database.pool.query("update provider_account set suspended_at = now(), suspended_reason = 'copied'")
    await deliverer().drain()
    expect(await look(id)).toMatchObject([{ state: 'waiting', attempts: 0 }])
    await database.pool.query('update provider_account set suspended_at = null, suspended_reason = null')
  })
})

describe('a request', () => {
  test('that is answered by a redirect is not repeated elsewhere', async () => {
    const { id } = await endpoint()
    receiver.answerWith((_request, response) => void response.writeHead(302, { location: receiver.url('/elsewhere') }).end())
    await happen()
    await deliverer().drain()
    expect(await look(id)).toMatchObject([{ state: 'waiting', reason: 'redirect', answer_status: 302 }])
    expect(bodies('/elsewhere')).toEqual([])
  })

  test.each([
    ['nobody listens', 'https://127.0.0.1:1/', 'unreachable'], ['there is no such name', 'https://nobody.invalid/', 'unknown_host'], ['nothing is encrypted', '', 'tls'],
  ])('where %s says so', async (_what, url, reason) => {
    const { id } = await makeEndpoint(database.db, scope, { url: url || receiver.url().replace('http:', 'https:') })
    await happen()
    await deliverer().drain()
    expect(await look(id)).toMatchObject([{ reason, answer_status: null }])
  })

  // Whatever was true when the address was saved: the address that is connected to is looked at.
  test.each(['http://127.0.0.1:PORT/', 'http://localhost:PORT/', 'http://[::ffff:127.0.0.1]:PORT/', 'http://0.0.0.0:PORT/', 'http://169.254.169.254/latest/meta-data/', 'http://2130706433:PORT/', 'http://[::1]:PORT/', 'http://[fd00:ec2::254]/'])('to %s never leaves', async (url) => {
    const before = receiver.received.length
    const { id } = await makeEndpoint(database.db, scope, { url: url.replace('PORT', String(receiver.port)) })
    await happen()
    await deliverer({}).drain()
    expect(await look(id)).toMatchObject([{ state: 'waiting', reason: 'inside', answer_status: null }])
    expect(receiver.received).toHaveLength(before)
  })
})
