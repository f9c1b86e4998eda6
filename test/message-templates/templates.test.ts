import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPublishedTemplate, listPublishedTemplates } from '../../src/message-templates/queries.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { links, type Page } from '../support/page.ts'

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

const TEXT = '{agence} souhaite connaitre vos disponibilités : {lien}\n{stop}'

async function agency(role: 'administrator' | 'recruiter' | 'reader' = 'administrator') {
  const company = await makeCompany(database.db, { name: 'Agence Martin' })
  const user = await makeUser(database.db, company.scope, { role, mobile: '+33639980001' })
  return { ...company, user, visitor: await app.signIn(user) }
}

const edit = (visitor: SignedIn, page: Page, values: Record<string, string>, button: string) => visitor.submit(page, values, { form: page.url === '/templates/new' ? '/templates' : page.url, button })
const idOf = (page: Page) => Number(/\/templates\/(\d+)/.exec(page.url)![1])
const row = (id: number) => database.db.selectFrom('message_template').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const bodies = async (id: number) => (await database.db.selectFrom('message_template_text').select(['version', 'language', 'body']).where('template_id', '=', id).orderBy('version').orderBy('language', 'desc').execute()).map(({ version, language, body }) => `${version} ${language} ${body}`)
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('the editor', () => {
  test('makes a template, a draft at first, and publishes it with the next click (S9)', async () => {
    const { visitor, user } = await agency()
    expect((await visitor.get('/templates')).text).toContain('Aucun modèle pour l’instant')
    const made = await edit(visitor, await visitor.get('/templates/new'), { name: ' Demande  de disponibilité ', text_fr: TEXT }, 'Enregistrer')
    expect([made.heading, made.status]).toEqual(['Demande de disponibilité', 200])
    expect(made.text).toContain('Modèle enregistré.')
    expect(await row(idOf(made))).toMatchObject({ kind: 'availability', version: 1, published_version: null })

    const published = await edit(visitor, made, {}, 'Enregistrer et publier')
    expect(published.text).toContain('Version 1 publiée')
    expect(await row(idOf(made))).toMatchObject({ version: 1, published_version: 1 })
    const journal = await database.db.selectFrom('journal').select(['action', 'detail']).where('user_id', '=', user.id).where('action', 'like', 'template.%').orderBy('id').execute()
    expect(journal.map(({ action }) => action)).toEqual(['template.created', 'template.published'])
  })

  test('makes the next version of what was changed, and leaves the published one to the recruiters', async () => {
    const { visitor, scope } = await agency()
    const { id } = await makeTemplate(database.db, scope, { name: 'Relance', texts: { fr: TEXT } })
    const saved = await edit(visitor, await visitor.get(`/templates/${id}`), { text_fr: `Bonjour, ${TEXT}`, text_en: '{agency}: {link}' }, 'Enregistrer')
    expect(plain(saved.text)).toContain('Enregistré : version 2, en brouillon.')
    expect(await row(id)).toMatchObject({ version: 2, published_version: 1 })
    expect(await bodies(id)).toEqual([`1 fr ${TEXT}`, `2 fr Bonjour, ${TEXT}`, '2 en {agency}: {link}'])
    expect((await findPublishedTemplate(database.db, scope, 'availability', id))!).toMatchObject({ version: 1, texts: { fr: TEXT } })

    // The same again is no new version, and neither is another name.
    const again = await edit(visitor, saved, {}, 'Enregistrer')
    const renamed = await edit(visitor, again, { name: 'Relance du lundi' }, 'Enregistrer')
    expect(renamed.heading).toBe('Relance du lundi')
    expect(await row(id)).toMatchObject({ version: 2, published_version: 1 })
    await edit(visitor, renamed, {}, 'Enregistrer et publier')
    expect((await findPublishedTemplate(database.db, scope, 'availability', id))!).toMatchObject({ version: 2, name: 'Relance du lundi' })
  })

  test.each([
    ['no name', { name: ' ', text_fr: TEXT, text_en: 'Kept {link}' }, 'Donnez un nom au modèle.'],
    ['a name that is taken, whatever the capitals', { name: 'RELANCE', text_fr: TEXT, text_en: 'Kept {link}' }, 'Un autre modèle porte déjà ce nom.'],
    ['no text at all', { name: 'Kept {link}', text_fr: ' \n ' }, 'Écrivez le texte du SMS.'],
    ['a text that is too long', { name: 'Long', text_fr: 'a'.repeat(1601), text_en: 'Kept {link}' }, 'Le texte dépasse 1 600 caractères'],
  ])('refuses %s and keeps what was typed', async (_what, values, message) => {
    const { visitor, scope } = await agency()
    await makeTemplate(database.db, scope, { name: 'Relance' })
    const refused = await edit(visitor, await visitor.get('/templates/new'), values, 'Enregistrer')
    expect(refused.status).toBe(422)
    expect(plain(refused.text)).toContain(message)
    expect(refused.html).toContain('Kept {link}')
  })

  test.each([
    ['an unknown field', 'Bonjour {surnom}, {agence} {lien}', 'Le champ {surnom} n’existe pas'],
    ['a brace that never closes', 'Bonjour {prenom, {agence} {lien}', 'Une accolade n’est pas refermée'],
    ['more than six SMS', `{agence} ${'ê'.repeat(500)} {lien}`, 'Le plus long message compte 9 SMS'],
  ])('does not publish %s, but keeps it as a draft', async (_what, text, message) => {
    const { visitor } = await agency()
    const page = await visitor.get('/templates/new')
    const refused = await edit(visitor, page, { name: 'Essai', text_fr: text }, 'Enregistrer et publier')
    expect(refused.status).toBe(422)
    expect(plain(refused.text)).toContain('Corrigez les erreurs signalées sous le texte avant de publier.')
    expect(plain(refused.text)).toContain(message)
    const saved = await edit(visitor, page, { name: 'Essai', text_fr: text }, 'Enregistrer')
    expect(await row(idOf(saved))).toMatchObject({ version: 1, published_version: null })
  })

  test('needs the text that everybody can get before it is published', async () => {
    const { visitor } = await agency()
    const refused = await edit(visitor, await visitor.get('/templates/new'), { name: 'English only', text_en: '{agency}: {link}' }, 'Enregistrer et publier')
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('Français')
  })

  test('refuses fields of a job or career site in an automatic answer when it is saved (S35)', async () => {
    const { visitor } = await agency()
    const values = { name: 'Merci', kind: 'auto_response', text_fr: 'Merci ! {poste} : {lien_poste}' }
    const refused = await edit(visitor, await visitor.get('/templates/new'), values, 'Enregistrer')
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('Le champ {poste} n’est pas permis dans une réponse automatique.')
    expect(refused.text).toContain('{lien_poste}')
    const saved = await edit(visitor, refused, { text_fr: 'Merci, {agence} vous rappelle.' }, 'Enregistrer et publier')
    expect(saved.text).toContain('Version 1 publiée')
    // It goes out as it is: no link and no STOP words are announced.
    expect(saved.text).not.toContain('est ajouté')
    const asked = await edit(visitor, saved, { text_fr: 'Merci ! {reference_poste} {page_carriere}' }, 'Enregistrer')
    expect(asked.status).toBe(422)
    expect(await row(idOf(saved))).toMatchObject({ version: 1 })
  })

  test('does not change the kind of what recruiters may be picking', async () => {
    const { visitor, scope } = await agency()
    const { id } = await makeTemplate(database.db, scope, { name: 'Relance', texts: { fr: TEXT } })
    const page = await visitor.get(`/templates/${id}`)
    expect(plain(page.text)).toContain('Type : Disponibilité. Retirez le modèle de la publication pour le changer.')
    const refused = await visitor.post(page, `/templates/${id}`, { revision: '1', name: 'Relance', kind: 'auto_response', text_fr: TEXT })
    expect(refused.status).toBe(422)
    expect(await row(id)).toMatchObject({ kind: 'availability' })
  })

  test('offers the career sites of the company, and no other’s (S31)', async () => {
    const { visitor, scope } = await agency()
    const other = await makeCompany(database.db, {})
    const site = (companyId: number, name: string) => database.db.insertInto('career_site').values({ company_id: companyId, name, url: 'https://carriere.exemple.fr' }).returning('id').executeTakeFirstOrThrow()
    const mine = await site(scope.companyId, 'Carrière Nord')
    const theirs = await site(other.id, 'Ailleurs')
    const page = await visitor.get('/templates/new')
    expect(page.text).not.toContain('Ailleurs')
    const saved = await edit(visitor, page, { name: 'Poste', text_fr: TEXT, career_site: String(mine.id) }, 'Enregistrer et publier')
    expect((await listPublishedTemplates(database.db, scope, 'availability'))[0]).toMatchObject({ name: 'Poste', career_site_id: mine.id })
    expect((await visitor.get('/templates')).text).toContain('Carrière Nord')
    const refused = await visitor.post(saved, `/templates/${idOf(saved)}`, { revision: '2', name: 'Poste', kind: 'availability', text_fr: TEXT, career_site: String(theirs.id) })
    expect(refused.status).toBe(422)
    expect(await row(idOf(saved))).toMatchObject({ career_site_id: mine.id })
  })

  test('keeps what was typed when somebody was faster, and saves it on top with the next click', async () => {
    const { visitor, scope } = await agency()
    const { id } = await makeTemplate(database.db, scope, { name: 'Relance', texts: { fr: TEXT } })
    const [mine, theirs] = [await visitor.get(`/templates/${id}`), await visitor.get(`/templates/${id}`)]
    await edit(visitor, theirs, { text_fr: `Eux : ${TEXT}` }, 'Enregistrer')
    const stale = await edit(visitor, mine, { text_fr: `Moi : ${TEXT}` }, 'Enregistrer et publier')
    expect(stale.status).toBe(409)
    expect(plain(stale.text)).toContain('Quelqu’un a enregistré ce modèle entre-temps (version 2).')
    expect(stale.html).toContain(`Moi : ${TEXT}`)
    expect(links(stale).map(({ href }) => href)).toContain(`/templates/${id}/versions`)
    expect(await row(id)).toMatchObject({ version: 2, published_version: 1 })
    await edit(visitor, stale, {}, 'Enregistrer et publier')
    expect(await row(id)).toMatchObject({ version: 3, published_version: 3 })
  })

  test('of two people who save at the same moment one is told', async () => {
    const { visitor, scope } = await agency()
    const { id } = await makeTemplate(database.db, scope, { name: 'Relance', texts: { fr: TEXT } })
    const page = await visitor.get(`/templates/${id}`)
    const save = (text: string) => visitor.post(page, `/templates/${id}`, { revision: '1', name: 'Relance', kind: 'availability', text_fr: text })
    const pages = await Promise.all([save('Un {lien}'), save('Deux {lien}'), save('Trois {lien}')])
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    expect((await bodies(id)).length).toBe(2)
    // A second click with the same text has already been done.
    expect((await save((await bodies(id))[1]!.slice(5))).status).toBe(200)
    expect((await bodies(id)).length).toBe(2)
  })

  test('of two people who give the same name one is told', async () => {
    const { visitor, scope } = await agency()
    const made = [await makeTemplate(database.db, scope, { name: 'Un' }), await makeTemplate(database.db, scope, { name: 'Deux' })]
    const page = await visitor.get('/templates')
    const pages = await Promise.all(made.map(({ id }) => visitor.post(page, `/templates/${id}`, { revision: '1', name: 'Trois', kind: 'availability', text_fr: TEXT })))
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 422])
    const created = await Promise.all([1, 2].map((n) => visitor.post(page, '/templates', { name: 'Quatre', kind: 'simple', text_fr: `${n} ${TEXT}` })))
    expect(created.map(({ status }) => status).sort()).toEqual([200, 422])
  })

  test('a double click on a new one makes one', async () => {
    const { visitor, scope } = await agency()
    const page = await visitor.get('/templates/new')
    const pages = await Promise.all([1, 2, 3].map(() => visitor.post(page, '/templates', { name: 'Relance', kind: 'simple', text_fr: TEXT, action: 'publish' })))
    expect(new Set(pages.map(({ url, status }) => `${status} ${url}`))).toEqual(new Set([`200 /templates/${idOf(pages[0]!)}`]))
    expect(await database.db.selectFrom('message_template').select(['version', 'published_version']).where('company_id', '=', scope.companyId).execute()).toEqual([{ version: 1, published_version: 1 }])
  })

  test('reads in English too', async () => {
    const { scope } = await makeCompany(database.db, {})
    const visitor = await app.signIn(await makeUser(database.db, scope, { role: 'administrator', language: 'en' }))
    const { id } = await makeTemplate(database.db, scope, { name: 'Reminder', texts: { fr: 'Forêt {prenom} {oups} bit.ly/a {lien}', en: 'YES {link}' } })
    const saved = await edit(visitor, await visitor.get(`/templates/${id}`), { text_en: 'No {link}' }, 'Save')
    expect(saved.text).toContain('Saved: version 2, a draft.')
    expect(saved.text).toContain('French: There is no field {oups}.')
    expect((await visitor.get('/templates')).text).toContain('French, English')
    expect((await visitor.get(`/templates/${id}/versions`)).text).toContain('Differences from version 1')
    const archived = await visitor.submit(saved, {}, { form: '/archiving' })
    expect(archived.text).toContain('This template is archived: nobody can choose it.')
    expect((await visitor.get('/templates/new')).heading).toBe('New template')
  })

  test('survives whatever a form may hold', async () => {
    const { visitor } = await agency()
    const page = await visitor.get('/templates/new')
    for (const values of [{}, { name: ['a', 'b'], text_fr: ['x', 'y'] }, { revision: '-1', kind: 'mass', career_site: '1e9', shown: 'de', example: '?', action: 'drop' }, { name: '<b>x</b>', text_fr: '\u0000\ud800 <script>' }]) {
      expect([200, 422]).toContain((await visitor.post(page, '/templates', values)).status)
      expect((await visitor.post(page, '/templates/preview', values, { 'hx-request': 'true' })).status).toBe(200)
    }
    for (const url of ['/templates/0', '/templates/x', '/templates/99999999', '/templates/1e3', '/templates/99999999/versions']) expect((await visitor.get(url)).status).toBe(404)
  })
})

describe('whoever may not edit', () => {
  test('reads the published ones and nothing else (S27)', async () => {
    const { visitor, scope } = await agency('recruiter')
    const { id } = await makeTemplate(database.db, scope, { name: 'Relance', texts: { fr: TEXT } })
    const draft = await makeTemplate(database.db, scope, { name: 'Brouillon', isPublished: false })
    const old = await makeTemplate(database.db, scope, { name: 'Ancien', isArchived: true })
    const list = await visitor.get('/templates?shelf=archived')
    expect(list.text).toContain('Relance')
    expect(list.text).not.toMatch(/Brouillon|Ancien|Nouveau modèle/)
    const page = await visitor.get(`/templates/${id}`)
    expect(page.text).toContain('Agence Martin souhaite connaitre vos disponibilités')
    expect(page.text).not.toMatch(/Enregistrer|Dupliquer|Archiver/)
    expect([(await visitor.get(`/templates/${draft.id}`)).status, (await visitor.get(`/templates/${old.id}`)).status]).toEqual([404, 404])
  })

  test('is refused every change', async () => {
    const { visitor, scope } = await agency('recruiter')
    const { id } = await makeTemplate(database.db, scope, { name: 'Relance', texts: { fr: TEXT } })
    const page = await visitor.get('/templates')
    for (const url of ['/templates/new', `/templates/${id}/versions`]) expect((await visitor.get(url)).status).toBe(403)
    for (const url of ['/templates', '/templates/preview', `/templates/${id}`, ...['withdrawal', 'archiving', 'unarchiving', 'copy', 'versions/1/restoring'].map((step) => `/templates/${id}/${step}`)]) {
      expect((await visitor.post(page, url, { revision: '1', name: 'X', text_fr: 'Y' })).status, url).toBe(403)
    }
    expect(await row(id)).toMatchObject({ name: 'Relance', revision: 1 })
  })

  test('and does not send either sees none of them', async () => {
    const { visitor } = await agency('reader')
    expect((await visitor.get('/templates')).status).toBe(403)
    expect((await visitor.fragment('/templates/choices')).status).toBe(403)
  })

  test('another company’s templates are not found', async () => {
    const { scope } = await agency()
    const { id } = await makeTemplate(database.db, scope, { name: 'Secret de fabrique', texts: { fr: TEXT } })
    const { visitor } = await agency()
    const page = await visitor.get('/templates')
    expect(page.text).not.toContain('Secret de fabrique')
    expect((await visitor.get(`/templates/${id}`)).status).toBe(404)
    expect((await visitor.get(`/templates/${id}/versions`)).status).toBe(404)
    for (const step of ['', '/withdrawal', '/archiving', '/unarchiving', '/copy', '/versions/1/restoring']) {
      expect((await visitor.post(page, `/templates/${id}${step}`, { revision: '1', name: 'X', text_fr: 'Y' })).status, step).toBe(404)
    }
    expect((await visitor.fragment(`/templates/choices?kind=availability&q=Secret&template=${id}`)).text).not.toContain('fabrique')
    expect(await row(id)).toMatchObject({ revision: 1, published_version: 1 })
  })
})
