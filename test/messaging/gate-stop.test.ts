import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findViewer } from '../../src/auth/queries.ts'
import { pauseCampaign } from '../../src/campaigns/commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { ensurePhones, recordOptOut } from '../../src/consent/queries.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { countStates, getMessage, makeSending, type Sending } from '../support/factories/messaging.ts'
import { startLine, until, type Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeEach(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
})
afterEach(async () => {
  await line.close()
  await database.close()
})

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => `+336399${String(from + i).padStart(5, '0')}`)
const acceptedOf = (sending: Sending) => line.simulator.accepted().filter(({ text, to }) => sending.e164.includes(`+${to}`) && text.startsWith('Bonjour'))
const isOver = async ({ campaignId }: Sending) => {
  const { queued = 0, leased = 0, submitting = 0 } = await countStates(database.db, campaignId)
  return queued + leased + submitting === 0
}

describe('a STOP while campaigns go out (F-17)', () => {
  it('ends all of them that use the same sender, of every company, within what was in flight', async () => {
    const e164 = numbers(81_000, 30)
    const a = await makeCompany(database.db)
    const b = await makeCompany(database.db)
    const sendings = [await makeSending(database.db, { company: a, e164 }), await makeSending(database.db, { company: a, e164 }), await makeSending(database.db, { company: b, e164 })]
    const stopping = e164.slice(10)
    const dispatchers = [1, 2, 3].map(() => line.dispatcher({ SEND_RATE: '20' }))
    for (const dispatcher of dispatchers) dispatcher.start()
    await line.simulator.waitFor(5)
    for (const number of stopping) line.simulator.reply({ phone: number.slice(1), sender: '38047', text: 'Stop' })
    await until(async () => (await Promise.all(sendings.map(isOver))).every(Boolean), 'nothing is left to send')
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()))

    const optOuts = await database.db.selectFrom('phone').select(['company_id', 'e164', 'opted_out_at']).where('opted_out_at', 'is not', null).execute()
    expect(optOuts.length).toBe(2 * stopping.length)
    for (const { to, at } of line.simulator.accepted()) {
      const stopped = optOuts.filter(({ e164: number }) => number === `+${to}`).map(({ opted_out_at }) => opted_out_at!.getTime())
      if (stopped.length > 0) expect(at.getTime() - Math.max(...stopped)).toBeLessThan(2000)
    }
    for (const sending of sendings) {
      const { skipped = 0 } = await countStates(database.db, sending.campaignId)
      expect(skipped).toBeGreaterThan(0)
      const reasons = await database.db.selectFrom('message').select('failure_reason').distinct().where('campaign_id', '=', sending.campaignId).where('state', '=', 'skipped').execute()
      expect(reasons).toEqual([{ failure_reason: 'opted_out' }])
    }
  })

  it('to a number of a company’s own ends nothing of the others', async () => {
    const e164 = numbers(82_000, 3)
    const a = await makeCompany(database.db)
    const b = await makeCompany(database.db)
    await sql`update sms_sender set address = '38100' where company_id = ${b.id}`.execute(database.db)
    const [ofA, ofB] = [await makeSending(database.db, { company: a, e164 }), await makeSending(database.db, { company: b, e164 })]
    await sql`update message set sender = '38100' where campaign_id = ${ofB.campaignId}`.execute(database.db)
    line.simulator.reply({ phone: e164[0]!.slice(1), sender: '38047', text: 'STOP' })
    await until(async () => (await database.db.selectFrom('phone').select('e164').where('opted_out_at', 'is not', null).execute()).length > 0, 'the STOP is in force')
    await line.dispatcher().runOnce()
    expect([acceptedOf(ofA).filter(({ from }) => from === '38047').length, acceptedOf(ofB).filter(({ from }) => from === '38100').length]).toEqual([2, 3])
    expect(await getMessage(database.db, ofA.messageIds[0]!)).toMatchObject({ state: 'skipped', failure_reason: 'opted_out' })
  })
})

describe('whoever stops a campaign waits for no gate, and is obeyed by a gate that waits itself', () => {
  const waiting = () => until(async () => (await sql<{ n: number }>`select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`.execute(database.db)).rows[0]!.n > 0, 'the gate waits')

  /** The campaign is paused while its gate waits for `lock`; how many passed afterwards. */
  async function pauseWhileWaitingFor(sending: Sending, lock: ReturnType<typeof sql>): Promise<number> {
    const viewer = (await findViewer(database.db, sending.userId))!
    const token = crypto.randomUUID()
    const leased = await claimMessages(database.db, { token, seconds: 60, limit: 10 })
    await ensurePhones(database.db, leased)
    const { gate } = await database.db.transaction().execute(async (trx) => {
      await lock.execute(trx)
      const going = passGate(database, token, leased)
      await waiting()
      expect((await pauseCampaign(database, { ...viewer, privileges: new Set(['campaigns.manage']) }, sending.campaignId)).ok).toBe(true)
      return { gate: going }
    })
    return (await gate).length
  }

  it('for a number', async () => {
    const sending = await makeSending(database.db, { recipients: 5 })
    await ensurePhones(database.db, [{ companyId: sending.scope.companyId, e164: sending.e164[4]! }])
    expect(await pauseWhileWaitingFor(sending, sql`select 1 from phone where e164 = ${sending.e164[4]} for update`)).toBe(0)
    expect(await countStates(database.db, sending.campaignId)).toEqual({ queued: 5 })
  })

  it('for a message', async () => {
    const sending = await makeSending(database.db, { recipients: 5 })
    expect(await pauseWhileWaitingFor(sending, sql`select 1 from message where id = ${sending.messageIds[4]} for update`)).toBe(0)
  })

  it('for what a budget is counted in', async () => {
    const company = await makeCompany(database.db)
    await saveSetting(database.db, company.scope, 'budget.campaign_segments', 100)
    const sending = await makeSending(database.db, { company, recipients: 5 })
    await sql`insert into campaign_spend (company_id, campaign_id, segments) values (${company.id}, ${sending.campaignId}, 0)`.execute(database.db)
    expect(await pauseWhileWaitingFor(sending, sql`select 1 from campaign_spend where campaign_id = ${sending.campaignId} for update`)).toBe(0)
    expect((await database.db.selectFrom('campaign_spend').select('segments').execute())[0]!.segments).toBe(0)
  })

  it('and a STOP that comes while the gate waits for another number is obeyed as well', async () => {
    const sending = await makeSending(database.db, { recipients: 2 })
    const token = crypto.randomUUID()
    const leased = await claimMessages(database.db, { token, seconds: 60, limit: 10 })
    await ensurePhones(database.db, leased)
    const [first, second] = sending.e164.toSorted()
    const { gate } = await database.db.transaction().execute(async (trx) => {
      // Locked in their order: the gate holds nothing yet of the second number while it waits for the first.
      await sql`select 1 from phone where e164 = ${first} for update`.execute(trx)
      const going = passGate(database, token, leased)
      await waiting()
      await recordOptOut(database.db, sending.scope, { e164: second!, source: 'page' })
      return { gate: going }
    })
    expect((await gate).map(({ message }) => message.e164)).toEqual([first])
    expect((await countStates(database.db, sending.campaignId))['skipped']).toBe(1)
  })
})
