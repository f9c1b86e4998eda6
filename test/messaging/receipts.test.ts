import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPhone } from '../../src/consent/queries.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { createInbox, receiveEvent } from '../../src/messaging/inbox.commands.ts'
import { recordOutcomes } from '../../src/messaging/record.queries.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { sweep } from '../../src/messaging/sweep.commands.ts'
import { ensurePhones, recordOptIn } from '../../src/consent/queries.ts'
import { pino } from 'pino'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { getMessage, makeSending } from '../support/factories/messaging.ts'
import { settings } from '../support/sending.ts'

let database: TestDatabase
/** As one web process takes them, those of a moment together. */
let receive: ReturnType<typeof createInbox>
const warnings: string[] = []
const log = pino({ level: 'silent' })
beforeAll(async () => {
  database = await createTestDatabase()
  receive = createInbox({ db: database.db, config: settings(), log: pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) }) })
})
afterAll(() => database.close())

const inbox = () => ({ db: database.db, config: settings(), log })
type News = { status: string; code?: string }

/** A message just being handed over, as the database knows it in that moment. */
async function submitting() {
  const sending = await makeSending(database.db)
  const token = crypto.randomUUID()
  const leased = await claimMessages(database.db, { token, seconds: 60, limit: 1000 })
  await ensurePhones(database.db, leased)
  const [attempt] = await passGate(database, token, leased.filter(({ id }) => id === sending.messageIds[0]))
  return { ...sending, messageId: sending.messageIds[0]!, number: sending.e164[0]!, attemptId: attempt!.id, providerId: crypto.randomUUID() }
}

function tell(attempt: { attemptId: string; providerId: string; number: string }, { status, code }: News, changes: Record<string, unknown> = {}, take = receive) {
  const body = {
    message_uuid: attempt.providerId, client_ref: attempt.attemptId, to: attempt.number.slice(1), from: '38047', channel: 'sms', timestamp: new Date().toISOString(), status,
    ...(code ? { error: { type: `https://developer.vonage.com/api-errors/messages#${code}`, title: code, detail: 'x' } } : {}), ...changes,
  }
  return take('status', Buffer.from(JSON.stringify(body)))
}

const stateOf = async (attempt: { messageId: number }) => (await getMessage(database.db, attempt.messageId)).state
const outcomeOf = async ({ attemptId }: { attemptId: string }) => database.db.selectFrom('send_attempt').select(['outcome', 'provider_id']).where('id', '=', attemptId).executeTakeFirstOrThrow()
const accept = ({ attemptId, providerId }: { attemptId: string; providerId: string }) =>
  recordOutcomes(database.db, [{ attemptId, outcome: 'accepted', providerId, code: null, detail: null, reason: null, retryAfterSeconds: 0 }])
const doubt = ({ attemptId }: { attemptId: string }) =>
  recordOutcomes(database.db, [{ attemptId, outcome: 'in_doubt', providerId: null, code: 'timeout', detail: null, reason: null, retryAfterSeconds: 0 }])

describe('receipts', () => {
  it('end in the same state in any order and with any repetition, whenever our own record comes', async () => {
    const news = fc.constantFrom<News | 'record'>(
      'record', { status: 'submitted' }, { status: 'delivered' }, { status: 'rejected', code: '1210' }, { status: 'undeliverable', code: '1190' }, { status: 'rejected', code: '1490' }, { status: 'tomorrows-word' },
    )
    await fc.assert(fc.asyncProperty(fc.array(news, { minLength: 1, maxLength: 5 }).chain((told) => fc.tuple(
      fc.constant(told), fc.shuffledSubarray([...told, ...told], { minLength: told.length }).filter((again) => told.every((one) => again.includes(one))),
    )), async ([told, again]) => {
      const ends: unknown[] = []
      for (const order of [told, again]) {
        const attempt = await submitting()
        for (const one of order) await (one === 'record' ? accept(attempt) : tell(attempt, one))
        const { state, provider_id } = await getMessage(database.db, attempt.messageId)
        const phone = await findPhone(database.db, attempt.scope, attempt.number)
        ends.push([state, provider_id === attempt.providerId, (await outcomeOf(attempt)).outcome, state === 'delivered' && phone!.bounced_at !== null])
      }
      expect(ends[1]).toEqual(ends[0])
      // Nothing was tried that the database had to refuse.
      expect(await database.db.selectFrom('provider_event').select('id').where('applied_at', 'is', null).execute()).toEqual([])
    }), { numRuns: 40 })
  })

  it('taken together end as if each had been taken alone, whatever is among them', async () => {
    // Of two failures the first counts, so each message has one at most.
    const failure = fc.constantFrom<News>({ status: 'rejected', code: '1210' }, { status: 'undeliverable', code: '1190' }, { status: 'rejected', code: '1490' }, { status: 'rejected', code: '1240' })
    const news = fc.tuple(fc.option(failure), fc.array(fc.constantFrom<News>({ status: 'submitted' }, { status: 'delivered' }), { maxLength: 3 })).map(([bad, good]) => (bad ? [bad, ...good, bad] : good))
    const applied = async () => (await database.db.selectFrom('provider_event').select('id').where('applied_at', 'is', null).execute()).length
    const before = await applied()
    warnings.length = 0
    const alone: typeof receive = (kind, raw) => receiveEvent(inbox(), kind, raw)
    await fc.assert(fc.asyncProperty(fc.array(news, { minLength: 1, maxLength: 4 }), async (told) => {
      const ends: unknown[][] = [[], []]
      for (const [way, together] of [true, false].entries()) {
        const attempts: Awaited<ReturnType<typeof submitting>>[] = []
        for (let n = 0; n < told.length; n++) attempts.push(await submitting())
        const all = attempts.flatMap((attempt, place) => told[place]!.map((one) => () => tell(attempt, one, {}, together ? receive : alone)))
        if (together) await Promise.all(all.map((one) => one()))
        else for (const one of all) await one()
        for (const attempt of attempts) {
          const { state, provider_id } = await getMessage(database.db, attempt.messageId)
          const phone = await findPhone(database.db, attempt.scope, attempt.number)
          ends[way]!.push([state, provider_id === attempt.providerId, (await outcomeOf(attempt)).outcome, phone?.opted_out_at instanceof Date, phone?.bounced_at instanceof Date])
        }
      }
      expect(ends[0]).toEqual(ends[1])
    }), { numRuns: 15 })
    expect(await applied(), 'all that came is applied').toBe(before)
    expect(warnings, 'no group was refused').toEqual([])
  })

  it('that come before our own record settle the message, and the record adds what it knows (F-33)', async () => {
    const attempt = await submitting()
    await tell(attempt, { status: 'delivered' })
    expect(await stateOf(attempt)).toBe('delivered')
    await accept(attempt)
    expect(await getMessage(database.db, attempt.messageId)).toMatchObject({ state: 'delivered', provider_id: attempt.providerId })
    expect(await outcomeOf(attempt)).toEqual({ outcome: 'accepted', provider_id: attempt.providerId })
  })

  it('resolve a doubt, and a late doubt does not undo them', async () => {
    const attempt = await submitting()
    await doubt(attempt)
    expect(await stateOf(attempt)).toBe('in_doubt')
    await tell(attempt, { status: 'submitted' })
    await doubt(attempt)
    expect(await stateOf(attempt)).toBe('accepted')
    expect((await outcomeOf(attempt)).outcome).toBe('accepted')
  })

  it('are found by the id of the provider when our reference is missing', async () => {
    const attempt = await submitting()
    await accept(attempt)
    await tell(attempt, { status: 'delivered' }, { client_ref: undefined })
    expect(await stateOf(attempt)).toBe('delivered')
  })

  it('for an attempt we do not know yet wait, and are applied by the sweeper', async () => {
    const attempt = await submitting()
    const early = { ...attempt, attemptId: crypto.randomUUID() }
    await tell(early, { status: 'delivered' })
    expect(await database.db.selectFrom('provider_event').select(['result', 'applied_at', 'tries']).orderBy('id', 'desc').executeTakeFirst()).toEqual({ result: 'orphan', applied_at: null, tries: 1 })
    await sql`update send_attempt set id = ${early.attemptId} where id = ${attempt.attemptId}`.execute(database.db)
    await sql`update provider_event set received_at = received_at - interval '1 minute' where applied_at is null`.execute(database.db)
    await sweep({ ...inbox(), config: settings() })
    expect(await stateOf(attempt)).toBe('delivered')
  })

  it('that nobody claims are kept as orphans after a day (F-39)', async () => {
    const stranger = { attemptId: crypto.randomUUID(), providerId: crypto.randomUUID(), number: '+33639980001' }
    await tell(stranger, { status: 'delivered' })
    await tell({ ...stranger, attemptId: "'; drop table message; --" }, { status: 'delivered', code: '7' })
    await sql`update provider_event set received_at = received_at - interval '25 hours' where applied_at is null`.execute(database.db)
    await sweep({ ...inbox(), config: settings() })
    const orphans = await database.db.selectFrom('provider_event').select(['result', 'applied_at']).orderBy('id', 'desc').limit(2).execute()
    expect(orphans).toEqual([{ result: 'orphan', applied_at: expect.any(Date) }, { result: 'orphan', applied_at: expect.any(Date) }])
  })

  it.each([['1240'], ['1483'], ['9'], ['53']])('with code %s opt the number out, even when they come late', async (code) => {
    const attempt = await submitting()
    await tell(attempt, { status: 'delivered' })
    await tell(attempt, { status: 'rejected', code })
    expect(await findPhone(database.db, attempt.scope, attempt.number)).toMatchObject({ opted_out_at: expect.any(Date), opt_out_source: 'provider' })
    expect(await stateOf(attempt)).toBe('delivered')
  })

  it('repeated after the person came back do not opt them out again', async () => {
    const attempt = await submitting()
    await tell(attempt, { status: 'rejected', code: '1240' })
    await recordOptIn(database.db, attempt.scope, { e164: attempt.number, source: 'sms' })
    await tell(attempt, { status: 'rejected', code: '1240' })
    expect((await findPhone(database.db, attempt.scope, attempt.number))?.opted_out_at).toBeNull()
  })

  it('of a number that is gone mark it as bounced, those of a busy one do not, and a delivery takes it back', async () => {
    const gone = await submitting()
    await tell(gone, { status: 'undeliverable', code: '1190' })
    expect(await findPhone(database.db, gone.scope, gone.number)).toMatchObject({ bounced_at: expect.any(Date), bounce_code: '1190' })
    expect(await getMessage(database.db, gone.messageId)).toMatchObject({ state: 'undelivered', failure_code: '1190', failure_reason: 'permanent', settled_at: expect.any(Date) })
    await tell(gone, { status: 'delivered' })
    expect((await findPhone(database.db, gone.scope, gone.number))?.bounced_at).toBeNull()
    expect(await getMessage(database.db, gone.messageId)).toMatchObject({ state: 'delivered', failure_code: null, failure_reason: null })
    const busy = await submitting()
    await tell(busy, { status: 'undeliverable', code: '1180' })
    expect((await findPhone(database.db, busy.scope, busy.number))?.bounced_at).toBeNull()
  })

  it('take part in no deadlock when they race with each other and with our record', async () => {
    const attempts = []
    for (let i = 0; i < 10; i++) attempts.push(await submitting())
    await Promise.all(attempts.flatMap((attempt) => [
      tell(attempt, { status: 'submitted' }), tell(attempt, { status: 'delivered' }), tell(attempt, { status: 'rejected', code: '1190' }), accept(attempt), tell(attempt, { status: 'delivered' }),
    ]))
    for (const attempt of attempts) expect(await stateOf(attempt)).toBe('delivered')
    expect(await database.db.selectFrom('provider_event').select('id').where('result', '=', 'failed').execute()).toEqual([])
  })
})

describe('a hand-over that nobody recorded', () => {
  it('is in doubt once no answer can come any more, and never queued again', async () => {
    const attempt = await submitting()
    const config = settings({ SEND_TIMEOUT_MS: '10000' })
    await sql`update message set submitted_at = submitted_at - interval '29 seconds' where id = ${attempt.messageId}`.execute(database.db)
    await sweep({ ...inbox(), config })
    expect(await stateOf(attempt)).toBe('submitting')
    await sql`update message set submitted_at = submitted_at - interval '2 seconds' where id = ${attempt.messageId}`.execute(database.db)
    await sweep({ ...inbox(), config })
    await sweep({ ...inbox(), config })
    expect([await stateOf(attempt), (await outcomeOf(attempt)).outcome]).toEqual(['in_doubt', 'in_doubt'])
  })

  it('cannot be opened a second time: the database refuses', async () => {
    const attempt = await submitting()
    await doubt(attempt)
    await expect(sql`insert into send_attempt (company_id, id, message_id, n, outcome) values (${attempt.scope.companyId}, ${crypto.randomUUID()}, ${attempt.messageId}, 2, 'open')`.execute(database.db)).rejects.toThrow(/send_attempt_one_live/)
  })
})
