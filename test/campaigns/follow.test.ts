import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findViewer } from '../../src/auth/queries.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeDraft } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

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

const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

/** A launched campaign to four people: Amadou said YES with dates, Léa NO, Hugo and Inès have not answered. */
async function scene(given: { role?: 'recruiter' | 'reader'; name?: string } = {}) {
  const { db } = database
  const { scope, senderId, id: companyId } = await makeCompany(db, { name: 'Agence Martin' })
  const user = await makeUser(db, scope, { name: 'Claire Bernard' })
  const viewer = (await findViewer(db, user.id))!
  const people: { id: number }[] = []
  for (const firstName of ['Amadou', 'Léa', 'Hugo', 'Inès']) people.push(await makeCandidate(db, scope, { firstName, lastName: 'Traoré' }))
  people.push(await makeCandidate(db, scope, { firstName: 'Noé', lastName: 'Stop', optedOut: true }))
  const draft = await makeDraft(db, scope, { createdBy: user.id, senderId, candidateIds: people.map((person) => person.id), name: given.name ?? 'Coffreurs Lyon' })
  await launchCampaign({ db, config: app.deps.config }, viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 4 })
  const recipients = await db.selectFrom('recipient').select(['id', 'candidate_id']).where('campaign_id', '=', draft.id).execute()
  const recipientOf = (index: number) => recipients.find((recipient) => recipient.candidate_id === people[index]!.id)!.id
  const answer = (index: number, choice: 'yes' | 'no', more: Record<string, unknown> = {}) =>
    db.insertInto('answer').values({ company_id: companyId, recipient_id: recipientOf(index), choice, source: 'link', ...more }).execute()
  await answer(0, 'yes', { available_from: '2027-01-11', available_until: '2027-01-22', comment: 'Avec mon véhicule' })
  await answer(1, 'no', { answered_at: new Date('2026-01-05T10:00:00Z'), version: 2 })
  const visitor = await app.signIn(given.role ? await makeUser(db, scope, { role: given.role }) : user)
  return { scope, viewer, people, visitor, id: draft.id, answer, recipientOf }
}

/** Walks every message of a campaign to a state, one legal step at a time. */
async function move(campaignId: number, steps: string[], only = 'true'): Promise<void> {
  for (const step of steps) await database.pool.query(`update message set state = $2, lease_until = case when $2 = 'leased' then now() end where campaign_id = $1 and ${only}`, [campaignId, step])
}

describe('the campaign', () => {
  test('shows everybody it reached with their answer, newest first (S88, S96)', async () => {
    const given = await scene()
    const page = await given.visitor.get(`/campaigns/${given.id}`)
    const text = nbsp(page.text)
    expect(page.heading).toBe('Coffreurs Lyon')
    expect(text).toContain('Lancée par Claire Bernard')
    expect(text).toMatch(/Amadou Traoré.*OUI.*du lun. 11 janv. 2027 au ven. 22 janv. 2027.*Avec mon véhicule.*Léa Traoré.*NON.*modifiée.*en attente/)
    expect(text).not.toMatch(/Noé Stop.*en attente/)
    expect(text).toContain('Voir pourquoi 5 candidats choisis, 4 destinataires')
    expect(text).toContain('désinscrit (STOP)')
    expect(text).toContain('Claire Bernard a lancé la campagne pour 4 destinataires')
  })

  test.each([['yes', ['Amadou']], ['no', ['Léa']], ['waiting', ['Hugo', 'Inès']], ['all', ['Amadou', 'Léa', 'Hugo', 'Inès']], ['delivered', []], ['bogus', ['Amadou', 'Léa', 'Hugo', 'Inès']]])('the filter %s lists as many as its number says', async (show, expected) => {
    const given = await scene()
    const page = await given.visitor.fragment(`/campaigns/${given.id}/progress?show=${show}`)
    for (const name of ['Amadou', 'Léa', 'Hugo', 'Inès']) expect(new RegExp(`<th scope="row"><a [^>]+>${name} Traoré`).test(page.html), name).toBe(expected.includes(name))
  })

  test('finds a contacted candidate by name, without regard to accents', async () => {
    const given = await scene()
    const page = await given.visitor.get(`/campaigns/${given.id}?q=lea`)
    expect(page.text).toContain('Léa Traoré')
    expect(page.text).not.toContain('Hugo Traoré')
  })

  test('refreshes by itself: empty while nothing is new, the piece when something is, still once closed', async () => {
    const given = await scene()
    const page = await given.visitor.get(`/campaigns/${given.id}`)
    const poll = /hx-get="([^"]+progress[^"]*)"/.exec(page.html)![1]!.replaceAll('&amp;', '&')
    expect((await given.visitor.agent.get(poll).set({ 'hx-request': 'true', 'hx-request-type': 'partial' })).status).toBe(204)
    await given.answer(2, 'yes')
    const news = await given.visitor.fragment(poll)
    expect(nbsp(news.text)).toMatch(/Hugo Traoré.*OUI/)
    expect(news.html).toContain('every 3s')

    await move(given.id, ['leased', 'submitting', 'accepted'])
    const question = await given.visitor.get(`/campaigns/${given.id}/closing`)
    expect(nbsp(question.text)).toContain('1 candidat n’a pas encore répondu')
    const closed = await given.visitor.submit(question, {}, { form: '/closing' })
    expect(closed.text).toContain('Les réponses sont closes')
    expect(closed.html).not.toContain('hx-trigger="every')
    expect((await given.visitor.get(`/campaigns/${given.id}/closing`)).status).toBe(409)
  })

  test('pages by key without losing or repeating anybody', async () => {
    const { db } = database
    const given = await scene()
    const ids: number[] = []
    for (let i = 0; i < 120; i++) ids.push((await makeCandidate(db, given.scope, { firstName: `P${String(i).padStart(3, '0')}`, lastName: 'X' })).id)
    const draft = await makeDraft(db, given.scope, { createdBy: given.viewer.userId, senderId: (await findCampaign(db, given.scope, given.id))!.sender_id, candidateIds: ids })
    await launchCampaign({ db, config: app.deps.config }, given.viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: 120 })
    await database.pool.query(`insert into answer (company_id, recipient_id, choice, source, answered_at) select company_id, id, 'yes', 'link', now() - make_interval(secs => rank) from recipient where campaign_id = $1 and rank % 3 = 0`, [draft.id])
    const seen: string[] = []
    let url: string | undefined = `/campaigns/${draft.id}`
    while (url) {
      const page = await given.visitor.get(url)
      seen.push(...(page.html.match(/(?<=>)P\d{3} X(?=<)/g) ?? []))
      url = /href="([^"]+)" rel="next"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(new Set(seen).size).toBe(120)
    expect(seen).toHaveLength(120)
  })

  test('the export opens in a French spreadsheet and runs no formula', async () => {
    const given = await scene()
    await given.answer(2, 'no', { comment: '=HYPERLINK("http://mal.example")' })
    const response = await given.visitor.agent.get(`/campaigns/${given.id}/export`)
    expect(response.headers['content-type']).toContain('text/csv')
    const lines = response.text.split('\r\n')
    expect(response.text.startsWith('\ufeff"Prénom";"Nom"')).toBe(true)
    expect(lines).toHaveLength(6)
    expect(response.text).toContain(`"'=HYPERLINK(""http://mal.example"")"`)
  })
})

describe('what may be done', () => {
  test('cancelling keeps what was sent, takes back what was not, and is final (S79)', async () => {
    const given = await scene()
    await move(given.id, ['leased', 'submitting', 'accepted'], 'id = (select min(id) from message where campaign_id = $1)')
    const question = await given.visitor.get(`/campaigns/${given.id}/cancellation`)
    expect(nbsp(question.text)).toContain('1 SMS est déjà parti')
    expect(nbsp(question.text)).toContain('3 SMS ne partiront pas')
    const page = await given.visitor.submit(question, {}, { form: '/cancellation' })
    expect(page.text).toContain('La campagne est annulée')
    const states = await database.db.selectFrom('message').select('state').where('campaign_id', '=', given.id).orderBy('id').execute()
    expect(states.map((row) => row.state)).toEqual(['accepted', 'cancelled', 'cancelled', 'cancelled'])
    const again = await given.visitor.post(page, `/campaigns/${given.id}/cancellation`)
    expect(again.status).toBe(409)
    expect(nbsp(again.text)).toContain('« Annulée »')
  })

  test('somebody who may only look sees no action and is refused', async () => {
    const given = await scene({ role: 'reader' })
    const page = await given.visitor.get(`/campaigns/${given.id}`)
    expect(page.status).toBe(200)
    expect(page.text).not.toContain('Annuler la campagne')
    expect((await given.visitor.post(page, `/campaigns/${given.id}/cancellation`)).status).toBe(403)
    expect((await given.visitor.post(page, `/campaigns/${given.id}/launch`)).status).toBe(403)
  })
})

describe('the clock', () => {
  const statusOf = async (given: { scope: Parameters<typeof findCampaign>[1]; id: number }) => (await findCampaign(database.db, given.scope, given.id))!

  test('completes a campaign once nothing is left to hand over, and tells it once (S78)', async () => {
    const given = await scene()
    await advanceCampaigns({ db: database.db })
    expect((await statusOf(given)).status).toBe('in_process')
    await move(given.id, ['leased', 'submitting', 'in_doubt'], 'id = (select min(id) from message where campaign_id = $1)')
    await move(given.id, ['leased', 'submitting', 'accepted'], "state <> 'in_doubt'")
    await Promise.all([advanceCampaigns({ db: database.db }), advanceCampaigns({ db: database.db })])
    await advanceCampaigns({ db: database.db })
    expect(await statusOf(given)).toMatchObject({ status: 'completed', is_open: true })
    const events = await database.db.selectFrom('campaign_event').select('kind').where('campaign_id', '=', given.id).orderBy('id').execute()
    expect(events.map((event) => event.kind)).toEqual(['launched', 'batch_sent', 'completed'])
  })

  test('closes a campaign whose time is over, and nothing more leaves', async () => {
    const given = await scene()
    await database.pool.query("update campaign set closes_at = now() - interval '1 minute' where id = $1", [given.id])
    await advanceCampaigns({ db: database.db })
    expect(await statusOf(given)).toMatchObject({ status: 'completed', is_open: false })
    const states = await database.db.selectFrom('message').select('state').distinct().where('campaign_id', '=', given.id).execute()
    expect(states).toEqual([{ state: 'cancelled' }])
  })

  test('starts a batch that fell due, and its campaign with it', async () => {
    const given = await scene()
    await database.pool.query("update campaign set status = 'scheduled' where id = $1", [given.id])
    await database.pool.query("update batch set state = 'planned', due_at = now() + interval '1 hour' where campaign_id = $1", [given.id])
    await advanceCampaigns({ db: database.db })
    expect((await statusOf(given)).status).toBe('scheduled')
    await database.pool.query("update batch set due_at = now() - interval '1 minute' where campaign_id = $1", [given.id])
    await advanceCampaigns({ db: database.db })
    expect((await statusOf(given)).status).toBe('in_process')
    expect(await database.db.selectFrom('batch').select('state').where('campaign_id', '=', given.id).execute()).toEqual([{ state: 'running' }])
  })
})

describe('the list', () => {
  test('opens on what is active, counts each tab and leads to the contacted candidates (S70, S95, S96)', async () => {
    const given = await scene()
    const page = await given.visitor.get('/campaigns')
    const text = nbsp(page.text)
    expect(text).toContain('Historique des campagnes de disponibilité SMS')
    expect(text).toContain('Actives 1')
    expect(text).toContain('Coffreurs Lyon')
    expect(text).toContain('voir les candidats contactés')
    expect(text).toContain('0 envoyés / 4 restants')
    expect(page.html).toContain('every 5s')
    expect((await given.visitor.get('/campaigns?tab=completed')).text).not.toContain('Coffreurs Lyon')
    expect((await given.visitor.get('/campaigns?q=lyôn')).text).toContain('Coffreurs Lyon')
    expect((await given.visitor.get('/campaigns?q=Paris')).text).toContain('Aucune campagne ici')
  })

  test('« Les miennes » shows mine alone, and no company sees another’s', async () => {
    const given = await scene({ role: 'recruiter' })
    expect((await given.visitor.get('/campaigns?mine=1')).text).not.toContain('Coffreurs Lyon')
    expect((await given.visitor.get('/campaigns')).text).toContain('Coffreurs Lyon')
    const stranger = await scene({ name: 'Autre' })
    expect((await stranger.visitor.get('/campaigns?tab=all')).text).not.toContain('Coffreurs Lyon')
  })

  test('pages by key, newest first', async () => {
    const { db } = database
    const given = await scene()
    const sender = (await findCampaign(db, given.scope, given.id))!.sender_id
    for (let i = 0; i < 60; i++) await makeDraft(db, given.scope, { createdBy: given.viewer.userId, senderId: sender, candidateIds: [], name: `Brouillon ${String(i).padStart(2, '0')}` })
    const seen: string[] = []
    let url: string | undefined = '/campaigns?tab=draft'
    while (url) {
      const page = await given.visitor.get(url)
      seen.push(...(page.html.match(/Brouillon \d{2}(?=<\/a>)/g) ?? []))
      url = /href="([^"]+)" rel="next"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&')
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => `Brouillon ${String(59 - i).padStart(2, '0')}`))
  })
})
