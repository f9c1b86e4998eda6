import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deleteDraft, saveDraft } from '../../src/campaigns/drafts.commands.ts'
import type { Launch } from '../../src/campaigns/launch.commands.ts'
import { answerRequest, requestLaunch, resumeLaunches, withdrawLaunch } from '../../src/campaigns/launching.commands.ts'
import { findLaunchRequest } from '../../src/campaigns/launching.queries.ts'
import { registerLaunchTasks } from '../../src/campaigns/launching.tasks.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { countWritten, launchScene, NOTHING_WRITTEN, type LaunchScene } from '../support/factories/campaigns.ts'
import { until } from '../support/sending.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerLaunchTasks })
})
afterEach(() => shiftClock(database, '0'))
afterAll(async () => {
  await app.close()
  await database.close()
})

const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

type Asked = LaunchScene & { id: number; request: Launch }

/** A draft of so many people, and what the button of its check page sends. */
async function ready(people = 3): Promise<Asked> {
  const scene = await launchScene(database.db, { people })
  const { id } = await scene.draft()
  return { ...scene, id, request: { campaignId: id, version: 1, launchKey: randomUUID(), recipients: people } }
}

async function asked(people = 3): Promise<Asked> {
  const scene = await ready(people)
  expect(await requestLaunch(app.deps, scene.viewer, scene.request)).toEqual({ ok: true, value: { isRepeat: false } })
  return scene
}

const work = ({ scope, id }: Asked) => answerRequest(app.deps, scope.companyId, id)
const requestOf = ({ scope, id }: Asked) => findLaunchRequest(database.db, scope, id)
const campaignOf = async ({ scope, id }: Asked) => (await findCampaign(database.db, scope, id))!
const tasksOf = async ({ id }: Asked) => (await sql<{ n: number }>`select count(*) as n from pgboss.job where name = 'campaigns.launch' and (data->>'campaignId')::int = ${id}`.execute(database.db)).rows[0]!.n

/** Holds the campaign as a worker does in the middle of a launch. */
async function heldBy<Result>({ id }: Asked, meanwhile: () => Promise<Result>): Promise<Result> {
  return database.db.transaction().execute(async (trx) => {
    await sql`select from campaign where id = ${id} for no key update`.execute(trx)
    return meanwhile()
  })
}

describe('a launch that is asked of a worker', () => {
  test('is asked once, however many clicks, tabs and recruiters, and launched once (P6)', async () => {
    const scene = await ready()
    const colleague = await makeUser(database.db, scene.scope)
    const results = await Promise.all(Array.from({ length: 9 }, (_click, index) =>
      requestLaunch(app.deps, index % 3 === 0 ? { scope: scene.scope, userId: colleague.id } : scene.viewer, index % 2 === 0 ? scene.request : { ...scene.request, launchKey: randomUUID() })))
    expect(results.filter((result) => result.ok && !result.value.isRepeat)).toHaveLength(1)
    for (const result of results) if (!result.ok) expect(result.reason).toBe('launching')
    expect(await tasksOf(scene)).toBe(1)

    await Promise.all([work(scene), work(scene), work(scene)].map((one) => one.catch(() => undefined)))
    await work(scene)
    expect(await countWritten(database.db, scene.id)).toMatchObject({ recipients: 3, messages: 3, batches: 1, events: 1 })
    expect(await requestOf(scene)).toMatchObject({ refusal: null, answered_at: expect.any(Date) })
    expect(await requestLaunch(app.deps, scene.viewer, scene.request)).toMatchObject({ ok: (await campaignOf(scene)).launch_key === scene.request.launchKey })
  })

  test('is the sender’s: the history names who clicked', async () => {
    const scene = await asked()
    await app.deps.queue.drain()
    expect(await campaignOf(scene)).toMatchObject({ status: 'in_process', launched_by: scene.viewer.userId })
  })

  test('leaves the draft to nobody else until it is answered', async () => {
    const scene = await asked()
    expect(await scene.launch(scene, { launchKey: randomUUID() })).toMatchObject({ ok: false, reason: 'launching' })
    expect(await saveDraft(app.deps, scene.viewer, scene.id, {
      version: 1, name: 'Autre', kind: 'availability', templateId: null, senderId: null, limitTo: 'keep', schedule: 'keep', internalComment: '', texts: { fr: 'Autre texte' },
    })).toMatchObject({ ok: false, reason: 'launching' })
    expect(await deleteDraft(app.deps, scene.viewer, scene.id)).toBe(false)
    await work(scene)
    expect((await campaignOf(scene)).name).not.toBe('Autre')
  })

  test('of a draft that was changed meanwhile is refused, and the draft is free again', async () => {
    const scene = await asked()
    await database.db.updateTable('campaign').set({ version: 2 }).where('id', '=', scene.id).execute()
    await work(scene)
    expect(await requestOf(scene)).toMatchObject({ refusal: 'stale' })
    expect(await countWritten(database.db, scene.id)).toEqual(NOTHING_WRITTEN)
    expect(await requestLaunch(app.deps, scene.viewer, { ...scene.request, version: 2, launchKey: randomUUID() })).toEqual({ ok: true, value: { isRepeat: false } })
  })

  test('that fails for a reason nobody foresaw says so and leaves nothing behind', async () => {
    const scene = await asked()
    await sql`create function fail() returns trigger language plpgsql as $$ begin raise exception 'out of the blue'; end $$`.execute(database.db)
    await sql`create trigger fail before insert on batch for each row when (new.campaign_id = ${sql.lit(scene.id)}) execute function fail()`.execute(database.db)
    await work(scene)
    expect(await requestOf(scene)).toMatchObject({ refusal: 'failed' })
    expect(await countWritten(database.db, scene.id)).toEqual(NOTHING_WRITTEN)
    await sql`drop trigger fail on batch`.execute(database.db)
  })

  test('and cannot be had at this moment is tried again, not refused', async () => {
    const scene = await asked()
    await heldBy(scene, () => expect(work(scene)).rejects.toThrow(/could not be launched now/))
    expect(await requestOf(scene)).toMatchObject({ answered_at: null })
    await work(scene)
    expect((await campaignOf(scene)).status).toBe('in_process')
  })

  test('that nobody worked on is taken up by whoever comes by, and not while somebody does', async () => {
    const scene = await asked()
    await resumeLaunches(app.deps)
    expect(await requestOf(scene)).toMatchObject({ answered_at: null })
    await shiftClock(database, '16 seconds')
    await heldBy(scene, () => resumeLaunches(app.deps))
    expect(await requestOf(scene)).toMatchObject({ answered_at: null })
    await resumeLaunches(app.deps)
    expect((await campaignOf(scene)).status).toBe('in_process')
  })

  test('can be withdrawn until somebody works on it', async () => {
    const scene = await asked()
    expect(await heldBy(scene, () => withdrawLaunch(app.deps, scene.viewer, scene.id))).toMatchObject({ ok: false, reason: 'running' })
    expect(await withdrawLaunch(app.deps, scene.viewer, scene.id)).toMatchObject({ ok: true })
    await work(scene)
    expect(await countWritten(database.db, scene.id)).toEqual(NOTHING_WRITTEN)
    expect(await withdrawLaunch(app.deps, scene.viewer, scene.id)).toMatchObject({ ok: false, reason: 'answered' })
  })
})

describe('the page of such a launch', () => {
  const address = ({ id }: Asked) => `/campaigns/${id}/launching`

  test('is where « Envoyer » leads above 2,000, and leads on to the campaign', async () => {
    const scene = await ready(2_001)
    await saveSetting(database.db, scene.scope, 'campaign.typed_confirmation_from', 1_000_000)
    const visitor = await app.signIn(scene.user)
    const check = await visitor.get(`/campaigns/${scene.id}/check`)
    const page = await visitor.submit(check, { checked: '1' }, { form: '/launch' })
    expect([page.url, page.heading]).toEqual([address(scene), 'Préparation de l’envoi'])
    expect(page.text).toContain('La préparation commence')
    // A second click on the same page, and the addresses of the draft: all lead here.
    expect((await visitor.submit(check, { checked: '1' }, { form: '/launch' })).url).toBe(address(scene))
    for (const other of ['', '/check']) expect((await visitor.get(`/campaigns/${scene.id}${other}`)).url).toBe(address(scene))

    await app.deps.queue.drain()
    const campaign = await visitor.get(address(scene))
    expect(campaign.url).toBe(`/campaigns/${scene.id}`)
    expect(nbsp(campaign.text)).toContain('2 001 SMS sont en route')
    expect(await countWritten(database.db, scene.id)).toMatchObject({ recipients: 2_001, messages: 2_001, events: 1 })
  })

  test('shows how far it is while the worker writes, which nobody else can see', async () => {
    const scene = await asked(1_500)
    const visitor = await app.signIn(scene.user)
    let launching: Promise<void> | undefined
    await database.db.transaction().execute(async (trx) => {
      // Somebody changes a record of the second stretch: the launch waits there.
      await sql`select from candidate where company_id = ${scene.scope.companyId} and last_name = 'Martin0001200' for update`.execute(trx)
      launching = work(scene)
      await until(async () => (await requestOf(scene))!.written === 1_000, 'the first stretch is written')
      expect(nbsp((await visitor.get(address(scene))).text)).toContain('1 000 SMS préparés sur 1 500')
      expect(await countWritten(database.db, scene.id)).toEqual(NOTHING_WRITTEN)
    })
    await launching
    expect(nbsp((await visitor.get(address(scene))).text)).toContain('1 500 SMS sont en route')
  })

  test('leads back to the check with the reason, also for who comes later', async () => {
    const scene = await asked()
    await saveSetting(database.db, scene.scope, 'budget.campaign_segments', 2)
    await work(scene)
    const visitor = await app.signIn(scene.user)
    for (let look = 0; look < 2; look++) {
      const page = await visitor.get(address(scene))
      expect(page.url).toBe(`/campaigns/${scene.id}/check`)
      expect(nbsp(page.text)).toContain('Rien n’est parti : le budget de la campagne ne suffit pas.')
    }
    // Another draft by then: the reason was about the one before.
    await database.db.updateTable('campaign').set({ version: 2 }).where('id', '=', scene.id).execute()
    expect(nbsp((await visitor.get(`/campaigns/${scene.id}/check`)).text)).not.toContain('Rien n’est parti')
  })

  test('asks again by itself, and htmx is led on with the end', async () => {
    const scene = await asked()
    const visitor = await app.signIn(scene.user)
    const headers = { 'hx-request': 'true' }
    const piece = await visitor.get(address(scene), headers)
    expect(piece.html).toMatch(/hx-get="[^"]*\/launching"[^>]*hx-trigger="every 1s"/)
    await work(scene)
    const end = await visitor.get(address(scene), headers)
    expect([end.status, end.headers['hx-redirect']]).toEqual([204, `/campaigns/${scene.id}`])
  })

  test('says that no worker is running, or that they are busy, and offers the draft back', async () => {
    const scene = await asked()
    const visitor = await app.signIn(scene.user)
    expect((await visitor.get(address(scene))).text).not.toContain('processus')
    await shiftClock(database, '21 seconds')
    await sql`update provider_account set worked_at = app_now() - interval '2 minutes'`.execute(database.db)
    expect(nbsp((await visitor.get(address(scene))).text)).toContain('Aucun processus d’envoi n’est en marche.')
    await heldBy(scene, async () => expect((await visitor.get(address(scene))).text).not.toContain('processus'))
    await sql`update provider_account set worked_at = app_now()`.execute(database.db)
    const late = await visitor.get(address(scene))
    expect(nbsp(late.text)).toContain('Les processus d’envoi sont occupés')
    const draft = await visitor.submit(late, {}, { form: '/launching' })
    expect(draft.url).toBe(`/campaigns/${scene.id}`)
    expect(nbsp(draft.text)).toContain('La demande est retirée : rien n’est parti.')
    await work(scene)
    expect((await campaignOf(scene)).status).toBe('draft')
  })

  test('belongs to its company, and its draft is left alone meanwhile', async () => {
    const scene = await asked()
    const stranger = await launchScene(database.db)
    expect((await (await app.signIn(stranger.user)).get(address(scene))).status).toBe(404)
    const visitor = await app.signIn(scene.user)
    const page = await visitor.get(address(scene))
    const saved = await visitor.post(page, `/campaigns/${scene.id}/draft`, { version: '1', name: 'Autre', kind: 'availability' })
    expect(saved.url).toBe(address(scene))
    expect(nbsp(saved.text)).toContain('Cette campagne est en préparation')
    expect((await visitor.post(page, `/campaigns/${scene.id}/deletion`, {})).status).toBe(409)
    expect((await campaignOf(scene)).version).toBe(1)
  })
})
