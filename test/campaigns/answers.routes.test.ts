import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { composeScene, makeTemplate } from '../support/factories/campaigns.ts'
import { textById, type Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scene: Awaited<ReturnType<typeof composeScene>>
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scene = await composeScene(database, app, { immediateUpTo: 0 })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

describe('« Réponses » on a draft', () => {
  const createDraft = (): Promise<Page> => scene.visitor.post(scene.visitor.home, '/campaigns', { ids: scene.ids })
  const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
  const save = (page: Page, values: Record<string, string | undefined>, button = 'Enregistrer') => scene.visitor.submit(page, values, { form: '/draft', button })
  const stored = async (page: Page) => {
    const { close_on, close_time, close_at_yes, remind_after_hours, wave_size, wave_minutes, reminder_texts } = (await findCampaign(database.db, scene.scope, idOf(page)))!
    return { close_on, close_time: close_time?.slice(0, 5) ?? null, close_at_yes, remind_after_hours, wave_size, wave_minutes, reminder_texts }
  }

  it('is saved like the rest, said in words, and checked before anything leaves', async () => {
    const closing = dayFromNow(20)
    const page = await save(await createDraft(), {
      closing: 'date', close_on: closing, close_time: '18:30', close_yes: '2', remind: '48', reminder_fr: 'Bonjour {prenom|}, {agence} attend encore votre réponse : {lien}', waves: 'on', wave_size: '2', wave_wait: '60',
    })
    expect(await stored(page)).toEqual({
      close_on: closing, close_time: '18:30', close_at_yes: 2, remind_after_hours: 48, wave_size: 2, wave_minutes: 60, reminder_texts: { fr: 'Bonjour {prenom|}, {agence} attend encore votre réponse : {lien}' },
    })
    expect(plain(textById(page, 'draft-answers') ?? '')).toContain('Par vagues de 2 : la suivante part 1 heure après, tant qu’il y a moins de 2 OUI. 2 vagues au plus.')
    const check = await scene.visitor.get(`/campaigns/${idOf(page)}/check`)
    expect(plain(check.text)).toMatch(/Réponses acceptées jusqu’au .* à 18:30\. Clôture dès 2 OUI\. Relance 48 heures après l’envoi, une seule fois/)
    expect(plain(check.text)).toContain('Coût de la relance : 3 SMS de plus au maximum, 1 SMS par personne.')
    const launched = await scene.visitor.submit(check, { checked: '1' }, { form: '/launch' })
    expect(launched.status).toBe(200)
    const { rows } = await database.pool.query('select kind, no from batch where campaign_id = $1 order by no', [idOf(page)])
    expect(rows).toEqual([{ kind: 'wave', no: 1 }, { kind: 'wave', no: 2 }])
    const { closes_at } = (await findCampaign(database.db, scene.scope, idOf(page)))!
    expect(closes_at?.toLocaleString('sv', { timeZone: 'Europe/Paris' })).toBe(`${closing} 18:30:00`)
  })

  it('keeps the usual words of the reminder unless somebody writes others, and what a template brings', async () => {
    const page = await save(await createDraft(), { remind: '24' })
    expect((await stored(page)).reminder_texts).toEqual({})
    expect(page.html).toContain('{agence} attend votre réponse. OUI ou NON')
  })

  it('refuses what cannot be read, beside each field, and keeps what was typed', async () => {
    const draft = await createDraft()
    const values = { closing: 'date', close_on: '2020-01-01', close_time: '10:00', close_yes: 'douze', remind: 'other', remind_hours: '9000', waves: 'on', wave_size: '0' }
    const page = await save(draft, values)
    expect(page.status).toBe(422)
    for (const sentence of ['Ce moment est passé', 'Écrivez un nombre de OUI, 1 au moins, ou laissez vide', 'Écrivez un nombre d’heures entre 1 et 336', 'Écrivez combien de candidats compte une vague, 1 au moins']) expect(plain(page.text)).toContain(sentence)
    for (const typed of ['2020-01-01', 'douze', '9000']) expect(page.html).toContain(`value="${typed}"`)
    expect(await stored(draft)).toMatchObject({ close_on: null, close_at_yes: null, remind_after_hours: null, wave_size: null })
  })

  it.each<[string, Record<string, string>, string]>([
    ['more OUI than people', { close_yes: '9', waves: 'on', wave_size: '2', wave_wait: '60' }, 'Il n’y a que 3 destinataires'],
    ['waves without an end, and words that cannot be sent', { waves: 'on', wave_size: '2', wave_wait: '60', remind: '24', reminder_fr: 'Bonjour {inconnu}' }, 'Pour un envoi par vagues, indiquez combien de OUI suffisent'],
  ])('says beside its field what stands against %s, and the check page stops there', async (_what, values, sentence) => {
    const page = await save(await createDraft(), values)
    expect([page.status, plain(page.text).includes(sentence)]).toEqual([200, true])
    const refused = await save(page, {}, 'Aperçu et confirmation')
    expect([refused.status, plain(refused.text).includes(sentence)]).toEqual([422, true])
    const check = await scene.visitor.get(`/campaigns/${idOf(page)}/check`)
    expect(plain(check.text)).toContain(sentence)
    expect(plain(check.text).includes('Le texte de la relance ne peut pas partir tel quel')).toBe('reminder_fr' in values)
    expect(check.html).not.toContain('/launch"')
  })
})

describe('a campaign that is under way', () => {
  let company: Awaited<ReturnType<typeof makeCompany>>
  let recruiter: SignedIn
  beforeAll(async () => {
    company = await makeCompany(database.db, { name: 'Agence du Nord', undoSeconds: 60 })
    recruiter = await app.signIn(await makeUser(database.db, company.scope, { name: 'Sophie' }))
  })

  async function sent(recipients: number) {
    const planned = await makePlanned(database, { company, status: 'in_process', batches: [{ recipients, due: '-1 hour', state: 'running' }] })
    await moveMessages(database, planned.campaignId, [...SENT, 'delivered'])
    await advanceCampaigns(database)
    const { rows } = await database.pool.query<{ id: number }>('select id from recipient where campaign_id = $1 order by rank', [planned.campaignId])
    return { ...planned, url: `/campaigns/${planned.campaignId}`, recipientIds: rows.map(({ id }) => id) }
  }
  const answer = (recipientId: number, choice: 'yes' | 'no') =>
    recordAnswer(database, company.scope, recipientId, { choice, availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })

  it('reminds from the list of those who wait: who and why not, the words, the number typed, and the way back', async () => {
    await saveSetting(database.db, company.scope, 'campaign.typed_confirmation_from', 3)
    const one = await sent(5)
    await answer(one.recipientIds[0]!, 'yes')
    const list = await recruiter.get(`${one.url}?show=waiting`)
    expect(plain(list.text)).toContain('Relancer les 4 sans réponse')
    const page = await recruiter.get(`${one.url}/reminder`)
    expect(plain(page.text)).toMatch(/4 personnes recevront la relance 5 destinataires de la campagne − 1 a répondu = 4 à relancer/)
    expect(plain(page.text)).toContain('4 SMS pour 4 personnes, 1 SMS par personne')
    const template = await makeTemplate(database.db, company.scope, { name: 'Second appel', texts: { fr: 'Second appel de {agence} : {lien}' } })
    const loaded = await recruiter.submit(await recruiter.get(`${one.url}/reminder`), { template: String(template.id) }, { form: '/reminder', button: 'Charger' })
    expect(loaded.html).toContain('Second appel de {agence} : {lien}')
    const unsure = await recruiter.submit(loaded, { typed: '5' }, { form: '/reminder', button: 'Relancer 4 personnes' })
    expect([unsure.status, plain(unsure.text).includes('Saisissez exactement 4')]).toEqual([422, true])
    expect(unsure.html).toContain('Second appel de {agence} : {lien}')
    const done = await recruiter.submit(unsure, { typed: '4' }, { form: '/reminder', button: 'Relancer 4 personnes' })
    expect(plain(done.text)).toContain('La relance de 4 personnes part bientôt.')
    expect(plain(done.text)).toMatch(/Relance de 4 personnes : départ dans \d+ secondes/)
    const again = await recruiter.submit(unsure, { typed: '4' }, { form: '/reminder', button: 'Relancer 4 personnes' })
    expect(plain(again.text)).toContain('rien ne part une deuxième fois')
    const undone = await recruiter.submit(done, {}, { form: '/reminder-undo' })
    expect(plain(undone.text)).toContain('La relance est annulée : aucun SMS n’est parti.')
    expect((await database.pool.query('select 1 from message where campaign_id = $1 and step = 2', [one.campaignId])).rows).toEqual([])
    await saveSetting(database.db, company.scope, 'campaign.typed_confirmation_from', 1_000)
  })

  it('tells « annulé : a répondu » in the list and in the file, and leads to the people of a reminder', async () => {
    const one = await sent(3)
    await recruiter.submit(await recruiter.get(`${one.url}/reminder`), {}, { form: '/reminder', button: 'Relancer 3 personnes' })
    await database.pool.query("update message m set state = 'skipped', failure_reason = 'answered', settled_at = app_now() from recipient r where r.id = m.recipient_id and m.campaign_id = $1 and m.step = 2 and r.rank = 1", [one.campaignId])
    await answer(one.recipientIds[0]!, 'no')
    const page = await recruiter.get(one.url)
    expect(plain(page.text)).toContain('Relance annulée : a répondu')
    expect(plain(page.text)).toContain('Relance : 0 sur 3 envoyées, 1 annulée parce que la personne a répondu.')
    expect(page.html.match(/<tr id="recipient-/g)).toHaveLength(3)
    expect((await recruiter.get(`${one.url}?show=reminded`)).html.match(/<tr id="recipient-/g)).toHaveLength(2)
    const file = (await recruiter.get(`${one.url}/export`)).html
    expect(file.split('\r\n').filter(Boolean)).toHaveLength(4)
    expect(plain(file)).toContain('"Relance annulée : a répondu"')
  })

  it('is told how many OUI are enough, closes with them, says so, and can be opened again', async () => {
    const one = await sent(4)
    await answer(one.recipientIds[0]!, 'yes')
    const form = await recruiter.get(`${one.url}/answers`)
    const refused = await recruiter.submit(form, { close_yes: '1' }, { form: '/answers' })
    expect([refused.status, plain(refused.text).includes('Il y a déjà 1 OUI : choisissez un nombre plus grand')]).toEqual([422, true])
    expect(refused.html).toContain('value="1"')
    const set = await recruiter.submit(refused, { close_yes: '2', remind: '24' }, { form: '/answers' })
    expect(plain(set.text)).toContain('1 OUI sur 2 voulus')
    expect(plain(set.text)).toMatch(/Relance automatique .* à ceux qui n’auront pas répondu/)
    const stale = await recruiter.submit(form, { close_yes: '3' }, { form: '/answers' })
    expect(stale.status).toBe(409)
    await answer(one.recipientIds[1]!, 'yes')
    const closed = await recruiter.get(one.url)
    expect(plain(closed.text)).toContain('2 OUI : la campagne s’est close d’elle-même.')
    expect(plain((await recruiter.get(`${one.url}/reminder`)).text)).toContain('La campagne est close : rouvrez-la d’abord.')
    const reopened = await recruiter.submit(await recruiter.get(`${one.url}/answers`), { close_yes: '' }, { form: '/answers' })
    expect(plain(reopened.text)).toContain('La campagne reçoit de nouveau des réponses.')
    expect((await answer(one.recipientIds[2]!, 'yes')).ok).toBe(true)
  })

  it('is another company’s secret, and not for who may only look', async () => {
    const one = await sent(1)
    const stranger = scene.visitor
    const guest = await app.signIn(await makeUser(database.db, company.scope, { privileges: ['campaigns.view'] }))
    for (const step of ['reminder', 'answers']) {
      expect((await stranger.get(`${one.url}/${step}`)).status).toBe(404)
      expect((await stranger.post(stranger.home, `${one.url}/${step}`, {})).status).toBe(404)
      expect((await guest.get(`${one.url}/${step}`)).status).toBe(403)
    }
    // Whatever comes in instead of the form: a sentence, and nothing happens.
    for (const body of [{}, { request_key: 'x', people: '-1', typed: '9'.repeat(500), reminder_fr: '{'.repeat(3_000) }, { people: '1', action: 'drop' }]) {
      const refused = await recruiter.post(recruiter.home, `${one.url}/reminder`, body)
      expect([refused.status, refused.heading], refused.text.slice(0, 1500)).toEqual([409, 'Relancer les sans réponse'])
    }
    expect((await recruiter.post(recruiter.home, `${one.url}/answers`, { closing: 'date', close_on: '9'.repeat(500) })).status).toBe(422)
  })
})
