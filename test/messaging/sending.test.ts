import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { recordOptOut } from '../../src/consent/queries.ts'
import { getAccount, resumeAccount, takeTokens } from '../../src/messaging/account.queries.ts'
import { burstOf } from '../../src/messaging/domain.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { queueMessages } from '../../src/messaging/queries.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { ensurePhones } from '../../src/consent/queries.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { aMessage, countStates, getMessage, makeSending } from '../support/factories/messaging.ts'
import type { Sending } from '../support/factories/messaging.ts'
import { renewAccount, startLine, until } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
})
afterAll(async () => {
  await line.close()
  await database.close()
})
beforeEach(() => renewAccount(database.db))
afterEach(async () => {
  line.simulator.behave({ mode: 'normal' })
  // What one test leaves queued must not be sent by the next.
  await sql`update message set state = 'cancelled', lease_until = null where state in ('queued', 'leased')`.execute(database.db)
})

const acceptedFor = ({ e164 }: Sending) => line.simulator.accepted().filter(({ to }) => e164.includes(`+${to}`))

describe('the whole loop', () => {
  it('delivers 200 messages, each accepted once, each with the reference and the id of its attempt', async () => {
    const sending = await makeSending(database.db, { recipients: 200 })
    const dispatcher = line.dispatcher()
    dispatcher.start()
    await line.simulator.waitFor(200)
    await until(async () => (await countStates(database.db, sending.campaignId))['delivered'] === 200, 'all 200 are delivered')
    await dispatcher.stop()
    const accepted = acceptedFor(sending)
    expect(new Set(accepted.map(({ to }) => to)).size).toBe(200)
    const attempts = await database.db.selectFrom('send_attempt').innerJoin('message', 'message.id', 'send_attempt.message_id')
      .select(['send_attempt.id', 'send_attempt.provider_id', 'send_attempt.outcome', 'message.provider_id as message_provider_id'])
      .where('message.campaign_id', '=', sending.campaignId)
      // On a machine under load a check may grow too old: then nothing was handed over, and the text waits for another.
      .where('send_attempt.error_code', 'is distinct from', 'gate_too_old').execute()
    expect(new Map(attempts.map(({ id, provider_id }) => [id, provider_id]))).toEqual(new Map(accepted.map(({ clientRef, uuid }) => [clientRef, uuid])))
    expect(attempts.every(({ outcome, provider_id, message_provider_id }) => outcome === 'accepted' && provider_id === message_provider_id)).toBe(true)
  })

  it('never sends twice when two dispatchers share 500 messages', async () => {
    const sending = await makeSending(database.db, { recipients: 500 })
    const [one, two] = [line.dispatcher({ SEND_RATE: '100' }), line.dispatcher({ SEND_RATE: '100' })]
    let [first, second] = [0, 0]
    // What came back unsent waits a moment; on a quiet machine there is none.
    await until(async () => {
      const [ofOne, ofTwo] = await Promise.all([one.runOnce(), two.runOnce()])
      ;[first, second] = [first + ofOne, second + ofTwo]
      return first + second >= 500
    }, 'all 500 were handed over')
    expect(first + second).toBe(500)
    expect(first).toBeGreaterThan(0)
    expect(second).toBeGreaterThan(0)
    const references = acceptedFor(sending).map(({ to }) => to)
    expect([references.length, new Set(references).size]).toEqual([500, 500])
  })

  it('sends a message without a campaign, and none of a company that may not send', async () => {
    const { scope } = await makeCompany(database.db)
    const silent = await makeCompany(database.db, { canSendSms: false })
    await database.db.transaction().execute((trx) => queueMessages(trx, scope, [aMessage({ e164: '+33639970001' })]))
    await database.db.transaction().execute((trx) => queueMessages(trx, silent.scope, [aMessage({ e164: '+33639970002' })]))
    expect(await line.dispatcher().runOnce()).toBe(1)
    expect(line.simulator.accepted().at(-1)?.to).toBe('33639970001')
  })

  it('lets a small campaign take turns with a large one', async () => {
    await makeSending(database.db, { recipients: 30 })
    const small = await makeSending(database.db, { recipients: 2 })
    const claimed = await claimMessages(database.db, { token: crypto.randomUUID(), seconds: 60, limit: 6 })
    expect(claimed.map(({ id }) => id)).toEqual(expect.arrayContaining(small.messageIds))
  })

  it('wakes at once for new messages', async () => {
    const dispatcher = line.dispatcher()
    dispatcher.start()
    const sending = await makeSending(database.db, { recipients: 1 })
    dispatcher.wake()
    await until(() => acceptedFor(sending).length === 1, 'the message is accepted', 2000)
    await dispatcher.stop()
  })

  it('ends the calls in flight when stopped, and gives its leases back', async () => {
    const sending = await makeSending(database.db, { recipients: 30 })
    line.simulator.behave({ mode: 'delay', ms: 500 })
    const dispatcher = line.dispatcher({ SEND_CONCURRENCY: '4' })
    dispatcher.start()
    await until(() => acceptedFor(sending).length >= 4, 'four calls are in flight')
    await dispatcher.stop()
    const states = await countStates(database.db, sending.campaignId)
    expect((states['accepted'] ?? 0) + (states['delivered'] ?? 0)).toBe(acceptedFor(sending).length)
    expect(states['queued']).toBe(30 - acceptedFor(sending).length)
    expect(Object.keys(states)).not.toContain('in_doubt')
  })
})

describe('the gate', () => {
  it('skips a message without a campaign too when its number has opted out', async () => {
    const { scope } = await makeCompany(database.db)
    await recordOptOut(database.db, scope, { e164: '+33639970009', source: 'sms' })
    await database.db.transaction().execute((trx) => queueMessages(trx, scope, [aMessage({ e164: '+33639970009' })]))
    expect(await line.dispatcher().runOnce()).toBe(0)
    expect(await database.db.selectFrom('message').select(['state', 'failure_reason']).where('company_id', '=', scope.companyId).execute()).toEqual([{ state: 'skipped', failure_reason: 'opted_out' }])
  })


  /** Claims everything, lets something happen, and then tries to pass. */
  async function gateAfter(sending: Sending, change: () => Promise<unknown>): Promise<number> {
    const token = crypto.randomUUID()
    const leased = await claimMessages(database.db, { token, seconds: 60, limit: 100 })
    await ensurePhones(database.db, leased)
    expect(leased.map(({ id }) => id).sort()).toEqual(sending.messageIds)
    await change()
    return (await passGate(database, token, leased)).length
  }
  const stateOf = async (sending: Sending) => {
    const { state, failure_reason } = await getMessage(database.db, sending.messageIds[0]!)
    return [state, failure_reason]
  }

  it('skips a number that opted out between claim and gate', async () => {
    const sending = await makeSending(database.db)
    expect(await gateAfter(sending, () => recordOptOut(database.db, sending.scope, { e164: sending.e164[0]!, source: 'page' }))).toBe(0)
    expect(await stateOf(sending)).toEqual(['skipped', 'opted_out'])
  })

  it('skips somebody whose consent was withdrawn between claim and gate', async () => {
    const sending = await makeSending(database.db)
    expect(await gateAfter(sending, () => sql`update candidate set consent_given = false where id = ${sending.candidateIds[0]}`.execute(database.db))).toBe(0)
    expect(await stateOf(sending)).toEqual(['skipped', 'no_consent'])
  })

  it('skips a number that bounced, and a candidate who is gone', async () => {
    const sending = await makeSending(database.db)
    expect(await gateAfter(sending, () => sql`update phone set bounced_at = app_now() where e164 = ${sending.e164[0]}`.execute(database.db))).toBe(0)
    expect(await stateOf(sending)).toEqual(['skipped', 'bounced'])
    const erased = await makeSending(database.db)
    expect(await gateAfter(erased, () => sql`delete from candidate where id = ${erased.candidateIds[0]}`.execute(database.db))).toBe(0)
    expect(await stateOf(erased)).toEqual(['skipped', 'no_candidate'])
  })

  it.each([
    ['the campaign is paused', sql`update campaign set status = 'paused' where id =`],
    ['the campaign is closed', sql`update campaign set closed_at = app_now() where id =`],
    ['its time is over', sql`update campaign set closes_at = app_now() where id =`],
    ['the batch is held', sql`update batch set state = 'held' where campaign_id =`],
  ])('gives a message back when %s', async (_what, change) => {
    const sending = await makeSending(database.db)
    expect(await gateAfter(sending, () => sql`${change} ${sending.campaignId}`.execute(database.db))).toBe(0)
    expect(await stateOf(sending)).toEqual(['queued', null])
    expect(await claimMessages(database.db, { token: crypto.randomUUID(), seconds: 60, limit: 10 })).toEqual([])
  })

  it('lets nothing pass whose lease is over or belongs to another', async () => {
    const sending = await makeSending(database.db)
    expect(await gateAfter(sending, () => sql`update message_lease set lease_until = app_now()`.execute(database.db))).toBe(0)
    expect((await stateOf(sending))[0]).toBe('queued')
    await sql`update message set state = 'cancelled' where campaign_id = ${sending.campaignId}`.execute(database.db)
    const stolen = await makeSending(database.db)
    expect(await gateAfter(stolen, () => sql`update message_lease set token = gen_random_uuid()`.execute(database.db))).toBe(0)
  })

  it('makes an opt-out wait for a gate that has looked already, and the gate for an opt-out', async () => {
    const sending = await makeSending(database.db)
    const order: string[] = []
    await ensurePhones(database.db, [{ companyId: sending.scope.companyId, e164: sending.e164[0]! }])
    await gateAfter(sending, async () => {
      await database.db.transaction().execute(async (trx) => {
        await recordOptOut(trx, sending.scope, { e164: sending.e164[0]!, source: 'sms' })
        const gate = passGate(database, 'c0ffee00-0000-4000-8000-000000000000', [{ ...aMessageOf(sending) }]).then(() => order.push('gate'))
        await until(async () => (await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`.execute(database.db)).rows[0]!.n > 0, 'the gate waits')
        order.push('opt-out')
        return { gate }
      }).then(({ gate }) => gate)
    })
    expect(order).toEqual(['opt-out', 'gate'])
  })

  const aMessageOf = (sending: Sending) => ({ id: sending.messageIds[0]!, companyId: sending.scope.companyId, purpose: 'campaign' as const, e164: sending.e164[0]!, sender: '38047', perSecond: null, body: 'x', encoding: 'gsm7' as const })
})

describe('what protects the provider and us', () => {
  it('returns expired leases to the queue and sends them once', async () => {
    const sending = await makeSending(database.db, { recipients: 3 })
    await claimMessages(database.db, { token: crypto.randomUUID(), seconds: 0, limit: 10 })
    expect(await line.dispatcher().runOnce()).toBe(3)
    expect(acceptedFor(sending).length).toBe(3)
  })

  it('pauses after five doubts in a row, and lets a single message try after the pause', async () => {
    const sending = await makeSending(database.db, { recipients: 30 })
    line.simulator.behave({ mode: 'status', status: 503, body: '<html>' })
    const posts = line.simulator.postCount()
    await line.dispatcher({ SEND_CONCURRENCY: '3' }).runOnce()
    const states = await countStates(database.db, sending.campaignId)
    expect(states['in_doubt']).toBeGreaterThanOrEqual(5)
    expect(states['in_doubt']).toBeLessThanOrEqual(8)
    expect(line.simulator.postCount() - posts).toBe(states['in_doubt'])
    expect(states['queued']).toBe(30 - states['in_doubt']!)

    await sql`update provider_account set open_until = app_now()`.execute(database.db)
    await line.dispatcher().runOnce()
    expect((await countStates(database.db, sending.campaignId))['in_doubt']).toBe(states['in_doubt']! + 1)

    line.simulator.behave({ mode: 'normal' })
    await sql`update provider_account set open_until = app_now()`.execute(database.db)
    // The answer of the one that tries opens the way again.
    await line.dispatcher().runOnce()
    await line.dispatcher().runOnce()
    expect(acceptedFor(sending).length).toBe(30 - states['in_doubt']! - 1)
    expect((await getAccount(database.db)).open_until).toBeNull()
  })

  it('suspends all sending when the provider refuses the account, and loses no message', async () => {
    const sending = await makeSending(database.db, { recipients: 10 })
    line.simulator.behave({ mode: 'status', status: 402, body: '{"title":"Low balance"}' })
    const posts = line.simulator.postCount()
    await line.dispatcher({ SEND_CONCURRENCY: '3' }).runOnce()
    expect(line.simulator.postCount() - posts).toBeLessThanOrEqual(3)
    expect(await getAccount(database.db)).toMatchObject({ suspended_reason: expect.stringContaining('Low balance') })
    expect(await countStates(database.db, sending.campaignId)).toEqual({ queued: 10 })
    line.simulator.behave({ mode: 'normal' })
    await resumeAccount(database.db)
    await sql`update message set next_attempt_at = app_now() where campaign_id = ${sending.campaignId}`.execute(database.db)
    expect(await line.dispatcher().runOnce()).toBe(10)
  })

  it('waits as long as the provider asks when it throttles, with no doubt and no loss', async () => {
    const sending = await makeSending(database.db, { recipients: 6 })
    line.simulator.behave({ mode: 'status', status: 429, headers: { 'retry-after': '2' } }, { times: 2 })
    const startedAt = Date.now()
    const dispatcher = line.dispatcher({ SEND_CONCURRENCY: '2' })
    dispatcher.start()
    await until(() => acceptedFor(sending).length === 6, 'all six are accepted')
    await dispatcher.stop()
    expect(Math.min(...acceptedFor(sending).map(({ at }) => at.getTime())) - startedAt).toBeGreaterThan(1900)
    const outcomes = await database.db.selectFrom('send_attempt').select(['outcome', 'error_code']).where('message_id', 'in', sending.messageIds).where('outcome', '<>', 'accepted').execute()
    expect(outcomes).toEqual([{ outcome: 'not_sent', error_code: 'throttled' }, { outcome: 'not_sent', error_code: 'throttled' }])
  })

  it('gives out no more tokens than the rate allows, whoever asks and however often', async () => {
    const clock = async () => (await sql<{ at: number }>`select extract(epoch from app_now())::float as at`.execute(database.db)).rows[0]!.at
    const from = await clock()
    let granted = 0
    const take = async () => {
      while ((await clock()) - from < 1.5) granted += (await takeTokens(database.db, 10, 100)).granted
    }
    await Promise.all([take(), take(), take()])
    expect(granted).toBeLessThanOrEqual(100 * ((await clock()) - from) + burstOf(100))
    expect(granted).toBeGreaterThan(20)
  })

  it('keeps to the rate in every second, with two senders', async () => {
    const sending = await makeSending(database.db, { recipients: 120 })
    const stalls = monitorEventLoopDelay({ resolution: 5 })
    stalls.enable()
    const senders = [line.dispatcher({ SEND_RATE: '30' }), line.dispatcher({ SEND_RATE: '30' })]
    await Promise.all(senders.map((sender) => sender.runOnce()))
    stalls.disable()
    const at = acceptedFor(sending).map(({ at: moment }) => moment.getTime()).sort((a, b) => a - b)
    expect(at.length).toBe(120)
    const busiest = Math.max(...at.map((from) => at.filter((moment) => moment >= from && moment < from + 1000).length))
    // Senders and provider share this process: while it stands still, calls pile up that had left in time, on either side.
    expect(busiest).toBeLessThanOrEqual(30 + 5 + Math.ceil((2 * 30 * stalls.max) / 1e9))
    expect(at.at(-1)! - at[0]!).toBeGreaterThan(3500)
  })

  it('settles a message that the provider refuses, and goes on with the others', async () => {
    const sending = await makeSending(database.db, { recipients: 2 })
    line.simulator.behave(({ to }) => (sending.e164[0] === `+${to}` ? { mode: 'status', status: 422, body: '{"type":"x#1150","title":"Invalid params","detail":"Invalid recipient"}' } : { mode: 'normal' }))
    await line.dispatcher().runOnce()
    expect(await getMessage(database.db, sending.messageIds[0]!)).toMatchObject({ state: 'rejected', failure_code: '1150', failure_reason: 'permanent', settled_at: expect.any(Date) })
    expect(acceptedFor(sending).length).toBe(1)
  })
})
