import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { findViewer } from '../../src/auth/queries.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { countWritten, LAUNCH_CONFIG, makeDraft, NOTHING_WRITTEN } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.close())

const deps = () => ({ db: database.db, config: LAUNCH_CONFIG })

type Cast = { viewer: Viewer; scope: CompanyScope; senderId: number; ids: number[] }

async function cast(people: Parameters<typeof makeCandidate>[2][]): Promise<Cast> {
  const { db } = database
  const { scope, senderId } = await makeCompany(db, { name: 'Agence Martin' })
  const user = await makeUser(db, scope, { name: 'Claire' })
  const ids: number[] = []
  for (const person of people) ids.push((await makeCandidate(db, scope, person)).id)
  return { viewer: (await findViewer(db, user.id))!, scope, senderId, ids }
}

async function draftFor(given: Cast) {
  return makeDraft(database.db, given.scope, { createdBy: given.viewer.userId, senderId: given.senderId, candidateIds: given.ids })
}

describe('when the database connection dies in the middle (F-24)', () => {
  afterEach(async () => { await sql`drop trigger if exists die on message`.execute(database.db) })

  test('nothing of the launch remains, and the same key then launches', async () => {
    const given = await cast(Array.from({ length: 12 }, () => ({})))
    const draft = await draftFor(given)
    const launch = { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 12 }
    // The seventh message kills the session that writes it, as a lost server would.
    await sql`create or replace function die() returns trigger language plpgsql as $$
      begin if (select count(*) from message where campaign_id = new.campaign_id) >= 6 then perform pg_terminate_backend(pg_backend_pid()); end if; return new; end $$`.execute(database.db)
    await sql`create trigger die before insert on message for each row execute function die()`.execute(database.db)
    await expect(launchCampaign(deps(), given.viewer, launch)).rejects.toThrow(/terminat/i)
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
    expect((await findCampaign(database.db, given.scope, draft.id))!).toMatchObject({ status: 'draft', version: 1, launch_key: null })

    await sql`drop trigger die on message`.execute(database.db)
    expect(await launchCampaign(deps(), given.viewer, launch)).toEqual({ ok: true, value: { id: draft.id, isRepeat: false } })
    expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: 12, messages: 12, batches: 1 })
  })
})
