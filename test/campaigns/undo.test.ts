import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { cancelCampaign, pauseCampaign } from '../../src/campaigns/commands.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { undoLaunch } from '../../src/campaigns/undo.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { countWritten, launchScene, makeTemplate, NOTHING_WRITTEN, type LaunchScene } from '../support/factories/campaigns.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterEach(() => shiftClock(database, '0'))
afterAll(async () => {
  await app.close()
  await database.close()
})

const deps = () => ({ db: database.db })
const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

/** Launched, with a minute to take it back. */
async function launched(given: { people?: number; start?: { on: string; time: string } } = {}): Promise<LaunchScene & { id: number }> {
  const scene = await launchScene(database.db, { people: given.people ?? 3, company: { undoSeconds: 60 } })
  const draft = await scene.draft(given.start ? { start: given.start } : {})
  expect(await scene.launch(draft)).toMatchObject({ ok: true })
  return { ...scene, id: draft.id }
}

const campaignOf = async ({ scope, id }: Pick<LaunchScene, 'scope'> & { id: number }) => (await findCampaign(database.db, scope, id))!
const codesOf = async (id: number) => (await database.db.selectFrom('recipient').select('code').where('campaign_id', '=', id).execute()).map(({ code }) => code)
const eventsOf = async (id: number) => database.db.selectFrom('campaign_event').select(['kind', 'detail']).where('campaign_id', '=', id).orderBy('id').execute()

describe('taking a launch back', () => {
  test('leaves nothing of it behind: no text, no recipient, no link; the draft is there again', async () => {
    const scene = await launched({ people: 12 })
    const codes = await codesOf(scene.id)
    const before = await campaignOf(scene)
    expect(await undoLaunch(deps(), scene.viewer, scene.id)).toEqual({ ok: true, value: { recipients: 12 } })

    expect(await countWritten(database.db, scene.id)).toEqual({ ...NOTHING_WRITTEN, events: 1 })
    expect(await database.db.selectFrom('short_link').select('code').where('code', 'in', codes).execute()).toEqual([])
    for (const code of codes.slice(0, 2)) expect((await app.visit().get(`/r/${code}`)).status).toBe(404)
    expect(await campaignOf(scene)).toMatchObject({
      status: 'draft', version: before.version + 1, launch_key: null, launched_at: null, launched_by: null, closes_at: null, undo_until: null, starts_at: null, audience_counts: null, starts: 'now',
      texts: before.texts, audience: before.audience,
    })
    expect(await eventsOf(scene.id)).toMatchObject([{ kind: 'launched' }, { kind: 'undone', detail: { recipients: 12 } }])
    const journal = await database.db.selectFrom('journal').select('action').where('subject_id', '=', String(scene.id)).where('subject_kind', '=', 'campaign').orderBy('id').execute()
    expect(journal.map(({ action }) => action)).toEqual(['campaign.launched', 'campaign.undone'])
  })

  test('then launching again works, also with the key of before', async () => {
    const scene = await launched({ people: 4 })
    const { launch_key: launchKey, version } = await campaignOf(scene)
    await undoLaunch(deps(), scene.viewer, scene.id)
    expect(await scene.launch(scene, { version, launchKey: launchKey! })).toMatchObject({ ok: false, reason: 'stale' })
    expect(await scene.launch(scene, { version: version + 1, launchKey: launchKey! })).toMatchObject({ ok: true, value: { isRepeat: false } })
    expect(await countWritten(database.db, scene.id)).toMatchObject({ recipients: 4, messages: 4, batches: 1, events: 2 })
    await undoLaunch(deps(), scene.viewer, scene.id)
    expect((await campaignOf(scene)).version).toBe(version + 2)
  })

  test('keeps the moment that was chosen; what was to leave at once proposes one to come', async () => {
    const later = await launched({ start: { on: '2099-03-02', time: '10:00' } })
    await undoLaunch(deps(), later.viewer, later.id)
    expect(await campaignOf(later)).toMatchObject({ starts: 'later', start_on: '2099-03-02', start_time: '10:00:00' })
    const now = await launched()
    await undoLaunch(deps(), now.viewer, now.id)
    const { start_on, start_time, time_zone } = await campaignOf(now)
    const { rows } = await sql<{ is_to_come: boolean }>`select (${start_on}::date + ${start_time}::time) at time zone ${time_zone} > app_now() as is_to_come`.execute(database.db)
    expect(rows[0]).toEqual({ is_to_come: true })
  })

  test('forgets that the template was used, unless another campaign used it', async () => {
    const scene = await launchScene(database.db, { company: { undoSeconds: 60 } })
    const template = await makeTemplate(database.db, scene.scope)
    const draft = await scene.draft()
    await database.db.updateTable('campaign').set({ template_id: template.id }).where('id', '=', draft.id).execute()
    const usedAt = async () => (await database.db.selectFrom('message_template').select('last_used_at').where('id', '=', template.id).executeTakeFirstOrThrow()).last_used_at
    await scene.launch(draft)
    expect(await usedAt()).not.toBeNull()
    await undoLaunch(deps(), scene.viewer, draft.id)
    expect(await usedAt()).toBeNull()
  })

  test('of thousands takes all of them back', async () => {
    const scene = await launched({ people: 5_300 })
    expect(await undoLaunch(deps(), scene.viewer, scene.id)).toEqual({ ok: true, value: { recipients: 5_300 } })
    expect(await countWritten(database.db, scene.id)).toEqual({ ...NOTHING_WRITTEN, events: 1 })
    const { rows } = await sql<{ links: number }>`select count(*) as links from short_link where company_id = ${scene.scope.companyId}`.execute(database.db)
    expect(rows[0]).toEqual({ links: 0 })
  })

  test('twice, or by two people at once, is taking it back once', async () => {
    const scene = await launched()
    const results = await Promise.all(Array.from({ length: 4 }, () => undoLaunch(deps(), scene.viewer, scene.id)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    for (const result of results) if (!result.ok) expect(result.reason).toBe('moved')
    expect((await eventsOf(scene.id)).filter(({ kind }) => kind === 'undone')).toHaveLength(1)
  })

  test('is too late once the time is over, once a batch runs, and after a pause', async () => {
    const over = await launched({ start: { on: '2099-03-02', time: '10:00' } })
    await shiftClock(database, '61 seconds')
    expect(await undoLaunch(deps(), over.viewer, over.id)).toMatchObject({ ok: false, reason: 'too_late' })
    await shiftClock(database, '0')
    expect(await undoLaunch(deps(), over.viewer, over.id)).toMatchObject({ ok: true })

    const paused = await launched()
    await pauseCampaign(deps(), paused.viewer, paused.id)
    expect(await undoLaunch(deps(), paused.viewer, paused.id)).toMatchObject({ ok: false, reason: 'too_late' })
    expect(await countWritten(database.db, paused.id)).toMatchObject({ recipients: 3, messages: 3 })
  })

  test('does not exist for another company', async () => {
    const scene = await launched()
    const stranger = await launchScene(database.db)
    await expect(undoLaunch(deps(), stranger.viewer, scene.id)).rejects.toMatchObject({ kind: 'not-found' })
    expect((await campaignOf(scene)).status).toBe('scheduled')
  })
})

describe('when the first batch falls due at that very moment', () => {
  test('it starts or it is taken back, never half of each', async () => {
    for (let turn = 0; turn < 30; turn++) {
      const scene = await launched({ people: 5 })
      // Due and still to be undone at once: only the order of the two decides.
      await sql`update batch set due_at = app_now() where campaign_id = ${scene.id}`.execute(database.db)
      const [undone] = turn % 2 === 0
        ? await Promise.all([undoLaunch(deps(), scene.viewer, scene.id), advanceCampaigns(deps())])
        : (await Promise.all([advanceCampaigns(deps()), undoLaunch(deps(), scene.viewer, scene.id)])).reverse() as [Awaited<ReturnType<typeof undoLaunch>>]
      const written = await countWritten(database.db, scene.id)
      const campaign = await campaignOf(scene)
      if (undone.ok) {
        expect([campaign.status, written]).toEqual(['draft', { ...NOTHING_WRITTEN, events: 1 }])
      } else {
        expect([undone.reason, campaign.status]).toEqual(['too_late', 'in_process'])
        expect(written).toMatchObject({ recipients: 5, messages: 5, batches: 1 })
      }
    }
  })

  test('the clock that comes second finds no batch, the person that comes second is told', async () => {
    const first = await launched()
    await sql`update batch set due_at = app_now() where campaign_id = ${first.id}`.execute(database.db)
    await undoLaunch(deps(), first.viewer, first.id)
    await advanceCampaigns(deps())
    expect((await campaignOf(first)).status).toBe('draft')

    const second = await launched()
    await sql`update batch set due_at = app_now() where campaign_id = ${second.id}`.execute(database.db)
    await advanceCampaigns(deps())
    expect(await undoLaunch(deps(), second.viewer, second.id)).toMatchObject({ ok: false, reason: 'too_late' })
  })

  test('a colleague who cancels at the same moment gets one or the other', async () => {
    for (let turn = 0; turn < 8; turn++) {
      const scene = await launched()
      const [undone] = await Promise.all([undoLaunch(deps(), scene.viewer, scene.id), cancelCampaign(deps(), scene.viewer, scene.id)])
      expect((await campaignOf(scene)).status).toBe(undone.ok ? 'draft' : 'cancelled')
    }
  })
})

describe('« Annuler l’envoi »', () => {
  test('stands on the campaign’s page with the seconds that are left, and leads back to the draft', async () => {
    const scene = await launched()
    const visitor = await app.signIn(scene.user)
    const page = await visitor.get(`/campaigns/${scene.id}`)
    expect(nbsp(page.text)).toMatch(/Encore \d+ secondes? pour annuler l’envoi\. Aucun SMS n’est encore parti\./)
    const draft = await visitor.post(page, `/campaigns/${scene.id}/undo`, {})
    expect(draft.url).toBe(`/campaigns/${scene.id}`)
    expect(nbsp(draft.text)).toContain('Envoi annulé : aucun SMS n’est parti')
    expect((await campaignOf(scene)).status).toBe('draft')
    expect(nbsp((await visitor.post(draft, `/campaigns/${scene.id}/undo`, {})).text)).toContain('L’envoi est déjà annulé')
  })

  test('a moment too late says how many are out and leads to what can still be stopped', async () => {
    const scene = await launched()
    const visitor = await app.signIn(scene.user)
    const page = await visitor.get(`/campaigns/${scene.id}`)
    await shiftClock(database, '61 seconds')
    await advanceCampaigns(deps())
    await sql`update message set state = 'leased', lease_until = app_now() where campaign_id = ${scene.id}`.execute(database.db)
    await sql`update message set state = 'submitting', lease_until = null where id = (select min(id) from message where campaign_id = ${scene.id})`.execute(database.db)
    const late = await visitor.post(page, `/campaigns/${scene.id}/undo`, {})
    expect([late.status, late.heading]).toEqual([409, 'Trop tard pour annuler l’envoi'])
    expect(nbsp(late.text)).toContain('1 SMS est déjà parti')
    expect(late.html).toContain(`/campaigns/${scene.id}/pause`)
    expect(late.html).toContain(`/campaigns/${scene.id}/cancellation`)
    expect(nbsp((await visitor.get(`/campaigns/${scene.id}`)).text)).not.toContain('Annuler l’envoi')
  })

  test('is for those who may send', async () => {
    const scene = await launched()
    const viewer = await makeUser(database.db, scene.scope, { privileges: ['candidates.view', 'campaigns.view'] })
    const visitor = await app.signIn(viewer)
    const page = await visitor.get(`/campaigns/${scene.id}`)
    expect(page.text).not.toContain('Annuler l’envoi')
    expect((await visitor.post(page, `/campaigns/${scene.id}/undo`, {})).status).toBe(403)
    expect((await campaignOf(scene)).status).toBe('scheduled')
  })
})
