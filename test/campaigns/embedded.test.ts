import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerLaunchTasks } from '../../src/campaigns/launching.tasks.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import type { OpenDatabase } from '../../src/db/pool.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createEmbeddedDatabase } from '../support/embedded.ts'
import { countWritten, launchScene, NOTHING_WRITTEN } from '../support/factories/campaigns.ts'

let database: OpenDatabase
let app: TestApp
beforeAll(async () => {
  database = await createEmbeddedDatabase()
  app = await startTestApp(database, { embedded: true, registerTasks: registerLaunchTasks })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

it('a long launch goes through the one session of the embedded database, and is taken back through it', async () => {
  const scene = await launchScene(database.db, { people: 2_300, company: { undoSeconds: 600 } })
  await saveSetting(database.db, scene.scope, 'campaign.typed_confirmation_from', 1_000_000)
  const { id } = await scene.draft()
  const visitor = await app.signIn(scene.user)
  const waiting = await visitor.submit(await visitor.get(`/campaigns/${id}/check`), { checked: '1' }, { form: '/launch' })
  expect(waiting.url).toBe(`/campaigns/${id}/launching`)

  // The page asks while the launch has the session: it waits for it, and is then led on.
  const [after] = await Promise.all([app.deps.queue.drain().then(() => visitor.get(waiting.url)), visitor.get(waiting.url)])
  expect(after.url).toBe(`/campaigns/${id}`)
  expect(await countWritten(database.db, id)).toMatchObject({ recipients: 2_300, messages: 2_300, batches: 1 })

  const draft = await visitor.post(after, `/campaigns/${id}/undo`, {})
  expect(draft.text).toContain('aucun SMS n’est parti')
  expect(await countWritten(database.db, id)).toEqual({ ...NOTHING_WRITTEN, events: 1 })
  expect((await findCampaign(database.db, scene.scope, id))!.status).toBe('draft')
})
