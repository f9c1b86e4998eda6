import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Behaviour } from '../../src/simulator/behaviour.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { startLine, until } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'
import { startWorkerProcess } from '../support/worker.ts'

const MESSAGES = 300
const KILLS = 4

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database, { webhooks: false })
})
afterAll(async () => {
  await line.close()
  await database.close()
})

/** Mulberry32: the same seed gives the same faults. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const FAULTS: readonly Behaviour[] = [
  { mode: 'hang', accept: true }, { mode: 'hang', accept: false }, { mode: 'reset', accept: true }, { mode: 'reset', accept: false },
  { mode: 'status', status: 503, body: '<html>' }, { mode: 'status', status: 503, accept: true }, { mode: 'status', status: 429, headers: { 'retry-after': '0' } },
  { mode: 'broken_json' },
]

it('killed again and again under a provider that misbehaves, nobody gets a second text and nobody is lost', async () => {
  const seed = Date.now() % 1_000_000
  console.log(`seed ${seed}`)
  const random = randomFrom(seed)
  const sending = await makeSending(database.db, { recipients: MESSAGES })
  line.simulator.behave(() => (random() < 0.12 ? FAULTS[Math.floor(random() * FAULTS.length)]! : { mode: 'normal' }))
  const states = () => countStates(database.db, sending.campaignId)
  const env = { SEND_RATE: '100', SEND_TIMEOUT_MS: '400' }

  for (let kill = 0; kill < KILLS; kill++) {
    const target = line.simulator.postCount() + 10 + Math.floor(random() * 30)
    await heal()
    const worker = await startWorkerProcess(database.url, line, env)
    await until(async () => line.simulator.postCount() >= target || !('queued' in (await states())), `${target} calls were made`)
    await worker.kill()
  }
  line.simulator.behave({ mode: 'normal' })
  await heal()
  const last = await startWorkerProcess(database.url, line, env)
  await until(async () => {
    await heal()
    const now = await states()
    return !('queued' in now) && !('leased' in now) && !('submitting' in now)
  }, 'everything is settled or in doubt', 60_000)
  await last.stop()
  line.connect()
  await line.simulator.settled(30_000)

  const end = await states()
  const accepted = line.simulator.accepted().map(({ to }) => `+${to}`)
  expect(accepted.length - new Set(accepted).size).toBe(0)
  expect(Object.values(end).reduce((sum, count) => sum + count, 0)).toBe(MESSAGES)
  const byState = await database.db.selectFrom('message').select(['e164', 'state']).where('campaign_id', '=', sending.campaignId).execute()
  const sent = byState.filter(({ state }) => state === 'delivered' || state === 'accepted').map(({ e164 }) => e164)
  // With every receipt in, what is known to be sent is exactly what the provider took; a doubt that is left was never taken.
  expect(sent.sort()).toEqual(accepted.sort())
  expect(end['in_doubt'] ?? 0).toBe(MESSAGES - accepted.length)
  console.log(JSON.stringify({ kills: KILLS, calls: line.simulator.postCount(), accepted: accepted.length, ...end }))
}, 180_000)

/** A pause of the breaker, the lease of a dead process and the wait for its outcome go by at once. */
async function heal(): Promise<void> {
  await sql`update provider_account set open_until = null, doubt_streak = 0`.execute(database.db)
  await sql`update message set lease_until = app_now() where state = 'leased' and lease_until < app_now() + interval '55 seconds'`.execute(database.db)
  await sql`update message set submitted_at = submitted_at - interval '5 minutes' where state = 'submitting' and submitted_at < app_now() - interval '3 seconds'`.execute(database.db)
  await sql`update message set next_attempt_at = app_now() where state = 'queued'`.execute(database.db)
}
