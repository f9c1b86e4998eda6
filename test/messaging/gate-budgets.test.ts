import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { ensurePhones } from '../../src/consent/queries.ts'
import { dateIn } from '../../src/core/dates.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { rulesOf } from '../../src/messaging/rules.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { suspendCampaign } from '../../src/messaging/suspension.queries.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { countStates, makeSending, type Sending } from '../support/factories/messaging.ts'
import { startLine, until, type Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database, { webhooks: false })
})
afterAll(async () => {
  await line?.close()
  await database?.close()
})
beforeEach(() => sql`update provider_account set tokens = 5, refilled_at = app_now(), open_until = null, doubt_streak = 0, recent = ''`.execute(database.db))
afterEach(async () => {
  line.simulator.behave({ mode: 'normal' })
  await shiftClock(database, '0')
  await sql`update message set state = 'cancelled', lease_until = null where state in ('queued', 'leased')`.execute(database.db)
})

type Budget = 'budget.campaign_segments' | 'budget.day_segments'
async function agency(budgets: Partial<Record<Budget, number>>) {
  const company = await makeCompany(database.db)
  for (const [name, value] of Object.entries(budgets)) await saveSetting(database.db, company.scope, name as Budget, value)
  return company
}

/** Sets a budget, and waits until the gates of this process know: they look every two seconds. */
async function setBudget({ scope }: Sending, name: Budget, value: number): Promise<void> {
  await saveSetting(database.db, scope, name, value)
  const known = async () => (await rulesOf(database.db, new Set([scope.companyId]))).get(scope.companyId)
  await until(async () => (await known())?.[name === 'budget.day_segments' ? 'dayBudget' : 'campaignBudget'] === value, 'the budget is known')
}

/** Claims so many and brings them to the gate. */
async function gate(limit: number): Promise<number> {
  const token = crypto.randomUUID()
  const leased = await claimMessages(database.db, { token, seconds: 60, limit })
  await ensurePhones(database.db, leased)
  return (await passGate(database, token, leased)).length
}
const handedOver = async (sendings: readonly Sending[]) => {
  const { rows } = await sql<{ n: number }>`
    select coalesce(sum(m.segments), 0) as n from message m join send_attempt a on a.message_id = m.id and a.outcome <> 'not_sent'
    where m.campaign_id = any(${sendings.map(({ campaignId }) => campaignId)}::bigint[])`.execute(database.db)
  return rows[0]!.n
}
const spentBy = async ({ campaignId }: Sending) => (await database.db.selectFrom('campaign_spend').select('segments').where('campaign_id', '=', campaignId).executeTakeFirst())?.segments
const spentOn = async ({ scope }: Sending) => database.db.selectFrom('day_spend').select(['local_date', 'segments']).where('company_id', '=', scope.companyId).orderBy('local_date').execute()
const standing = async ({ campaignId }: Sending) => database.db.selectFrom('campaign').select(['status', 'status_reason', 'status_detail']).where('id', '=', campaignId).executeTakeFirstOrThrow()
const suspensions = async ({ campaignId }: Sending) => database.db.selectFrom('campaign_event').select('detail').where('campaign_id', '=', campaignId).where('kind', '=', 'suspended').execute()
const release = ({ campaignId }: Sending) => sql`update campaign set status = 'in_process', status_reason = null, status_detail = '{}' where id = ${campaignId}`.execute(database.db)
const paris = () => dateIn('Europe/Paris', new Date())

describe('a campaign’s budget (P14)', () => {
  it('is never exceeded by three workers, the campaign is suspended once with the figures, and nothing is lost', async () => {
    const company = await agency({ 'budget.campaign_segments': 101 })
    const sending = await makeSending(database.db, { company, recipients: 150, segments: [1, 2, 1, 3] })
    const dispatchers = [1, 2, 3].map(() => line.dispatcher({ SEND_RATE: '500' }))
    for (const dispatcher of dispatchers) dispatcher.start()
    await until(async () => (await standing(sending)).status === 'suspended', 'the campaign is suspended')
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()))

    const spent = await handedOver([sending])
    expect(spent).toBeLessThanOrEqual(101)
    // What is left is less than the next text costs.
    expect(spent).toBeGreaterThan(101 - 3)
    expect(await spentBy(sending)).toBe(spent)
    expect(await standing(sending)).toEqual({ status: 'suspended', status_reason: 'campaign_budget', status_detail: { budget: 101, spent: expect.any(Number) } })
    expect((await suspensions(sending)).length).toBe(1)
    const states = await countStates(database.db, sending.campaignId)
    expect(states['queued']! + states['accepted']!).toBe(150)
    expect(await spentOn(sending)).toEqual([])
  })

  it('is counted from the first text, whenever it was set; raised, the campaign goes on from there', async () => {
    const sending = await makeSending(database.db, { recipients: 40, segments: [2] })
    expect(await gate(10)).toBe(10)
    expect(await spentBy(sending)).toBeUndefined()
    await setBudget(sending, 'budget.campaign_segments', 25)
    expect(await gate(10)).toBe(2)
    expect(await spentBy(sending)).toBe(24)
    await until(async () => (await standing(sending)).status === 'suspended', 'the campaign is suspended')
    expect(await standing(sending)).toMatchObject({ status_detail: { budget: 25, spent: 24 } })

    await setBudget(sending, 'budget.campaign_segments', 70)
    await release(sending)
    await gate(30)
    expect(await handedOver([sending])).toBe(70)
    await until(async () => (await standing(sending)).status === 'suspended', 'the campaign is suspended again')
    expect(await standing(sending)).toMatchObject({ status_detail: { budget: 70, spent: 70 } })

    // Lowered below what has left already: nothing more leaves.
    await setBudget(sending, 'budget.campaign_segments', 10)
    await release(sending)
    expect(await gate(1)).toBe(0)
    expect(await standing(sending)).toMatchObject({ status: 'suspended', status_detail: { budget: 10, spent: 70 } })
  })

  it('is not charged for what was proven not sent', async () => {
    const company = await agency({ 'budget.campaign_segments': 30, 'budget.day_segments': 30 })
    const sending = await makeSending(database.db, { company, recipients: 5, segments: [3] })
    line.simulator.behave({ mode: 'status', status: 429 })
    await line.dispatcher().runOnce()
    expect(await countStates(database.db, sending.campaignId)).toEqual({ queued: 5 })
    expect(await spentBy(sending)).toBe(0)
    expect(await spentOn(sending)).toEqual([{ local_date: paris(), segments: 0 }])
    line.simulator.behave({ mode: 'normal' })
    await sql`update message set next_attempt_at = app_now() where campaign_id = ${sending.campaignId}`.execute(database.db)
    await until(async () => { await line.dispatcher().runOnce(); return (await countStates(database.db, sending.campaignId))['accepted'] === 5 }, 'all are accepted')
    expect([await spentBy(sending), (await spentOn(sending))[0]!.segments]).toEqual([15, 15])
  })

  it('is charged for what is in doubt', async () => {
    const company = await agency({ 'budget.campaign_segments': 30 })
    const sending = await makeSending(database.db, { company, recipients: 2, segments: [3] })
    line.simulator.behave({ mode: 'status', status: 503 })
    await line.dispatcher().runOnce()
    expect(await countStates(database.db, sending.campaignId)).toEqual({ in_doubt: 2 })
    expect(await spentBy(sending)).toBe(6)
  })
})

describe('a day’s budget (P14)', () => {
  it('is one for all campaigns of the company, and stops each that meets it', async () => {
    const company = await agency({ 'budget.day_segments': 50 })
    const [one, two] = [await makeSending(database.db, { company, recipients: 60 }), await makeSending(database.db, { company, recipients: 60 })]
    const stranger = await makeSending(database.db, { recipients: 60 })
    const dispatchers = [1, 2, 3].map(() => line.dispatcher({ SEND_RATE: '500' }))
    for (const dispatcher of dispatchers) dispatcher.start()
    await until(async () => (await standing(one)).status === 'suspended' && (await standing(two)).status === 'suspended', 'both are suspended')
    await until(async () => (await countStates(database.db, stranger.campaignId))['accepted'] === 60, 'the stranger is done')
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()))
    expect(await handedOver([one, two])).toBe(50)
    expect(await spentOn(one)).toEqual([{ local_date: paris(), segments: 50 }])
    expect(await standing(one)).toMatchObject({ status_reason: 'day_budget', status_detail: { budget: 50, on: paris() } })
    expect((await suspensions(one)).length + (await suspensions(two)).length).toBe(2)
    expect(await spentOn(stranger)).toEqual([])
    expect(await spentBy(one)).toBeUndefined()
  })

  it('begins anew with the company’s own day', async () => {
    const company = await makeCompany(database.db, { timeZone: 'Pacific/Noumea' })
    await saveSetting(database.db, company.scope, 'budget.day_segments', 4)
    const sending = await makeSending(database.db, { company, recipients: 12 })
    expect(await gate(10)).toBe(4)
    await until(async () => (await standing(sending)).status === 'suspended', 'the day is used up')
    await shiftClock(database, '1 day')
    await release(sending)
    await gate(10)
    const noumea = (days: number) => dateIn('Pacific/Noumea', new Date(Date.now() + days * 86_400_000))
    expect(await spentOn(sending)).toEqual([{ local_date: noumea(0), segments: 4 }, { local_date: noumea(1), segments: 4 }])
  })

  it('that is set in the middle of a day counts what left on it, and not what left before', async () => {
    const sending = await makeSending(database.db, { recipients: 20 })
    await shiftClock(database, '-2 days')
    await sql`update message set next_attempt_at = app_now() where campaign_id = ${sending.campaignId}`.execute(database.db)
    expect(await gate(5)).toBe(5)
    await shiftClock(database, '0')
    expect(await gate(3)).toBe(3)
    await setBudget(sending, 'budget.day_segments', 8)
    expect(await gate(10)).toBe(5)
    expect(await spentOn(sending)).toEqual([{ local_date: paris(), segments: 8 }])
  })

  it('counts both, and a text that the campaign’s budget stops costs the day nothing', async () => {
    const company = await agency({ 'budget.campaign_segments': 3, 'budget.day_segments': 8 })
    const [one, two] = [await makeSending(database.db, { company, recipients: 6 }), await makeSending(database.db, { company, recipients: 6 })]
    expect(await gate(12)).toBe(6)
    expect((await spentOn(one))[0]!.segments).toBe(6)
    await until(async () => (await standing(one)).status_reason === 'campaign_budget' && (await standing(two)).status_reason === 'campaign_budget', 'both are suspended by their own budget')
  })
})

describe('suspending a campaign', () => {
  it('happens once, only while it is going, and never to another company’s', async () => {
    const sending = await makeSending(database.db)
    const { companyId } = sending.scope
    const key = { companyId, campaignId: sending.campaignId }
    expect(await suspendCampaign(database.db, { ...key, companyId: companyId + 1_000_000 }, 'campaign_budget', {})).toBe(false)
    expect(await Promise.all([1, 2, 3].map(() => suspendCampaign(database.db, key, 'campaign_budget', { budget: 1, spent: 1 }))).then((all) => all.filter(Boolean).length)).toBe(1)
    expect(await suspensions(sending)).toEqual([{ detail: { reason: 'campaign_budget', budget: 1, spent: 1 } }])
    await sql`update campaign set status = 'paused' where id = ${sending.campaignId}`.execute(database.db)
    expect(await suspendCampaign(database.db, key, 'campaign_budget', {})).toBe(false)
  })

  it('is nothing that happens without a budget: no row is touched', async () => {
    const sending = await makeSending(database.db, { recipients: 10 })
    expect(await gate(10)).toBe(10)
    expect([await spentBy(sending), await spentOn(sending)]).toEqual([undefined, []])
  })
})
