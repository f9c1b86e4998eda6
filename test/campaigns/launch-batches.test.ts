import { sql } from 'kysely'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { batchOf } from '../../src/campaigns/launch.domain.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { planBatches } from '../../src/campaigns/schedule.domain.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import type { Settings } from '../../src/companies/settings.ts'
import { EXCLUSION_REASONS } from '../../src/consent/domain.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { shiftClock, stopClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { countWritten, EVERYBODY, launchScene, NOTHING_WRITTEN, type LaunchScene } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterEach(() => shiftClock(database, '0'))
afterAll(() => database.close())

async function save({ scope }: Pick<LaunchScene, 'scope'>, settings: Partial<Settings>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) await saveSetting(database.db, scope, name as keyof Settings, value as never)
}

/** The plan as the database holds it, with those who are in each batch. */
async function plan(campaignId: number) {
  const { rows } = await sql<{ no: number; on: string; due_at: Date; state: string; recipients: number; from: number; to: number; messages: number }>`
    select b.no, b.local_date as on, b.due_at, b.state, count(r.id) as recipients, min(r.rank) as from, max(r.rank) as to,
      (select count(*) from message m where m.batch_id = b.id) as messages
    from batch b left join recipient r on r.batch_id = b.id where b.campaign_id = ${campaignId} group by b.id order by b.no`.execute(database.db)
  return rows
}

/** S67, a thousand times smaller. */
const THOUSANDTH = { 'campaign.first_batch_size': 5, 'campaign.next_batch_size': 25, 'campaign.recipient_limit': 60 } as const

describe('a launch in daily batches', () => {
  test.each([
    ['skips the weekend', false, ['2026-11-26', '2026-11-27', '2026-11-30', '2026-12-01']],
    ['goes through the weekend when allowed', true, ['2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29']],
  ])('of 60,000, begun on Thursday at 10:00, %s (S60, S61, S64, S67)', async (_what, allowWeekends, days) => {
    await stopClock(database, '2026-11-24T12:00:00Z')
    const scene = await launchScene(database.db, { people: 60, company: { undoSeconds: 60 } })
    await save(scene, THOUSANDTH)
    const draft = await scene.draft({ start: { on: '2026-11-26', time: '10:00' }, allowWeekends })
    expect(await scene.launch(draft)).toMatchObject({ ok: true })

    const batches = await plan(draft.id)
    expect(batches.map(({ on, recipients }) => [on, recipients])).toEqual(days.map((day, index) => [day, [5, 25, 25, 5][index]]))
    expect(batches.map(({ from, to }) => [from, to])).toEqual([[1, 5], [6, 30], [31, 55], [56, 60]])
    for (const batch of batches) expect(batch).toMatchObject({ state: 'planned', messages: batch.recipients, due_at: new Date(`${batch.on}T09:00:00Z`) })
    const campaign = (await findCampaign(database.db, scene.scope, draft.id))!
    expect(campaign).toMatchObject({
      status: 'scheduled', start_on: '2026-11-26', start_time: '10:00:00', starts_at: batches[0]!.due_at, ends_at: batches[3]!.due_at, undo_until: new Date('2026-11-24T12:01:00Z'),
    })
    const event = await database.db.selectFrom('campaign_event').select('detail').where('campaign_id', '=', draft.id).where('kind', '=', 'launched').executeTakeFirstOrThrow()
    expect(event.detail).toEqual({ recipients: 60, batches: 4 })
  })

  test.each([
    ['back', '2026-10-23T12:00:00Z', '2026-10-24', ['2026-10-24T08:00:00Z', '2026-10-25T09:00:00Z', '2026-10-26T09:00:00Z']],
    ['forward', '2027-03-26T12:00:00Z', '2027-03-27', ['2027-03-27T09:00:00Z', '2027-03-28T08:00:00Z', '2027-03-29T08:00:00Z']],
  ])('keeps 10:00 on the wall when clocks go %s (S65)', async (_way, now, on, instants) => {
    await stopClock(database, now)
    const scene = await launchScene(database.db, { people: 3 })
    await save(scene, { 'campaign.first_batch_size': 1, 'campaign.next_batch_size': 1 })
    const draft = await scene.draft({ start: { on, time: '10:00' }, allowWeekends: true })
    await scene.launch(draft)
    expect((await plan(draft.id)).map(({ due_at }) => due_at)).toEqual(instants.map((instant) => new Date(instant)))
  })

  test('that begins at once waits for the time to undo it; later ones keep the minute (S63)', async () => {
    await stopClock(database, '2026-11-24T12:34:56Z')
    const scene = await launchScene(database.db, { people: 4, company: { undoSeconds: 60 } })
    await save(scene, { 'campaign.first_batch_size': 3 })
    const draft = await scene.draft()
    await scene.launch(draft)
    expect(await plan(draft.id)).toMatchObject([
      { no: 1, on: '2026-11-24', due_at: new Date('2026-11-24T12:35:56Z'), state: 'planned', recipients: 3 },
      { no: 2, on: '2026-11-25', due_at: new Date('2026-11-25T12:35:00Z'), state: 'planned', recipients: 1 },
    ])
    expect(await findCampaign(database.db, scene.scope, draft.id)).toMatchObject({ status: 'scheduled', undo_until: new Date('2026-11-24T12:35:56Z'), undo_seconds: 60, start_on: '2026-11-24', start_time: '13:35:00' })
  })

  test('where nothing can be undone runs at once', async () => {
    const scene = await launchScene(database.db, { people: 2 })
    const draft = await scene.draft()
    await scene.launch(draft)
    expect(await plan(draft.id)).toMatchObject([{ state: 'running', recipients: 2 }])
    expect(await findCampaign(database.db, scene.scope, draft.id)).toMatchObject({ status: 'in_process', undo_until: null, undo_seconds: null })
  })

  test('can be undone no longer than until the first batch leaves', async () => {
    await stopClock(database, '2026-11-24T08:59:30Z')
    const scene = await launchScene(database.db, { company: { undoSeconds: 60 } })
    const draft = await scene.draft({ start: { on: '2026-11-24', time: '10:00' } })
    await scene.launch(draft)
    expect((await findCampaign(database.db, scene.scope, draft.id))!.undo_until).toEqual(new Date('2026-11-24T09:00:00Z'))
  })

  test('takes answers as long after the last batch as the company wants, and keeps the links longer', async () => {
    await stopClock(database, '2026-11-23T08:00:00Z')
    const scene = await launchScene(database.db, { people: 3 })
    await save(scene, { 'campaign.first_batch_size': 1, 'campaign.next_batch_size': 1, 'campaign.open_days': 5, 'link.days_after_closing': 7 })
    const draft = await scene.draft({ start: { on: '2026-11-23', time: '10:00' } })
    await scene.launch(draft)
    expect((await findCampaign(database.db, scene.scope, draft.id))!.closes_at).toEqual(new Date('2026-11-30T09:00:00Z'))
    const { rows } = await sql<{ expires_at: Date }>`select distinct l.expires_at from short_link l join recipient r using (code) where r.campaign_id = ${draft.id}`.execute(database.db)
    expect(rows).toEqual([{ expires_at: new Date('2026-12-07T09:00:00Z') }])
  })

  test('gives every text the country of its number, whose hours it leaves in', async () => {
    const scene = await launchScene(database.db, { people: 1 })
    await makeCandidate(database.db, scene.scope, { mobile: '+32 470 12 34 56' })
    const draft = await scene.draft()
    await scene.launch(draft)
    const countries = await database.db.selectFrom('message').select('country').where('campaign_id', '=', draft.id).orderBy('country').execute()
    expect(countries).toEqual([{ country: 'BE' }, { country: 'FR' }])
  })
})

describe('a launch is refused', () => {
  test('when its moment passed while somebody looked', async () => {
    await stopClock(database, '2026-11-24T09:00:00Z')
    const scene = await launchScene(database.db)
    const draft = await scene.draft({ start: { on: '2026-11-24', time: '10:00' } })
    expect(await scene.launch(draft)).toMatchObject({ ok: false, reason: 'past' })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
  })

  test('when it would cost more than the campaign’s budget, and not when it costs exactly that', async () => {
    const scene = await launchScene(database.db, { people: 4 })
    const draft = await scene.draft()
    await save(scene, { 'budget.campaign_segments': 3 })
    expect(await scene.launch(draft)).toMatchObject({ ok: false, reason: 'budget' })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
    await save(scene, { 'budget.campaign_segments': 4 })
    expect(await scene.launch(draft)).toMatchObject({ ok: true })
  })

  test('when there are no hours in which a country may be texted', async () => {
    const scene = await launchScene(database.db, { people: 1 })
    // Its eleven clocks have not one hour of the day in common.
    await makeCandidate(database.db, scene.scope, { mobile: '+7 912 345 67 89' })
    await save(scene, { 'sms.allowed_countries': ['FR', 'RU'], 'sms.windows': { '*': { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '12:00', closes: '13:00', onHolidays: true } } })
    const draft = await scene.draft()
    expect(await scene.launch(draft)).toMatchObject({ ok: false, reason: 'no_opening' })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
  })
})

describe('whatever the list and the sizes', () => {
  test('each place of the audience is in the batch that the plan says', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }), (recipients, first, next) => {
      const planned = planBatches(recipients, { on: '2026-11-26', time: '10:00', zone: 'Europe/Paris' }, { first, next, allowWeekends: false })
      const counted = planned.map(() => 0)
      for (let position = 1; position <= recipients; position++) counted[batchOf(position, { first, next }) - 1]! += 1
      expect(counted).toEqual(planned.map((batch) => batch.recipients))
    }))
  })

  test('lines and batches add up to everybody, once each (S46, S60)', async () => {
    const sizes = fc.record({ people: fc.integer({ min: 1, max: 140 }), limit: fc.integer({ min: 1, max: 120 }), first: fc.integer({ min: 1, max: 40 }), next: fc.integer({ min: 1, max: 40 }) })
    await fc.assert(fc.asyncProperty(sizes, async ({ people, limit, first, next }) => {
      const scene = await launchScene(database.db, { people, allFine: false })
      await save(scene, { 'campaign.first_batch_size': first, 'campaign.next_batch_size': next })
      const draft = await scene.draft({ audience: EVERYBODY })
      await database.db.updateTable('campaign').set({ limit_to: limit }).where('id', '=', draft.id).execute()
      const result = await scene.launch(draft)
      if (!result.ok) return void expect(result.reason).toBe('nobody')

      const counts = (await findCampaign(database.db, scene.scope, draft.id))!.audience_counts!
      const lines = EXCLUSION_REASONS.reduce((sum, reason) => sum + counts[reason], 0)
      const written = await countWritten(database.db, draft.id)
      const batches = await plan(draft.id)
      expect(counts.total).toBe(people)
      expect(counts.total - lines).toBe(counts.recipients)
      expect(written).toMatchObject({ recipients: counts.recipients, messages: counts.recipients, exclusions: lines })
      expect(batches.map((batch) => batch.recipients)).toEqual(planBatches(counts.recipients, { on: '2026-11-26', time: '10:00', zone: 'Europe/Paris' }, { first, next, allowWeekends: true }).map((batch) => batch.recipients))
      expect(batches.reduce((sum, batch) => sum + batch.messages, 0)).toBe(counts.recipients)
    }), { numRuns: 15 })
  })

  test('a list of several stretches is whole: every record is a recipient, stands behind one, or has its reason', async () => {
    const scene = await launchScene(database.db, { people: 2_600, allFine: false })
    await save(scene, { 'campaign.first_batch_size': 700, 'campaign.next_batch_size': 900 })
    const draft = await scene.draft()
    expect(await scene.launch(draft)).toMatchObject({ ok: true })
    const { rows: [row] } = await sql<{ strangers: number; ranks: number; highest: number; bodies: number; shared: number }>`
      select (select count(*) from candidate c where c.company_id = ${scene.scope.companyId}
          and not exists (select from campaign_exclusion x where x.campaign_id = ${draft.id} and x.candidate_id = c.id)
          and not exists (select from recipient_profile p join recipient r on r.id = p.recipient_id where r.campaign_id = ${draft.id} and p.candidate_id = c.id)) as strangers,
        count(distinct r.rank) as ranks, max(r.rank) as highest, count(*) filter (where position(r.code in m.body) > 0 and position(c.first_name in m.body) > 0) as bodies,
        (select count(*) from campaign_exclusion x where x.campaign_id = ${draft.id} and x.reason = 'duplicate_number') as shared
      from recipient r join message m on m.recipient_id = r.id join candidate c on c.id = r.candidate_id where r.campaign_id = ${draft.id}`.execute(database.db)
    const written = await countWritten(database.db, draft.id)
    expect(row).toEqual({ strangers: 0, ranks: written.recipients, highest: written.recipients, bodies: written.recipients, shared: written.profiles - written.recipients })
    expect(row!.shared).toBeGreaterThan(50)
    expect((await plan(draft.id)).map(({ recipients }) => recipients)).toEqual([700, 900, written.recipients - 1_600])
  })

  test('a large one after small ones does not read whole tables for each row', async () => {
    // In one session, as on the embedded database, which knows its tables to be small and has made its plans.
    const session = await openDatabase({ databaseUrl: database.url, dataDir: '/tmp', connections: 1 })
    try {
      for (let turn = 0; turn < 2; turn++) {
        await sql`vacuum analyze`.execute(session.db)
        const small = await launchScene(session.db, { people: 8 })
        await small.launch(await small.draft())
      }
      const rowsRead = async () => {
        await sql`select pg_stat_force_next_flush()`.execute(session.db)
        const { rows } = await sql<{ read: number }>`select sum(seq_tup_read)::int as read from pg_stat_user_tables where relname in ('recipient', 'short_link', 'batch')`.execute(session.db)
        return rows[0]!.read
      }
      const large = await launchScene(session.db, { people: 1_200 })
      const draft = await large.draft()
      const before = await rowsRead()
      expect(await large.launch(draft)).toMatchObject({ ok: true })
      expect((await rowsRead()) - before).toBeLessThan(100_000)
    } finally {
      await session.close()
    }
  })
})
