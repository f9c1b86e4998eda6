import fc from 'fast-check'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensurePhones, recordOptOut } from '../../src/consent/queries.ts'
import { cancelUnsent } from '../../src/messaging/cancel.queries.ts'
import { createInbox } from '../../src/messaging/inbox.commands.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { recordOutcomes } from '../../src/messaging/record.queries.ts'
import type { AttemptNews } from '../../src/messaging/record.queries.ts'
import { requeueDoubts } from '../../src/messaging/resend.queries.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { countStates, getMessage, makeSending } from '../support/factories/messaging.ts'
import type { Sending } from '../support/factories/messaging.ts'
import { settings, startLine } from '../support/sending.ts'

let database: TestDatabase
let receive: ReturnType<typeof createInbox>
const log = pino({ level: 'silent' })
beforeAll(async () => {
  database = await createTestDatabase()
  receive = createInbox({ db: database.db, config: settings(), log })
})
afterAll(() => database.close())

type Told = { status: string; code?: string }

/** The next hand-over of a campaign's only message, as far as the gate; undefined when nothing may leave. */
async function handOver({ messageIds: [messageId] }: Sending): Promise<string | undefined> {
  const token = crypto.randomUUID()
  const leased = await claimMessages(database.db, { token, seconds: 60, limit: 1000 })
  await ensurePhones(database.db, leased)
  const [attempt] = await passGate(database, token, leased.filter(({ id }) => id === messageId))
  return attempt?.id
}

const record = (attemptId: string, outcome: AttemptNews['outcome'], more: Partial<AttemptNews> = {}) =>
  recordOutcomes(database.db, [{ attemptId, outcome, providerId: null, code: null, detail: null, reason: null, retryAfterSeconds: 0, ...more }])

function tell(sending: Sending, attemptId: string, { status, code }: Told) {
  const body = { message_uuid: `uuid of ${attemptId}`, client_ref: attemptId, to: sending.e164[0]!.slice(1), from: '38047', channel: 'sms', timestamp: new Date().toISOString(), status, ...(code ? { error: { title: code } } : {}) }
  return receive('status', Buffer.from(JSON.stringify(body)))
}

const now = async () => (await sql<{ at: number }>`select (extract(epoch from app_now()) * 1000000)::bigint as at`.execute(database.db)).rows[0]!.at
async function requeue(sending: Sending, seenAt?: number): Promise<number> {
  const seen = seenAt ?? (await now())
  const chosen = { campaignId: sending.campaignId, messageIds: 'all' as const, seenAt: seen }
  return (await database.db.transaction().execute((trx) => requeueDoubts(trx, sending.scope, chosen, sending.userId))).length
}

/** A text whose first hand-over ended in doubt and which a person has put into the queue again. */
async function requeued() {
  const sending = await makeSending(database.db)
  const first = (await handOver(sending))!
  await record(first, 'in_doubt', { code: 'timeout' })
  expect(await requeue(sending)).toBe(1)
  return { sending, first }
}

const stateOf = async ({ messageIds: [id] }: Sending) => (await getMessage(database.db, id!)).state
async function attempts({ messageIds: [id] }: Sending) {
  return database.db.selectFrom('send_attempt').select(['n', 'outcome', 'waived_by', 'provider_id']).where('message_id', '=', id!).orderBy('n').execute()
}

describe('a text that a person has sent again', () => {
  it('leaves once more, under a reference of its own, and the first hand-over is on record with who waived it', async () => {
    const { sending, first } = await requeued()
    expect(await stateOf(sending)).toBe('queued')
    expect(await attempts(sending)).toEqual([{ n: 1, outcome: 'waived', waived_by: sending.userId, provider_id: null }])
    const second = await handOver(sending)
    expect(second).not.toBe(first)
    expect((await attempts(sending)).map(({ outcome }) => outcome)).toEqual(['waived', 'open'])
  })

  it('is not taken twice, nor out of what began after the person looked', async () => {
    const { sending } = await requeued()
    expect(await requeue(sending)).toBe(0)
    const seen = await now()
    await record((await handOver(sending))!, 'in_doubt')
    expect(await requeue(sending, seen)).toBe(0)
    expect(await stateOf(sending)).toBe('in_doubt')
    expect(await requeue(sending)).toBe(1)
  })

  it('of another company is not there', async () => {
    const { sending } = await requeued()
    await record((await handOver(sending))!, 'in_doubt')
    const other = await makeSending(database.db)
    expect(await requeue({ ...sending, scope: other.scope })).toBe(0)
  })
})

describe('a receipt of the first hand-over', () => {
  it.each<[Told, string, string]>([
    [{ status: 'submitted' }, 'accepted', 'accepted'],
    [{ status: 'delivered' }, 'delivered', 'accepted'],
    [{ status: 'undeliverable', code: '1190' }, 'undelivered', 'accepted'],
    [{ status: 'rejected', code: '1490' }, 'in_doubt', 'in_doubt'],
  ])('%o that comes before the second keeps it from leaving', async (told, state, outcome) => {
    const { sending, first } = await requeued()
    await tell(sending, first, told)
    expect([await stateOf(sending), await attempts(sending)]).toEqual([state, [{ n: 1, outcome, waived_by: null, provider_id: `uuid of ${first}` }]])
    expect(await handOver(sending)).toBeUndefined()
    // And goes on as if it had never been queued again.
    await tell(sending, first, { status: 'delivered' })
    expect(await stateOf(sending)).toBe('delivered')
  })

  it('that comes while a worker holds the text is obeyed by the gate', async () => {
    const { sending, first } = await requeued()
    const token = crypto.randomUUID()
    const leased = (await claimMessages(database.db, { token, seconds: 60, limit: 1000 })).filter(({ id }) => id === sending.messageIds[0])
    expect(leased.length).toBe(1)
    await tell(sending, first, { status: 'submitted' })
    expect(await passGate(database, token, leased)).toEqual([])
    expect(await stateOf(sending)).toBe('accepted')
  })

  it('that says delivered while the second is under way keeps it from being tried a third time', async () => {
    const { sending, first } = await requeued()
    const second = (await handOver(sending))!
    await tell(sending, first, { status: 'delivered' })
    await record(second, 'not_sent', { code: 'throttled' })
    expect(await stateOf(sending)).toBe('delivered')
    expect((await getMessage(database.db, sending.messageIds[0]!)).submitted_at).toEqual(expect.any(Date))
    expect((await attempts(sending)).map(({ outcome }) => outcome)).toEqual(['waived', 'not_sent'])
  })

  it('that says failed says nothing about the second', async () => {
    const { sending, first } = await requeued()
    const second = (await handOver(sending))!
    await tell(sending, first, { status: 'undeliverable', code: '1180' })
    expect(await stateOf(sending)).toBe('submitting')
    await record(second, 'accepted', { providerId: 'second' })
    expect(await stateOf(sending)).toBe('accepted')
  })

  it('and those of the second end in the same state in any order and with any repetition', async () => {
    const words = ['submitted', 'delivered', 'undeliverable'] as const
    const news = fc.record({ of: fc.constantFrom<'first' | 'second'>('first', 'second'), status: fc.constantFrom<string>(...words, 'record') }).filter(({ of, status }) => !(of === 'first' && status === 'record'))
    await fc.assert(fc.asyncProperty(fc.array(news, { minLength: 1, maxLength: 6 }).chain((told) => fc.tuple(fc.constant(told), fc.shuffledSubarray([...told, ...told], { minLength: told.length }).filter((again) => told.every((one) => again.includes(one))))), async (orders) => {
      const ends: unknown[] = []
      for (const order of orders) {
        const { sending, first } = await requeued()
        const second = (await handOver(sending))!
        for (const { of, status } of order) await (status === 'record' ? record(second, 'accepted', { providerId: `uuid of ${second}` }) : tell(sending, of === 'first' ? first : second, { status }))
        ends.push([await stateOf(sending), (await attempts(sending)).map(({ outcome }) => outcome)])
      }
      const [told] = orders
      const has = (of: string, ...statuses: string[]) => told.some((one) => one.of === of && statuses.includes(one.status))
      const state = has('first', 'delivered') || has('second', 'delivered') ? 'delivered' : has('second', 'undeliverable') ? 'undelivered' : has('first', 'submitted') || has('second', 'submitted', 'record') ? 'accepted' : 'submitting'
      expect(ends).toEqual([[state, ['waived', has('second', 'submitted', 'delivered', 'undeliverable', 'record') ? 'accepted' : 'open']], ends[0]])
    }), { numRuns: 40 })
  })
})

describe('a text that was to be sent again and is not', () => {
  it('because of a STOP is in doubt as before, not certainly unsent', async () => {
    const { sending, first } = await requeued()
    await recordOptOut(database.db, sending.scope, { e164: sending.e164[0]!, source: 'sms', campaignId: sending.campaignId })
    expect(await handOver(sending)).toBeUndefined()
    expect([await stateOf(sending), await attempts(sending)]).toEqual(['in_doubt', [{ n: 1, outcome: 'in_doubt', waived_by: null, provider_id: null }]])
    await tell(sending, first, { status: 'delivered' })
    expect(await stateOf(sending)).toBe('delivered')
  })

  it('because the campaign is cancelled is in doubt as before, while what never left is cancelled', async () => {
    const sending = await makeSending(database.db, { recipients: 3 })
    const first = (await handOver(sending))!
    await record(first, 'in_doubt')
    await requeue(sending)
    await sql`insert into campaign_event (company_id, campaign_id, kind) values (${sending.scope.companyId}, ${sending.campaignId}, 'resent')`.execute(database.db)
    expect(await database.db.transaction().execute((trx) => cancelUnsent(trx, sending.scope, sending.campaignId, 'cancelled'))).toBe(2)
    expect(await countStates(database.db, sending.campaignId)).toEqual({ in_doubt: 1, cancelled: 2 })
  })

  it('because the provider refuses it is in doubt as before; a first refusal is one', async () => {
    const { sending, first } = await requeued()
    await record((await handOver(sending))!, 'rejected', { code: '1150', reason: 'content' })
    expect([await stateOf(sending), (await attempts(sending)).map(({ outcome }) => outcome)]).toEqual(['in_doubt', ['in_doubt', 'rejected']])
    expect(await getMessage(database.db, sending.messageIds[0]!)).toMatchObject({ failure_code: null, settled_at: null })
    await tell(sending, first, { status: 'submitted' })
    expect(await stateOf(sending)).toBe('accepted')

    const plain = await makeSending(database.db)
    await record((await handOver(plain))!, 'rejected', { code: '1150', reason: 'content' })
    expect(await getMessage(database.db, plain.messageIds[0]!)).toMatchObject({ state: 'rejected', failure_code: '1150', settled_at: expect.any(Date) })
  })
})

it('a provider sees a second text only where a person wanted one', async () => {
  const line = await startLine(database, { webhooks: false })
  try {
    const sending = await makeSending(database.db, { recipients: 3 })
    line.simulator.behave({ mode: 'reset', accept: true })
    await line.dispatcher().runOnce()
    expect(await countStates(database.db, sending.campaignId)).toEqual({ in_doubt: 3 })
    line.simulator.behave({ mode: 'normal' })
    await sql`update provider_account set open_until = null, doubt_streak = 0, recent = '', failed_probes = 0`.execute(database.db)
    await line.dispatcher().runOnce()
    expect(line.simulator.postCount()).toBe(3)
    await requeue(sending)
    await line.dispatcher().runOnce()
    expect(line.simulator.accepted().map(({ clientRef }) => clientRef).length).toBe(6)
    expect(new Set(line.simulator.accepted().map(({ clientRef }) => clientRef)).size).toBe(6)
    line.connect()
    await line.simulator.settled()
    expect(await countStates(database.db, sending.campaignId)).toEqual({ delivered: 3 })
  } finally {
    await line.close()
  }
})
