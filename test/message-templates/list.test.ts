import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { composeScene, makeTemplate } from '../support/factories/campaigns.ts'
import { elements, textOf } from '../support/html.ts'
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

async function agency() {
  const { scope } = await makeCompany(database.db, {})
  const visitor = await app.signIn(await makeUser(database.db, scope, { role: 'administrator' }))
  return { scope, visitor }
}

const names = (page: Page) => elements(page.root).filter(({ tag, attributes }) => tag === 'th' && attributes['scope'] === 'row').map(textOf)
const options = (page: Page) => elements(page.root).filter(({ tag }) => tag === 'option').map((option) => `${textOf(option)}${option.attributes['selected'] === undefined ? '' : ' *'}`)
const nbsp = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('« Modèles »', () => {
  test('are found by the start of the name, whatever accents and capitals, by state and by kind', async () => {
    const { scope, visitor } = await agency()
    await makeTemplate(database.db, scope, { name: 'Été : renforts' })
    await makeTemplate(database.db, scope, { name: 'Étudiants', kind: 'simple', isPublished: false })
    await makeTemplate(database.db, scope, { name: 'Renforts d’été' })
    await makeTemplate(database.db, scope, { name: 'Étape passée', isArchived: true })
    await makeTemplate(database.db, scope, { name: 'Merci', kind: 'auto_response', texts: { fr: 'Merci', en: 'Thanks' } })
    const list = async (query: string) => names(await visitor.get(`/templates${query}`))
    expect(await list('')).toEqual(['Été : renforts', 'Étudiants', 'Merci', 'Renforts d’été'])
    expect(await list('?q=ETE')).toEqual(['Été : renforts'])
    expect(await list('?q=%C3%A9t')).toEqual(['Été : renforts', 'Étudiants'])
    expect(await list('?q=100%25')).toEqual([])
    expect(await list('?shelf=draft')).toEqual(['Étudiants'])
    expect(await list('?shelf=published&kind=availability')).toEqual(['Été : renforts', 'Renforts d’été'])
    expect(await list('?shelf=archived')).toEqual(['Étape passée'])
    expect(await list('?kind=auto_response')).toEqual(['Merci'])
    expect(await list('?kind=x&shelf=y&after=zzz&q=%00')).toEqual(await list(''))
    expect((await visitor.get('/templates?q=zzz')).text).toContain('La recherche porte sur le début du nom.')
    const page = await visitor.get('/templates')
    expect(page.text).toMatch(/Tous 4Publiés 3Brouillons 1Archivés 1/)
    expect(page.text).toContain('Français et anglais')
  })

  test('lie in folders that come with their first template and go with the last', async () => {
    const { scope, visitor } = await agency()
    const { id } = await makeTemplate(database.db, scope, { name: 'Relance' })
    const other = await makeTemplate(database.db, scope, { name: 'Renforts' })
    const save = async (template: number, folder: string) => visitor.submit(await visitor.get(`/templates/${template}`), { folder }, { form: `/templates/${template}`, button: 'Enregistrer' })
    expect((await visitor.get('/templates')).text).not.toContain('dossiers')
    await save(id, ' Été  et rappels ')
    await save(other.id, 'ÉTÉ ET RAPPELS')
    const folder = async () => (await database.db.selectFrom('message_template').select(['folder', 'version']).where('id', '=', id).executeTakeFirstOrThrow())
    expect(await folder()).toEqual({ folder: 'Été et rappels', version: 1 })
    expect(names(await visitor.get('/templates?folder=ete+et+rappels'))).toEqual(['Relance · Été et rappels', 'Renforts · ÉTÉ ET RAPPELS'])
    expect(names(await visitor.get('/templates?folder=ete+et+rappels&q=renf'))).toHaveLength(1)
    expect(names(await visitor.get('/templates?folder=autre'))).toEqual([])
    expect(nbsp((await visitor.get('/templates?folder=autre')).text)).toContain('Dossier : autre')
    expect(options(await visitor.fragment('/templates/choices?kind=availability'))).toContain('Relance · Été et rappels')
    const copy = await visitor.post(await visitor.get(`/templates/${id}`), `/templates/${id}/copy`, { revision: '1' })
    expect(copy.html).toContain('value="Été et rappels"')

    await save(id, '')
    expect(await folder()).toMatchObject({ folder: null })
    expect((await save(id, 'x'.repeat(200))).status).toBe(200)
    expect((await folder()).folder).toHaveLength(60)
  })

  test('say how often they were used, and when last', async () => {
    const given = await composeScene(database, app, { user: { role: 'administrator' } })
    const { visitor } = given
    expect(nbsp((await visitor.get('/templates')).text)).toContain('Jamais utilisé')
    for (let n = 0; n < 2; n++) {
      const draft = await visitor.post(visitor.home, '/campaigns', { ids: [given.ids[n]!] })
      await visitor.submit(await visitor.get(`${draft.url}/check`), { checked: '1' }, { form: '/launch' })
    }
    expect(nbsp((await visitor.get('/templates')).text)).toMatch(/Utilisé 2 fois, la dernière le /)
  })

  test('are paged by key, each once', async () => {
    const { scope, visitor } = await agency()
    const made = Array.from({ length: 120 }, (_, n) => `Modèle ${String(n % 60).padStart(3, '0')}${n < 60 ? '' : ' bis'}`)
    await database.db.insertInto('message_template').values(made.map((name) => ({ company_id: scope.companyId, name, kind: 'simple' }))).execute()
    const seen: string[] = []
    let page = await visitor.get('/templates?q=mod')
    for (;;) {
      seen.push(...names(page))
      const next = /href="([^"]*)" rel="next"/.exec(page.html)?.[1]
      if (!next) break
      page = await visitor.get(next.replaceAll('&amp;', '&'))
    }
    expect(seen).toEqual([...made].sort())
  })
})

test('the database knows no template that is half published, or published in a version it has not', async () => {
  const { scope } = await agency()
  const { id } = await makeTemplate(database.db, scope, {})
  for (const wrong of [{ published_version: null }, { published_at: null }, { published_version: 2 }]) {
    await expect(database.db.updateTable('message_template').set(wrong).where('id', '=', id).execute()).rejects.toThrow(/message_template_published/)
  }
})

describe('the picker of templates (S27, S59)', () => {
  test('offers published ones of the kind by the start of their name, the one used last first', async () => {
    const { scope, visitor } = await agency()
    await makeTemplate(database.db, scope, { name: 'Renfort' })
    const used = await makeTemplate(database.db, scope, { name: 'Rentrée' })
    await makeTemplate(database.db, scope, { name: 'Rendez-vous', isPublished: false })
    await makeTemplate(database.db, scope, { name: 'Rente', kind: 'simple' })
    const other = await makeTemplate(database.db, scope, { name: 'Question' })
    await database.db.updateTable('message_template').set({ last_used_at: new Date('2026-11-12T09:00:00Z') }).where('id', '=', used.id).execute()
    const choices = async (query: string) => options(await visitor.fragment(`/templates/choices?${query}`))
    expect(await choices('kind=availability')).toEqual(['Sans modèle', expect.stringMatching(/^Rentrée \(utilisé le .+\)$/), 'Question', 'Renfort'])
    expect(await choices('kind=availability&q=RENF')).toEqual(['Sans modèle', 'Renfort'])
    expect(await choices('kind=simple&q=ren')).toEqual(['Sans modèle', 'Rente'])
    // What is picked stays picked while somebody looks for another.
    expect(await choices(`kind=availability&q=renf&template=${other.id}`)).toEqual(['Sans modèle', 'Question *', 'Renfort'])
    expect(nbsp((await visitor.fragment('/templates/choices?kind=availability&q=zz')).text)).toContain('Aucun modèle publié ne commence par « zz ».')
    expect((await visitor.get('/templates/choices?kind=availability')).url).toBe('/templates')
  })
})
