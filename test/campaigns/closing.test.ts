import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { changeAnswers, tellOfClosings } from '../../src/campaigns/closing.commands.ts'
import { NO_PLAN, planFaults, type AnswerPlan, type PlanFault, type PlanGround } from '../../src/campaigns/closing.domain.ts'
import { readPlan } from '../../src/campaigns/closing.input.ts'
import { findViewer } from '../../src/auth/queries.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { look } from '../support/factories/batches.ts'
import { makeSending, type Sending } from '../support/factories/messaging.ts'

const NOW = new Date('2026-11-23T09:00:00Z')
const ground = (given: Partial<PlanGround> = {}): PlanGround => ({
  recipients: 100, yes: 0, now: NOW, closesAt: undefined, latest: new Date('2027-11-24T00:00:00Z'), firstAt: new Date('2026-11-23T10:00:00Z'), hoursBetween: 0, largestBatch: 5_000, ...given,
})

describe('what keeps a plan for answers from being carried out', () => {
  it.each<[string, Partial<AnswerPlan>, Partial<PlanGround>, PlanFault[]]>([
    ['nothing, where nothing is planned', {}, {}, []],
    ['a closing that is over', {}, { closesAt: NOW }, ['close_past']],
    ['a closing in two years', {}, { closesAt: new Date('2028-11-23T09:00:00Z') }, ['close_far']],
    ['a closing at the moment of the first text', {}, { closesAt: new Date('2026-11-23T10:00:00Z') }, ['close_before_start']],
    ['more OUI than people', { closeAtYes: 101 }, {}, ['yes_many']],
    ['as many OUI as people is possible', { closeAtYes: 100 }, {}, []],
    ['nobody is known yet', { closeAtYes: 12 }, { recipients: 0 }, []],
    ['the OUI are there already', { closeAtYes: 7 }, { yes: 7 }, ['yes_reached']],
    ['a reminder after the closing', { remindAfterHours: 48 }, { closesAt: new Date('2026-11-25T10:00:00Z') }, ['remind_late']],
    ['a reminder sooner than the company allows', { remindAfterHours: 24 }, { hoursBetween: 48 }, ['remind_soon']],
    ['waves without an end', { waveSize: 10, waveMinutes: 60 }, {}, ['waves_endless']],
    ['a wave of one for too many people', { waveSize: 1, waveMinutes: 60, closeAtYes: 5 }, { recipients: 201 }, ['waves_many']],
    ['a wave larger than a batch may be', { waveSize: 5_001, waveMinutes: 60, closeAtYes: 5 }, {}, ['waves_large']],
  ])('%s', (_what, plan, given, faults) => {
    expect(planFaults({ ...NO_PLAN, ...plan }, ground(given))).toEqual(faults)
  })

  it('reads what was typed, and keeps it where it makes no sense', () => {
    const read = (body: Record<string, string>) => readPlan(body, { zone: 'Europe/Paris', now: NOW })
    expect(read({ closing: 'date', close_on: '30/11/2026', close_time: '18h', close_yes: ' 12 ', remind: 'other', remind_hours: '36', waves: 'on', wave_size: '20', wave_wait: '120' })).toEqual({
      ok: true, plan: { closeOn: '2026-11-30', closeTime: '18:00', closeAtYes: 12, remindAfterHours: 36, waveSize: 20, waveMinutes: 120 },
    })
    // What belongs to a choice that was not made is passed over.
    expect(read({ closing: 'usual', close_on: 'demain', remind: '24', remind_hours: 'x', wave_size: 'x' })).toEqual({ ok: true, plan: { ...NO_PLAN, remindAfterHours: 24 } })
    const bad = read({ closing: 'date', close_on: '22/11/2026', close_time: '99', close_yes: '1.5', remind: 'other', remind_hours: '337', waves: 'on', wave_size: '0', wave_wait: '7' })
    expect(bad).toMatchObject({ ok: false, typed: { fields: { on: '22/11/2026', time: '99', yes: '1.5', hours: '337', size: '0' } } })
    expect(!bad.ok && bad.typed.problems.map(({ field }) => field)).toEqual(['close_time', 'close_yes', 'remind_hours', 'wave_size'])
    fc.assert(fc.property(fc.record({ closing: fc.string(), close_on: fc.string(), close_yes: fc.string(), remind: fc.string(), remind_hours: fc.string(), waves: fc.string(), wave_size: fc.string(), wave_wait: fc.string() }), (body) => {
      const found = read(body)
      return !found.ok || ((found.plan.closeAtYes ?? 1) >= 1 && (found.plan.remindAfterHours ?? 1) >= 1 && (found.plan.waveMinutes ?? 15) >= 15)
    }))
  })
})

describe('enough is enough', () => {
  let test: TestDatabase
  beforeAll(async () => { test = await createTestDatabase() })
  afterAll(() => test.close())

  /** A campaign whose first texts have left and whose others wait. */
  async function sending(recipients: number, target: number | null, sent = recipients): Promise<Sending & { recipientIds: number[] }> {
    const made = await makeSending(test.db, { recipients })
    await test.pool.query('update campaign set close_at_yes = $2 where id = $1', [made.campaignId, target])
    const { rows } = await test.pool.query<{ id: number }>('select id from recipient where campaign_id = $1 order by rank', [made.campaignId])
    for (const state of ['leased', 'submitting', 'accepted', 'delivered']) {
      await test.pool.query("update message set state = $2, submitted_at = app_now(), lease_until = case when $2 = 'leased' then app_now() end where id = any($1)", [made.messageIds.slice(0, sent), state])
    }
    return { ...made, recipientIds: rows.map(({ id }) => id) }
  }
  const answer = ({ scope }: Pick<Sending, 'scope'>, recipientId: number, choice: 'yes' | 'no' = 'yes', baseVersion = 0) =>
    recordAnswer(test, scope, recipientId, { choice, availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion, source: 'link' })
  const countOf = async (campaignId: number, choice: string) =>
    (await test.pool.query<{ n: number }>('select count(*)::int as n from answer a join recipient r on r.id = a.recipient_id where r.campaign_id = $1 and a.choice = $2', [campaignId, choice])).rows[0]!.n
  const viewerOf = async (made: Sending) => (await findViewer(test.db, made.userId)) as Viewer

  it('closes once with the OUI wanted, however many answer at the same moment, and loses none', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(fc.constantFrom<'yes' | 'no'>('yes', 'no'), { minLength: 3, maxLength: 9 }), async (target, choices) => {
      const made = await sending(choices.length, target)
      const outcomes = await Promise.all(choices.map((choice, index) => answer(made, made.recipientIds[index]!, choice)))
      const now = await look(test, made.campaignId)
      const taken = (choice: 'yes' | 'no') => outcomes.filter((outcome, index) => outcome.ok && choices[index] === choice).length
      // Whoever was told « merci » is written down, and nobody else is.
      expect([await countOf(made.campaignId, 'yes'), await countOf(made.campaignId, 'no')]).toEqual([taken('yes'), taken('no')])
      const wanted = choices.filter((choice) => choice === 'yes').length
      expect(now.closed_at !== null).toBe(wanted >= target)
      expect(now.kinds.filter((kind) => kind === 'closed_by_yes')).toHaveLength(wanted >= target ? 1 : 0)
      if (wanted < target) expect(outcomes.every(({ ok }) => ok)).toBe(true)
      else expect(taken('yes')).toBeGreaterThanOrEqual(target)
      for (const outcome of outcomes) if (!outcome.ok) expect(outcome.reason).toBe('closed')
    }), { numRuns: 12 })
  })

  it('tells the sender, refuses later answers, and takes back what has not left, with the reason', async () => {
    const made = await sending(6, 2, 3)
    expect((await answer(made, made.recipientIds[0]!)).ok).toBe(true)
    expect((await look(test, made.campaignId)).closed_at).toBeNull()
    expect((await answer(made, made.recipientIds[1]!)).ok).toBe(true)
    expect(await answer(made, made.recipientIds[2]!)).toMatchObject({ ok: false, reason: 'closed' })
    // Changing one's mind is no new answer either, once it is over.
    expect(await answer(made, made.recipientIds[0]!, 'no', 1)).toMatchObject({ ok: false, reason: 'closed' })
    await advanceCampaigns(test)
    await advanceCampaigns(test)
    const states = await test.pool.query('select state, failure_reason, count(*)::int as n from message where campaign_id = $1 group by 1, 2 order by 1', [made.campaignId])
    expect(states.rows).toEqual([{ state: 'cancelled', failure_reason: 'closed', n: 3 }, { state: 'delivered', failure_reason: null, n: 3 }])
    expect((await look(test, made.campaignId)).status).toBe('completed')
    const news = await test.pool.query('select kind, user_id, params from notification where campaign_id = $1 and kind = $2', [made.campaignId, 'yes_reached'])
    expect(news.rows).toEqual([{ kind: 'yes_reached', user_id: made.userId, params: { count: 2 } }])
  })

  it('makes answers wait for each other only where a number of OUI is wanted', async () => {
    const [plain, wanted] = [await sending(1, null), await sending(1, 5)]
    const isStuck = (made: Sending & { recipientIds: number[] }) => test.db.transaction().execute(async (trx) => {
      await trx.selectFrom('campaign').select('id').where('id', '=', made.campaignId).forNoKeyUpdate().execute()
      const answering = answer(made, made.recipientIds[0]!)
      const isDone = await Promise.race([answering.then(() => true), waitingOn(made.campaignId)])
      return { isDone, answering }
    })
    const waitingOn = async (campaignId: number): Promise<false> => {
      for (;;) {
        const { rows } = await test.pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%for no key update%' and datname = current_database()")
        if (rows.length > 0) return false
        if ((await test.pool.query('select 1 from answer a join recipient r on r.id = a.recipient_id where r.campaign_id = $1', [campaignId])).rows.length > 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
    expect((await isStuck(plain)).isDone).toBe(true)
    const held = await isStuck(wanted)
    expect(held.isDone).toBe(false)
    expect((await held.answering).ok).toBe(true)
  })

  it('can be changed while it runs, closes earlier or later, and opens again', async () => {
    const made = await sending(6, 2, 6)
    const viewer = await viewerOf(made)
    const change = (plan: Partial<AnswerPlan>) => changeAnswers(test, viewer, made.campaignId, { plan: { ...NO_PLAN, ...plan }, reminderTexts: {}, seen: undefined })
    await answer(made, made.recipientIds[0]!)
    expect(await change({ closeAtYes: 1 })).toMatchObject({ ok: false, reason: 'faults', detail: { faults: ['yes_reached'] } })
    expect(await change({ closeAtYes: 7 })).toMatchObject({ ok: false, reason: 'faults', detail: { faults: ['yes_many'] } })
    expect(await change({ closeOn: '2020-01-01', closeTime: '10:00' })).toMatchObject({ ok: false, reason: 'faults', detail: { faults: ['close_past'] } })
    expect(await change({ closeAtYes: 3, remindAfterHours: 24 })).toMatchObject({ ok: true, value: { isReopened: false } })
    await answer(made, made.recipientIds[1]!)
    expect((await look(test, made.campaignId)).closed_at).toBeNull()
    await answer(made, made.recipientIds[2]!)
    expect((await look(test, made.campaignId)).closed_at).not.toBeNull()
    expect(await change({ closeAtYes: 3 })).toMatchObject({ ok: false, reason: 'faults' })
    expect(await change({ closeAtYes: 4 })).toMatchObject({ ok: true, value: { isReopened: true } })
    expect((await answer(made, made.recipientIds[3]!)).ok).toBe(true)
    const { kinds } = await look(test, made.campaignId)
    expect(kinds.filter((kind) => kind !== 'batch_sent' && kind !== 'completed')).toEqual(['answers_changed', 'closed_by_yes', 'reopened', 'closed_by_yes'])
    // Somebody else's page is older.
    expect(await changeAnswers(test, viewer, made.campaignId, { plan: NO_PLAN, reminderTexts: {}, seen: 1 })).toMatchObject({ ok: false, reason: 'stale' })
    const stranger = await viewerOf(await sending(1, null))
    await expect(changeAnswers(test, stranger, made.campaignId, { plan: NO_PLAN, reminderTexts: {}, seen: undefined })).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('announces a closing by the clock once, and again when it is another one', async () => {
    const made = await sending(3, null)
    const closeIn = (interval: string) => test.pool.query("update campaign set closes_at = app_now() + $2::interval, launched_at = app_now() - interval '5 days' where id = $1", [made.campaignId, interval])
    const news = async () => (await test.pool.query<{ params: { waiting: number } }>("select params from notification where campaign_id = $1 and kind = 'closing_soon'", [made.campaignId])).rows.map(({ params }) => params.waiting)
    await closeIn('25 hours')
    await tellOfClosings(test)
    expect(await news()).toEqual([])
    await closeIn('23 hours')
    await answer(made, made.recipientIds[0]!)
    await Promise.all([tellOfClosings(test), tellOfClosings(test)])
    await tellOfClosings(test)
    expect(await news()).toEqual([2])
    await closeIn('20 hours')
    await tellOfClosings(test)
    expect(await news()).toEqual([2, 2])
  })
})
