import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { cancelCampaign, closeCampaign, pauseCampaign } from '../../src/campaigns/commands.ts'
import { getProgress } from '../../src/campaigns/progress.queries.ts'
import { listRecipients } from '../../src/campaigns/recipients.queries.ts'
import { remindSilent, undoReminder, type ReminderRequest } from '../../src/campaigns/reminders.commands.ts'
import { USUAL_REMINDER } from '../../src/campaigns/reminders.domain.ts'
import { countSilent } from '../../src/campaigns/reminders.queries.ts'
import { resumeCampaign } from '../../src/campaigns/replan.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { ensurePhones, recordOptOut } from '../../src/consent/queries.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { shiftClock } from '../support/clock.ts'
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
type Made = Arrived
const ask = (one: Made, more: Partial<ReminderRequest> = {}) => remindSilent(deps, one.viewer, { campaignId: one.campaignId, requestKey: randomUUID(), people: 1_000, texts: USUAL_REMINDER, ...more })
const answer = ({ scope, recipientIds }: Made, i: number, choice: 'yes' | 'no' = 'no') =>
  recordAnswer(test, scope, recipientIds[i]!, { choice, availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
const reply = ({ scope, e164 }: Made, i: number) =>
  test.pool.query("insert into reply (company_id, e164, sender, body, provider_id) values ($1, $2, '38047', 'je vous rappelle', $3)", [scope.companyId, e164[i], randomUUID()])
const second = async ({ campaignId }: Pick<Made, 'campaignId'>) =>
  (await test.pool.query<{ rank: number; state: string; failure_reason: string | null; body: string; sender: string }>(
    'select r.rank, m.state, m.failure_reason, m.body, m.sender from message m join recipient r on r.id = m.recipient_id where m.campaign_id = $1 and m.step = 2 order by r.rank', [campaignId])).rows
const silent = (one: Made, more: { hoursBetween?: number } = {}) => countSilent(test.db, one.scope, one.campaignId, { allowedCountries: ['FR'], blockedCountries: [], hoursBetween: 0, ...more })
const tick = () => advanceCampaigns(test)

describe('who is reminded', () => {
  it('are those the first text reached, who have said nothing, and may be texted now; the lines add up', async () => {
    const one = await made(['delivered', 'accepted', 'undelivered', 'rejected', 'in_doubt', 'skipped', 'cancelled', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered', 'delivered'])
    await answer(one, 7)
    await reply(one, 8)
    await recordOptOut(test.db, one.scope, { e164: one.e164[9]!, source: 'sms', campaignId: one.campaignId })
    await test.pool.query('update candidate set consent_given = false where id = $1', [one.candidateIds[10]])
    await test.pool.query("update candidate_phone set e164 = '+33639990001' where candidate_id = $1", [one.candidateIds[11]])
    await test.pool.query("update message set country = 'DE' where recipient_id = $1", [one.recipientIds[12]])
    await test.pool.query('delete from candidate where id = $1', [one.candidateIds[13]])
    const counts = await silent(one)
    expect(counts).toMatchObject({
      total: 14, silent: 2, failed: 2, doubtful: 1, left_out: 2, answered: 1, replied: 1, opted_out: 1, no_consent: 1, number_changed: 1, country_blocked: 1, no_candidate: 1, reminded: 0, unsent: 0,
    })
    expect((await silent(one, { hoursBetween: 24 })).too_soon).toBe(2)
    expect(await ask(one)).toMatchObject({ ok: true, value: { messages: 2, isRepeat: false } })
    expect((await second(one)).map(({ rank, state }) => [rank, state])).toEqual([[1, 'queued'], [2, 'queued']])
    const { body, sender } = (await second(one))[0]!
    const { code } = await test.db.selectFrom('recipient').select('code').where('id', '=', one.recipientIds[0]!).executeTakeFirstOrThrow()
    expect(body).toBe(`Bonjour Camille, ${(await companyName(one))} attend votre réponse. OUI ou NON, dites-le ici :\nhttps://sms.example/${code}\nSTOP 38047`)
    expect(sender).toBe('38047')
    expect(await silent(one)).toMatchObject({ silent: 0, reminded: 2, total: 14 })
    expect(await ask(one)).toMatchObject({ ok: false, reason: 'nobody' })
  })

  const companyName = async ({ scope }: Made) => (await test.db.selectFrom('company').select('name').where('id', '=', scope.companyId).executeTakeFirstOrThrow()).name

  it('is asked once, however many click, and never reaches more people than the button said', async () => {
    const one = await made(Array.from({ length: 5 }, () => 'delivered'))
    expect(await ask(one, { people: 4 })).toMatchObject({ ok: false, reason: 'grown' })
    expect(await second(one)).toEqual([])
    expect((await look(test, one.campaignId)).states).toEqual(['done'])
    const requestKey = randomUUID()
    const clicks = await Promise.all([ask(one, { requestKey }), ask(one, { requestKey }), ask(one)])
    expect(clicks.filter((click) => click.ok && !click.value.isRepeat)).toHaveLength(1)
    expect(await second(one)).toHaveLength(5)
  })

  it('needs words that can be sent, an open campaign, and one that does not stand still', async () => {
    const one = await made(['delivered'])
    expect(await ask(one, { texts: { fr: 'Bonjour {inconnu}' } })).toMatchObject({ ok: false, reason: 'text' })
    for (const [change, reason] of [["status = 'paused', finished_at = null", 'moved'], ["status = 'in_process', closed_at = app_now()", 'closed']] as const) {
      await test.pool.query(`update campaign set ${change} where id = $1`, [one.campaignId])
      expect(await ask(one)).toMatchObject({ ok: false, reason })
    }
    await expect(remindSilent(deps, (await made(['delivered'])).viewer, { campaignId: one.campaignId, requestKey: randomUUID(), people: 9, texts: USUAL_REMINDER })).rejects.toMatchObject({ kind: 'not-found' })
  })
})

describe('a reminder on its way', () => {
  it('puts a completed campaign in process, completes it again, and counts people once (S72)', async () => {
    const one = await made(['delivered', 'delivered', 'undelivered', 'delivered'])
    const before = await getProgress(test.db, one.scope, one.campaignId)
    await ask(one)
    expect((await look(test, one.campaignId)).status).toBe('in_process')
    await tick()
    expect((await look(test, one.campaignId)).states).toEqual(['done', 'running'])
    await send(one)
    const after = await getProgress(test.db, one.scope, one.campaignId)
    expect(after).toEqual({ ...before, reminded: 3 })
    expect(after).toMatchObject({ total: 4, sent: 4, delivered: 3, undelivered: 1, remaining: 0 })
    expect(await listRecipients(test.db, one.scope, one.campaignId, { show: 'all', reason: '', batch: undefined, q: '', limit: 50 })).toHaveLength(4)
    const reminded = await listRecipients(test.db, one.scope, one.campaignId, { show: 'reminded', reason: '', batch: undefined, q: '', limit: 50 })
    expect(reminded.map(({ rank, reminder_state, batch_no }) => [rank, reminder_state, batch_no])).toEqual([[1, 'accepted', 1], [2, 'accepted', 1], [4, 'accepted', 1]])
    await tick()
    const now = await look(test, one.campaignId)
    expect([now.status, now.states]).toEqual(['completed', ['done', 'done']])
    expect(now.kinds).toEqual(['reminded', 'reminder_sent', 'completed'])
  })

  it('is stopped at the last moment by an answer, a reply, a STOP and an opt-out; each says why', async () => {
    const one = await made(Array.from({ length: 6 }, () => 'delivered'))
    await ask(one)
    await tick()
    const { token, leased } = await claim()
    expect(leased).toHaveLength(6)
    await answer(one, 0)
    await reply(one, 1)
    await recordOptOut(test.db, one.scope, { e164: one.e164[2]!, source: 'sms', campaignId: one.campaignId })
    await test.pool.query('update candidate set consent_given = false where id = $1', [one.candidateIds[3]])
    await recordOptOut(test.db, one.scope, { e164: one.e164[4]!, source: 'recruiter', campaignId: null })
    expect(await passGate(test, token, leased)).toHaveLength(1)
    expect((await second(one)).map(({ state, failure_reason }) => [state, failure_reason])).toEqual([
      ['skipped', 'answered'], ['skipped', 'replied'], ['skipped', 'opted_out'], ['skipped', 'no_consent'], ['skipped', 'opted_out'], ['submitting', null],
    ])
    // The first text of somebody who has written before is nobody's reminder.
    const fresh = await made(['queued'])
    await reply(fresh, 0)
    const first = await claim()
    expect(await passGate(test, first.token, first.leased)).toHaveLength(1)
  })

  it.each([
    ['closing', (one: Made) => closeCampaign(test, one.viewer, one.campaignId), 'closed'],
    ['cancelling', (one: Made) => cancelCampaign(test, one.viewer, one.campaignId), 'cancelled'],
  ])('does not leave after %s, not even from the hands of a worker', async (_what, stop, reason) => {
    const one = await made(['delivered', 'delivered'])
    await ask(one)
    await tick()
    const { token, leased } = await claim()
    expect((await stop(one)).ok).toBe(true)
    expect(await passGate(test, token, leased)).toEqual([])
    await tick()
    expect((await second(one)).map(({ state, failure_reason }) => [state, failure_reason])).toEqual([['cancelled', reason], ['cancelled', reason]])
    await tick()
    expect((await look(test, one.campaignId)).status).toBe(reason === 'closed' ? 'completed' : 'cancelled')
  })

  it('waits while the campaign is paused, and goes on with it', async () => {
    const one = await made(['delivered', 'delivered'])
    await ask(one)
    await tick()
    const { token, leased } = await claim()
    await pauseCampaign(test, one.viewer, one.campaignId)
    expect(await passGate(test, token, leased)).toEqual([])
    expect((await claim()).leased).toEqual([])
    expect(await resumeCampaign(test, one.viewer, one.campaignId, { start: 'now', allowWeekends: true })).toMatchObject({ ok: true })
    await tick()
    expect((await claim()).leased).toHaveLength(2)
  })

  it('waits for the hours of sending', async () => {
    const one = await made(['delivered'])
    // Tomorrow and the day after at ten, by the clock on the wall.
    await saveSetting(test.db, one.scope, 'sms.windows', { FR: { weekdays: [((new Date().getDay() + 1) % 7) + 1], opens: '10:00', closes: '12:00', onHolidays: true } })
    await ask(one)
    await tick()
    const { token, leased } = await claim()
    expect(await passGate(test, token, leased)).toEqual([])
    const { rows } = await test.pool.query("select state, wait_reason, to_char(next_attempt_at at time zone 'Europe/Paris', 'HH24:MI') as at from message where campaign_id = $1 and step = 2", [one.campaignId])
    expect(rows).toEqual([{ state: 'queued', wait_reason: 'window', at: '10:00' }])
  })

  it('can be taken back until it begins, and then as if it had never been', async () => {
    const one = await made(['delivered', 'delivered'])
    await saveSetting(test.db, one.scope, 'campaign.undo_seconds', 60)
    const before = await look(test, one.campaignId)
    await ask(one)
    await tick()
    expect((await look(test, one.campaignId)).states).toEqual(['done', 'planned'])
    expect(await undoReminder(test, one.viewer, one.campaignId)).toBe(2)
    expect(await second(one)).toEqual([])
    expect(await look(test, one.campaignId)).toMatchObject({ status: 'completed', states: ['done'], finished_at: before.finished_at, kinds: ['reminded', 'reminder_undone'] })
    expect(await undoReminder(test, one.viewer, one.campaignId)).toBeUndefined()
    await ask(one)
    await shiftClock(test, '61 seconds')
    await tick()
    expect(await undoReminder(test, one.viewer, one.campaignId)).toBeUndefined()
    expect(await second(one)).toHaveLength(2)
  })
})

async function claim() {
  const token = randomUUID()
  const leased = await claimMessages(test.db, { token, seconds: 60, limit: 50 })
  await ensurePhones(test.db, leased)
  return { token, leased }
}

/** Everything of the campaign that may leave is taken by the provider. */
async function send({ campaignId }: Made): Promise<void> {
  const { token, leased } = await claim()
  const gone = await passGate(test, token, leased)
  await sql`update message set state = 'accepted' where campaign_id = ${campaignId} and id = any(${gone.map(({ message }) => message.id)}::bigint[])`.execute(test.db)
}
