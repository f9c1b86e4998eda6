import { DateTime } from 'luxon'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { ensurePhones } from '../../src/consent/queries.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { queueMessages } from '../../src/messaging/queries.ts'
import { claimMessages, type LeasedMessage } from '../../src/messaging/sending.queries.ts'
import { sweep } from '../../src/messaging/sweep.commands.ts'
import { nextOpening, type WindowOverrides } from '../../src/sms/windows.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { aMessage, countStates, getMessage, makeSending, type Sending } from '../support/factories/messaging.ts'
import { settings, startLine, until, type Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
})
afterAll(async () => {
  await line?.close()
  await database?.close()
})
afterEach(async () => {
  // What one test leaves queued must not be sent by the next.
  await sql`update message set state = 'cancelled', lease_until = null where state in ('queued', 'leased')`.execute(database.db)
})

/** Hours that are open at every moment, and hours that are closed at this one and the next. */
const OPEN = { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '00:00', closes: '24:00', onHolidays: true }
const SHUT = { weekdays: [((DateTime.now().setZone('Europe/Paris').weekday + 2) % 7) + 1], opens: '10:00', closes: '12:00', onHolidays: true }
const opening = (windows: WindowOverrides, zone: 'recipient' | 'company' = 'recipient', country = 'FR') => nextOpening(country, { zone, companyZone: 'Europe/Paris', overrides: windows }, new Date())
const agency = (windows: WindowOverrides) => makeCompany(database.db, { windows })

async function claim(limit = 10, token = crypto.randomUUID()): Promise<{ token: string; leased: LeasedMessage[] }> {
  const leased = await claimMessages(database.db, { token, seconds: 60, limit })
  await ensurePhones(database.db, leased)
  return { token, leased }
}
async function gate(limit = 10): Promise<number[]> {
  const { token, leased } = await claim(limit)
  return (await passGate(database, token, leased)).map(({ message }) => message.id)
}
const row = (sending: Sending, i = 0) => getMessage(database.db, sending.messageIds[i]!)
const waiting = async ({ campaignId }: Sending) => (await sql<{ n: number }>`select count(*) as n from message where campaign_id = ${campaignId} and state = 'queued' and wait_reason = 'window'`.execute(database.db)).rows[0]!.n
const comeBack = ({ campaignId }: Sending) => sql`update message set next_attempt_at = (select app_now()) where campaign_id = ${campaignId} and state = 'queued'`.execute(database.db)

describe('outside the hours of its country', () => {
  it('a message waits for the next opening, and with it its whole batch at once', async () => {
    const windows = { FR: SHUT }
    const sending = await makeSending(database.db, { company: await agency(windows), recipients: 3000 })
    expect(await gate(10)).toEqual([])
    expect(await row(sending)).toMatchObject({ state: 'queued', wait_reason: 'window', lease_token: null, next_attempt_at: opening(windows), settled_at: null, submitted_at: null })
    expect(await waiting(sending)).toBe(3000)
    expect((await claim(10)).leased).toEqual([])
  })

  it('it takes along what the same worker has leased, and leaves other countries and other batches alone', async () => {
    const company = await agency({ FR: SHUT, BE: OPEN })
    const sending = await makeSending(database.db, { company, recipients: 40, countries: ['FR', 'BE'] })
    const other = await makeSending(database.db, { company, recipients: 5 })
    const { token, leased } = await claim(30)
    const first = leased.filter(({ id }) => id === sending.messageIds[0])
    expect(await passGate(database, token, first)).toEqual([])
    expect(await waiting(sending)).toBe(20)
    expect(await waiting(other)).toBe(0)
    const rest = leased.filter(({ id }) => sending.messageIds.slice(1).includes(id))
    const passed = (await passGate(database, token, rest)).map(({ message }) => message.id)
    expect(passed).toEqual(rest.map(({ id }) => id).filter((id) => sending.messageIds.indexOf(id) % 2 === 1))
  })

  it('at the opening they go out in the order of their ranks, and wait for nothing any more', async () => {
    const sending = await makeSending(database.db, { company: await agency({ FR: SHUT }), recipients: 25 })
    await gate(10)
    await saveSetting(database.db, sending.scope, 'sms.windows', { FR: OPEN })
    await comeBack(sending)
    // The rules are known for two seconds; until then the gate puts them off again.
    await until(async () => {
      await comeBack(sending)
      return (await gate(1)).length === 1
    }, 'the first one passes')
    expect(await row(sending)).toMatchObject({ state: 'submitting', wait_reason: null })
    await sweep({ ...line.app.deps, config: settings() })
    expect(await waiting(sending)).toBe(0)
    expect(await gate(30)).toEqual(sending.messageIds.slice(1))
  })

  it('hours that the company makes wider let them go earlier, without anybody touching the campaign', async () => {
    const sending = await makeSending(database.db, { company: await agency({ FR: SHUT }), recipients: 3 })
    await gate()
    const work = { ...line.app.deps, config: settings() }
    await sweep(work)
    expect(await waiting(sending)).toBe(3)
    await saveSetting(database.db, sending.scope, 'sms.windows', { FR: OPEN })
    await until(async () => {
      await sweep(work)
      return (await waiting(sending)) === 0
    }, 'the sweeper has seen the new hours')
    expect((await gate()).length).toBe(3)
  })

  it('a text to one person, a test and an answer leave at any hour and into any country', async () => {
    const { scope } = await agency({ '*': SHUT })
    await saveSetting(database.db, scope, 'sms.allowed_countries', [])
    await database.db.transaction().execute((trx) => queueMessages(trx, scope, (['single', 'test', 'auto_response'] as const).map((purpose, i) => aMessage({ purpose, e164: `+3363997000${i}` }))))
    expect((await gate()).length).toBe(3)
  })

  it('whose clock counts is the company’s choice', async () => {
    const { scope, ...company } = await agency({ RE: { ...SHUT, weekdays: [SHUT.weekdays[0]!], opens: '10:00' } })
    await saveSetting(database.db, scope, 'sms.window_zone', 'company')
    await saveSetting(database.db, scope, 'sms.allowed_countries', ['RE'])
    const sending = await makeSending(database.db, { company: { scope, ...company }, countries: ['RE'] })
    await gate()
    expect((await row(sending)).next_attempt_at).toEqual(opening({ RE: SHUT }, 'company', 'RE'))
    expect((await row(sending)).next_attempt_at).not.toEqual(opening({ RE: SHUT }, 'recipient', 'RE'))
  })

  it('a paused campaign comes first: nothing is decided about its messages', async () => {
    const sending = await makeSending(database.db, { company: await agency({ FR: SHUT }), recipients: 2 })
    const { token, leased } = await claim()
    await sql`update campaign set status = 'paused' where id = ${sending.campaignId}`.execute(database.db)
    expect(await passGate(database, token, leased)).toEqual([])
    expect(await row(sending)).toMatchObject({ state: 'queued', wait_reason: null })
  })

  it('what never opens is skipped, all of it at once, with the reason', async () => {
    const never = { US: { ...OPEN, opens: '10:00', closes: '12:00' } }
    const company = await agency(never)
    await saveSetting(database.db, company.scope, 'sms.allowed_countries', ['US', 'FR'])
    const sending = await makeSending(database.db, { company, recipients: 300, countries: ['US', 'US', 'FR'] })
    await gate(1)
    expect(await countStates(database.db, sending.campaignId)).toEqual({ skipped: 200, queued: 100 })
    expect(await row(sending, 4)).toMatchObject({ state: 'skipped', failure_reason: 'no_window', wait_reason: null, settled_at: expect.any(Date) })
  })
})

describe('what was allowed at the launch and is not any more', () => {
  it('a country skips the messages that go there, and only those', async () => {
    const company = await makeCompany(database.db)
    const sending = await makeSending(database.db, { company, recipients: 20, countries: ['FR', 'BE', null] })
    await saveSetting(database.db, company.scope, 'sms.allowed_countries', ['FR'])
    expect((await gate(20)).length).toBe(13)
    expect(await row(sending, 1)).toMatchObject({ state: 'skipped', failure_reason: 'country_blocked' })
  })

  it('a destination that the provider refuses does too, from its day on (S104, S106)', async () => {
    const company = await makeCompany(database.db)
    const sending = await makeSending(database.db, { company, recipients: 20, countries: ['FR', 'BE'] })
    await saveSetting(database.db, company.scope, 'sms.blocked_destinations', [{ country: 'BE', from: '2020-01-01' }, { country: 'FR', from: '2999-01-01' }])
    expect((await gate(20)).length).toBe(10)
    expect(await row(sending, 1)).toMatchObject({ state: 'skipped', failure_reason: 'destination_blocked' })
    expect(await row(sending, 0)).toMatchObject({ state: 'submitting' })
  })

  it('who opted out is told by that, not by the hour', async () => {
    const sending = await makeSending(database.db, { company: await agency({ FR: SHUT }) })
    const { token, leased } = await claim()
    await sql`update phone set opted_out_at = app_now(), opt_out_source = 'page' where e164 = ${sending.e164[0]}`.execute(database.db)
    await passGate(database, token, leased)
    expect(await row(sending)).toMatchObject({ state: 'skipped', failure_reason: 'opted_out' })
  })
})

describe('the time between two campaigns’ texts to a number', () => {
  const spaced = async (hours: number) => {
    const company = await makeCompany(database.db)
    await saveSetting(database.db, company.scope, 'sms.min_hours_between', hours)
    return company
  }

  it('skips the second one, and no text of another company or to another number', async () => {
    const company = await spaced(24)
    const first = await makeSending(database.db, { company })
    expect(await gate()).toEqual(first.messageIds)
    const second = await makeSending(database.db, { company, e164: [...first.e164, '+33639979999'] })
    expect(await gate()).toEqual([second.messageIds[1]])
    expect(await row(second)).toMatchObject({ state: 'skipped', failure_reason: 'too_soon' })
    const stranger = await makeSending(database.db, { e164: first.e164 })
    expect(await gate()).toEqual(stranger.messageIds)
  })

  it('is over after so many hours, and no rule when it is 0', async () => {
    const company = await spaced(24)
    const first = await makeSending(database.db, { company })
    await gate()
    await sql`update message set submitted_at = submitted_at - interval '25 hours' where campaign_id = ${first.campaignId}`.execute(database.db)
    expect((await gateTo(company, first.e164)).length).toBe(1)
    const free = await spaced(0)
    const before = await makeSending(database.db, { company: free })
    await gate()
    expect((await gateTo(free, before.e164)).length).toBe(1)
  })

  it('does not count a hand-over of the same message that was not taken, nor a text to one person', async () => {
    const company = await spaced(24)
    const sending = await makeSending(database.db, { company })
    line.simulator.behave({ mode: 'status', status: 429 }, { times: 1 })
    const dispatcher = line.dispatcher()
    dispatcher.start()
    await until(async () => (await row(sending)).state === 'delivered', 'the second try is delivered')
    await dispatcher.stop()

    const e164 = ['+33639978888']
    await database.db.transaction().execute((trx) => queueMessages(trx, company.scope, [aMessage({ e164: e164[0]! })]))
    expect((await gate()).length).toBe(1)
    expect((await gateTo(company, e164)).length).toBe(1)
  })

  const gateTo = async (company: Awaited<ReturnType<typeof makeCompany>>, e164: string[]) => {
    await makeSending(database.db, { company, e164 })
    return gate()
  }
})
