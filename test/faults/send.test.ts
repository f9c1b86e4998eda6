import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Behaviour } from '../../src/simulator/behaviour.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { countStates, getMessage, makeSending } from '../support/factories/messaging.ts'
import type { Sending } from '../support/factories/messaging.ts'
import { renewAccount, startLine, until } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'
import { startWorkerProcess } from '../support/worker.ts'

let database: TestDatabase
let line: Line
beforeEach(async () => {
  database = await createTestDatabase()
  await renewAccount(database.db)
  line = await startLine(database, { webhooks: false })
})
afterEach(async () => {
  await line.close()
  await database.close()
})

/** As if that long had gone by since the hand-overs and leases. */
const letTimePass = () => sql`
  with leases as (update message_lease set lease_until = lease_until - interval '5 minutes')
  update message set submitted_at = submitted_at - interval '5 minutes', next_attempt_at = next_attempt_at - interval '5 minutes'`.execute(database.db)
const statesOf = (sending: Sending) => countStates(database.db, sending.campaignId)
const attemptsOf = async (sending: Sending) => database.db.selectFrom('send_attempt').select(['id', 'outcome']).where('message_id', 'in', sending.messageIds).execute()

describe('a worker killed in the middle of a hand-over (F-02)', () => {
  it('after the commit of the gate, before anything reached the provider, leaves a doubt, and nothing is ever sent', async () => {
    const sending = await makeSending(database.db, { recipients: 5 })
    const blackHole = createServer(() => {}).listen(0, '127.0.0.1')
    await once(blackHole, 'listening')
    const nowhere = `http://127.0.0.1:${(blackHole.address() as AddressInfo).port}`
    const worker = await startWorkerProcess(database.url, line, { VONAGE_API_HOST: nowhere, SEND_TIMEOUT_MS: '30000' })
    await until(async () => (await statesOf(sending))['submitting'] === 5, 'all five have passed the gate')
    await worker.kill()
    blackHole.close()

    await letTimePass()
    line.connect()
    const next = await startWorkerProcess(database.url, line)
    await until(async () => (await statesOf(sending))['in_doubt'] === 5, 'the sweeper came by')
    // Were one of them queued again, it would leave before this one.
    const later = await makeSending(database.db, { recipients: 1 })
    await until(async () => (await statesOf(later))['delivered'] === 1, 'the worker sends what is new')
    expect(await next.stop()).toBe(0)
    expect(await statesOf(sending)).toEqual({ in_doubt: 5 })
    expect(line.simulator.postCount()).toBe(1)
  })

  it('between acceptance and record leaves a doubt that the receipt resolves, without a second call', async () => {
    const sending = await makeSending(database.db, { recipients: 3 })
    line.simulator.behave({ mode: 'hang', accept: true })
    const worker = await startWorkerProcess(database.url, line, { SEND_TIMEOUT_MS: '30000' })
    await line.simulator.waitFor(3)
    await worker.kill()
    expect(await statesOf(sending)).toEqual({ submitting: 3 })

    line.simulator.behave({ mode: 'normal' })
    await letTimePass()
    const next = await startWorkerProcess(database.url, line)
    await until(async () => (await statesOf(sending))['in_doubt'] === 3, 'all three are in doubt')
    line.connect()
    await line.simulator.settled()
    await until(async () => (await statesOf(sending))['delivered'] === 3, 'their receipts are in')
    await next.stop()
    expect(line.simulator.postCount()).toBe(3)
  })
})

describe('an answer that cannot be read (F-09)', () => {
  it.each<[string, Behaviour]>([
    ['broken JSON', { mode: 'broken_json' }],
    ['an empty body', { mode: 'empty_body' }],
    ['a page of HTML', { mode: 'html_body' }],
    ['no id', { mode: 'missing_uuid' }],
    ['a megabyte', { mode: 'megabyte_body' }],
    ['one byte per second', { mode: 'drip', everyMs: 1000 }],
    ['nothing at all', { mode: 'hang', accept: true }],
    ['a cut connection', { mode: 'reset', accept: true }],
  ])('%s is a doubt, and its receipt resolves it', async (_what, behaviour) => {
    const sending = await makeSending(database.db, { recipients: 2 })
    line.simulator.behave(behaviour)
    const dispatcher = line.dispatcher({ SEND_TIMEOUT_MS: '700' })
    expect(await dispatcher.runOnce()).toBe(2)
    expect(await statesOf(sending)).toEqual({ in_doubt: 2 })
    expect(await dispatcher.runOnce()).toBe(0)
    line.connect()
    await line.simulator.settled()
    expect(await statesOf(sending)).toEqual({ delivered: 2 })
    expect(line.simulator.postCount()).toBe(2)
  })
})

describe('a provider that cannot be reached (F-12)', () => {
  it.each([['port is closed', 'http://127.0.0.1:9'], ['name is unknown', 'http://nowhere.invalid']])('because its %s costs time and nothing else', async (_what, apiHost) => {
    const sending = await makeSending(database.db, { recipients: 12 })
    await line.dispatcher({}, { apiHost }).runOnce()
    expect(await statesOf(sending)).toEqual({ queued: 12 })
    const outcomes = new Set((await attemptsOf(sending)).map(({ outcome }) => outcome))
    expect(outcomes).toEqual(new Set(['not_sent']))
    const { seconds } = (await sql<{ seconds: number }>`select min(extract(epoch from next_attempt_at - app_now()))::float as seconds from message`.execute(database.db)).rows[0]!
    expect(seconds).toBeGreaterThan(-1)

    line.connect()
    const dispatcher = line.dispatcher()
    dispatcher.start()
    await until(async () => (await statesOf(sending))['delivered'] === 12, 'all are delivered')
    await dispatcher.stop()
    expect(line.simulator.accepted().length).toBe(12)
    expect((await database.db.selectFrom('provider_account').select('doubt_streak').executeTakeFirstOrThrow()).doubt_streak).toBe(0)
  })

  it('is tried again later and later', async () => {
    const sending = await makeSending(database.db, { recipients: 1 })
    const waits: number[] = []
    for (let round = 0; round < 8; round++) {
      await line.dispatcher({}, { apiHost: 'http://127.0.0.1:9' }).runOnce()
      const { rows } = await sql<{ seconds: number }>`select extract(epoch from next_attempt_at - ended_at)::float as seconds from message m join send_attempt a on a.message_id = m.id where m.id = ${sending.messageIds[0]} order by n desc limit 1`.execute(database.db)
      waits.push(Math.round(rows[0]!.seconds))
      await letTimePass()
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  })
})

describe('news that is faster than we are', () => {
  it('a receipt before the answer to our own call ends in the right state with the right id (F-33)', async () => {
    line.connect()
    const sending = await makeSending(database.db, { recipients: 3 })
    line.simulator.behave({ mode: 'delay', ms: 1000 })
    const sent = line.dispatcher().runOnce()
    await until(async () => (await statesOf(sending))['delivered'] === 3, 'the receipts are in')
    expect((await attemptsOf(sending)).length).toBe(3)
    await sent
    expect(await statesOf(sending)).toEqual({ delivered: 3 })
    const ids = new Map(line.simulator.accepted().map(({ to, uuid }) => [`+${to}`, uuid]))
    for (const [i, id] of sending.messageIds.entries()) expect((await getMessage(database.db, id)).provider_id).toBe(ids.get(sending.e164[i]!))
  })

  it('a STOP texted while the campaign goes out is obeyed at the gate', async () => {
    line.connect()
    const sending = await makeSending(database.db, { recipients: 60 })
    const stopping = sending.e164.slice(30)
    const dispatcher = line.dispatcher({ SEND_RATE: '20' })
    dispatcher.start()
    await line.simulator.waitFor(5)
    for (const number of stopping) line.simulator.reply({ phone: number.slice(1), sender: '38047', text: 'STOP' })
    await until(async () => { const states = await statesOf(sending); return !('queued' in states) && !('leased' in states) && !('submitting' in states) }, 'nothing is left to send')
    await dispatcher.stop()
    const optOuts = await database.db.selectFrom('phone').select(['e164', 'opted_out_at']).where('opted_out_at', 'is not', null).execute()
    expect(optOuts.map(({ e164 }) => e164).sort()).toEqual([...stopping].sort())
    for (const { to, at } of line.simulator.accepted()) {
      const optedOutAt = optOuts.find(({ e164 }) => e164 === `+${to}`)?.opted_out_at
      if (optedOutAt) expect(at.getTime() - optedOutAt.getTime()).toBeLessThan(2000)
    }
    expect((await statesOf(sending))['skipped']).toBe(60 - line.simulator.accepted().length)
    expect((await statesOf(sending))['skipped']).toBeGreaterThan(15)
  })
})
