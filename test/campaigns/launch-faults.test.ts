import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { answerRequest, requestLaunch } from '../../src/campaigns/launching.commands.ts'
import { findLaunchRequest } from '../../src/campaigns/launching.queries.ts'
import { registerLaunchTasks } from '../../src/campaigns/launching.tasks.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { startTestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { countWritten, launchScene, NOTHING_WRITTEN } from '../support/factories/campaigns.ts'
import { startLine, until } from '../support/sending.ts'
import { startWorkerProcess } from '../support/worker.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.close())

/** The session that writes so many texts of a campaign is lost, as with a server that dies. */
async function dieAfter(texts: number): Promise<void> {
  await sql`create or replace function die() returns trigger language plpgsql as ${sql.raw(`$$
    begin if (select count(*) from message where campaign_id = new.campaign_id) >= ${texts} then perform pg_terminate_backend(pg_backend_pid()); end if; return new; end $$`)}`.execute(database.db)
  await sql`create trigger die before insert on message for each row execute function die()`.execute(database.db)
}

/** Whoever writes more texts of a campaign than so many waits in the middle, until the session that is returned ends. */
async function holdAfter(texts: number): Promise<pg.Client> {
  const holder = new pg.Client(database.url)
  await holder.connect()
  await holder.query('select pg_advisory_lock(24)')
  await sql`create or replace function hold() returns trigger language plpgsql as ${sql.raw(`$$
    begin if (select count(*) from message where campaign_id = new.campaign_id) >= ${texts} then perform pg_advisory_xact_lock_shared(24); end if; return new; end $$`)}`.execute(database.db)
  await sql`create trigger hold before insert on message for each row execute function hold()`.execute(database.db)
  return holder
}

const live = () => sql`drop trigger if exists die on message`.execute(database.db)

describe('when the database connection dies in the middle (F-24)', () => {
  afterEach(live)

  test.each([['first', 12, 6], ['second', 1_012, 1_004]])('of the %s stretch, nothing of the launch remains, and the same key then launches', async (_stretch, people, texts) => {
    const scene = await launchScene(database.db, { people })
    const draft = await scene.draft()
    const launchKey = randomUUID()
    await dieAfter(texts)
    await expect(scene.launch(draft, { launchKey })).rejects.toThrow(/terminat/i)
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
    expect(await findCampaign(database.db, scene.scope, draft.id)).toMatchObject({ status: 'draft', version: 1, launch_key: null })
    const { rows } = await sql<{ links: number }>`select count(*) as links from short_link where company_id = ${scene.scope.companyId}`.execute(database.db)
    expect(rows[0]).toEqual({ links: 0 })

    await live()
    expect(await scene.launch(draft, { launchKey })).toEqual({ ok: true, value: { id: draft.id, isRepeat: false } })
    expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: people, messages: people, batches: 1 })
  })
})

describe('when a long launch is killed', () => {
  test('by a lost database, its worker tries again and nobody is told that it failed (F-24)', async () => {
    const app = await startTestApp(database, { registerTasks: registerLaunchTasks })
    try {
      const scene = await launchScene(database.db, { people: 20 })
      const { id } = await scene.draft()
      await requestLaunch(app.deps, scene.viewer, { campaignId: id, version: 1, launchKey: randomUUID(), recipients: 20 })
      await dieAfter(9)
      await expect(answerRequest(app.deps, scene.scope.companyId, id)).rejects.toThrow(/terminat/i)
      expect(await findLaunchRequest(database.db, scene.scope, id)).toMatchObject({ answered_at: null, refusal: null })
      await live()
      await answerRequest(app.deps, scene.scope.companyId, id)
      expect(await countWritten(database.db, id)).toMatchObject({ recipients: 20, messages: 20, batches: 1, events: 1 })
    } finally {
      await live()
      await app.close()
    }
  })

  test('with its web process gone and its worker killed, another worker makes it, once and whole (F-24)', async () => {
    const people = 1_012
    const [line, web, holder] = [await startLine(database), await startTestApp(database, { registerTasks: registerLaunchTasks }), await holdAfter(1_004)]
    const scene = await launchScene(database.db, { people })
    const { id } = await scene.draft({ start: { on: '2099-03-02', time: '10:00' } })
    const written = async () => (await findLaunchRequest(database.db, scene.scope, id))!.written
    try {
      await requestLaunch(web.deps, scene.viewer, { campaignId: id, version: 1, launchKey: randomUUID(), recipients: people })
      await web.close()
      const first = await startWorkerProcess(database.url, line)
      await until(async () => (await written()) > 0, 'the first worker writes')
      await first.kill()
      await holder.end()
      expect(await countWritten(database.db, id)).toEqual(NOTHING_WRITTEN)

      await sql`update launch_request set requested_at = app_now() - interval '1 minute' where campaign_id = ${id}`.execute(database.db)
      const second = await startWorkerProcess(database.url, line)
      await until(async () => (await findCampaign(database.db, scene.scope, id))!.status === 'scheduled', 'the second worker has launched it')
      await second.stop()
      expect(await countWritten(database.db, id)).toMatchObject({ recipients: people, messages: people, batches: 1, profiles: people, events: 1 })
      expect(await findLaunchRequest(database.db, scene.scope, id)).toMatchObject({ refusal: null, answered_at: expect.any(Date) })
    } finally {
      await line.close()
    }
  })
})
