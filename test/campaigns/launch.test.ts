import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { EXCLUSION_REASONS } from '../../src/consent/domain.ts'
import { findViewer } from '../../src/auth/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { countWritten, LAUNCH_CONFIG, launchScene, makeDraft, NOTHING_WRITTEN } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.close())

const deps = () => ({ db: database.db, config: LAUNCH_CONFIG })

type Cast = { viewer: Viewer; scope: CompanyScope; senderId: number; ids: number[] }

async function cast(people: Parameters<typeof makeCandidate>[2][] = [{ firstName: 'Amadou' }, { firstName: 'Léa' }, { firstName: 'Hugo', optedOut: true }]): Promise<Cast> {
  const { db } = database
  const { scope, senderId } = await makeCompany(db, { name: 'Agence Martin' })
  const user = await makeUser(db, scope, { name: 'Claire' })
  const ids: number[] = []
  for (const person of people) ids.push((await makeCandidate(db, scope, person)).id)
  return { viewer: (await findViewer(db, user.id))!, scope, senderId, ids }
}

async function draftFor(given: Cast, more: Partial<Parameters<typeof makeDraft>[2]> = {}) {
  return makeDraft(database.db, given.scope, { createdBy: given.viewer.userId, senderId: given.senderId, candidateIds: given.ids, ...more })
}

describe('launching a campaign', () => {
  test('freezes the audience and every text, and begins the first batch', async () => {
    const given = await cast([{ firstName: 'Amadou' }, { firstName: '' }, { optedOut: true }, { mobile: null }, { lastName: 'Zed', mobile: '+33639987777' }, { lastName: 'Abel', mobile: '+33639987777' }])
    const draft = await draftFor(given, { texts: { fr: 'Bonjour {prenom|}, {agence} : {lien}' } })
    const result = await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 3 })
    expect(result).toEqual({ ok: true, value: { id: draft.id, isRepeat: false } })
    expect(await countWritten(database.db, draft.id)).toEqual({ recipients: 3, messages: 3, batches: 1, exclusions: 3, profiles: 4, events: 1 })

    const campaign = (await findCampaign(database.db, given.scope, draft.id))!
    expect(campaign).toMatchObject({ status: 'in_process', launched_by: given.viewer.userId, is_open: true })
    const counts = campaign.audience_counts!
    expect(counts).toMatchObject({ total: 6, no_number: 1, opted_out: 1, duplicate_number: 1, recipients: 3 })
    expect(counts.total - EXCLUSION_REASONS.reduce((sum, reason) => sum + counts[reason], 0)).toBe(counts.recipients)

    const messages = await database.db
      .selectFrom('message as m').innerJoin('recipient as r', 'r.id', 'm.recipient_id').innerJoin('batch as b', 'b.id', 'm.batch_id').innerJoin('short_link as l', 'l.code', 'r.code')
      .select(['m.body', 'm.state', 'm.segments', 'm.sender', 'r.code', 'r.e164', 'm.e164 as to', 'b.state as batch_state', 'b.no', 'l.expires_at'])
      .where('m.campaign_id', '=', draft.id).orderBy('r.rank').execute()
    for (const message of messages) {
      expect(message).toMatchObject({ state: 'queued', segments: 1, sender: '38047', batch_state: 'running', no: 1, e164: message.to })
      expect(message.expires_at!.getTime()).toBeGreaterThan(campaign.closes_at!.getTime())
    }
    expect(messages.map((message) => message.body.replace(message.code, 'CODE')).sort()).toEqual([
      'Bonjour Amadou, Agence Martin : https://sms.example/CODE\nSTOP 38047',
      'Bonjour Camille, Agence Martin : https://sms.example/CODE\nSTOP 38047',
      'Bonjour, Agence Martin : https://sms.example/CODE\nSTOP 38047',
    ])
  })

  test('a later edit of the candidate changes nothing of what was frozen', async () => {
    const given = await cast([{ firstName: 'Amadou' }])
    const draft = await draftFor(given)
    await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 1 })
    await database.db.updateTable('candidate').set({ first_name: 'Autre' }).where('id', '=', given.ids[0]!).execute()
    const { body } = await database.db.selectFrom('message').select('body').where('campaign_id', '=', draft.id).executeTakeFirstOrThrow()
    expect(body).toContain('Bonjour Amadou')
  })

  test('eight clicks at once, with one key or with eight, launch once', async () => {
    for (const keyFor of [() => 'b7f1c6de-5a0e-4a52-9a55-000000000001', () => randomUUID()]) {
      const given = await cast()
      const draft = await draftFor(given)
      const results = await Promise.all(
        Array.from({ length: 8 }, () => launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: keyFor(), recipients: 2 })),
      )
      expect(results.filter((result) => result.ok && !result.value.isRepeat)).toHaveLength(1)
      for (const result of results) if (!result.ok) expect(result.reason).toBe('launched')
      expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: 2, messages: 2, batches: 1, events: 1 })
    }
  })

  test('ten recruiters at once launch once (P6)', async () => {
    const scene = await launchScene(database.db, { people: 40 })
    const draft = await scene.draft()
    const users = await Promise.all(Array.from({ length: 10 }, () => makeUser(database.db, scene.scope)))
    const results = await Promise.all(users.map(({ id }) => scene.launch(draft, {}, { scope: scene.scope, userId: id })))
    expect(results.filter((result) => result.ok)).toHaveLength(1)
    for (const result of results) if (!result.ok) expect(['launched', 'busy']).toContain(result.reason)
    expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: 40, messages: 40, batches: 1, events: 1 })
  })

  test('the same key later shows the same result; another key is told that it was launched', async () => {
    const given = await cast()
    const draft = await draftFor(given)
    const launch = { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 2 }
    await launchCampaign(deps(), given.viewer, launch)
    expect(await launchCampaign(deps(), given.viewer, launch)).toEqual({ ok: true, value: { id: draft.id, isRepeat: true } })
    expect(await launchCampaign(deps(), given.viewer, { ...launch, launchKey: randomUUID() })).toMatchObject({ ok: false, reason: 'launched' })
    expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: 2, messages: 2 })
  })

  test('a key that launched another campaign launches nothing', async () => {
    const given = await cast()
    const launchKey = randomUUID()
    const first = await draftFor(given)
    const second = await draftFor(given)
    await launchCampaign(deps(), given.viewer, { campaignId: first.id, version: 1, launchKey, recipients: 2 })
    expect(await launchCampaign(deps(), given.viewer, { campaignId: second.id, version: 1, launchKey, recipients: 2 })).toMatchObject({ ok: false, reason: 'stale' })
    expect(await countWritten(database.db, second.id)).toEqual(NOTHING_WRITTEN)
  })

  test('a version other than the one shown is refused', async () => {
    const given = await cast()
    const draft = await draftFor(given)
    await database.db.updateTable('campaign').set({ version: 2 }).where('id', '=', draft.id).execute()
    expect(await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 2 })).toMatchObject({ ok: false, reason: 'stale' })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
  })

  test('nobody beyond the number on the button is texted', async () => {
    const given = await cast()
    const draft = await draftFor(given)
    expect(await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 1 })).toMatchObject({ ok: false, reason: 'grown' })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
  })

  test('somebody who opted out since the check is left out (S46)', async () => {
    const given = await cast()
    const draft = await draftFor(given)
    const result = await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 3 })
    expect(result.ok).toBe(true)
    expect(await countWritten(database.db, draft.id)).toMatchObject({ recipients: 2, exclusions: 1 })
  })

  test.each([
    ['nobody is left', [{ optedOut: true }], {}, 'nobody'],
    ['a field is empty for somebody and has no fallback', [{ firstName: '' }], { texts: { fr: 'Bonjour {prenom}' } }, 'incomplete'],
    ['the text names a field that does not exist', [{}], { texts: { fr: 'Bonjour {surnom}' } }, 'text'],
    ['there is no text', [{}], { texts: {} }, 'text'],
  ])('is refused when %s', async (_case, people, more, reason) => {
    const given = await cast(people)
    const draft = await draftFor(given, more)
    expect(await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 10 })).toMatchObject({ ok: false, reason })
    expect(await countWritten(database.db, draft.id)).toEqual(NOTHING_WRITTEN)
    expect((await findCampaign(database.db, given.scope, draft.id))!.status).toBe('draft')
  })

  test('is refused when the company’s sending is switched off (S3)', async () => {
    const given = await cast()
    const draft = await draftFor(given)
    await database.db.updateTable('company').set({ can_send_sms: false }).where('id', '=', given.scope.companyId).execute()
    expect(await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 2 })).toMatchObject({ ok: false, reason: 'sms_off' })
  })

  test('a list longer than the company’s limit is cut to the best-ranked (S26, S44)', async () => {
    const given = await cast([{ lastName: 'Bernard' }, { lastName: 'Adam' }, { lastName: 'Chevalier' }])
    await saveSetting(database.db, given.scope, 'campaign.recipient_limit', 2)
    const draft = await draftFor(given)
    await launchCampaign(deps(), given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 2 })
    const left = await database.db.selectFrom('campaign_exclusion').select(['candidate_id', 'reason']).where('campaign_id', '=', draft.id).execute()
    expect(left).toEqual([{ candidate_id: given.ids[2], reason: 'over_limit' }])
  })

  test('another company’s draft does not exist', async () => {
    const given = await cast()
    const draft = await draftFor(given)
    const stranger = await cast([])
    await expect(launchCampaign(deps(), stranger.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 2 })).rejects.toMatchObject({ kind: 'not-found' })
  })
})
