import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { remindDue, remindSilent, undoReminder } from '../../src/campaigns/reminders.commands.ts'
import { USUAL_REMINDER } from '../../src/campaigns/reminders.domain.ts'
import { findPending } from '../../src/campaigns/reminders.queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { ensurePhones } from '../../src/consent/queries.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { look } from '../support/factories/batches.ts'
import { LAUNCH_CONFIG } from '../support/factories/campaigns.ts'
import { makeArrived, type Arrived } from '../support/factories/reminders.ts'
import { settings } from '../support/sending.ts'

let test: TestDatabase
beforeAll(async () => { test = await createTestDatabase() })
afterAll(() => test.close())
afterEach(async () => {
  await shiftClock(test, '0')
  await sql`update message set state = 'cancelled', lease_until = null where state in ('queued', 'leased')`.execute(test.db)
})

const deps = { get db() { return test.db }, config: LAUNCH_CONFIG, log: settings().sending && { error: () => {} } as never }
const made = (states: readonly string[], given: { hours?: number } = {}) => makeArrived(test, states, given)
const ask = (one: Arrived) => remindSilent(deps, one.viewer, { campaignId: one.campaignId, requestKey: randomUUID(), people: 1_000, texts: USUAL_REMINDER })
const answer = ({ scope, recipientIds }: Arrived, i: number) =>
  recordAnswer(test, scope, recipientIds[i]!, { choice: 'no', availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
const second = async ({ campaignId }: Arrived) =>
  (await test.pool.query<{ rank: number }>('select r.rank from message m join recipient r on r.id = m.recipient_id where m.campaign_id = $1 and m.step = 2 order by r.rank', [campaignId])).rows
const tick = () => advanceCampaigns(test)
const told = async ({ campaignId }: Arrived) =>
  (await test.pool.query<{ user_id: number; kind: string; count: number }>("select user_id, kind, (params ->> 'count')::int as count from notification where campaign_id = $1 and kind = 'reminder_soon'", [campaignId])).rows

describe('an automatic reminder', () => {
  it('comes once, so long after the texts, to those still silent; several workers and a second look change nothing', async () => {
    const one = await made(['delivered', 'delivered', 'delivered'], { hours: 24 })
    await answer(one, 1)
    await remindDue(deps)
    expect(await second(one)).toEqual([])
    await shiftClock(test, '22 hours 44 minutes')
    await remindDue(deps)
    expect(await second(one)).toEqual([])
    // It is written a quarter of an hour before its moment, and its people are told.
    await shiftClock(test, '22 hours 46 minutes')
    await Promise.all([remindDue(deps), remindDue(deps), remindDue(deps)])
    await remindDue(deps)
    expect((await second(one)).map(({ rank }) => rank)).toEqual([1, 3])
    expect(await told(one)).toEqual([{ user_id: one.userId, kind: 'reminder_soon', count: 2 }])
    await tick()
    expect((await look(test, one.campaignId)).states).toEqual(['done', 'planned'])
    await shiftClock(test, '23 hours 1 minute')
    await tick()
    await send(one)
    await tick()
    await shiftClock(test, '60 hours')
    await remindDue(deps)
    await tick()
    expect(await look(test, one.campaignId)).toMatchObject({ status: 'completed', states: ['done', 'done'], kinds: ['reminded_by_time', 'reminder_sent', 'completed'] })
  })

  it('can be stopped until it leaves, and is not made again; who has answered meanwhile would have got none', async () => {
    const one = await made(['delivered', 'delivered'], { hours: 24 })
    await saveSetting(test.db, one.scope, 'sms.min_hours_between', 24)
    await shiftClock(test, '22 hours 50 minutes')
    await remindDue(deps)
    expect(await second(one)).toHaveLength(2)
    const pending = await findPending(test.db, one.scope, one.campaignId)
    expect(pending).toMatchObject({ messages: 2, is_automatic: true })
    expect(pending!.seconds).toBeGreaterThan(840)
    expect(await undoReminder(test, one.viewer, one.campaignId)).toBe(2)
    await remindDue(deps)
    await shiftClock(test, '30 hours')
    await remindDue(deps)
    expect(await second(one)).toEqual([])
    expect(await look(test, one.campaignId)).toMatchObject({ status: 'completed', states: ['done'], kinds: ['reminded_by_time', 'reminder_undone'] })
    // By hand it is still possible.
    expect(await ask(one)).toMatchObject({ ok: true, value: { messages: 2 } })
  })

  it('does not come to a campaign that is paused, closed or cancelled, nor where everybody has answered', async () => {
    const [paused, closed, done, cancelled] = [await made(['delivered'], { hours: 1 }), await made(['delivered'], { hours: 1 }), await made(['delivered'], { hours: 1 }), await made(['delivered'], { hours: 1 })]
    await test.pool.query("update campaign set status = 'paused', finished_at = null where id = $1", [paused.campaignId])
    await test.pool.query('update campaign set closed_at = app_now() where id = $1', [closed.campaignId])
    await test.pool.query("update campaign set status = 'cancelled' where id = $1", [cancelled.campaignId])
    await answer(done, 0)
    await remindDue(deps)
    for (const one of [paused, closed, done, cancelled]) expect(await second(one)).toEqual([])
    expect((await look(test, done.campaignId)).states).toEqual(['done'])
    // It was only late: the reminder of a paused campaign comes when it goes on.
    await test.pool.query("update campaign set status = 'in_process' where id = $1", [paused.campaignId])
    await remindDue(deps)
    expect(await second(paused)).toHaveLength(1)
  })

  it('says so in the history when its words cannot be sent any more, and does not try for ever', async () => {
    const one = await made(['delivered'], { hours: 1 })
    await test.pool.query("insert into campaign_reminder_text (company_id, campaign_id, language, body) values ($1, $2, 'fr', 'Bonjour {inconnu}')", [one.scope.companyId, one.campaignId])
    await remindDue(deps)
    await remindDue(deps)
    expect(await look(test, one.campaignId)).toMatchObject({ status: 'completed', kinds: ['reminder_failed'] })
    expect(await ask(one)).toMatchObject({ ok: true })
  })

  it('leaves nothing behind when it breaks off half-way', async () => {
    const one = await made(['delivered', 'delivered'], { hours: 1 })
    await test.pool.query("create function refuse_second() returns trigger language plpgsql as $$ begin if new.step = 2 then raise exception 'the worker dies'; end if; return new; end $$")
    await test.pool.query('create trigger refuse_second after insert on message for each row execute function refuse_second()')
    await remindDue(deps)
    await test.pool.query('drop trigger refuse_second on message; drop function refuse_second()')
    expect(await look(test, one.campaignId)).toMatchObject({ status: 'completed', states: ['done'], kinds: [] })
    await remindDue(deps)
    expect(await second(one)).toHaveLength(2)
  })
})

/** Everything of the campaign that may leave is taken by the provider. */
async function send({ campaignId }: Arrived): Promise<void> {
  const token = randomUUID()
  const leased = await claimMessages(test.db, { token, seconds: 60, limit: 50 })
  await ensurePhones(test.db, leased)
  const gone = await passGate(test, token, leased)
  await sql`update message set state = 'accepted' where campaign_id = ${campaignId} and id = any(${gone.map(({ message }) => message.id)}::bigint[])`.execute(test.db)
}
