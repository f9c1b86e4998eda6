import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asksForReply } from '../../src/campaigns/replies.domain.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { addBlock, saveCountries } from '../../src/companies/countries.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { measureSms } from '../../src/sms/segments.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { composeScene, launchScene } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

type Scope = Awaited<ReturnType<typeof launchScene>>['scope']

async function addSender(scope: Scope, given: { poolId?: number; pool?: string; address: string; stop?: string; receives?: boolean; countries?: string[] }) {
  const { db } = database
  const poolId = given.poolId ?? (await db.insertInto('sender_pool').values({ company_id: scope.companyId, name: given.pool ?? 'Autre' }).returning('id').executeTakeFirstOrThrow()).id
  const row = { company_id: scope.companyId, pool_id: poolId, label: given.address, address: given.address, can_receive: given.receives ?? true, stop_text: given.stop ?? '', countries: given.countries ?? [] }
  return { poolId, id: (await db.insertInto('sms_sender').values(row).returning('id').executeTakeFirstOrThrow()).id }
}

async function poolOf(senderId: number): Promise<number> {
  return (await database.db.selectFrom('sms_sender').select('pool_id').where('id', '=', senderId).executeTakeFirstOrThrow()).pool_id
}

describe('each text leaves from a sender of the pool that fits its number', () => {
  test('closed with that very sender’s STOP words, and always the same for a number', async () => {
    const given = await launchScene(database.db, { people: 40 })
    const { db } = database
    const poolId = await poolOf(given.senderId)
    await addSender(given.scope, { poolId, address: '38048', stop: 'STOP au 38048' })
    await addSender(given.scope, { poolId, address: '3255', stop: 'STOP 3255', countries: ['BE'] })
    const belgian = await makeCandidate(db, given.scope, { mobile: '+32 470 12 34 56' })
    const sent = async () => {
      const draft = await given.draft({ kind: 'simple', texts: { fr: 'Agence Martin : {lien}\n{stop}' } })
      expect(await given.launch(draft)).toMatchObject({ ok: true })
      return db.selectFrom('message').select(['e164', 'sender', 'body', 'segments']).where('campaign_id', '=', draft.id).orderBy('e164').execute()
    }
    const rows = await sent()
    expect(rows).toHaveLength(41)
    for (const { e164, sender, body, segments } of rows) {
      if (e164 === belgian.e164) expect([sender, body.endsWith('STOP 3255')]).toEqual(['3255', true])
      else expect(body.endsWith(sender === '38047' ? 'STOP 38047' : 'STOP au 38048')).toBe(true)
      expect(segments).toBe(measureSms(body).segments)
    }
    expect(new Set(rows.map(({ sender }) => sender))).toEqual(new Set(['38047', '38048', '3255']))
    expect((await sent()).map(({ sender }) => sender)).toEqual(rows.map(({ sender }) => sender))
    // Another sender takes over some numbers, and the others keep theirs.
    const { id } = await addSender(given.scope, { poolId, address: '38049', stop: 'STOP 38049' })
    const after = await sent()
    for (const [i, { sender }] of after.entries()) if (sender !== '38049') expect(sender).toBe(rows[i]!.sender)
    await db.updateTable('sms_sender').set({ archived_at: new Date() }).where('id', '=', id).execute()
    expect((await sent()).map(({ sender }) => sender)).toEqual(rows.map(({ sender }) => sender))
  })

  test('a name is not used where it is not shown; whom no sender reaches has a line of their own', async () => {
    const given = await launchScene(database.db, { people: 1 })
    const { db } = database
    const { id } = await addSender(given.scope, { address: 'MARTIN', receives: false })
    await saveSetting(db, given.scope, 'sms.allowed_countries', ['FR', 'US'])
    await makeCandidate(db, given.scope, { mobile: '+1 202 555 0123' })
    const draft = await given.draft({ senderId: id, kind: 'simple', texts: { fr: 'Agence Martin : {lien}' } })
    expect(await given.launch(draft)).toMatchObject({ ok: true })
    expect((await findCampaign(db, given.scope, draft.id))!.audience_counts).toMatchObject({ total: 2, no_sender: 1, recipients: 1 })
  })

  test('a pool out of use launches nothing', async () => {
    const given = await launchScene(database.db)
    await database.db.updateTable('sms_sender').set({ archived_at: new Date() }).where('id', '=', given.senderId).execute()
    expect(await given.launch(await given.draft())).toMatchObject({ ok: false, reason: 'no_sender' })
  })
})

describe('destinations that the provider refuses', () => {
  test('have a line of their own, from their day on, after the company’s own countries (S104, S106)', async () => {
    const given = await launchScene(database.db, { people: 2 })
    const { db } = database
    const reunion = await makeCandidate(db, given.scope, { mobile: '+262 692 12 34 56' })
    await makeCandidate(db, given.scope, { mobile: '+262 639 01 23 45' })
    await saveCountries({ db }, given.viewer, { add: 'RE', remove: [], prices: [], currency: 'EUR' })
    await saveSetting(db, given.scope, 'sms.block_lists', ['sms_central'])
    const draft = await given.draft()
    expect(await given.launch(draft)).toMatchObject({ ok: true })
    expect((await findCampaign(db, given.scope, draft.id))!.audience_counts).toMatchObject({ total: 4, destination_blocked: 1, country_blocked: 1, recipients: 2 })
    const frozen = await db.selectFrom('campaign_exclusion').select('candidate_id').where('campaign_id', '=', draft.id).where('reason', '=', 'destination_blocked').execute()
    expect(frozen).toEqual([{ candidate_id: reunion.id }])
    await saveSetting(db, given.scope, 'sms.lifted_destinations', ['RE'])
    await addBlock({ db }, given.viewer, { country: 'RE', from: '2999-01-01' })
    const later = await given.draft()
    expect(await given.launch(later)).toMatchObject({ ok: true })
    expect((await findCampaign(db, given.scope, later.id))!.audience_counts).toMatchObject({ destination_blocked: 0, recipients: 3 })
  })
})

describe('no reply is promised where none can come', () => {
  test.each([
    ['Répondez OUI au 38047', true], ['Répondre OUI ou NON par SMS', true], ['Merci de répondre à ce SMS', true], ['Renvoyez 1 si vous venez', true], ['Reply YES to this text', true],
    ['Répondez ici : {lien}', false], ['Indiquez vos disponibilités : {lien}', false], ['Merci de cliquer sur le lien', false], ['Tap the link to answer', false],
  ])('« %s »: %s', (body, isInvited) => {
    expect(asksForReply(body) !== undefined).toBe(isInvited)
  })

  test('the composer warns for a name, and not for a number that receives', async () => {
    const given = await composeScene(database, app)
    const visitor = plainSpaces(given.visitor)
    await addSender(given.scope, { address: 'MARTIN', receives: false, pool: 'Nom' })
    const made = await visitor.post(visitor.home, '/campaigns', { ids: given.ids[0]! })
    const id = Number(/\/campaigns\/(\d+)/.exec(made.url)![1])
    const text = 'Agence Martin : répondez OUI. {lien}\n{stop}'
    const numbered = await visitor.submit(made, { text_fr: text }, { form: '/draft', button: 'Enregistrer' })
    expect(numbered.text).not.toContain('invite à répondre par SMS')
    expect(numbered.text).toContain('Les candidats peuvent aussi répondre par SMS')
    const mute = await database.db.selectFrom('sms_sender').select('id').where('company_id', '=', given.scope.companyId).where('address', '=', 'MARTIN').executeTakeFirstOrThrow()
    const named = await visitor.submit(numbered, { sender: String(mute.id) }, { form: '/draft', button: 'Enregistrer' })
    expect(named.text).toContain('invite à répondre par SMS')
    expect(named.text).toContain('le lien est le seul moyen de répondre')
    const check = await visitor.get(`/campaigns/${id}/check`)
    expect(check.text).toContain('invite à répondre par SMS')
  })
})
