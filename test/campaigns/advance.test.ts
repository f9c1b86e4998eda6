import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { advanceCampaigns, holdAfterGap } from '../../src/campaigns/advance.commands.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { look, makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { countStates } from '../support/factories/messaging.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(async () => { await database.close() })

const tick = () => advanceCampaigns(database)

describe('a batch', () => {
  test('begins when it is due, not a moment earlier, and its campaign with it (S78)', async () => {
    const { campaignId } = await makePlanned(database, { batches: [{ recipients: 2, due: '1 minute' }, { recipients: 1, due: '1 day' }] })
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'scheduled', states: ['planned', 'planned'] })
    await database.pool.query("update batch set due_at = app_now() - interval '1 second' where campaign_id = $1 and no = 1", [campaignId])
    await Promise.all([tick(), tick(), tick()])
    const now = await look(database, campaignId)
    expect(now).toMatchObject({ status: 'in_process', states: ['running', 'planned'], kinds: [] })
    expect(now.starts_at).toEqual(now.batches[0]!.started_at)
  })

  test('begins up to half an hour late', async () => {
    const { campaignId } = await makePlanned(database, { batches: [{ recipients: 1, due: '-29 minutes' }] })
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'in_process', states: ['running'] })
  })

  test('that was missed by more is held, and a person decides: nothing of a missed day leaves by surprise (P10)', async () => {
    const { campaignId } = await makePlanned(database, { batches: [{ recipients: 1, due: '-31 minutes' }, { recipients: 1, due: '1 day' }] })
    await Promise.all([tick(), tick()])
    await tick()
    const now = await look(database, campaignId)
    expect(now).toMatchObject({ status: 'paused', status_reason: 'batch_missed', states: ['held', 'planned'], kinds: ['batch_held'] })
    const { local_date: on, due_at: due } = now.batches[0]!
    expect(now.status_detail).toEqual({ no: 1, on, due: `${due.toISOString().slice(0, 19)}Z` })
    expect(now.events[0]!.detail).toEqual({ no: 1, on })
  })

  test('of the day after a missed one waits with it', async () => {
    const { campaignId } = await makePlanned(database, { batches: [{ recipients: 1, due: '-25 hours' }, { recipients: 1, due: '-1 hour' }] })
    await tick()
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'paused', states: ['held', 'planned'], kinds: ['batch_held'] })
  })

  test('begins while the one of the day before still has something to send', async () => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1, due: '-1 day', state: 'running' }, { recipients: 1, due: '-1 minute' }] })
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'in_process', states: ['running', 'running'] })
  })

  test('does not begin while the campaign is paused, cancelled or closed', async () => {
    for (const change of ["status = 'paused'", "status = 'cancelled', finished_at = now()", "closed_at = now()", "closes_at = now()"]) {
      const { campaignId } = await makePlanned(database, { batches: [{ recipients: 1, due: '-1 minute' }] })
      await database.pool.query(`update campaign set ${change} where id = $1`, [campaignId])
      await tick()
      expect((await look(database, campaignId)).states).not.toContain('running')
    }
  })

  test('is done when everything was handed over, and the history says how many', async () => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 3, due: '-1 minute', state: 'running' }, { recipients: 1, due: '1 day' }] })
    await moveMessages(database, campaignId, SENT, { limit: 2 })
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ states: ['running', 'planned'], kinds: [] })
    await moveMessages(database, campaignId, ['leased', 'skipped'], { limit: 1 })
    await Promise.all([tick(), tick()])
    const now = await look(database, campaignId)
    expect(now).toMatchObject({ status: 'in_process', states: ['done', 'planned'], kinds: ['batch_sent'] })
    expect(now.events[0]!.detail).toEqual({ no: 1, messages: 2 })
  })

  test('goes on while texts wait for their hours', async () => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 2, due: '-1 minute', state: 'running' }] })
    await database.pool.query("update message set wait_reason = 'window', next_attempt_at = app_now() + interval '10 hours' where campaign_id = $1", [campaignId])
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'in_process', states: ['running'], kinds: [] })
  })
})

describe('a campaign', () => {
  test('completes with its last batch, and its end is then the real one (S71)', async () => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1, due: '-1 day', state: 'done' }, { recipients: 1, due: '-1 hour', state: 'running' }] })
    await moveMessages(database, campaignId, SENT)
    await Promise.all([tick(), tick(), tick()])
    await tick()
    const now = await look(database, campaignId)
    expect(now).toMatchObject({ status: 'completed', states: ['done', 'done'], kinds: ['batch_sent', 'completed'] })
    expect(now.ends_at.getTime()).toBeGreaterThan(now.batches[1]!.due_at.getTime() + 3_500_000)
  })

  test('that was paused in its last second completes too: there is nothing to resume', async () => {
    const { campaignId } = await makePlanned(database, { status: 'paused', batches: [{ recipients: 2, due: '-1 minute', state: 'running' }] })
    await moveMessages(database, campaignId, SENT, { limit: 1 })
    await tick()
    expect((await look(database, campaignId)).status).toBe('paused')
    await moveMessages(database, campaignId, SENT)
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'completed', status_reason: null, states: ['done'] })
  })

  test('that was suspended waits for a person even then', async () => {
    const { campaignId } = await makePlanned(database, { status: 'suspended', batches: [{ recipients: 1, due: '-1 minute', state: 'running' }] })
    await moveMessages(database, campaignId, SENT)
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'suspended', states: ['done'] })
  })

  test.each(['scheduled', 'in_process', 'paused'])('%s, whose time is over closes: what has not left never leaves, and it ends', async (status) => {
    const { campaignId } = await makePlanned(database, { status, batches: [{ recipients: 1, due: '1 day' }, { recipients: 1, due: '2 days' }] })
    await database.pool.query("update campaign set closes_at = app_now() - interval '1 minute' where id = $1", [campaignId])
    await Promise.all([tick(), tick()])
    await tick()
    const now = await look(database, campaignId)
    expect(now).toMatchObject({ status: 'completed', states: ['cancelled', 'cancelled'], kinds: ['closed_by_time', 'completed'] })
    expect(now.closed_at).toEqual(now.closes_at)
    expect(await countStates(database.db, campaignId)).toEqual({ cancelled: 2 })
  })
})

describe('what comes back', () => {
  test.each([["status = 'cancelled', finished_at = app_now()", 'cancelled'], ['closed_at = app_now()', 'closed']])('after %s ends there, and nothing is stuck', async (change, reason) => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1, due: '-1 minute', state: 'running' }] })
    await moveMessages(database, campaignId, ['leased', 'submitting'])
    await database.pool.query(`update campaign set ${change} where id = $1`, [campaignId])
    await database.pool.query("update message set state = 'queued', submitted_at = null where campaign_id = $1", [campaignId])
    await tick()
    expect(await database.db.selectFrom('message').select(['state', 'failure_reason']).where('campaign_id', '=', campaignId).execute()).toEqual([{ state: 'cancelled', failure_reason: reason }])
  })

  test('from a doubt after the campaign was completed leaves like the others', async () => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 2, due: '-1 minute', state: 'running' }] })
    await moveMessages(database, campaignId, ['leased', 'submitting', 'in_doubt'], { limit: 1 })
    await moveMessages(database, campaignId, SENT)
    await tick()
    expect((await look(database, campaignId)).status).toBe('completed')
    await database.pool.query("update message set state = 'queued', submitted_at = null where campaign_id = $1 and state = 'in_doubt'", [campaignId])
    await Promise.all([tick(), tick()])
    expect(await look(database, campaignId)).toMatchObject({ status: 'in_process', finished_at: null, states: ['running'] })
    await moveMessages(database, campaignId, SENT)
    await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'completed', states: ['done'] })
  })
})

describe('a worker that starts after a gap', () => {
  const worked = (interval: string | null) => database.pool.query('update provider_account set worked_at = app_now() - $1::interval', [interval])

  test('of more than half an hour holds what should have left meanwhile, and asks', async () => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 2, due: '-3 hours', state: 'running' }, { recipients: 1, due: '1 day' }] })
    await moveMessages(database, campaignId, SENT, { limit: 1 })
    await worked('95 minutes')
    await Promise.all([holdAfterGap(database), holdAfterGap(database)])
    const now = await look(database, campaignId)
    expect(now).toMatchObject({ status: 'paused', status_reason: 'interrupted', status_detail: { minutes: 95 }, states: ['held', 'planned'], kinds: ['batch_held'] })
    expect(now.events[0]!.detail).toEqual({ no: 1, on: now.batches[0]!.local_date })
  })

  test.each([['29 minutes', 'a shorter gap heals alone (P15)'], [null, 'a new installation has no gap']])('after %s holds nothing: %s', async (gap, _because) => {
    const { campaignId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1, due: '-3 hours', state: 'running' }] })
    await worked(gap)
    await holdAfterGap(database)
    expect(await look(database, campaignId)).toMatchObject({ status: 'in_process', states: ['running'], kinds: [] })
  })

  test('leaves alone what waits for its hours, and what somebody paused', async () => {
    const waiting = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1, due: '-3 hours', state: 'running' }] })
    const paused = await makePlanned(database, { status: 'paused', batches: [{ recipients: 1, due: '-3 hours', state: 'running' }] })
    await database.pool.query("update message set wait_reason = 'window', next_attempt_at = app_now() + interval '1 hour' where campaign_id = $1", [waiting.campaignId])
    await worked('2 hours')
    await holdAfterGap(database)
    expect(await look(database, waiting.campaignId)).toMatchObject({ status: 'in_process', states: ['running'] })
    expect(await look(database, paused.campaignId)).toMatchObject({ status: 'paused', status_reason: null, states: ['running'] })
  })
})
