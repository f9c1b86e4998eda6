import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { writeAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { cancelCampaign, pauseCampaign } from '../../src/campaigns/commands.ts'
import { undoLaunch } from '../../src/campaigns/undo.commands.ts'
import { setAvailability } from '../../src/candidates/queries.ts'
import { ensurePhones, recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { passGate } from '../../src/messaging/gate.commands.ts'
import { applyPlainReceipts } from '../../src/messaging/receipts.queries.ts'
import { recordOutcomes } from '../../src/messaging/record.queries.ts'
import { claimMessages } from '../../src/messaging/sending.queries.ts'
import { suspendCampaign } from '../../src/messaging/suspension.queries.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { launchScene } from '../support/factories/campaigns.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { makeEndpoint, told } from '../support/factories/webhooks.ts'

let database: TestDatabase
let company: Awaited<ReturnType<typeof makeCompany>>
let scope: CompanyScope
/** Of the company whose story is told, and of another one that must hear nothing of it. */
let mine: number
let theirs: number
beforeAll(async () => {
  database = await createTestDatabase()
  theirs = (await makeEndpoint(database.db, (await makeCompany(database.db)).scope)).id
})
afterAll(() => database.close())
beforeEach(async () => {
  company = await makeCompany(database.db)
  scope = company.scope
  mine = (await makeEndpoint(database.db, scope)).id
})
afterEach(async () => {
  await shiftClock(database, '0')
  expect(await told(database.db, theirs)).toEqual([])
})

const typesTold = async () => (await told(database.db, mine)).map(({ type }) => type)

describe('an answer', () => {
  test('is told with its campaign, its person and its dates, and so is what the record says since (S94)', async () => {
    const invitation = await makeInvitation(database.db, { company, sharedWith: 1 })
    const answer = { choice: 'yes', availableFrom: '2027-01-04', availableUntil: null, comment: 'plutôt le matin', source: 'link' } as const
    const give = (more: { baseVersion: number; availableFrom?: string }) => database.db.transaction().execute((trx) => writeAnswer(trx, scope, invitation.recipientId, { ...answer, formId: randomUUID(), ...more }))
    await give({ baseVersion: 0 })
    await give({ baseVersion: 1, availableFrom: '2027-02-01' })
    const events = await told(database.db, mine)
    expect(events.map(({ type, candidate_id }) => [type, candidate_id])).toEqual([
      ['answer.created', invitation.candidateId], ...invitation.profiles.map((id) => ['candidate.availability', id]),
      ['answer.updated', invitation.candidateId], ...invitation.profiles.map((id) => ['candidate.availability', id]),
    ])
    expect(events[0]!.data).toEqual({
      campaign_id: invitation.campaignId, recipient_id: invitation.recipientId, candidate_id: invitation.candidateId, version: 1, choice: 'yes', available_from: '2027-01-04', available_until: null,
      comment: 'plutôt le matin', source: 'link', answered_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    expect(events[1]!.data).toMatchObject({ candidate_id: invitation.candidateId, availability: 'available', available_from: '2027-01-04', available_until: null, source: 'answer', campaign_id: invitation.campaignId })
  })

  test('that is rolled back was never told', async () => {
    const invitation = await makeInvitation(database.db, { company })
    await expect(database.db.transaction().execute(async (trx) => {
      await writeAnswer(trx, scope, invitation.recipientId, { choice: 'no', availableFrom: null, availableUntil: null, comment: '', source: 'link', formId: randomUUID(), baseVersion: 0 })
      throw new Error('the power went')
    })).rejects.toThrow('the power went')
    expect(await told(database.db, mine)).toEqual([])
  })
})

describe('a text', () => {
  /** Handed over, of three; the first is accepted, the second refused and the third not answered. */
  async function handedOver() {
    const sending = await makeSending(database.db, { company, recipients: 3 })
    const token = randomUUID()
    const leased = await claimMessages(database.db, { token, seconds: 60, limit: 1000 })
    await ensurePhones(database.db, leased)
    const attempts = await passGate(database, token, leased.filter(({ id }) => sending.messageIds.includes(id)))
    const idOf = (n: number) => attempts.find(({ message }) => message.id === sending.messageIds[n])!.id
    return { ...sending, idOf }
  }
  const outcome = (attemptId: string, given: Partial<Parameters<typeof recordOutcomes>[1][number]>) => ({ attemptId, outcome: 'accepted' as const, providerId: randomUUID(), code: null, detail: null, reason: null, retryAfterSeconds: 0, ...given })

  test('is told when the provider takes or refuses it, when nobody knows, and when it arrives; each state once', async () => {
    const sending = await handedOver()
    expect(await typesTold()).toEqual([])
    const outcomes = [outcome(sending.idOf(0), {}), outcome(sending.idOf(1), { outcome: 'rejected', providerId: null, code: '1150', reason: 'permanent' }), outcome(sending.idOf(2), { outcome: 'in_doubt', providerId: null })]
    await recordOutcomes(database.db, outcomes)
    await recordOutcomes(database.db, outcomes)
    const receipt = { dedupeKey: randomUUID(), body: {}, attemptId: sending.idOf(0), providerId: randomUUID(), state: 'delivered', code: null, reason: null } as const
    await applyPlainReceipts(database.db, [receipt])
    await applyPlainReceipts(database.db, [receipt, { ...receipt, dedupeKey: randomUUID() }].slice(0, 1))
    const events = await told(database.db, mine)
    expect(events.map(({ data }) => [data['message_id'], data['status'], data['failure_reason']])).toEqual([
      [sending.messageIds[0], 'accepted', null], [sending.messageIds[1], 'rejected', 'permanent'], [sending.messageIds[2], 'in_doubt', null], [sending.messageIds[0], 'delivered', null],
    ])
    expect(events[0]!.data).toMatchObject({ campaign_id: sending.campaignId, candidate_id: sending.candidateIds[0], step: 1 })
    // Nothing to call or text anybody by.
    expect(JSON.stringify(events)).not.toContain('+33')
  })

  test('that is not sent because of a STOP, or of a cancellation, is told too', async () => {
    const sending = await makeSending(database.db, { company, recipients: 2 })
    await recordOptOut(database.db, scope, { e164: sending.e164[0]!, source: 'sms', campaignId: sending.campaignId })
    const token = randomUUID()
    const leased = (await claimMessages(database.db, { token, seconds: 60, limit: 1000 })).filter(({ id }) => id === sending.messageIds[0])
    await ensurePhones(database.db, leased)
    await passGate(database, token, leased)
    await cancelCampaign(database, { scope, userId: sending.userId, name: 'Claire' } as never, sending.campaignId)
    expect((await told(database.db, mine)).map(({ type, data }) => [type, data['status'], data['failure_reason']])).toEqual([
      ['opt_out.created', undefined, undefined], ['message.status', 'skipped', 'opted_out'], ['message.status', 'cancelled', 'cancelled'], ['campaign.cancelled', 'cancelled', undefined],
    ])
  })
})

describe('an opt-out', () => {
  test('is told once, with the number and the records it stands on, and so is its end', async () => {
    const { profiles, e164 } = await makeInvitation(database.db, { company, sharedWith: 1 })
    await recordOptOut(database.db, scope, { e164, source: 'sms' })
    await recordOptOut(database.db, scope, { e164, source: 'sms' })
    await recordOptIn(database.db, scope, { e164, source: 'sms' })
    const events = await told(database.db, mine)
    expect(events.map(({ type, e164: number }) => [type, number])).toEqual([['opt_out.created', e164], ['opt_out.removed', e164]])
    expect(events[0]!.data).toEqual({ phone: e164, source: 'sms', campaign_id: null, candidate_ids: profiles })
  })
})

describe('a campaign', () => {
  test('is told to be scheduled once its launch cannot be taken back, and never if it was', async () => {
    const scene = await launchScene(database.db, { company: { undoSeconds: 60 } })
    const endpoint = await makeEndpoint(database.db, scene.scope)
    const draft = await scene.draft()
    expect(await scene.launch(draft)).toMatchObject({ ok: true })
    const [scheduled] = await told(database.db, endpoint.id)
    expect(scheduled).toMatchObject({ type: 'campaign.scheduled', data: { campaign_id: draft.id, status: 'scheduled', kind: 'availability' } })
    expect(scheduled!.next_attempt_at.getTime()).toBeGreaterThan(Date.now() + 50_000)
    await undoLaunch(database, scene.viewer, draft.id)
    expect(await told(database.db, endpoint.id)).toEqual([])
  })

  test('is told to start with its first batch and to be completed after the last', async () => {
    const planned = await makePlanned(database, { company, batches: [{ recipients: 1, due: '-1 second' }, { recipients: 1, due: '1 day' }] })
    await advanceCampaigns(database)
    await moveMessages(database, planned.campaignId, SENT, { batchId: planned.batchIds[0]! })
    await shiftClock(database, '1 day')
    await advanceCampaigns(database)
    await moveMessages(database, planned.campaignId, SENT, { batchId: planned.batchIds[1]! })
    await advanceCampaigns(database)
    expect((await told(database.db, mine)).map(({ type, data }) => [type, data['status']])).toEqual([['campaign.started', 'in_process'], ['campaign.completed', 'completed']])
  })

  test('is told to be paused by a person, by a batch that was missed and by the system, with the reason', async () => {
    const byPerson = await makePlanned(database, { company, batches: [{ recipients: 1, due: '1 day' }] })
    await pauseCampaign(database, { scope, userId: byPerson.userId, name: 'Claire' } as never, byPerson.campaignId)
    await makePlanned(database, { company, batches: [{ recipients: 1, due: '-2 days' }] })
    await advanceCampaigns(database)
    const suspended = await makePlanned(database, { company, status: 'in_process', batches: [{ recipients: 1, due: '1 day' }] })
    await suspendCampaign(database.db, { companyId: scope.companyId, campaignId: suspended.campaignId }, 'drop_rate', {})
    expect((await told(database.db, mine)).map(({ type, data }) => [type, data['status'], data['reason']])).toEqual([
      ['campaign.paused', 'paused', null], ['campaign.paused', 'paused', 'batch_missed'], ['campaign.suspended', 'suspended', 'drop_rate'],
    ])
  })
})

describe('whoever wants to hear', () => {
  const change = { candidateId: 0, availability: 'available', from: '2027-01-04', until: null, source: 'recruiter' } as const

  test('hears only what they chose; several hear of one event by one id, also while they are paused', async () => {
    const { candidateId } = await makeInvitation(database.db, { company })
    const other = await makeEndpoint(database.db, scope, { url: 'https://other.example/', types: ['candidate.availability'] })
    const deaf = await makeEndpoint(database.db, scope, { url: 'https://deaf.example/', types: ['answer.created'] })
    await database.pool.query("update webhook_endpoint set state = 'paused' where id = $1", [other.id])
    await database.db.transaction().execute((trx) => setAvailability(trx, scope, { ...change, candidateId }))
    const [first] = await told(database.db, mine)
    const [second] = await told(database.db, other.id)
    expect(first!.event_id).toMatch(/^msg_[0-9a-f]{32}$/)
    expect([second!.event_id, second!.data]).toEqual([first!.event_id, first!.data])
    expect(await told(database.db, deaf.id)).toEqual([])
  })

  test('hears nothing once they are switched off or removed', async () => {
    for (const [state, e164] of [['off', '+33639980001'], ['removed', '+33639980002']] as const) {
      await database.pool.query("update webhook_endpoint set state = $2::text, off_reason = case $2::text when 'off' then 'gone' end where id = $1", [mine, state])
      await recordOptOut(database.db, scope, { e164, source: 'sms' })
    }
    expect(await told(database.db, mine)).toEqual([])
  })
})
