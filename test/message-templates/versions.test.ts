import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { wordDiff } from '../../src/message-templates/diff.ts'
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

const TEXT = '{agence} souhaite connaitre vos disponibilités : {lien}\n{stop}'
const row = (id: number) => database.db.selectFrom('message_template').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const body = async (id: number, version: number) => (await database.db.selectFrom('message_template_text').select('body').where('template_id', '=', id).where('version', '=', version).executeTakeFirstOrThrow()).body
const marked = (page: Page, tag: 'ins' | 'del') => elements(page.root).filter((element) => element.tag === tag).map(textOf)

async function scene(given: Parameters<typeof makeTemplate>[2] = {}) {
  const company = await makeCompany(database.db, { name: 'Agence Martin' })
  const user = await makeUser(database.db, company.scope, { role: 'administrator' })
  const visitor = await app.signIn(user)
  const { id } = await makeTemplate(database.db, company.scope, { name: 'Relance', texts: { fr: TEXT }, ...given })
  const open = () => visitor.get(`/templates/${id}`)
  const save = async (text: string) => visitor.submit(await open(), { text_fr: text }, { form: `/templates/${id}`, button: 'Enregistrer' })
  const step = async (name: string) => visitor.submit(await open(), {}, { form: `/templates/${id}/${name}` })
  return { ...company, user, visitor, id, open, save, step }
}

describe('versions', () => {
  test('are listed with what changed, newest first, and an old one comes back as a new one', async () => {
    const given = await scene()
    await given.save(`Bonjour {prenom|}, ${TEXT}`)
    await given.save(`Bonjour {prenom|vous}, ${TEXT}`)
    const page = await given.visitor.get(`/templates/${given.id}/versions`)
    expect(page.text.indexOf('Version 3')).toBeLessThan(page.text.indexOf('Version 2'))
    expect(marked(page, 'ins')).toEqual(['Ajouté : {prenom|vous}', 'Ajouté : Bonjour {prenom|},'].map((text) => text.replace(' :', '\u00a0:')))
    expect(marked(page, 'del')).toEqual(['Supprimé\u00a0: {prenom|}'])
    expect(page.text).toContain(given.user.name)

    const restored = await given.visitor.submit(page, {}, { form: '/versions/1/restoring' })
    expect(restored.text).toContain('Version restaurée en brouillon.')
    expect(await row(given.id)).toMatchObject({ version: 4, published_version: 1 })
    expect([await body(given.id, 4), await body(given.id, 3)]).toEqual([TEXT, `Bonjour {prenom|vous}, ${TEXT}`])
    // The page was made before: its button does nothing twice.
    const again = await given.visitor.submit(page, {}, { form: '/versions/1/restoring' })
    expect([again.status, (await row(given.id)).version]).toEqual([409, 4])
  })

  test('of the future, and of no template, are not found', async () => {
    const given = await scene()
    for (const version of ['1', '2', '0', 'x', '999999999']) {
      expect((await given.visitor.post(await given.open(), `/templates/${given.id}/versions/${version}/restoring`, { revision: '1' })).status, version).toBe(404)
    }
    expect(await row(given.id)).toMatchObject({ version: 1, revision: 1 })
  })

  test('page by page', async () => {
    const given = await scene()
    await database.db.insertInto('message_template_text').values(Array.from({ length: 44 }, (_, n) => ({ company_id: given.scope.companyId, template_id: given.id, version: n + 2, language: 'fr', body: `Texte ${n + 2}` }))).execute()
    await database.db.updateTable('message_template').set({ version: 45 }).where('id', '=', given.id).execute()
    const seen: string[] = []
    let page = await given.visitor.get(`/templates/${given.id}/versions`)
    for (let pages = 1; ; pages++) {
      seen.push(...[...page.html.matchAll(/<summary>Version (\d+)/g)].map(([, version]) => version!))
      const next = /href="([^"]*before=\d+)" rel="next"/.exec(page.html)?.[1]
      if (!next) {
        expect(pages).toBe(5)
        break
      }
      page = await given.visitor.get(next)
    }
    expect(seen).toEqual(Array.from({ length: 45 }, (_, n) => String(45 - n)))
  })

  test('an old one with a job field does not come back into what is an automatic answer now (S35)', async () => {
    const given = await scene({ kind: 'simple', isPublished: false, texts: { fr: '{poste} : {lien}' } })
    await given.visitor.submit(await given.open(), { kind: 'auto_response', text_fr: 'Merci, {agence} vous rappelle.' }, { form: `/templates/${given.id}`, button: 'Enregistrer' })
    const refused = await given.visitor.submit(await given.visitor.get(`/templates/${given.id}/versions`), {}, { form: '/versions/1/restoring' })
    expect([refused.status, (await row(given.id)).version]).toEqual([409, 2])
    expect(refused.text).toContain('n’est pas permis dans une réponse automatique')
  })
})

describe('what becomes of a template', () => {
  test('withdrawn, nobody is offered it; archived, it is out of sight and its name is free; unarchived, it is a draft', async () => {
    const given = await scene()
    expect((await given.step('withdrawal')).text).toContain('Modèle retiré')
    expect(await row(given.id)).toMatchObject({ published_version: null, published_at: null })
    const archived = await given.step('archiving')
    expect(archived.text).toContain('Modèle archivé.')
    expect(archived.text).not.toContain('Enregistrer et publier')
    expect((await given.visitor.get('/templates')).text).not.toContain('Relance')
    expect((await given.visitor.get('/templates?shelf=archived')).text).toContain('Relance')

    const namesake = await makeTemplate(database.db, given.scope, { name: 'relance' })
    const refused = await given.step('unarchiving')
    expect([refused.status, refused.text.includes('Un autre modèle porte maintenant ce nom')]).toEqual([409, true])
    await database.db.updateTable('message_template').set({ name: 'Autre' }).where('id', '=', namesake.id).execute()
    expect((await given.step('unarchiving')).text).toContain('c’est un brouillon')
    expect(await row(given.id)).toMatchObject({ published_version: null, archived_at: null })
    const actions = await database.db.selectFrom('journal').select('action').where('company_id', '=', given.scope.companyId).where('action', 'like', 'template.%').orderBy('id').execute()
    expect(actions.map(({ action }) => action)).toEqual(['template.withdrawn', 'template.archived', 'template.unarchived'])
  })

  test('a page from before somebody’s change does nothing', async () => {
    const given = await scene()
    const old = await given.open()
    await given.save(`Bonjour, ${TEXT}`)
    for (const name of ['withdrawal', 'archiving']) {
      const refused = await given.visitor.submit(old, {}, { form: `/templates/${given.id}/${name}` })
      expect([refused.status, refused.text.includes('rien n’a été fait')]).toEqual([409, true])
    }
    expect(await row(given.id)).toMatchObject({ published_version: 1, archived_at: null })
  })

  test('a form for what was archived meanwhile is refused with its text', async () => {
    const given = await scene()
    const old = await given.open()
    await given.step('archiving')
    const refused = await given.visitor.submit(old, { text_fr: `Moi : ${TEXT}` }, { form: `/templates/${given.id}`, button: 'Enregistrer' })
    expect([refused.status, refused.html.includes(`Moi : ${TEXT}`)]).toEqual([409, true])
    expect(await row(given.id)).toMatchObject({ version: 1 })
    const rescued = await given.visitor.submit(refused, {}, { form: '/templates', button: 'Enregistrer' })
    expect([rescued.heading, rescued.status, rescued.url === `/templates/${given.id}`]).toEqual(['Relance', 200, false])
  })

  test('copies are drafts with names of their own', async () => {
    const given = await scene({ name: 'x'.repeat(118) })
    await given.save(`Bonjour, ${TEXT}`)
    const names: string[] = []
    for (let n = 0; n < 2; n++) names.push((await given.step('copy')).heading)
    expect(names).toEqual([`${'x'.repeat(112)} (copie)`, `${'x'.repeat(110)} (copie 2)`])
    const copy = await database.db.selectFrom('message_template').selectAll().where('company_id', '=', given.scope.companyId).where('name', '=', names[0]!).executeTakeFirstOrThrow()
    expect(copy).toMatchObject({ version: 1, published_version: null, kind: 'availability' })
    expect(await body(copy.id, 1)).toBe(`Bonjour, ${TEXT}`)
  })
})

describe('a campaign keeps the text it was made from', () => {
  test('as a draft and once it runs, whatever becomes of the template', async () => {
    const given = await composeScene(database, app, { user: { role: 'administrator' } })
    const { visitor, template } = given
    const before = (await database.db.selectFrom('message_template_text').select('body').where('template_id', '=', template.id).executeTakeFirstOrThrow()).body
    const [draft, running] = [await visitor.post(visitor.home, '/campaigns', { ids: given.ids }), await visitor.post(visitor.home, '/campaigns', { ids: given.ids })]
    const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url)![1])
    await visitor.submit(await visitor.get(`/campaigns/${idOf(running)}/check`), { checked: '1' }, { form: '/launch' })
    const texts = () => database.db.selectFrom('message').select('body').where('campaign_id', '=', idOf(running)).orderBy('id').execute()
    const sent = await texts()
    expect(sent.length).toBe(3)

    await visitor.submit(await visitor.get(`/templates/${template.id}`), { text_fr: '{agence} : tout autre chose {lien}' }, { form: `/templates/${template.id}`, button: 'Enregistrer et publier' })
    const saved = await visitor.submit(await visitor.get(draft.url), { name: 'Encore là' }, { form: '/draft', button: 'Enregistrer' })
    expect(saved.html).toContain(before.split('\n')[0]!)
    expect(await findCampaign(database.db, given.scope, idOf(draft))).toMatchObject({ template_version: 1, texts: { fr: before } })
    expect(await findCampaign(database.db, given.scope, idOf(running))).toMatchObject({ template_version: 1, texts: { fr: before } })
    expect(await texts()).toEqual(sent)

    // Whoever begins now gets the new one.
    const fresh = await visitor.post(visitor.home, '/campaigns', { ids: given.ids })
    expect(await findCampaign(database.db, given.scope, idOf(fresh))).toMatchObject({ template_version: 2, texts: { fr: '{agence} : tout autre chose {lien}' } })
    // Archived: both go on; nobody picks it any more.
    await visitor.submit(await visitor.get(`/templates/${template.id}`), {}, { form: '/archiving' })
    expect((await visitor.get(draft.url)).html).toContain(before.split('\n')[0]!)
    expect(await texts()).toEqual(sent)
  })
})

describe('differences', () => {
  test.each([
    ['Bonjour', 'Bonjour', [['same', 'Bonjour']]],
    ['', 'Bonjour', [['added', 'Bonjour']]],
    ['a {prenom|} b', 'a {prenom|vous} b', [['same', 'a '], ['removed', '{prenom|}'], ['added', '{prenom|vous}'], ['same', ' b']]],
    ['êtes-vous libre ?', 'êtes-vous disponible ?', [['same', 'êtes-vous '], ['removed', 'libre'], ['added', 'disponible'], ['same', ' ?']]],
    ['un\ndeux', 'un\n\ndeux', [['same', 'un\n'], ['added', '\n'], ['same', 'deux']]],
    ['😀', '😁', [['removed', '😀'], ['added', '😁']]],
  ])('%j → %j', (before, after, expected) => {
    expect(wordDiff(before, after).map(({ mark, text }) => [mark, text])).toEqual(expected)
  })

  test.each([400, 5_000])('two texts of %i words that share nothing are compared as far as it makes sense', (words) => {
    const parts = wordDiff('a b '.repeat(words / 2), 'c d\n'.repeat(words / 2))
    expect(parts.filter(({ mark }) => mark !== 'added').map(({ text }) => text).join('')).toBe('a b '.repeat(words / 2))
    expect(parts.filter(({ mark }) => mark !== 'removed').map(({ text }) => text).join('')).toBe('c d\n'.repeat(words / 2))
  })
})
