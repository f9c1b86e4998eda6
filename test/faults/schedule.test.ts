import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findViewer } from '../../src/auth/queries.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { cancelCampaign, pauseCampaign } from '../../src/campaigns/commands.ts'
import { resumeCampaign } from '../../src/campaigns/replan.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { look, makePlanned, moveMessages, SENT, type Planned } from '../support/factories/batches.ts'
import { countStates } from '../support/factories/messaging.ts'
import { startLine, until, type Line } from '../support/sending.ts'
import { startWorkerProcess } from '../support/worker.ts'

let database: TestDatabase
let line: Line | undefined
beforeEach(async () => { database = await createTestDatabase() })
afterEach(async () => {
  vi.useRealTimers()
  await line?.close()
  line = undefined
  await database.close()
})

const tick = () => advanceCampaigns(database)
const viewerOf = async (planned: Planned) => (await findViewer(database.db, (await makeUser(database.db, planned.scope, { role: 'administrator' })).id))!
/** So many senders at full rate, each as a process of its own would be. */
function start(count: number, concurrency: number) {
  const dispatchers = Array.from({ length: count }, () => line!.dispatcher({ SEND_CONCURRENCY: String(concurrency), SEND_RATE: '1000', SEND_TIMEOUT_MS: '10000' }))
  for (const dispatcher of dispatchers) dispatcher.start()
}
const acceptedOf = (states: Record<string, number>) => (states['accepted'] ?? 0) + (states['delivered'] ?? 0) + (states['undelivered'] ?? 0)

/** Waits for a state while the clock takes its steps, as in a worker. */
const untilTicked = (isSo: () => Promise<boolean>, what: string) => until(async () => {
  await tick()
  return isSo()
}, what)

describe('clocks that jump (F-27)', () => {
  it('back by an hour after a batch ran: it does not run again, and the next one is not early', async () => {
    const { campaignId } = await makePlanned(database, { batches: [{ recipients: 2, due: '-1 minute' }, { recipients: 1, due: '1 day' }] })
    await tick()
    await moveMessages(database, campaignId, SENT, { limit: 2 })
    await tick()
    const before = await look(database, campaignId)
    expect(before.states).toEqual(['done', 'planned'])
    await shiftClock(database, '-1 hour')
    for (let n = 0; n < 3; n++) await tick()
    expect(await look(database, campaignId)).toEqual(before)
    await shiftClock(database, '0')
    await tick()
    expect((await look(database, campaignId)).states).toEqual(['done', 'planned'])
  })

  it('forward by days: what was skipped is held, never fired together', async () => {
    line = await startLine(database)
    const { campaignId } = await makePlanned(database, { batches: [{ recipients: 2, due: '1 minute' }, { recipients: 2, due: '1 day' }, { recipients: 2, due: '2 days' }] })
    await shiftClock(database, '2 days 1 hour')
    start(1, 5)
    for (let n = 0; n < 5; n++) await tick()
    expect(await look(database, campaignId)).toMatchObject({ status: 'paused', status_reason: 'batch_missed', states: ['held', 'planned', 'planned'], kinds: ['batch_held'] })
    expect(await countStates(database.db, campaignId)).toEqual({ queued: 6 })
    expect(line.simulator.postCount()).toBe(0)
  })

  it('of Node decide nothing, a day ahead or behind', async () => {
    const early = await makePlanned(database, { batches: [{ recipients: 1, due: '5 minutes' }] })
    const due = await makePlanned(database, { batches: [{ recipients: 1, due: '-1 minute' }] })
    const now = Date.now()
    for (const offset of [86_400_000, -86_400_000]) {
      vi.useFakeTimers({ toFake: ['Date'], now: now + offset })
      await tick()
      expect((await look(database, early.campaignId)).states).toEqual(['planned'])
      expect(await look(database, due.campaignId)).toMatchObject({ status: 'in_process', states: ['running'], kinds: [] })
    }
  })
})

describe('a worker process after a gap', () => {
  it('of an hour sends nothing of what was interrupted, and asks; of a minute it goes on by itself (P15)', async () => {
    line = await startLine(database)
    const interrupted = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 3, due: '-2 hours', state: 'running' }] })
    await database.pool.query("update provider_account set worked_at = app_now() - interval '1 hour'")
    const worker = await startWorkerProcess(database.url, line)
    const going = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 3, due: '-1 minute', state: 'running' }] })
    await until(async () => (await look(database, going.campaignId)).status === 'completed', 'what came later has left')
    await worker.kill()
    expect(await look(database, interrupted.campaignId)).toMatchObject({ status: 'paused', status_reason: 'interrupted', states: ['held'], kinds: ['batch_held'] })
    expect(await countStates(database.db, interrupted.campaignId)).toEqual({ queued: 3 })

    const short = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 3, due: '-2 hours', state: 'running' }] })
    await database.pool.query("update provider_account set worked_at = app_now() - interval '1 minute'")
    const next = await startWorkerProcess(database.url, line)
    await until(async () => (await look(database, short.campaignId)).status === 'completed', 'it heals alone')
    expect(await next.stop()).toBe(0)
    expect(line.simulator.postCount()).toBe(6)
  })
})

describe('many clocks at once (F-31)', () => {
  it('a thousand ticks of three workers start, finish and complete everything exactly once', async () => {
    await database.pool.query(`create table move (batch_id bigint, state text)`)
    await database.pool.query(`create function note_move() returns trigger language plpgsql as $$ begin insert into move values (new.id, new.state); return new; end $$`)
    await database.pool.query(`create trigger note_move after update of state on batch for each row when (old.state <> new.state) execute function note_move()`)
    const going: Planned[] = []
    for (let n = 0; n < 6; n++) going.push(await makePlanned(database, { batches: [{ recipients: 2, due: '-1 minute' }, { recipients: 1, due: '1 day' }] }))
    const missed = await makePlanned(database, { batches: [{ recipients: 1, due: '-1 hour' }, { recipients: 1, due: '1 day' }] })
    const workers = await Promise.all([1, 2, 3].map((n) => openDatabase({ databaseUrl: database.url, dataDir: '/nowhere', name: `worker-${n}` })))
    try {
      await Promise.all(Array.from({ length: 500 }, (_, n) => advanceCampaigns(workers[n % 3]!)))
      // Everything leaves, tomorrow's batch too.
      for (const { campaignId } of going) await moveMessages(database, campaignId, SENT)
      await database.pool.query("update batch set due_at = app_now() where state = 'planned' and campaign_id = any($1)", [going.map(({ campaignId }) => campaignId)])
      await Promise.all(Array.from({ length: 500 }, (_, n) => advanceCampaigns(workers[n % 3]!)))
    } finally {
      await Promise.all(workers.map((worker) => worker.close()))
    }
    for (const { campaignId } of going) {
      const now = await look(database, campaignId)
      expect(now).toMatchObject({ status: 'completed', states: ['done', 'done'] })
      expect(now.kinds.toSorted()).toEqual(['batch_sent', 'batch_sent', 'completed'])
    }
    expect(await look(database, missed.campaignId)).toMatchObject({ status: 'paused', states: ['held', 'planned'], kinds: ['batch_held'] })
    const { rows } = await database.pool.query<{ batch_id: number; state: string; n: number }>('select batch_id, state, count(*) as n from move group by 1, 2')
    expect(rows).toHaveLength(6 * 2 * 2 + 1)
    expect(rows.filter(({ n }) => n !== 1)).toEqual([])
  })
})

describe('a person who stops a campaign', () => {
  it('by a pause at full rate: what follows the confirmation was in flight, and resuming completes (F-20)', async () => {
    line = await startLine(database)
    line.simulator.behave({ mode: 'delay', ms: 30 })
    const planned = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1_000, due: '-1 minute', state: 'running' }] })
    const viewer = await viewerOf(planned)
    start(3, 20)
    await until(() => line!.simulator.accepted().length >= 150, 'the sending runs at full rate')
    const paused = await pauseCampaign(database, viewer, planned.campaignId)
    if (!paused.ok) throw new Error('it could not be paused')
    const { out, inFlight, waiting } = paused.value
    expect(out + inFlight + waiting).toBe(1_000)
    expect(waiting).toBeGreaterThan(0)
    await until(async () => ((await countStates(database.db, planned.campaignId))['submitting'] ?? 0) === 0, 'what was in flight has ended')
    await tick()
    const after = await countStates(database.db, planned.campaignId)
    expect(acceptedOf(after) - out).toBeLessThanOrEqual(inFlight)
    expect(line.simulator.accepted().length - out).toBeLessThanOrEqual(inFlight)
    expect((await look(database, planned.campaignId)).status).toBe('paused')

    expect((await resumeCampaign(database, viewer, planned.campaignId, { start: 'now', allowWeekends: true })).ok).toBe(true)
    await untilTicked(async () => (await look(database, planned.campaignId)).status === 'completed', 'the campaign completes')
    const numbers = line.simulator.accepted().map(({ to }) => to)
    expect(numbers).toHaveLength(1_000)
    expect(new Set(numbers).size).toBe(1_000)
  })

  it('by cancelling it while the last fifty are handed over: what was accepted stays so, nothing follows, nothing is stuck (F-22)', async () => {
    line = await startLine(database)
    // Some come back unsent after the campaign is over.
    line.simulator.behave((post) => (Number(post.to.slice(-1)) === 7 ? { mode: 'status', status: 429 } : { mode: 'delay', ms: 20 }))
    const planned = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 200, due: '-1 minute', state: 'running' }] })
    const viewer = await viewerOf(planned)
    start(3, 10)
    await until(() => line!.simulator.accepted().length >= 130, 'the last fifty are next')
    const cancelled = await cancelCampaign(database, viewer, planned.campaignId)
    if (!cancelled.ok) throw new Error('it could not be cancelled')
    const { out, inFlight, taken, waiting } = cancelled.value
    // Waiting are those that came back in the meantime; the next tick takes them too.
    expect(out + inFlight + taken + waiting).toBe(200)
    await untilTicked(async () => {
      const { accepted = 0, delivered = 0, cancelled: ended = 0 } = await countStates(database.db, planned.campaignId)
      return accepted === 0 && delivered + ended === 200
    }, 'every text is delivered or cancelled')
    const states = await countStates(database.db, planned.campaignId)
    expect(states['delivered']).toBe(line.simulator.accepted().length)
    expect(states['delivered']! - out).toBeLessThanOrEqual(inFlight)
    expect(await look(database, planned.campaignId)).toMatchObject({ status: 'cancelled', states: ['cancelled'] })
  })
})

describe('a campaign whose texts fail', () => {
  it('stops by itself, and no more goes out than was in flight (P13)', async () => {
    line = await startLine(database)
    line.simulator.behave({ mode: 'normal', receipts: [{ status: 'submitted', afterMs: 0 }, { status: 'undeliverable', afterMs: 5 }] })
    const planned = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1_500, due: '-1 minute', state: 'running' }] })
    await saveSetting(database.db, planned.scope, 'suspension.min_finals', 20)
    await saveSetting(database.db, planned.scope, 'suspension.last', 40)
    start(2, 10)
    await untilTicked(async () => (await look(database, planned.campaignId)).status === 'suspended', 'it is suspended')
    const { rows: [then] } = await database.pool.query<{ n: number }>("select count(*) as n from send_attempt a join message m on m.id = a.message_id, campaign_event e where m.campaign_id = $1 and e.campaign_id = $1 and e.kind = 'suspended' and a.started_at <= e.at", [planned.campaignId])
    await until(async () => ((await countStates(database.db, planned.campaignId))['submitting'] ?? 0) === 0, 'what was in flight has ended')
    expect(line.simulator.accepted().length).toBeLessThanOrEqual(then!.n + 2 * 10)
    const now = await look(database, planned.campaignId)
    expect(now).toMatchObject({ status: 'suspended', status_reason: 'drop_rate', kinds: ['suspended'] })
    expect((await countStates(database.db, planned.campaignId))['queued']).toBeGreaterThan(0)
  })
})
