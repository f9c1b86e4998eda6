import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findViewer } from '../../src/auth/queries.ts'
import { advanceCampaigns, holdAfterGap } from '../../src/campaigns/advance.commands.ts'
import { cancelCampaign, pauseCampaign } from '../../src/campaigns/commands.ts'
import { answerRequest, requestLaunch } from '../../src/campaigns/launching.commands.ts'
import { releaseCampaign, rescheduleCampaign, resumeCampaign } from '../../src/campaigns/replan.commands.ts'
import { undoLaunch } from '../../src/campaigns/undo.commands.ts'
import { confirmImport, startCheck, uploadImport } from '../../src/candidates/imports.commands.ts'
import { registerImportTasks } from '../../src/candidates/imports.tasks.ts'
import { registerLaunchTasks } from '../../src/campaigns/launching.tasks.ts'
import { suspendCampaign } from '../../src/messaging/suspension.queries.ts'
import { SEVERITY } from '../../src/notifications/domain.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { launchScene } from '../support/factories/campaigns.ts'

/** What happens to a campaign reaches its sender in the transaction in which it happens (S37, S113). */

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: (deps) => { registerImportTasks(deps); registerLaunchTasks(deps) } })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const kindsOf = async (userId: number) => (await database.db.selectFrom('notification').select(['kind', 'params']).where('user_id', '=', userId).orderBy('id').execute()).map(({ kind, params }) => [kind, params as Record<string, unknown>] as const)
const start = { on: new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10), time: '10:00', zone: 'Europe/Paris' }

it('the eight have the severities that were asked for', () => {
  const asked = { campaign_scheduled: 'info', campaign_paused: 'warning', campaign_suspended: 'warning', campaign_resumed: 'info', campaign_cancelled: 'info', batch_sent: 'info', campaign_completed: 'info', campaign_error: 'error' }
  expect(SEVERITY).toMatchObject(asked)
})

it('scheduled, by its launch; and nothing happened to one that was taken back', async () => {
  const scene = await launchScene(database.db, { people: 3, company: { undoSeconds: 60 } })
  const { viewer } = scene
  const draft = await scene.draft()
  expect(await scene.launch(draft)).toMatchObject({ ok: true })
  expect(await kindsOf(viewer.userId)).toEqual([['campaign_scheduled', expect.objectContaining({ event: 'launched', recipients: 3 })]])
  expect(await undoLaunch(app.deps, viewer, draft.id)).toMatchObject({ ok: true })
  expect(await kindsOf(viewer.userId)).toEqual([])
})

it('a launch that a worker refused is an error, told once', async () => {
  const scene = await launchScene(database.db, { people: 2 })
  const { viewer } = scene
  const draft = await scene.draft()
  expect(await requestLaunch(app.deps, viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 1 })).toMatchObject({ ok: true })
  await app.deps.queue.drain()
  await answerRequest(app.deps, viewer.scope.companyId, draft.id)
  expect(await kindsOf(viewer.userId)).toEqual([['campaign_error', { reason: 'launch' }]])
})

it('paused, resumed, rescheduled, suspended, released and cancelled, whoever did it', async () => {
  const { campaignId, scope, userId } = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1, due: '-1 minute', state: 'running' }, { recipients: 1, due: '1 day' }] })
  const viewer = (await findViewer(database.db, userId))!
  await pauseCampaign(app.deps, viewer, campaignId)
  await pauseCampaign(app.deps, viewer, campaignId)
  expect(await resumeCampaign(app.deps, viewer, campaignId, { start, allowWeekends: true })).toMatchObject({ ok: true })
  expect(await rescheduleCampaign(app.deps, viewer, campaignId, { start: { ...start, time: '11:00' }, allowWeekends: true })).toMatchObject({ ok: true })
  const campaign = { companyId: scope.companyId, campaignId }
  expect([await suspendCampaign(database.db, campaign, 'drop_rate', { failed: 9 }), await suspendCampaign(database.db, campaign, 'drop_rate', { failed: 9 })]).toEqual([true, false])
  expect(await releaseCampaign(app.deps, viewer, campaignId, { start, allowWeekends: true })).toMatchObject({ ok: true })
  expect(await cancelCampaign(app.deps, viewer, campaignId)).toMatchObject({ ok: true })
  expect((await kindsOf(userId)).map(([kind, { event }]) => `${kind} ${event}`)).toEqual([
    'campaign_paused paused', 'campaign_resumed resumed', 'campaign_scheduled rescheduled', 'campaign_suspended suspended', 'campaign_resumed released', 'campaign_cancelled cancelled',
  ])
})

it('a batch sent, the end, a batch that missed its time, and a gap in which nobody was at work', async () => {
  const sent = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 2, due: '-1 minute', state: 'running' }] })
  await moveMessages(database, sent.campaignId, SENT)
  await Promise.all([advanceCampaigns(app.deps), advanceCampaigns(app.deps)])
  await advanceCampaigns(app.deps)
  expect((await kindsOf(sent.userId)).map(([kind, { no, messages }]) => [kind, no, messages])).toEqual([['batch_sent', 1, 2], ['campaign_completed', undefined, undefined]])
  const missed = await makePlanned(database, { batches: [{ recipients: 1, due: '-2 hours' }] })
  await advanceCampaigns(app.deps)
  expect(await kindsOf(missed.userId)).toEqual([['campaign_paused', expect.objectContaining({ event: 'batch_held', no: 1 })]])
  const gap = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 1, due: '-2 hours', state: 'running' }] })
  await database.pool.query("update provider_account set worked_at = app_now() - interval '2 hours'")
  await holdAfterGap(app.deps)
  expect((await kindsOf(gap.userId)).map(([kind]) => kind)).toEqual(['campaign_paused'])
})

it('an import that is finished, to whoever asked for it', async () => {
  const { userId, scope } = await makePlanned(database, { batches: [{ recipients: 1, due: '1 day' }] })
  const file = await uploadImport(app.deps, scope, userId, { name: 'gens.csv', bytes: Buffer.from('Prénom;Nom;Mobile\nAna;Un;0639980011\nBob;Deux;0639980012\n') })
  if (!file.ok) throw new Error(file.reason)
  const { mapping } = await database.db.selectFrom('candidate_import').select('mapping').where('id', '=', file.value.id).executeTakeFirstOrThrow()
  expect(await startCheck(app.deps, scope, file.value.id, mapping as Parameters<typeof startCheck>[3])).toMatchObject({ ok: true })
  await app.deps.queue.drain()
  expect(await kindsOf(userId)).toEqual([])
  expect(await confirmImport(app.deps, scope, file.value.id)).toMatchObject({ ok: true })
  await app.deps.queue.drain()
  expect(await kindsOf(userId)).toEqual([['import_finished', { importId: file.value.id, event: 'completed', count: 2 }]])
})
