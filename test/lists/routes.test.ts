import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { addMembers, createTalentList, removeMembers } from '../../src/lists/queries.ts'
import { startTestApp } from '../support/app.ts'
import type { SignedIn, TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { links } from '../support/page.ts'
import type { Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let recruiter: SignedIn
let colleague: SignedIn
let reader: SignedIn
let stranger: SignedIn
const people: Record<string, number> = {}

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scope = (await makeCompany(database.db)).scope
  recruiter = await app.signIn(await makeUser(database.db, scope, { name: 'Nadia Benali' }))
  colleague = await app.signIn(await makeUser(database.db, scope, { name: 'Paul Roux' }))
  reader = await app.signIn(await makeUser(database.db, scope, { role: 'reader' }))
  const other = await makeCompany(database.db)
  stranger = await app.signIn(await makeUser(database.db, other.scope))
  for (const [name, town] of [['Ana', 'Lyon'], ['Bo', 'Lyon'], ['Cy', 'Nîmes']] as const) people[name] = (await makeCandidate(database.db, scope, { firstName: name, lastName: 'Test', town })).id
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const names = (page: Page) => links(page).filter(({ href }) => /^\/(candidates|contacts)\/\d+$/.test(href)).map(({ text }) => text.split(' ')[0])
/** Which ids a list holds. */
const membersOf = async (listId: number) => (await database.db.selectFrom('talent_list_member').select('candidate_id').where('list_id', '=', listId).orderBy('candidate_id').execute()).map((row) => row.candidate_id)
const listNamed = async (name: string) => (await database.db.selectFrom('talent_list').select('id').where('company_id', '=', scope.companyId).where('name', '=', name).executeTakeFirstOrThrow()).id
const idOf = (name: string) => String(people[name])

describe('a folder', () => {
  test('is made, renamed and archived; a name that is taken or missing is refused and kept as typed', async () => {
    let page = await recruiter.submit(await recruiter.get('/lists/new'), { name: ' Chantier  Confluence ' }, { form: '/lists' })
    expect(page.url).toBe('/lists')
    expect(plain(page.text)).toContain('Le dossier « Chantier Confluence » est créé.')
    expect(plain(page.text)).toContain('Chantier Confluence Personne Vous')
    page = await recruiter.submit(await recruiter.get('/lists/new'), { name: 'chantier confluence', description: 'gardé' }, { form: '/lists' })
    expect(page.status).toBe(422)
    expect(page.text).toContain('Ce nom est déjà pris')
    expect(page.html).toContain('gardé')
    expect((await recruiter.submit(await recruiter.get('/lists/new'), { name: '' }, { form: '/lists' })).status).toBe(422)
    expect((await recruiter.submit(await recruiter.get('/lists/new'), { name: 'x'.repeat(161) }, { form: '/lists' })).text).toContain('il en compte 161')
    const id = await listNamed('Chantier Confluence')
    page = await recruiter.submit(await recruiter.get(`/lists/${id}`), { name: 'Confluence 2' }, { form: `/lists/${id}` })
    expect(plain(page.text)).toContain('Le dossier « Confluence 2 » est enregistré.')
    page = await recruiter.submit(await recruiter.get(`/lists/${id}/archiving`), {}, { form: 'archiving' })
    expect(plain(page.text)).toContain('Le dossier « Confluence 2 » est archivé.')
    expect((await recruiter.get(`/lists/${id}`)).status).toBe(404)
    // The name is free again.
    expect((await recruiter.submit(await recruiter.get('/lists/new'), { name: 'Confluence 2' }, { form: '/lists' })).url).toBe('/lists')
  })

  test('of another company does not exist, and a reader changes none', async () => {
    const id = await createTalentList(database.db, scope, { kind: 'folder', name: 'Chez nous', createdBy: null })
    expect((await stranger.get(`/lists/${id}`)).status).toBe(404)
    expect((await stranger.get(`/candidates?list=${id}`)).text).not.toContain('Chez nous')
    expect((await stranger.post(stranger.home, '/lists/addition', { step: 'add', target: String(id), all: '1' })).status).toBe(422)
    expect((await stranger.post(stranger.home, '/lists/removal', { list: String(id), ids: idOf('Ana') })).status).toBe(404)
    expect((await reader.get('/lists')).html).not.toContain('/lists/new')
    expect((await reader.get('/lists/new')).status).toBe(403)
    expect(await membersOf(id)).toEqual([])
  })
})

describe('a selection (S11)', () => {
  test('goes into a new folder, into one that exists, and out again', async () => {
    let page = await recruiter.get('/candidates?town=Lyon')
    expect(page.html).toContain('formaction="/lists/addition"')
    page = await recruiter.post(page, '/lists/addition', { kind: 'candidate', town: 'Lyon', ids: idOf('Ana') })
    expect(page.heading).toBe('Ajouter à une liste')
    expect(plain(page.text)).toContain('Sélection : 1 personne')
    page = await recruiter.submit(page, { name: 'Coffreurs' }, { form: '/lists/addition' })
    const id = await listNamed('Coffreurs')
    expect(page.url).toBe(`/candidates?list=${id}`)
    expect(plain(page.text)).toContain('1 personne ajoutée à la liste « Coffreurs ».')
    expect(names(page)).toEqual(['Ana'])
    // The whole search but one, into the same folder by its name.
    page = await recruiter.post(recruiter.home, '/lists/addition', { all: '1', except: idOf('Bo'), kind: 'candidate' })
    page = await recruiter.submit(page, { name: 'COFFREURS' }, { form: '/lists/addition' })
    expect(names(page)).toEqual(['Ana', 'Cy'])
    expect(plain(page.text)).toContain('liste « Coffreurs »')
    expect(page.html).toContain('formaction="/lists/removal"')
    page = await recruiter.post(page, '/lists/removal', { kind: 'candidate', list: String(id), ids: idOf('Cy') })
    expect(plain(page.text)).toContain('1 personne retirée de la liste « Coffreurs ».')
    expect(names(page)).toEqual(['Ana'])
    // All at once is asked about first.
    page = await recruiter.post(recruiter.home, '/lists/removal', { all: '1', list: String(id) })
    expect(plain(page.heading)).toBe('Retirer 1 personne de la liste « Coffreurs » ?')
    expect(await membersOf(id)).toEqual([people['Ana']])
    page = await recruiter.submit(page, {}, { form: '/lists/removal' })
    expect(await membersOf(id)).toEqual([])
  })

  test('without anybody, without a list, or for a list that is gone is refused in words', async () => {
    const id = await createTalentList(database.db, scope, { kind: 'folder', name: 'Bientôt archivé', createdBy: null })
    const page = await recruiter.post(recruiter.home, '/lists/addition', {})
    expect([page.status, page.text.includes('Sélectionnez d’abord une personne')]).toEqual([422, true])
    expect((await recruiter.post(recruiter.home, '/lists/addition', { step: 'add', ids: idOf('Ana') })).text).toContain('Choisissez une liste ou nommez')
    const chosen = await recruiter.post(recruiter.home, '/lists/addition', { ids: idOf('Ana') })
    await database.db.updateTable('talent_list').set({ archived_at: new Date() }).where('id', '=', id).execute()
    const late = await recruiter.submit(chosen, { target: String(id) }, { form: '/lists/addition' })
    expect([late.status, late.text.includes('Cette liste n’existe plus')]).toEqual([422, true])
    expect((await recruiter.post(recruiter.home, '/lists/addition', { step: 'add', ids: ['x', '0', '-1', idOf('Ana')], name: '<b>\u0000' })).text).toContain('<b>')
    expect(await membersOf(id)).toEqual([])
  })

  test('adds and removes nobody of another company, whatever the ids', async () => {
    const id = await createTalentList(database.db, scope, { kind: 'folder', name: 'Chacun chez soi', createdBy: null })
    const elsewhere = await makeCompany(database.db)
    const foreign = await makeCandidate(database.db, elsewhere.scope)
    const audience = { mode: 'selected' as const, ids: [foreign.id, people['Ana']!] }
    expect(await database.db.transaction().execute((trx) => addMembers(trx, scope, id, audience, ['FR'], null))).toBe(1)
    expect(await membersOf(id)).toEqual([people['Ana']])
    expect(await removeMembers(database.db, elsewhere.scope, id, audience, ['FR'])).toBe(0)
    expect(await database.db.transaction().execute((trx) => addMembers(trx, elsewhere.scope, id, audience, ['FR'], null))).toBeUndefined()
  })
})

describe('a campaign', () => {
  test('starts from a list and takes its name (S10, S11, S21)', async () => {
    const id = await createTalentList(database.db, scope, { kind: 'folder', name: 'Grues', createdBy: null })
    await database.db.transaction().execute((trx) => addMembers(trx, scope, id, { mode: 'selected', ids: [people['Bo']!] }, ['FR'], null))
    const page = await recruiter.get('/lists')
    const draft = await recruiter.post(page, '/campaigns', { all: '1', kind: 'candidate', list: String(id) })
    expect(page.html).toMatch(new RegExp(`name="list" value="${id}"`))
    const campaign = await database.db.selectFrom('campaign').select(['name', 'audience']).where('company_id', '=', scope.companyId).orderBy('id', 'desc').executeTakeFirstOrThrow()
    expect(campaign.name).toMatch(/^Grues – /)
    expect(campaign.audience).toMatchObject({ mode: 'query', filters: { kind: 'candidate', list: String(id) }, except: [] })
    expect(draft.url).toMatch(/^\/campaigns\/\d+$/)
  })
})

describe('a saved search', () => {
  test('is kept under a name, opened, shared, renamed and deleted; names a campaign (S21)', async () => {
    let page = await recruiter.get('/candidates?town=Lyon&availability=unknown')
    expect(links(page).map(({ href }) => href)).toContain('/lists/searches/new?town=Lyon&availability=unknown')
    page = await recruiter.get('/lists/searches/new?town=Lyon&availability=unknown')
    expect(plain(page.text)).toContain('à Lyon · Non précisé')
    page = await recruiter.submit(page, { name: 'Lyonnais' }, { form: '/lists/searches' })
    expect(page.url).toBe('/candidates?town=Lyon&availability=unknown')
    expect(links(page).find(({ text }) => text === 'Lyonnais')?.href).toBe('/candidates?town=Lyon&availability=unknown')
    expect((await colleague.get('/lists?tab=searches')).text).not.toContain('Lyonnais')
    const { id } = await database.db.selectFrom('saved_search').select('id').where('company_id', '=', scope.companyId).executeTakeFirstOrThrow()
    expect((await colleague.get(`/lists/searches/${id}`)).status).toBe(404)
    page = await recruiter.submit(await recruiter.get(`/lists/searches/${id}`), { name: 'Gens de Lyon', shared: 'on' }, { form: `/lists/searches/${id}` })
    expect(plain(page.text)).toMatch(/Gens de Lyon.*Partagée/)
    expect((await colleague.get('/candidates')).text).toContain('Gens de Lyon')
    expect((await colleague.get(`/lists/searches/${id}`)).status).toBe(403)
    await colleague.post(colleague.home, '/campaigns', { all: '1', town: 'Lyon', availability: 'unknown' })
    expect((await database.db.selectFrom('campaign').select('name').where('company_id', '=', scope.companyId).orderBy('id', 'desc').executeTakeFirstOrThrow()).name).toMatch(/^Gens de Lyon – /)
    const again = await recruiter.submit(await recruiter.get('/lists/searches/new?q=bo'), { name: 'gens de lyon' }, { form: '/lists/searches' })
    expect([again.status, again.text.includes('Ce nom est déjà pris')]).toEqual([422, true])
    page = await recruiter.submit(await recruiter.get(`/lists/searches/${id}/deletion`), {}, { form: 'deletion' })
    expect(page.text).toContain('Aucune recherche enregistrée')
  })
})

describe('« Listes »', () => {
  test.each(['searches', 'folders', 'networks', 'jobs', 'imports', 'branches'])('has a page for %s, without and with entries', async (tab) => {
    expect((await stranger.get(`/lists?tab=${tab}`)).status).toBe(200)
    const db = database.db
    const company_id = scope.companyId
    const list = await createTalentList(db, scope, { kind: tab === 'jobs' ? 'job' : 'network', name: `Liste ${tab}`, createdBy: null })
    const hidden = tab === 'jobs' ? await createTalentList(db, scope, { kind: 'job', name: 'Directeur caché', createdBy: null }) : 0
    if (tab === 'networks') await db.insertInto('talent_network').values({ company_id, name: 'Réseau Rhône', join_url: 'https://exemple.fr/rejoindre', list_id: list }).execute()
    if (tab === 'branches') await db.insertInto('branch').values({ company_id, name: 'Agence de Bron' }).execute()
    if (tab === 'jobs') {
      const site = await db.insertInto('career_site').values({ company_id, name: 'Carrières', url: 'https://exemple.fr' }).returning('id').executeTakeFirstOrThrow()
      await db.insertInto('job').values([
        { company_id, site_id: site.id, reference: 'R-1', title: 'Grutier', url: 'https://exemple.fr/1', list_id: list },
        { company_id, site_id: site.id, reference: 'R-2', title: 'Directeur caché', url: 'https://exemple.fr/2', list_id: hidden, is_confidential: true },
      ]).execute()
    }
    const page = await recruiter.get(`/lists?tab=${tab}`)
    expect(page.status).toBe(200)
    if (tab === 'networks') expect(plain(page.text)).toContain('Réseau Rhône Personne')
    if (tab === 'branches') expect(links(page).some(({ href }) => /^\/candidates\?branch=\d+$/.test(href))).toBe(true)
    if (tab === 'jobs') expect([(await recruiter.get(`/candidates?list=${hidden}`)).status, (await recruiter.get(`/candidates?list=${list}`)).status]).toEqual([404, 200])
    if (tab === 'jobs') for (const url of ['/campaigns', '/lists/addition', '/lists/removal']) expect((await recruiter.post(page, url, { all: '1', list: String(hidden), name: 'Dossier volé' })).status, url).toBe(404)
    if (tab === 'jobs') expect([page.text.includes('Grutier'), page.text.includes('Directeur')]).toEqual([true, false])
  })

  test.each(['?tab=zzz', '?after=x', `?after=${Buffer.from('["\\u0000",1]').toString('base64url')}`, '?tab=imports&after=W10'])('bears hostile addresses: %s', async (query) => {
    expect((await recruiter.get(`/lists${query}`)).status).toBe(200)
  })

  test('pages by key', async () => {
    const own = await makeCompany(database.db)
    const visitor = await app.signIn(await makeUser(database.db, own.scope))
    for (let n = 0; n < 103; n++) await createTalentList(database.db, own.scope, { kind: 'folder', name: `Dossier ${String(n).padStart(3, '0')}`, createdBy: null })
    const seen: string[] = []
    for (let url: string | undefined = '/lists'; url; ) {
      const page: Page = await visitor.get(url)
      seen.push(...links(page).filter(({ text }) => /^Dossier \d/.test(text)).map(({ text }) => text))
      url = links(page).find(({ text }) => text === 'Suivants')?.href
    }
    expect(seen).toEqual(Array.from({ length: 103 }, (_, n) => `Dossier ${String(n).padStart(3, '0')}`))
  })
})
