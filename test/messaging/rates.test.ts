import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { getAccount, getLastWork, markWork, slowDown, takeTokens } from '../../src/messaging/account.queries.ts'
import { burstOf, PACE } from '../../src/messaging/domain.ts'
import { ensureSenderBuckets, takeSenderTokens } from '../../src/messaging/senders.queries.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { createStock } from '../../src/messaging/stock.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeSending, type Sending } from '../support/factories/messaging.ts'
import { renewAccount, settings, startLine, until } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
  await sql`create table test_clock (at timestamptz)`.execute(database.db)
  await sql`insert into test_clock values (null)`.execute(database.db)
  await sql`create or replace function app_now() returns timestamptz language sql stable as $$ select coalesce(at, clock_timestamp()) from test_clock $$`.execute(database.db)
})
afterAll(async () => {
  await line.close()
  await database.close()
})
beforeEach(async () => {
  await setClock(null)
  await sql`update message set state = 'cancelled', lease_until = null where state in ('queued', 'leased')`.execute(database.db)
  await sql`delete from sender_bucket`.execute(database.db)
  await renewAccount(database.db)
})

const START = Date.parse('2026-11-23T09:00:00Z')
/** The database's clock stands still at so many milliseconds after the start; null: it runs. */
const setClock = (ms: number | null) => sql`update test_clock set at = ${ms === null ? null : new Date(START + ms)}`.execute(database.db)
const standStill = async () => {
  await setClock(0)
  await sql`update provider_account set tokens = 0, refilled_at = app_now()`.execute(database.db)
}

/** Everything this company sends comes from this number, which may send so many a second. */
async function limitSender(sending: Sending, address: string, perSecond: number | null): Promise<void> {
  await sql`update sms_sender set address = ${address}, per_second = ${perSecond} where company_id = ${sending.scope.companyId}`.execute(database.db)
  await sql`update message set sender = ${address} where company_id = ${sending.scope.companyId}`.execute(database.db)
}

function busiestSecond(at: readonly number[]): number {
  return Math.max(...at.map((from) => at.filter((moment) => moment >= from && moment < from + 1000).length))
}

describe('the rate of the account (P12)', () => {
  it.each([[1, 250], [30, 20], [200, 10]])('of %i a second holds over ten seconds and in every one of them, with three workers that ask every %i ms', async (perSecond, everyMs) => {
    await standStill()
    const taken: number[] = []
    for (let ms = 0; ms <= 10_000; ms += everyMs) {
      await setClock(ms)
      for (const worker of ms % (3 * everyMs) === 0 ? [1, 2, 3] : [1]) {
        const { granted } = await takeTokens(database.db, worker, perSecond)
        taken.push(...Array.from({ length: granted }, () => ms))
      }
    }
    expect(Math.abs(taken.length - 10 * perSecond)).toBeLessThanOrEqual(Math.max(1, 0.05 * 10 * perSecond))
    expect(busiestSecond(taken)).toBeLessThanOrEqual(perSecond + 5)
  })

  it('is not saved up: after an hour of rest no more go at once than the burst', async () => {
    await standStill()
    await setClock(3_600_000)
    expect((await takeTokens(database.db, 500, 30)).granted).toBe(burstOf(30))
    expect(burstOf(30)).toBeLessThanOrEqual(5)
  })

  it('says when the next one may go', async () => {
    await standStill()
    const { granted, waitMs } = await takeTokens(database.db, 1, 10)
    expect([granted, waitMs]).toEqual([0, 100])
    await setClock(waitMs)
    expect((await takeTokens(database.db, 1, 10)).granted).toBe(1)
  })

  it('is the same for workers that ask at the same moment', async () => {
    await standStill()
    await setClock(60_000)
    const grants = await Promise.all(Array.from({ length: 8 }, () => takeTokens(database.db, 3, 30)))
    expect(grants.reduce((sum, { granted }) => sum + granted, 0)).toBe(burstOf(30))
  })
})

describe('the pace after "too many requests" (F-05)', () => {
  const rate = async () => (await takeTokens(database.db, 0, 32)).rate

  it('stands still as long as the provider asks, then goes on at half', async () => {
    await standStill()
    await slowDown(database.db, 7)
    await setClock(6_900)
    expect(await takeTokens(database.db, 10, 32)).toMatchObject({ granted: 0, rate: 16, waitMs: expect.closeTo(162, -1) as number })
    await setClock(7_500)
    expect((await takeTokens(database.db, 10, 32)).granted).toBe(burstOf(32))
  })

  it('halves once for a group that hears it together, and again for one that hears it later, down to a floor', async () => {
    await standStill()
    for (let i = 0; i < 5; i++) await slowDown(database.db, 0)
    expect(await rate()).toBe(16)
    await setClock(2_000)
    await slowDown(database.db, 0)
    expect(await rate()).toBe(8)
    for (let ms = 4_000; ms < 40_000; ms += 2_000) {
      await setClock(ms)
      await slowDown(database.db, 0)
    }
    expect(await rate()).toBe(32 * PACE.lowest)
  })

  it('recovers by a quarter every ten seconds, whoever asks and how often, and not while it is told again', async () => {
    await standStill()
    await slowDown(database.db, 0)
    const seen: number[] = []
    for (let ms = 0; ms <= 50_000; ms += 2_500) {
      await setClock(ms)
      seen.push(await rate())
    }
    expect([seen[3], seen[4], seen[8], seen[12], seen[16], seen[20]]).toEqual([16, 20, 25, 31.25, 32, 32])
    expect((await getAccount(database.db)).pace).toBe(1)
  })
})

describe('the rate of a sender', () => {
  it('is shared by all who use the number, over ten seconds and in every one', async () => {
    await setClock(0)
    await ensureSenderBuckets(database.db, ['33644630009'])
    const taken: number[] = []
    for (let ms = 0; ms <= 10_000; ms += 70) {
      await setClock(ms)
      for (const count of [3, 1]) {
        const [grant] = await takeSenderTokens(database.db, [{ sender: '33644630009', perSecond: 8, count }])
        taken.push(...Array.from({ length: grant?.granted ?? 0 }, () => ms))
      }
    }
    expect(Math.abs(taken.length - 80)).toBeLessThanOrEqual(4)
    expect(busiestSecond(taken)).toBeLessThanOrEqual(8 + 5)
  })

  it('of one a second is one a second, however long it rested', async () => {
    await setClock(0)
    await ensureSenderBuckets(database.db, ['33644630009'])
    await setClock(600_000)
    const ask = () => takeSenderTokens(database.db, [{ sender: '33644630009', perSecond: 1, count: 5 }])
    expect(await ask()).toEqual([{ sender: '33644630009', granted: 1, waitMs: 900 }])
    expect((await ask())[0]?.granted).toBe(0)
    await setClock(601_000)
    expect((await ask())[0]?.granted).toBe(1)
  })

  it('bounds what a worker takes into its hands, and lets it ask for others meanwhile', async () => {
    const slow = await makeSending(database.db, { recipients: 20 })
    const other = await makeSending(database.db, { recipients: 3 })
    await limitSender(slow, '33644630002', 2)
    await limitSender(other, '33644630003', null)
    const claim = (except?: string[]) => claimMessages(database.db, { token: crypto.randomUUID(), seconds: 60, limit: 10, ...(except ? { except } : {}) })
    const first = await claim()
    expect(first.filter(({ sender }) => sender === '33644630002').length).toBe(4)
    expect(first.filter(({ perSecond }) => perSecond === null).map(({ id }) => id).sort()).toEqual(other.messageIds)
    expect(await claim(['33644630002'])).toEqual([])
    expect((await claim()).length).toBe(4)
  })

  it('of a message without a campaign holds too', async () => {
    const sending = await makeSending(database.db, { recipients: 1 })
    await limitSender(sending, '33644630004', 1)
    await sql`update message set state = 'cancelled' where campaign_id = ${sending.campaignId}`.execute(database.db)
    await sql`insert into message (company_id, purpose, e164, sender, body, encoding, segments) select ${sending.scope.companyId}, 'single', '+33639970001', '33644630004', 'Bonjour', 'gsm7', 1 from generate_series(1, 9)`.execute(database.db)
    const claimed = await claimMessages(database.db, { token: crypto.randomUUID(), seconds: 60, limit: 10 })
    expect(claimed.map(({ perSecond }) => perSecond)).toEqual([1, 1])
    expect(await claimMessages(database.db, { token: crypto.randomUUID(), seconds: 60, limit: 10, except: ['33644630004'] })).toEqual([])
  })

  it('leaves its messages at hand while it waits, out of everybody else’s way', async () => {
    const slow = await makeSending(database.db, { recipients: 30 })
    await limitSender(slow, '33644630006', 10)
    const other = await makeSending(database.db, { recipients: 5 })
    const stock = createStock({ db: database.db, config: settings() })
    await stock.refill()
    expect(stock.next(10).filter(({ sender }) => sender === '33644630006').length).toBeGreaterThanOrEqual(5)
    stock.hold('33644630006', 60_000)
    expect(stock.next(10).map(({ id }) => id)).toEqual(other.messageIds)
    expect(stock.take(stock.next(10)).flatMap(({ messages }) => messages).length).toBe(5)
    expect([stock.next(10), stock.isEmpty()]).toEqual([[], false])
    await stock.giveBack('all')
    const leased = await database.db.selectFrom('message_lease').innerJoin('message', 'message.id', 'message_id').select('id').where('state', '=', 'queued').orderBy('id').execute()
    expect(leased.map(({ id }) => id)).toEqual(other.messageIds)
  })

  it('holds up nobody else: a number that may send one a second waits while others send', async () => {
    const slow = await makeSending(database.db, { recipients: 40 })
    await limitSender(slow, '33644630005', 1)
    const fast = await makeSending(database.db, { recipients: 120 })
    const acceptedOf = ({ e164 }: Sending) => line.simulator.accepted().filter(({ to }) => e164.includes(`+${to}`))
    const [one, two] = [line.dispatcher({ SEND_RATE: '100' }), line.dispatcher({ SEND_RATE: '100' })]
    const startedAt = performance.now()
    one.start()
    two.start()
    await until(() => acceptedOf(fast).length === 120, 'all of the others are accepted')
    const seconds = (performance.now() - startedAt) / 1000
    const early = acceptedOf(slow).length
    await until(() => acceptedOf(slow).length > early + 1, 'the slow number goes on')
    await Promise.all([one.stop(), two.stop()])
    expect(early).toBeGreaterThan(0)
    expect(early).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
    expect(early).toBeLessThan(40)
    const numbers = acceptedOf(slow).map(({ to }) => to)
    expect(new Set(numbers).size).toBe(numbers.length)
  })
})

describe('the sign of life', () => {
  it('is renewed by a worker at work, by the clock of the database', async () => {
    await sql`update provider_account set worked_at = null`.execute(database.db)
    expect(await getLastWork(database.db)).toBeNull()
    const dispatcher = line.dispatcher()
    dispatcher.start()
    await until(async () => (await getLastWork(database.db)) !== null, 'a worker was at work')
    await dispatcher.stop()
    await setClock(5_000)
    await markWork(database.db)
    expect(await getLastWork(database.db)).toEqual(new Date(START + 5_000))
  })
})
