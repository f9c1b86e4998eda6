import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBranding, findDraft } from '../../src/companies/branding.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeBranding } from '../support/factories/landing.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const PAGE = '/admin/branding'
const VERSIONS = '/admin/branding/versions'
let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let otherScope: CompanyScope
let admin: SignedIn
let colleague: SignedIn
let outsider: SignedIn

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  ;({ scope } = await makeCompany(database.db, { name: 'Interim du Rhône' }))
  ;({ scope: otherScope } = await makeCompany(database.db))
  const signIn = async (owner: CompanyScope) => {
    const visitor = await app.signIn(await makeUser(database.db, owner, { role: 'administrator' }))
    return { ...plainSpaces(visitor), home: visitor.home }
  }
  ;[admin, colleague, outsider] = [await signIn(scope), await signIn(scope), await signIn(otherScope)]
  await makeBranding(database.db, scope, { displayName: 'Interim & Fils', brandColor: '#0b5d3b' })
  await makeBranding(database.db, scope, { displayName: 'Interim Deux', brandColor: '#0b5d3b' })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const save = async (visitor: SignedIn, displayName: string) => visitor.submit(await visitor.get(PAGE), { displayName }, { form: PAGE, button: 'Enregistrer le brouillon' })
const publish = async (visitor: SignedIn, values: Record<string, string> = {}) => visitor.submit(await visitor.get(PAGE), values, { form: PAGE, button: 'Publier' })

describe('versions', () => {
  test('say who published what and when, can be looked at, and are started again from', async () => {
    await publish(colleague, { displayName: 'Interim Trois', brandColor: '#123456' })
    const list = await admin.get(VERSIONS)
    expect(list.text).toMatch(/Version 3 En ligne .* Modifié : nom affiché et couleur de marque\..*Version 2 .* Modifié : nom affiché\. .*Version 1 .*Première version\./)
    expect((await admin.get(`${PAGE}/preview?view=simple&version=1`)).text).toContain('Interim & Fils')

    const restored = await admin.submit(await admin.get(`${VERSIONS}?version=1`), {}, { form: `${VERSIONS}/1/restoring` })
    expect(restored.text).toContain('La version 1 est devenue le brouillon.')
    expect(await findDraft(database.db, scope)).toMatchObject({ displayName: 'Interim & Fils', brandColor: '#0b5d3b', publishedVersion: null, restoredFrom: 1 })
    expect((await findBranding(database.db, scope)).version).toBe(3)
    const lines = await database.db.selectFrom('journal').select('detail').where('company_id', '=', scope.companyId).where('action', '=', 'branding.restored').execute()
    expect(lines).toEqual([{ detail: { version: 1 } }])
    await publish(admin)
    expect((await admin.get(VERSIONS)).text).toMatch(/Version 4 En ligne .* À partir de la version 1\./)
  })

  test('do not replace a draft that somebody changed meanwhile; the live one undoes it', async () => {
    await save(admin, 'Un essai')
    const mine = await admin.get(VERSIONS)
    expect(mine.text).toContain('Un brouillon attend d’être publié.')
    await save(colleague, 'Du collègue')
    const moved = await admin.submit(mine, {}, { form: `${VERSIONS}/2/restoring` })
    expect([moved.status, moved.text.includes('Quelqu’un d’autre a modifié le brouillon entre-temps.')]).toEqual([409, true])
    const back = await admin.submit(moved, {}, { form: `${VERSIONS}/4/restoring` })
    expect(back.text).toContain('Le brouillon est revenu à la version 4, celle en ligne.')
    expect(await findDraft(database.db, scope)).toMatchObject({ displayName: 'Interim & Fils', publishedVersion: 4, restoredFrom: null })
  })

  test('come ten to a page, each with what changed since the one before', async () => {
    for (let version = 5; version <= 12; version += 1) await makeBranding(database.db, scope, { displayName: `Nom ${version}` })
    const first = await admin.get(VERSIONS)
    expect(first.text).toMatch(/Version 12 .*Version 3 .*Modifié : nom affiché et couleur de marque\./)
    expect(first.text).not.toContain('Version 2 ')
    const older = await admin.get(`${VERSIONS}?before=3`)
    expect(older.text).toMatch(/Version 2 .*Modifié : nom affiché\..*Version 1 .*Première version\./)
  })

  test('of another company, or that do not exist, are not found', async () => {
    const page = await outsider.get(VERSIONS)
    expect(page.text).toContain('Rien n’est encore publié.')
    for (const url of [`${VERSIONS}?version=1`, `${PAGE}/preview?version=1`]) expect((await outsider.get(url)).status).toBe(404)
    for (const version of ['1', '0', 'x', '99999999999']) expect((await outsider.post(page, `${VERSIONS}/${version}/restoring`, { revision: '0' })).status).toBe(404)
    expect((await findDraft(database.db, otherScope)).revision).toBe(0)
  })
})

test('F-74: a picture has no address but its own, of which nobody can guess one, and nothing lists them', async () => {
  const candidate = app.visit()
  await save(admin, 'Brouillon')
  const id = '00000000-0000-4000-8000-000000000000'
  const unknown = await candidate.get('/r/zzzzzzzzzz')
  for (const url of ['/r/i', '/r/i/', `/r/i/${id}`, `/r/i/${id}-480.avif`, `/r/i/${id}-480.avif/`, '/r/i/../i/', `/r/i/${scope.companyId}-480.avif`]) {
    const answer = await candidate.get(url)
    expect([url, answer.status, answer.html === unknown.html]).toEqual([url, 404, true])
  }
})
