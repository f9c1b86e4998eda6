import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DateTime } from 'luxon'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextOpening, type WindowRules } from '../../src/sms/windows.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { countStates, makeSending, type Sending } from '../support/factories/messaging.ts'
import { startLine, until, type Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeEach(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
})
afterEach(async () => {
  await line.close()
  await database.close()
})

const FRANCE: WindowRules = { zone: 'recipient', companyZone: 'Europe/Paris', overrides: {} }
/** The next evening on which the hours of France end, and the opening after it. */
function nextEvening(): { closing: Date; opening: Date } {
  const morning = nextOpening('FR', FRANCE, DateTime.now().setZone('Europe/Paris').plus({ days: 1 }).startOf('day').toJSDate())!
  const closing = DateTime.fromJSDate(morning, { zone: 'Europe/Paris' }).set({ hour: 20, minute: 0 }).toJSDate()
  return { closing, opening: nextOpening('FR', FRANCE, closing)! }
}
/** The database believes that it is `moment` now. Returns what has to be added to this process's clock. */
async function setClock(moment: number): Promise<number> {
  const shift = Math.round(moment - Date.now())
  await shiftClock(database, `${shift} milliseconds`)
  return shift
}
const waiting = async ({ campaignId }: Sending) => database.db.selectFrom('message').select(['next_attempt_at', 'wait_reason']).where('campaign_id', '=', campaignId).where('state', '=', 'queued').execute()

describe('the hours of sending end while the provider is slow (F-29)', () => {
  it('nothing arrives after them, and the rest leaves at the next opening in its order', async () => {
    line.simulator.behave({ mode: 'delay', ms: 400 })
    const company = await makeCompany(database.db, { windows: {} })
    const sending = await makeSending(database.db, { company, recipients: 400 })
    const { closing, opening } = nextEvening()
    const shift = await setClock(closing.getTime() - 4000)
    await sql`update message set next_attempt_at = app_now()`.execute(database.db)
    await sql`update provider_account set tokens = 1, refilled_at = app_now()`.execute(database.db)

    const stalls = monitorEventLoopDelay({ resolution: 5 })
    stalls.enable()
    const dispatchers = [line.dispatcher(), line.dispatcher()]
    for (const dispatcher of dispatchers) dispatcher.start()
    await until(async () => (await waiting(sending)).some(({ wait_reason }) => wait_reason === 'window'), 'the hours are over')
    await until(async () => {
      const { leased = 0, submitting = 0, accepted = 0 } = await countStates(database.db, sending.campaignId)
      return leased + submitting + accepted === 0
    }, 'what was in flight has landed')
    stalls.disable()
    await Promise.all(dispatchers.map((dispatcher) => dispatcher.stop()))

    const before = line.simulator.accepted()
    const latest = Math.max(...before.map(({ at }) => at.getTime())) + shift
    // The provider is in this process: while it stands still, what arrived in time is noted late.
    expect(latest).toBeLessThanOrEqual(closing.getTime() + 2000 + stalls.max / 1e6)
    expect(before.length).toBeGreaterThan(0)
    expect(before.length).toBeLessThan(300)
    expect(await countStates(database.db, sending.campaignId)).toEqual({ delivered: before.length, queued: 400 - before.length })
    for (const message of await waiting(sending)) expect(message).toEqual({ wait_reason: 'window', next_attempt_at: opening })

    line.simulator.behave({ mode: 'normal' })
    await setClock(opening.getTime() - 60_000)
    expect(await line.dispatcher().runOnce()).toBe(0)
    await setClock(opening.getTime())
    await line.dispatcher({ SEND_CONCURRENCY: '1' }).runOnce()
    const after = line.simulator.accepted().slice(before.length).map(({ to }) => `+${to}`)
    const sent = new Set(before.map(({ to }) => `+${to}`))
    expect(after).toEqual(sending.e164.filter((number) => !sent.has(number)))
    await until(async () => (await countStates(database.db, sending.campaignId))['delivered'] === 400, 'all are delivered')
  })
})
