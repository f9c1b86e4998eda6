import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { cancelCampaign } from '../../src/campaigns/commands.ts'
import { USUAL_REMINDER } from '../../src/campaigns/reminders.domain.ts'
import { answerReminder, REMINDED_AT_ONCE, REMIND_TASK, requestReminder, resumeReminders, withdrawReminder } from '../../src/campaigns/reminding.commands.ts'
import { undoReminder } from '../../src/campaigns/reminders.commands.ts'
import { holdReminding } from '../../src/campaigns/reminding.queries.ts'
import { registerRemindTasks } from '../../src/campaigns/reminding.tasks.ts'
import { findViewer } from '../../src/auth/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { look, moveMessages, SENT } from '../support/factories/batches.ts'
import { PASSWORD } from '../support/factories/accounts.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { plainSpaces } from '../support/plain-spaces.ts'
import { until } from '../support/sending.ts'

/** A reminder to many is written by a worker while a page shows how far it is; killed, repeated or late, everybody gets one. */

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerRemindTasks })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})
afterEach(() => shiftClock(database, '0'))

type Scene = Awaited<ReturnType<typeof made>>

/** A completed campaign to which nobody has answered. */
async function made(recipients = 3) {
  const sending = await makeSending(database.db, { recipients })
  const { campaignId, scope } = sending
  await moveMessages(database, campaignId, SENT)
  await database.pool.query("update message set submitted_at = app_now() - interval '1 hour' where campaign_id = $1", [campaignId])
  await database.pool.query("update batch set state = 'done', finished_at = app_now() - interval '1 hour' where campaign_id = $1", [campaignId])
  await database.pool.query("update campaign set status = 'completed', finished_at = app_now() - interval '1 hour' where id = $1", [campaignId])
  await saveSetting(database.db, scope, 'campaign.typed_confirmation_from', 1_000_000)
  await saveSetting(database.db, scope, 'campaign.undo_seconds', 60)
  const request = { campaignId, requestKey: randomUUID(), people: recipients, texts: USUAL_REMINDER }
  return { ...sending, request, viewer: (await findViewer(database.db, sending.userId)) as Viewer }
}

const ask = (scene: Scene, more: { requestKey?: string } = {}) => requestReminder(app.deps, scene.viewer, { ...scene.request, ...more })
const work = ({ scope, campaignId }: Scene) => answerReminder(app.deps, scope.companyId, campaignId)
const texts = async ({ campaignId }: Scene) => Number((await database.pool.query('select count(*) from message where campaign_id = $1 and step = 2', [campaignId])).rows[0].count)
const requestOf = ({ campaignId }: Scene) => database.db.selectFrom('reminder_request').select(['refusal', 'written', 'answered_at', 'request_key']).where('campaign_id', '=', campaignId).executeTakeFirstOrThrow()
const tasksOf = async ({ campaignId }: Scene) => Number((await database.pool.query("select count(*) from pgboss.job where name = $1 and (data ->> 'campaignId')::bigint = $2", [REMIND_TASK, campaignId])).rows[0].count)
const answer = async ({ scope, campaignId }: Scene, rank: number) => {
  const { id } = await database.db.selectFrom('recipient').select('id').where('campaign_id', '=', campaignId).where('rank', '=', rank).executeTakeFirstOrThrow()
  return recordAnswer(app.deps, scope, id, { choice: 'yes', availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
}

describe('a reminder that is asked of a worker', () => {
  it('is asked once, however many clicks and tabs, and written once, however many workers', async () => {
    const scene = await made()
    const results = await Promise.all(Array.from({ length: 6 }, (_click, index) => ask(scene, index % 2 === 0 ? {} : { requestKey: randomUUID() })))
    expect(results.filter((result) => result.ok && !result.value.isRepeat)).toHaveLength(1)
    for (const result of results) if (!result.ok) expect(result.reason).toBe('reminding')
    expect(await tasksOf(scene)).toBe(1)
    await Promise.all([work(scene), work(scene), work(scene)].map((one) => one.catch(() => undefined)))
    await work(scene)
    expect([await texts(scene), await requestOf(scene)]).toEqual([3, expect.objectContaining({ refusal: null, written: 3, answered_at: expect.any(Date) })])
    expect(await look(database, scene.campaignId)).toMatchObject({ status: 'in_process', states: ['done', 'planned'], kinds: ['reminded'] })
    // The same click, late.
    expect(await ask(scene, { requestKey: (await requestOf(scene)).request_key })).toEqual({ ok: true, value: { isRepeat: true } })
    expect(await undoReminder(database, scene.viewer, scene.campaignId)).toBe(3)
  })

  it('leaves nothing behind when its worker is killed, and is taken up by whoever comes by; not while somebody is at work', async () => {
    const scene = await made()
    await ask(scene)
    await sql`create function die() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$`.execute(database.db)
    await sql`create trigger die before update of due_at on batch for each row when (new.campaign_id = ${sql.lit(scene.campaignId)}) execute function die()`.execute(database.db)
    await expect(work(scene)).rejects.toThrow(/terminat|connection/i)
    await sql`drop trigger die on batch`.execute(database.db)
    expect([await texts(scene), (await requestOf(scene)).answered_at]).toEqual([0, null])
    expect(await look(database, scene.campaignId)).toMatchObject({ status: 'completed', states: ['done'] })

    await resumeReminders(app.deps)
    expect(await texts(scene)).toBe(0)
    await shiftClock(database, '16 seconds')
    await database.db.transaction().execute(async (trx) => {
      await holdReminding(trx, scene.campaignId)
      await resumeReminders(app.deps)
      await expect(work(scene)).rejects.toThrow(/could not remind now/)
      expect(await withdrawReminder(app.deps, scene.viewer, scene.campaignId)).toMatchObject({ ok: false, reason: 'running' })
    })
    expect(await texts(scene)).toBe(0)
    await resumeReminders(app.deps)
    expect(await texts(scene)).toBe(3)
  })

  it('makes nobody wait who answers meanwhile, and is undone by what stops or closes the campaign while it is written', async () => {
    const [answered, cancelled] = [await made(), await made()]
    await database.pool.query('update campaign set close_at_yes = 1 where id = $1', [answered.campaignId])
    for (const scene of [answered, cancelled]) await ask(scene)
    // Stands still at its first text, as one of many thousand would for a while.
    await sql`create function linger() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(4711); return new; end $$`.execute(database.db)
    await sql`create trigger linger after insert on message for each row when (new.step = 2) execute function linger()`.execute(database.db)
    const written = await database.db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(4711)`.execute(trx)
      const working = [answered, cancelled].map((scene) => work(scene).catch((error: unknown) => error))
      await until(async () => (await database.pool.query("select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())")).rowCount === 2, 'both stand at their first text')
      // The OUI that was wanted closes the campaign at once; nobody waits for the reminder.
      expect(await answer(answered, 1)).toMatchObject({ ok: true })
      await database.pool.query("update campaign set status = 'in_process', finished_at = null where id = $1", [cancelled.campaignId])
      expect(await cancelCampaign(app.deps, cancelled.viewer, cancelled.campaignId, undefined)).toMatchObject({ ok: true })
      return working
    })
    await Promise.all(written)
    await sql`drop trigger linger on message`.execute(database.db)
    for (const [scene, refusal] of [[answered, 'closed'], [cancelled, 'moved']] as const) {
      await work(scene)
      expect([await texts(scene), (await requestOf(scene)).refusal]).toEqual([0, refusal])
    }
    expect((await database.pool.query("select params ->> 'reason' as reason from notification where kind = 'campaign_error' and campaign_id = $1", [answered.campaignId])).rows).toEqual([{ reason: 'reminder' }])
  })

  it('can be withdrawn until somebody works on it', async () => {
    const scene = await made()
    await ask(scene)
    expect(await withdrawReminder(app.deps, scene.viewer, scene.campaignId)).toEqual({ ok: true, value: true })
    await work(scene)
    expect(await texts(scene)).toBe(0)
    expect(await withdrawReminder(app.deps, scene.viewer, scene.campaignId)).toMatchObject({ ok: false, reason: 'answered' })
  })
})

describe('the page of such a reminder', () => {
  it('is where the button leads above 2,000, says how far it is, and leads on to the campaign or back to the words', async () => {
    const scene = await made()
    const visitor = plainSpaces(await app.signIn({ ...(await database.db.selectFrom('app_user').select(['email']).where('id', '=', scene.userId).executeTakeFirstOrThrow()), password: PASSWORD }))
    const form = await visitor.get(`/campaigns/${scene.campaignId}/reminder`)
    const page = await visitor.submit(form, { people: String(REMINDED_AT_ONCE + 1) }, { form: '/reminder', button: 'Relancer 3 personnes' })
    expect([page.url, page.heading]).toEqual([`/campaigns/${scene.campaignId}/reminding`, 'Préparation de la relance'])
    expect((await visitor.get(`/campaigns/${scene.campaignId}/reminder`)).url).toBe(page.url)
    await database.pool.query('update reminder_request set written = 1200 where campaign_id = $1', [scene.campaignId])
    expect((await visitor.fragment(page.url)).text.replaceAll('\u202f', ' ')).toContain('1 200 SMS préparés sur 2 001')
    expect((await visitor.get(`/campaigns/${scene.campaignId}`)).text).toContain('Relance en préparation : 1 200 SMS préparés sur 2 001.')
    await work(scene)
    const shown = await visitor.get(page.url)
    expect(shown.url).toBe(`/campaigns/${scene.campaignId}`)
    expect(shown.text).toMatch(/La relance de 3 personnes part bientôt.*Relance de 3 personnes : départ dans \d+ secondes/)
    await undoReminder(database, scene.viewer, scene.campaignId)

    const again = await visitor.submit(await visitor.get(`/campaigns/${scene.campaignId}/reminder`), { people: String(REMINDED_AT_ONCE + 1), reminder_fr: 'Encore vous, {prenom|} : {lien}' }, { form: '/reminder', button: 'Relancer 3 personnes' })
    await database.pool.query('update campaign set closed_at = app_now() where id = $1', [scene.campaignId])
    await work(scene)
    const back = await visitor.get(again.url)
    expect(back.url).toBe(`/campaigns/${scene.campaignId}/reminder`)
    expect(back.text).toContain('La campagne est close : rouvrez-la d’abord.')
    expect(back.html).toContain('Encore vous, {prenom|}')
    await advanceCampaigns(database)
  })
})
