import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { composeScene } from '../support/factories/campaigns.ts'
import type { Page } from '../support/page.ts'

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

type Scene = Awaited<ReturnType<typeof composeScene>>
const scene = (given: Parameters<typeof composeScene>[2] = {}): Promise<Scene> => composeScene(database, app, given)

async function createDraft({ visitor, ids }: Scene): Promise<Page> {
  return visitor.post(visitor.home, '/campaigns', { ids })
}
const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('making a draft', () => {
  test('a selection becomes a draft with the template used last, counted and previewed (S19, S21, S27)', async () => {
    const page = await createDraft(await scene())
    expect(page.status).toBe(200)
    expect(page.heading).toBe('Nouvelle campagne SMS')
    const text = nbsp(page.text)
    expect(text).toContain('3 recevront le SMS')
    expect(text).toContain('désinscrit (STOP)')
    expect(text).toContain('Sélection – ')
    expect(text).toContain('1 sur 3')
    expect(page.html).not.toContain('Pas publié')
    expect(page.html).not.toContain('Question simple')
    expect(text).toContain('Agence Martin souhaite connaitre vos disponibilités')
  })

  test('the whole search needs its own privilege (S2, S12)', async () => {
    const given = await scene({ user: { privileges: ['campaigns.view', 'campaigns.send', 'candidates.view'] } })
    expect((await given.visitor.post(given.visitor.home, '/campaigns', { all: '1', q: 'traore' })).status).toBe(403)
    const allowed = await scene()
    const page = await allowed.visitor.post(allowed.visitor.home, '/campaigns', { all: '1', q: 'traoré', except: [] })
    expect(nbsp(page.text)).toContain('1 recevra le SMS')
    expect(nbsp(page.text)).toContain('traoré – ')
  })

  test('somebody without the privilege to send is refused', async () => {
    const given = await scene({ user: { role: 'reader' } })
    expect((await given.visitor.post(given.visitor.home, '/campaigns', { ids: given.ids })).status).toBe(403)
  })

  test('a company that may not send is told so in a sentence (S3)', async () => {
    const given = await scene({ canSendSms: false })
    const page = await createDraft(given)
    expect(page.status).toBe(403)
    expect(page.text).toContain('L’envoi de SMS n’est pas activé pour votre agence')
  })

  test('without a selection the page explains where to begin', async () => {
    const { visitor } = await scene()
    expect((await visitor.get('/campaigns/new')).text).toContain('Une campagne part toujours d’une liste de candidats')
    expect((await visitor.post(visitor.home, '/campaigns', { ids: ['zzz'] })).status).toBe(422)
  })

  test('ids of another company, and what is no id, are left out', async () => {
    const other = await scene()
    const given = await scene()
    const page = await given.visitor.post(given.visitor.home, '/campaigns', { ids: [...other.ids, given.ids[0]!, '-1', '9999999999999999999999', "1' or '1'='1"] })
    expect(nbsp(page.text)).toContain('1 recevra le SMS')
  })
})

describe('the draft', () => {
  test('saves what is typed, raises its version and shows the pieces that changed', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const id = idOf(page)
    const saved = await given.visitor.post(page, `/campaigns/${id}/draft`, { version: '1', name: 'Coffreurs', availability: 'on', template: String(given.template.id), text_fr: 'Bonjour {nom}, dispo ?', limit: '2', limit_default: '3', with_comment: 'on', comment: 'urgent' }, { 'hx-request': 'true', 'hx-request-type': 'partial' })
    expect(saved.status).toBe(200)
    const text = nbsp(saved.text)
    expect(text).toContain('Brouillon enregistré à')
    expect(text).toContain('2 recevront le SMS')
    expect(text).toContain('au-delà de la limite de 2')
    expect(text).toContain('le lien personnel n’est pas dans le texte'.replace('le ', 'Le '))
    expect(text).toContain('Le nom de l’agence n’apparaît pas')
    expect(text).toContain('Le nom de famille est déconseillé')
    expect(text).toContain('Bonjour Petit, dispo ?')
    const draft = (await findCampaign(database.db, given.scope, id))!
    expect(draft).toMatchObject({ version: 2, name: 'Coffreurs', limit_to: 2, internal_comment: 'urgent', texts: { fr: 'Bonjour {nom}, dispo ?' } })
  })

  test('a form older than the draft is refused with 409 and loses nothing that was typed (F-24)', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const id = idOf(page)
    const form = (more: Record<string, string>) => ({ version: '1', name: 'Un', availability: 'on', template: String(given.template.id), ...more })
    await given.visitor.post(page, `/campaigns/${id}/draft`, form({ text_fr: 'Premier {lien}' }))
    const stale = await given.visitor.post(page, `/campaigns/${id}/draft`, form({ text_fr: 'Second {lien}' }))
    expect(stale.status).toBe(409)
    expect(stale.text).toContain('Ce brouillon a été modifié ailleurs')
    expect(stale.html).toContain('Second {lien}')
    const repeat = await given.visitor.post(page, `/campaigns/${id}/draft`, form({ text_fr: 'Premier {lien}' }))
    expect(repeat.status).toBe(200)
    expect((await findCampaign(database.db, given.scope, id))!).toMatchObject({ version: 2, texts: { fr: 'Premier {lien}' } })
  })

  test('picking a template loads its text; the switch offers the templates of the other kind (S27, S57)', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const simple = await given.visitor.submit(page, { availability: undefined }, { form: '/draft', button: 'Enregistrer' })
    expect(simple.status).toBe(200)
    expect(simple.html).toContain('avez-vous vos chaussures')
    expect(simple.html).toContain('Question simple')
    expect((await findCampaign(database.db, given.scope, idOf(page)))!).toMatchObject({ kind: 'simple', template_id: given.simple.id })
  })

  test('another company’s template, or one not published, cannot be picked', async () => {
    const other = await scene()
    const given = await scene()
    const page = await createDraft(given)
    const refused = await given.visitor.post(page, `/campaigns/${idOf(page)}/draft`, { version: '1', name: 'x', availability: 'on', template: String(other.template.id), text_fr: 'x' })
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('Ce modèle n’est plus publié')
  })

  test('a limit that is no number is answered beside its field, with what was typed', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const refused = await given.visitor.submit(page, { limit: 'beaucoup' }, { form: '/draft', button: 'Enregistrer' })
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('Indiquez un nombre entier')
    expect(refused.html).toContain('value="beaucoup"')
  })

  test('letters that make messages dearer are named and replaced with one click', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const dear = await given.visitor.submit(page, { text_fr: 'Bonjour, l’agence {agence} a une tâche à Nîmes : {lien}' }, { form: '/draft', button: 'Enregistrer' })
    expect(nbsp(dear.text)).toContain('’ â î')
    expect(nbsp(dear.text)).toContain('Unicode')
    const plain = await given.visitor.submit(dear, {}, { form: '/draft', button: 'Remplacer' })
    expect(plain.html).toContain('l&#39;agence {agence} a une tache à Nimes')
    expect(nbsp(plain.text)).toContain('GSM-7')
  })

  test('every line of the subtraction opens the list of those people (S43, S99)', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const people = await given.visitor.get(`/campaigns/${idOf(page)}/exclusions?reason=opted_out`)
    expect(people.heading).toBe('Désinscrits (STOP)')
    expect(people.text).toContain('Hugo Stop')
    expect(people.text).not.toContain('Amadou Traoré')
  })

  test('the preview shows any recipient, and the one without a first name', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const id = idOf(page)
    const second = await given.visitor.fragment(`/campaigns/${id}/preview?at=2`)
    expect(nbsp(second.text)).toContain('2 sur 3')
    expect(nbsp((await given.visitor.fragment(`/campaigns/${id}/preview?at=1`)).text)).toContain('Sans prénom')
    expect((await given.visitor.fragment(`/campaigns/${id}/preview?at=99`)).status).toBe(200)
  })

  test('is deleted only after a question, and never once launched', async () => {
    const given = await scene()
    const page = await createDraft(given)
    const question = await given.visitor.get(`/campaigns/${idOf(page)}/deletion`)
    const list = await given.visitor.submit(question, {}, { form: '/deletion' })
    expect(list.text).toContain('Le brouillon est supprimé')
    expect((await given.visitor.get(`/campaigns/${idOf(page)}`)).status).toBe(404)
  })

  test('belongs to its company: a stranger gets 404 on every address', async () => {
    const given = await scene()
    const id = idOf(await createDraft(given))
    const stranger = (await scene()).visitor
    for (const step of ['', '/preview', '/exclusions', '/check', '/deletion', '/progress', '/export', '/closing', '/cancellation']) expect((await stranger.get(`/campaigns/${id}${step}`)).status).toBe(404)
    for (const step of ['draft', 'test', 'launch', 'deletion', 'recent', 'closing', 'cancellation']) {
      expect((await stranger.post(stranger.home, `/campaigns/${id}/${step}`, { version: '1', launch_key: randomUUID(), recipients: '3' })).status).toBe(404)
    }
    expect((await stranger.get('/campaigns/abc')).status).toBe(404)
  })
})
