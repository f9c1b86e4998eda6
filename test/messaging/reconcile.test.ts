import fc from 'fast-check'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { reconcileDoubts } from '../../src/messaging/reconcile.commands.ts'
import { questionsFor } from '../../src/messaging/reconcile.domain.ts'
import type { Behaviour } from '../../src/simulator/behaviour.ts'
import type { SentRecords } from '../../src/sms/gateway.ts'
import { createVonageReports } from '../../src/sms/reports.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { settings, startLine, until } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  line = await startLine(database, { webhooks: false })
})
afterEach(async () => {
  await line.close()
  await moveClock('0')
})
afterAll(() => database.close())

const moveClock = (by: string) => sql`create or replace function app_now() returns timestamptz language sql stable as ${sql.raw(`$$ select clock_timestamp() + interval '${by}' $$`)}`.execute(database.db)
const books = (changes: { apiSecret?: string } = {}) => createVonageReports({ ...line.account, apiHost: line.simulator.apiHost, timeoutMs: 2000, ...changes })
const reconcile = (records: SentRecords | undefined = books()) => reconcileDoubts({ db: database.db, log: pino({ level: 'silent' }), config: settings(), records })
/** Minutes after the hand-over. */
const at = (minutes: number) => moveClock(`${minutes} minutes`)

/** A campaign whose hand-overs all end without an answer; `behave` says which of them the provider took. */
async function inDoubt(recipients: number, behave: (n: number) => Behaviour = () => ({ mode: 'reset', accept: false })) {
  const sending = await makeSending(database.db, { recipients })
  let n = 0
  line.simulator.behave(() => behave(n++))
  // The breaker would pause after a few; here all of them are wanted.
  while ((await countStates(database.db, sending.campaignId))['queued']) {
    await sql`update provider_account set open_until = null, doubt_streak = 0, suspended_at = null, suspended_reason = null, recent = '', failed_probes = 0`.execute(database.db)
    await line.dispatcher().runOnce()
  }
  // Every call has come to the provider's door: none of them is answered otherwise later.
  await until(() => line.simulator.postCount() >= recipients, 'every call has arrived')
  line.simulator.behave({ mode: 'normal' })
  expect(await countStates(database.db, sending.campaignId)).toEqual({ in_doubt: recipients })
  return sending
}

async function attemptsOf({ campaignId }: { campaignId: number }) {
  return database.db.selectFrom('send_attempt as a').innerJoin('message as m', 'm.id', 'a.message_id').select(['m.e164', 'm.state', 'a.outcome', 'a.checks', 'a.finding', 'a.provider_id'])
    .where('m.campaign_id', '=', campaignId).orderBy('m.id').orderBy('a.n').execute()
}

describe('hand-overs in doubt', () => {
  it('are looked up after 10 minutes, all of one outage by one question, and what is found moves on', async () => {
    const sending = await inDoubt(12, (n) => ({ mode: 'reset', accept: n % 3 !== 0 }))
    const taken = new Set(line.simulator.accepted().map(({ to }) => `+${to}`))
    await at(9)
    await reconcile()
    expect(line.simulator.reportCount()).toBe(0)

    await at(11)
    await reconcile()
    expect(line.simulator.reportCount()).toBe(1)
    for (const attempt of await attemptsOf(sending)) {
      expect(attempt).toMatchObject(taken.has(attempt.e164) ? { state: 'accepted', outcome: 'accepted', provider_id: expect.any(String) } : { state: 'in_doubt', outcome: 'in_doubt', checks: 1, finding: null })
    }
    expect(taken.size).toBe(8)
    // No look before its time, and nothing was sent again.
    await reconcile()
    expect([line.simulator.reportCount(), line.simulator.postCount()]).toEqual([1, 12])
  })

  it('that are not in the books after 60 minutes either are said to be, and not looked up a third time', async () => {
    const sending = await inDoubt(2)
    for (const minutes of [11, 40, 61, 90]) {
      await at(minutes)
      await reconcile()
    }
    expect(line.simulator.reportCount()).toBe(2)
    expect(await attemptsOf(sending)).toEqual([1, 2].map(() => expect.objectContaining({ state: 'in_doubt', outcome: 'in_doubt', checks: 2, finding: 'no_record' })))
    expect(line.simulator.accepted()).toEqual([])
  })

  it('move on exactly as by a receipt, with its code and what follows from it', async () => {
    const sending = await inDoubt(3, (n) => ({ mode: 'reset', accept: n < 3 }))
    const [first, second, third] = line.simulator.accepted().map(({ clientRef }) => clientRef!)
    const told: SentRecords = {
      isClosed: () => false,
      find: async () => ({
        outcome: 'answered', isComplete: true, records: [
          // The books may hold one entry per step, in any order.
          { reference: first!, providerId: 'a', status: 'delivered', code: null }, { reference: first!, providerId: 'a', status: 'submitted', code: null },
          { reference: second!, providerId: 'b', status: 'rejected', code: '1240' },
          { reference: third!, providerId: 'c', status: 'rejected', code: '1490' },
        ],
      }),
    }
    await at(11)
    await reconcile(told)
    expect(await attemptsOf(sending)).toEqual([
      expect.objectContaining({ state: 'delivered', provider_id: 'a' }), expect.objectContaining({ state: 'undelivered', provider_id: 'b' }),
      // The provider does not know either: in doubt for good, and nothing to look up.
      expect.objectContaining({ state: 'in_doubt', provider_id: 'c', checks: 2, finding: null }),
    ])
    const phone = await database.db.selectFrom('phone').select('opted_out_at').where('company_id', '=', sending.company.id).where('e164', '=', sending.e164[1]!).executeTakeFirst()
    expect(phone?.opted_out_at).toEqual(expect.any(Date))
    await at(61)
    await reconcile()
    expect(line.simulator.reportCount()).toBe(0)
  })

  it('are looked up once when two workers look at the same time', async () => {
    const sending = await inDoubt(6)
    await at(11)
    await Promise.all([reconcile(), reconcile(), reconcile()])
    expect(await attemptsOf(sending)).toEqual(Array.from({ length: 6 }, () => expect.objectContaining({ checks: 1 })))
  })

  it('that a receipt settles while they are looked up stay settled', async () => {
    const sending = await inDoubt(1)
    await at(11)
    await reconcile({
      isClosed: () => false,
      find: async () => {
        await sql`update send_attempt set outcome = 'accepted' where message_id = ${sending.messageIds[0]}`.execute(database.db)
        await sql`update message set state = 'delivered' where id = ${sending.messageIds[0]}`.execute(database.db)
        return { outcome: 'answered', records: [], isComplete: true }
      },
    })
    expect(await attemptsOf(sending)).toEqual([expect.objectContaining({ state: 'delivered', checks: 0, finding: null })])
  })

  it('are not called missing by an answer that is not complete; they are looked up again', async () => {
    const sending = await inDoubt(1)
    await at(11)
    await reconcile({ isClosed: () => false, find: async () => ({ outcome: 'answered', records: [], isComplete: false }) })
    await reconcile({ isClosed: () => false, find: async () => ({ outcome: 'unavailable', detail: 'http_503' }) })
    expect(await attemptsOf(sending)).toEqual([expect.objectContaining({ checks: 0, finding: null })])
    await at(22)
    await reconcile()
    expect(await attemptsOf(sending)).toEqual([expect.objectContaining({ checks: 1 })])
  })

  it('without any receipt after 80 hours are said to have none; one with a receipt is not', async () => {
    const sending = await inDoubt(2)
    await sql`update send_attempt set provider_id = 'uuid' where message_id = ${sending.messageIds[0]}`.execute(database.db)
    await moveClock('79 hours')
    await reconcile(undefined)
    expect((await attemptsOf(sending)).map(({ finding }) => finding)).toEqual([null, null])
    await moveClock('81 hours')
    await reconcile(undefined)
    expect((await attemptsOf(sending)).map(({ finding }) => finding)).toEqual([null, 'no_receipt'])
    expect(line.simulator.postCount()).toBe(2)
  })

  it('of an account that may not read its books wait for receipts, and the rest of the ladder goes on', async () => {
    const sending = await inDoubt(2, () => ({ mode: 'reset', accept: true }))
    const refused = books({ apiSecret: 'not ours' })
    for (const minutes of [11, 61, 75]) {
      await at(minutes)
      await reconcile(refused)
    }
    expect(line.simulator.reportCount()).toBe(1)
    expect((await attemptsOf(sending)).map(({ checks, finding }) => [checks, finding])).toEqual([[0, null], [0, null]])
    await moveClock('81 hours')
    await reconcile(refused)
    expect((await attemptsOf(sending)).map(({ finding }) => finding)).toEqual(['no_receipt', 'no_receipt'])
    line.connect()
    await line.simulator.settled()
    expect(await countStates(database.db, sending.campaignId)).toEqual({ delivered: 2 })
  })
})

describe('questions', () => {
  const hour = 3_600_000
  const doubts = fc.array(fc.record({ from: fc.integer({ min: 0, max: 200 * hour }), length: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 80 * hour })), number: fc.integer({ min: 0, max: 3 }) }), { maxLength: 40 })
    .map((list) => list.map(({ from, length, number }, i) => ({ attemptId: String(i), e164: `+3363998000${number}`, from: new Date(from), until: new Date(from + length) })))

  it('cover every moment of every doubt, none longer than a day, and none for a number it leaves out', () => {
    fc.assert(fc.property(doubts, (given) => {
      const questions = questionsFor(given)
      for (const { from, until, to, references } of questions) {
        expect(until.getTime() - from.getTime()).toBeLessThanOrEqual(24 * hour)
        if (to !== undefined) for (const id of references) expect(given[Number(id)]!.e164).toBe(to)
      }
      for (const doubt of given) {
        const own = questions.filter(({ references }) => references.has(doubt.attemptId)).sort((a, b) => a.from.getTime() - b.from.getTime())
        let covered = doubt.from.getTime() - 60_000
        for (const { from, until } of own) if (from.getTime() <= covered) covered = Math.max(covered, until.getTime())
        expect(covered).toBeGreaterThanOrEqual(doubt.until.getTime() + 60_000)
      }
    }), { numRuns: 300 })
  })

  it('are few: one for an outage, and a number alone is asked by its number', () => {
    const of = (minute: number, number: number) => ({ attemptId: crypto.randomUUID(), e164: `+3363998000${number}`, from: new Date(minute * 60_000), until: new Date(minute * 60_000 + 30_000) })
    expect(questionsFor([of(0, 1), of(1, 2), of(2, 3), of(500, 4)]).map(({ references, to }) => [references.size, to])).toEqual([[3, undefined], [1, '+33639980004']])
  })
})
