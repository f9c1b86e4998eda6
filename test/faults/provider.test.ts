import { once } from 'node:events'
import { readdirSync, readFileSync, mkdtempSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resumeSending } from '../../src/messaging/account.commands.ts'
import { getAccount } from '../../src/messaging/account.queries.ts'
import { UNANSWERED } from '../../src/messaging/domain.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
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

const statesOf = (sending: Sending) => countStates(database.db, sending.campaignId)
const endPause = () => sql`update provider_account set open_until = app_now()`.execute(database.db)
const pauseSeconds = async () => (await sql<{ seconds: number }>`select extract(epoch from open_until - app_now())::float as seconds from provider_account`.execute(database.db)).rows[0]!.seconds
const HTML_503 = { mode: 'status', status: 503, body: '<html>' } as const
/** How many posts one run makes. */
async function postsOf(env: Record<string, string> = {}): Promise<number> {
  const before = line.simulator.postCount()
  await line.dispatcher(env).runOnce()
  return line.simulator.postCount() - before
}

describe('a provider that answers 503 for minutes (F-07)', () => {
  it('leaves as many doubts as calls were in flight, is tried by single messages, and is used again without anybody', async () => {
    const sending = await makeSending(database.db, { recipients: 60 })
    line.simulator.behave(HTML_503)
    expect(await postsOf()).toBeLessThanOrEqual(10)
    const { in_doubt: doubts = 0 } = await statesOf(sending)
    expect(doubts).toBeGreaterThanOrEqual(5)
    expect(await postsOf()).toBe(0)
    expect(await pauseSeconds()).toBeGreaterThan(50)

    for (const [failedProbes, seconds] of [[1, 120], [2, 240]] as const) {
      await endPause()
      expect(await postsOf()).toBe(1)
      expect(await getAccount(database.db)).toMatchObject({ failed_probes: failedProbes, suspended_at: null })
      expect(Math.abs((await pauseSeconds()) - seconds)).toBeLessThan(30)
      expect(await postsOf()).toBe(0)
    }
    expect((await statesOf(sending))['in_doubt']).toBe(doubts + 2)
    expect(doubts + 2).toBeLessThanOrEqual(15)

    line.simulator.behave({ mode: 'normal' })
    await endPause()
    expect(await postsOf()).toBe(60 - doubts - 2)
    expect(await statesOf(sending)).toEqual({ in_doubt: doubts + 2, accepted: 60 - doubts - 2 })
    expect(await getAccount(database.db)).toMatchObject({ open_until: null, failed_probes: 0, doubt_streak: 0 })
  })

  it('lets no more calls begin while the first answers are unclear: what was in flight at first bounds the doubts (P3)', async () => {
    const sending = await makeSending(database.db, { recipients: 40 })
    line.simulator.behave(({ count }) => (count <= 4 ? HTML_503 : { mode: 'hang', accept: false }))
    expect(await postsOf({ SEND_CONCURRENCY: '10', SEND_TIMEOUT_MS: '1500' })).toBeLessThanOrEqual(10)
    expect(await statesOf(sending)).toEqual({ in_doubt: line.simulator.postCount(), queued: 40 - line.simulator.postCount() })
  })

  it('and never comes back: the third single message without an answer suspends all sending, until a person resumes it', async () => {
    const said: string[] = []
    const sending = await makeSending(database.db, { recipients: 40 })
    line.simulator.behave(HTML_503)
    await postsOf()
    for (let probe = 1; probe <= 3; probe++) {
      await endPause()
      await line.dispatcher({}, { hear: (text) => said.push(text) }).runOnce()
    }
    expect((await getAccount(database.db)).suspended_reason).toBe(UNANSWERED)
    expect(said.filter((text) => JSON.parse(text).level === 50).at(-1)).toContain('suspended until a person')
    await endPause()
    line.simulator.behave({ mode: 'normal' })
    // A restart is no person.
    expect(await postsOf()).toBe(0)
    const { in_doubt: doubts = 0, ...others } = await statesOf(sending)
    expect(others).toEqual({ queued: 40 - doubts })
    expect(await resumeSending(database, sending.scope, sending.userId)).toBe(true)
    expect(await postsOf()).toBe(40 - doubts)
  })

  it('is noticed too when every fourth call is answered', async () => {
    const sending = await makeSending(database.db, { recipients: 80 })
    line.simulator.behave(({ count }) => (count % 4 === 0 ? { mode: 'normal' } : HTML_503))
    await postsOf({ SEND_CONCURRENCY: '2' })
    const states = await statesOf(sending)
    expect(states['in_doubt']).toBeGreaterThanOrEqual(5)
    expect(states['in_doubt']).toBeLessThanOrEqual(12)
    expect((await getAccount(database.db)).open_until).not.toBeNull()
  })

  it('and gives late answers to calls that began before: the pause goes on', async () => {
    const sending = await makeSending(database.db, { recipients: 30 })
    line.simulator.behave(({ count }) => (count <= 5 ? HTML_503 : { mode: 'delay', ms: 500 }))
    expect(await postsOf()).toBeLessThanOrEqual(10)
    const { in_doubt, accepted = 0, queued } = await statesOf(sending)
    expect([in_doubt, accepted + (queued ?? 0)]).toEqual([5, 25])
    expect(await pauseSeconds()).toBeGreaterThan(50)
  })

  it('is tried by a message that may leave: one that its gate holds back passes the turn on', async () => {
    const sending = await makeSending(database.db, { recipients: 20 })
    line.simulator.behave(HTML_503)
    await postsOf({ SEND_CONCURRENCY: '5' })
    line.simulator.behave({ mode: 'normal' })
    const { rows } = await sql<{ e164: string }>`select e164 from message where campaign_id = ${sending.campaignId} and state = 'queued' order by id limit 3`.execute(database.db)
    for (const { e164 } of rows) await sql`update phone set opted_out_at = app_now(), opt_out_source = 'sms' where e164 = ${e164}`.execute(database.db)
    await endPause()
    await line.dispatcher().runOnce()
    const { in_doubt: doubts = 0, ...others } = await statesOf(sending)
    expect(others).toEqual({ skipped: 3, accepted: 17 - doubts })
  })
})

describe('a provider that refuses the account in the middle (F-08)', () => {
  it.each([[401, 'unauthorized'], [402, 'Low balance']])('with %i: nothing more leaves than is in flight, nothing is lost, and the log says why', async (status, title) => {
    const said: string[] = []
    const sending = await makeSending(database.db, { recipients: 40 })
    line.simulator.behave(({ count }) => (count <= 15 ? { mode: 'normal' } : { mode: 'status', status, body: JSON.stringify({ title }) }))
    await line.dispatcher({}, { hear: (text) => said.push(text) }).runOnce()
    expect(line.simulator.postCount()).toBeLessThanOrEqual(15 + 10)
    expect(await statesOf(sending)).toEqual({ accepted: 15, queued: 25 })
    expect((await getAccount(database.db)).suspended_reason).toContain(title)
    expect(said.some((text) => JSON.parse(text).level === 50 && text.includes(title))).toBe(true)
  })
})

describe('a provider that says "too many" to every second call (F-05)', () => {
  it('gets everything in the end, at a lower pace, and nobody is in doubt or texted twice', async () => {
    const sending = await makeSending(database.db, { recipients: 24 })
    line.simulator.behave(({ count }) => (count % 2 === 0 ? { mode: 'normal' } : { mode: 'status', status: 429, headers: { 'retry-after': '1' } }))
    const dispatcher = line.dispatcher({ SEND_RATE: '30' })
    dispatcher.start()
    const paces: number[] = []
    await until(async () => {
      paces.push((await getAccount(database.db)).pace)
      // The wait that was asked for is another test's business.
      await sql`update provider_account set refilled_at = least(refilled_at, app_now())`.execute(database.db)
      await sql`update message set next_attempt_at = app_now() where state = 'queued' and next_attempt_at > app_now()`.execute(database.db)
      return line.simulator.accepted().length >= 24
    }, 'all are accepted')
    await dispatcher.stop()
    expect(await statesOf(sending)).toEqual({ accepted: 24 })
    expect(new Set(line.simulator.accepted().map(({ to }) => to)).size).toBe(24)
    expect(Math.min(...paces)).toBeLessThan(1)
    const { rows } = await sql<{ outcome: string; error_code: string | null }>`select distinct outcome, error_code from send_attempt order by 1`.execute(database.db)
    expect(rows).toEqual([{ outcome: 'accepted', error_code: null }, { outcome: 'not_sent', error_code: 'throttled' }])
  })
})

describe('a connection that never stands (F-12)', () => {
  it('proves that nothing left, when the time is up', async () => {
    const sockets: Socket[] = []
    const mute = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1')
    await once(mute, 'listening')
    const sending = await makeSending(database.db, { recipients: 2 })
    await line.dispatcher({ SEND_TIMEOUT_MS: '300' }, { apiHost: `https://127.0.0.1:${(mute.address() as AddressInfo).port}` }).runOnce()
    for (const socket of sockets) socket.destroy()
    mute.close()
    expect(sockets.length).toBe(2)
    expect(await statesOf(sending)).toEqual({ queued: 2 })
    const { rows } = await sql`select distinct outcome, error_code from send_attempt`.execute(database.db)
    expect(rows).toEqual([{ outcome: 'not_sent', error_code: 'ETIMEDOUT' }])
  })
})

describe('when the provider hears of a message', () => {
  it('its gate is committed, its line is on disk, and no more are open than calls are allowed (P1, P3)', async () => {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'dispo-provider-'))
    const sending = await makeSending(database.db, { recipients: 80 })
    const missing: string[] = []
    const looks: Promise<void>[] = []
    let most = 0
    line.simulator.behave(({ clientRef }) => {
      const folder = path.join(dataDir, 'handovers')
      if (!readdirSync(folder).some((name) => readFileSync(path.join(folder, name), 'utf8').includes(`${clientRef} `))) missing.push(`${clientRef} on disk`)
      looks.push((async () => {
        const { rows } = await sql<{ attempts: number; open: number }>`
          select (select count(*)::int from send_attempt where id = ${clientRef}) as attempts, (select count(*)::int from message where state = 'submitting') as open`.execute(database.db)
        if (rows[0]!.attempts !== 1) missing.push(`${clientRef} in the database`)
        most = Math.max(most, rows[0]!.open)
      })())
      return { mode: 'delay', ms: 30 }
    })
    expect(await line.dispatcher({ SEND_CONCURRENCY: '6', DATA_DIR: dataDir, SEND_TIMEOUT_MS: '10000' }).runOnce()).toBe(80)
    await Promise.all(looks)
    expect(missing).toEqual([])
    expect(most).toBeLessThanOrEqual(6)
    expect(most).toBeGreaterThan(1)
    expect(await statesOf(sending)).toEqual({ accepted: 80 })
  })

  it('no check of its gate is older than two seconds: a database that slow sends nothing', async () => {
    await sql`create function take_long() returns trigger language plpgsql as $$ begin perform pg_sleep(2.1); return new; end $$`.execute(database.db)
    await sql`create trigger slow before insert on send_attempt for each statement execute function take_long()`.execute(database.db)
    const sending = await makeSending(database.db, { recipients: 2 })
    expect(await line.dispatcher().runOnce()).toBe(0)
    expect(line.simulator.postCount()).toBe(0)
    expect(await statesOf(sending)).toEqual({ queued: 2 })
    const { rows } = await sql`select distinct outcome, error_code from send_attempt`.execute(database.db)
    expect(rows).toEqual([{ outcome: 'not_sent', error_code: 'gate_too_old' }])
  })
})

describe('a worker that is told to stop (F-14)', () => {
  it('ends its ten calls of five seconds, leaves no doubt, gives its leases back, and is gone in time', async () => {
    const sending = await makeSending(database.db, { recipients: 30 })
    line.simulator.behave({ mode: 'delay', ms: 5000 })
    const worker = await startWorkerProcess(database.url, line, { SEND_TIMEOUT_MS: '10000', SEND_CONCURRENCY: '10' })
    await until(() => line.simulator.accepted().length === 10, 'ten calls are in flight')
    // Its own limit is 30 s; whoever needs longer ends with a failure.
    expect(await worker.stop()).toBe(0)
    expect(await statesOf(sending)).toEqual({ accepted: 10, queued: 20 })
    expect(line.simulator.postCount()).toBe(10)
    expect((await sql`select id from send_attempt where outcome <> 'accepted'`.execute(database.db)).rows).toEqual([])
  })
})
