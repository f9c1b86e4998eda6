import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { DateTime } from 'luxon'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { changeAnswers } from '../../src/campaigns/closing.commands.ts'
import { NO_PLAN } from '../../src/campaigns/closing.domain.ts'
import { pauseCampaign } from '../../src/campaigns/commands.ts'
import { openingIn } from '../../src/campaigns/launch.domain.ts'
import { resumeCampaign } from '../../src/campaigns/replan.commands.ts'
import { afterWave, planWaves } from '../../src/campaigns/waves.domain.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { shiftToMorning } from '../support/clock.ts'
import { look, moveMessages, SENT } from '../support/factories/batches.ts'
import { launchScene } from '../support/factories/campaigns.ts'

const ALWAYS = (at: Date) => at
/** Monday to Saturday, 8 to 20 on the clock of Paris, as the strictest hours are. */
const hours = openingIn('FR', { zone: 'recipient', companyZone: 'Europe/Paris', overrides: {} })
const paris = (at: Date) => DateTime.fromJSDate(at, { zone: 'Europe/Paris' }).toFormat('ccc yyyy-MM-dd HH:mm')

describe('the plan of waves', () => {
  it('reaches everybody once, in slices of the size, each so long after the one before', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 3, max: 600 }), fc.constantFrom(15, 60, 1_440), (recipients, size, minutes) => {
      const waves = planWaves(recipients, new Date('2026-11-23T09:00:00Z'), 'Europe/Paris', { size, minutes }, ALWAYS)
      expect(waves.reduce((sum, wave) => sum + wave.recipients, 0)).toBe(recipients)
      expect(waves.slice(0, -1).every((wave) => wave.recipients === size)).toBe(true)
      expect(waves.map(({ no }) => no)).toEqual(waves.map((_wave, index) => index + 1))
      for (const [index, { dueAt }] of waves.entries()) if (index > 0) expect(dueAt.getTime() - waves[index - 1]!.dueAt.getTime()).toBe(minutes * 60_000)
    }))
  })

  it('stays inside the hours: over the night, over Sunday, over a change of clocks', () => {
    const plan = (first: string, minutes: number) => planWaves(4, new Date(first), 'Europe/Paris', { size: 1, minutes }, hours).map(({ dueAt }) => paris(dueAt))
    expect(plan('2026-11-23T16:00:00Z', 120)).toEqual(['Mon 2026-11-23 17:00', 'Mon 2026-11-23 19:00', 'Tue 2026-11-24 08:00', 'Tue 2026-11-24 10:00'])
    expect(plan('2026-11-28T17:00:00Z', 120)).toEqual(['Sat 2026-11-28 18:00', 'Mon 2026-11-30 08:00', 'Mon 2026-11-30 10:00', 'Mon 2026-11-30 12:00'])
    // In the night to 28 March 2027, a Sunday, the clocks go forward.
    expect(plan('2027-03-27T17:30:00Z', 60)).toEqual(['Sat 2027-03-27 18:30', 'Sat 2027-03-27 19:30', 'Tue 2027-03-30 08:00', 'Tue 2027-03-30 09:00'])
    expect(afterWave(new Date('2026-11-23T18:59:00Z'), 30, hours).toISOString()).toBe('2026-11-24T07:00:00.000Z')
  })
})

describe('a campaign in waves', () => {
  let test: TestDatabase
  let scene: Awaited<ReturnType<typeof launchScene>>
  beforeAll(async () => {
    test = await createTestDatabase()
    scene = await launchScene(test.db, { people: 12 })
    await saveSetting(test.db, scene.scope, 'campaign.undo_seconds', 0)
    await saveSetting(test.db, scene.scope, 'sms.windows', { FR: { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '00:00', closes: '24:00', onHolidays: true } })
  })
  afterAll(() => test.close())
  beforeEach(() => shiftToMorning(test))

  async function launched(size: number, target: number, minutes = 60) {
    const draft = await scene.draft()
    await test.pool.query('update campaign set close_at_yes = $2, wave_size = $3, wave_minutes = $4 where id = $1', [draft.id, target, size, minutes])
    const result = await scene.launch(draft)
    expect(result).toMatchObject({ ok: true })
    const { rows } = await test.pool.query<{ id: number; rank: number }>('select id, rank from recipient where campaign_id = $1 order by rank', [draft.id])
    return { id: draft.id, recipientIds: rows.map((row) => row.id) }
  }
  const tick = () => advanceCampaigns(test)
  const answer = (recipientId: number, choice: 'yes' | 'no') =>
    recordAnswer(test, scene.scope, recipientId, { choice, availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
  /** Ranks that were handed over. */
  const reached = async (id: number) =>
    (await test.pool.query<{ rank: number }>("select r.rank from message m join recipient r on r.id = m.recipient_id where m.campaign_id = $1 and m.state = 'accepted' order by r.rank", [id])).rows.map(({ rank }) => rank)
  /** What the workers do with the batches that are at work. */
  async function send(id: number) {
    for (const batch of (await look(test, id)).batches) if (batch.state === 'running') await moveMessages(test, id, SENT, { batchId: batch.id })
    await tick()
  }

  it('reaches the best-ranked first and goes on only while more OUI are needed, whatever people answer', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 7 }), fc.integer({ min: 1, max: 6 }), fc.array(fc.constantFrom('yes', 'no', 'silent'), { minLength: 12, maxLength: 12 }), async (size, target, wishes) => {
      await shiftToMorning(test)
      const { id, recipientIds } = await launched(size, target)
      let yes = 0
      let elapsed = 0
      const waves = Math.ceil(12 / size)
      for (let wave = 1; wave <= waves && yes < target; wave++) {
        await tick()
        await send(id)
        const expected = Math.min(12, wave * size)
        expect(await reached(id)).toEqual(Array.from({ length: expected }, (_, index) => index + 1))
        for (let place = (wave - 1) * size; place < expected; place++) {
          const wish = wishes[place]!
          if (wish === 'silent' || yes >= target) continue
          expect((await answer(recipientIds[place]!, wish as 'yes' | 'no')).ok).toBe(true)
          if (wish === 'yes') yes += 1
        }
        // Before its time is over the next one does not leave.
        elapsed += 59
        await shiftToMorning(test, `${elapsed} minutes`)
        await tick()
        await send(id)
        expect(await reached(id)).toHaveLength(expected)
        elapsed += 2
        await shiftToMorning(test, `${elapsed} minutes`)
      }
      await tick()
      await tick()
      const now = await look(test, id)
      expect(now.closed_at !== null).toBe(yes >= target)
      expect(now.status).toBe('completed')
      const { rows } = await test.pool.query<{ state: string; n: number }>('select state, count(*)::int as n from message where campaign_id = $1 group by 1', [id])
      const count = (state: string) => rows.find((row) => row.state === state)?.n ?? 0
      expect(count('accepted') + count('cancelled')).toBe(12)
      if (yes < target) expect(count('accepted')).toBe(12)
      await test.pool.query('delete from campaign where id = $1', [id]).catch(() => undefined)
    }), { numRuns: 4 })
  })

  it('waits for a wave that takes long, and gives people their time from its end', async () => {
    const { id } = await launched(4, 5)
    await tick()
    await shiftToMorning(test, '3 hours')
    await tick()
    // The first is still leaving: the second is neither begun nor missed.
    expect((await look(test, id)).states).toEqual(['running', 'planned', 'planned'])
    await send(id)
    const { batches, states, status } = await look(test, id)
    expect([states, status]).toEqual([['done', 'planned', 'planned'], 'in_process'])
    const { rows } = await test.pool.query<{ minutes: number }>('select round(extract(epoch from due_at - app_now()) / 60)::int as minutes from batch where campaign_id = $1 and no > 1 order by no', [id])
    expect(rows.map(({ minutes }) => minutes)).toEqual([60, 120])
    expect(batches[0]!.local_date).toBe(batches[1]!.local_date)
  })

  it('leaves sooner when the waiting is made shorter, and the size stays what it was', async () => {
    const { id } = await launched(4, 5, 240)
    await tick()
    await send(id)
    const change = (plan: object) => changeAnswers(test, scene.viewer, id, { plan: { ...NO_PLAN, closeAtYes: 5, waveSize: 1, waveMinutes: 15, ...plan }, reminderTexts: {}, seen: undefined })
    expect(await change({ closeAtYes: null })).toMatchObject({ ok: false, detail: { faults: ['waves_endless'] } })
    expect(await change({})).toMatchObject({ ok: true })
    await shiftToMorning(test, '16 minutes')
    await tick()
    expect((await look(test, id)).states).toEqual(['done', 'running', 'planned'])
    expect((await test.pool.query('select wave_size, wave_minutes from campaign where id = $1', [id])).rows).toEqual([{ wave_size: 4, wave_minutes: 15 }])
  })

  it('goes on wave by wave after a pause, several of them on one day', async () => {
    const { id } = await launched(3, 5)
    await tick()
    await send(id)
    await pauseCampaign(test, scene.viewer, id)
    await shiftToMorning(test, '5 hours')
    await tick()
    expect((await look(test, id)).states).toEqual(['done', 'planned', 'planned', 'planned'])
    expect(await resumeCampaign(test, scene.viewer, id, { start: 'now', allowWeekends: false })).toMatchObject({ ok: true })
    await tick()
    expect((await look(test, id)).states).toEqual(['done', 'running', 'planned', 'planned'])
    await send(id)
    expect((await look(test, id)).states).toEqual(['done', 'done', 'planned', 'planned'])
  })

  it('is refused without a number of OUI', async () => {
    const draft = await scene.draft()
    await test.pool.query('update campaign set wave_size = 3, wave_minutes = 60 where id = $1', [draft.id])
    expect(await scene.launch(draft)).toMatchObject({ ok: false, reason: 'answers' })
  })
})
