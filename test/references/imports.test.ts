import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeReference } from '../support/factories/references.ts'
import { plainSpaces } from '../support/plain-spaces.ts'
import type { Page } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let owner: { scope: Awaited<ReturnType<typeof makeCompany>>['scope']; userId: number }
let visitor: SignedIn
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { scope } = await makeCompany(database.db)
  const user = await makeUser(database.db, scope, { role: 'administrator' })
  owner = { scope, userId: user.id }
  const signedIn = await app.signIn(user)
  visitor = { ...plainSpaces(signedIn), home: signedIn.home }
  await makeReference(database.db, owner, 'sites', { name: 'Emplois' })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const upload = async (kind: string, content: string | Uint8Array, as: SignedIn = visitor, filename = 'fichier.csv'): Promise<Page> =>
  as.submit(await as.get(`/admin/references/${kind}/import`), { file: { filename, content, type: 'text/csv' } }, { form: `/admin/references/${kind}/import` })
const confirm = (page: Page, as: SignedIn = visitor) => as.submit(page, {}, { form: '/confirmation' })
const jobs = () => database.db.selectFrom('job').select(['reference', 'title', 'url', 'town', 'is_confidential']).where('company_id', '=', owner.scope.companyId).orderBy(sql`lower(reference)`).execute()

describe('a file of jobs', () => {
  test('is checked row by row before anything is written, then makes and changes jobs by their reference', async () => {
    const page = await upload('jobs', 'Référence;Intitulé;Site carrière;Adresse;Ville;Confidentiel\nA-1;Coffreur;emplois;https://a.example.com/1;Lyon;\nA-2;Maçon;Emplois;http://a.example.com/2;;\nA-3;Grutier;Ailleurs;https://a.example.com/3;;oui\nA-4;Chef;Emplois;https://a.example.com/4;;oui\nA-1;Encore;Emplois;https://a.example.com/1;;\n;Sans;Emplois;https://a.example.com/5;;\n')
    expect(page.text).toContain('2 à créer, rien à modifier, rien d’identique, 4 lignes en erreur')
    for (const sentence of ['doit commencer par https://', 'Choisissez un site carrière qui existe', 'se trouve déjà plus haut', 'Remplissez « Référence »']) expect(page.text).toContain(sentence)
    expect(await jobs()).toEqual([])
    expect((await confirm(page)).text).toContain('2 créations, aucune modification')
    expect(await jobs()).toEqual([
      { reference: 'A-1', title: 'Coffreur', url: 'https://a.example.com/1', town: 'Lyon', is_confidential: false },
      { reference: 'A-4', title: 'Chef', url: 'https://a.example.com/4', town: null, is_confidential: true },
    ])
    // Windows-1252 as Excel writes it, other columns, another order; what the file does not hold stays.
    const second = await upload('jobs', Buffer.from('URL,Job title,Reference,Career site\nhttps://a.example.com/1,Coffreur exp\xe9riment\xe9,a-1,Emplois\nhttps://a.example.com/4,Chef,A-4,Emplois\n', 'latin1'))
    expect(second.text).toContain('Rien à créer, 1 à modifier, 1 inchangé, aucune erreur')
    await confirm(second)
    expect(await jobs()).toMatchObject([{ reference: 'a-1', title: 'Coffreur expérimenté', town: 'Lyon' }, { reference: 'A-4', is_confidential: true }])
  })

  test('goes out as it comes in, and no cell of it is a formula', async () => {
    const evil = '=HYPERLINK("https://evil.example","x")'
    await makeReference(database.db, owner, 'jobs', { reference: 'F-1', title: evil, siteId: (await database.db.selectFrom('career_site').select('id').where('company_id', '=', owner.scope.companyId).executeTakeFirstOrThrow()).id })
    const file = await visitor.get('/admin/references/jobs/export')
    expect(file.html).toContain(`"'=HYPERLINK`)
    expect(file.html).not.toMatch(/(^|;)"?[=+@]/m)
    expect((await upload('jobs', file.html)).text).toMatch(/Rien à créer, rien à modifier, \d+ inchangés, aucune erreur/)
  })

  test('of somebody who may not see confidential jobs neither changes nor makes any (S5)', async () => {
    const signedIn = await app.signIn(await makeUser(database.db, owner.scope, { privileges: ['candidates.view', 'references.edit'] }))
    const blind = { ...plainSpaces(signedIn), home: signedIn.home }
    const page = await upload('jobs', 'Référence;Intitulé;Site carrière;Adresse;Confidentiel\nA-4;Pris;Emplois;https://a.example.com/4;\nB-9;Neuf;Emplois;https://a.example.com/9;oui\n', blind)
    expect(page.text).toContain('2 lignes en erreur')
    expect(page.text).not.toContain('Chef')
    expect((await jobs()).find(({ reference }) => reference === 'A-4')).toMatchObject({ title: 'Chef' })
  })
})

test.each([
  ['codes', 'code,nom\nX-1,Forum\nX-2,Salon\n', 2],
  ['networks', 'Nom;Adresse\nRéseau import;https://a.example.com/r\n', 1],
  ['sites', 'Nom;URL\nSite import;https://a.example.com/s\n', 1],
  ['pages', 'Site;Nom;Lien\nEmplois;Page import;https://a.example.com/p\n', 1],
])('a file of %s is taken in, twice the same changes nothing', async (kind, content, count) => {
  const page = await upload(kind, content)
  expect((await confirm(page)).text).toMatch(count === 1 ? '1 création,' : `${count} créations,`)
  const again = await upload(kind, content)
  expect(again.text).toContain('Il n’y a rien à importer')
})

test.each([
  ['', 'Ce fichier est vide'],
  ['Nom;Couleur\nx;y\n', 'Il manque ces colonnes : Adresse'],
  ['Nom;Adresse\n', 'n’a pas de lignes'],
  ['PK\u0003\u0004rest', 'Ce classeur ne peut pas être lu'],
  [`Nom;Adresse\n${'x;https://a.example.com\n'.repeat(5_001)}`, 'plus de 5000 lignes'],
])('a file that cannot be read says why', async (content, sentence) => {
  const page = await upload('sites', content)
  expect(page.status).toBe(422)
  expect(page.text.replace(/\s/g, ' ')).toContain(sentence)
})

test('the same confirmation twice imports once; a replaced file says so', async () => {
  const first = await upload('codes', 'code;nom\nT-1;Un\n')
  const second = await upload('codes', 'code;nom\nT-2;Deux\n')
  const stale = await confirm(first)
  expect([stale.status, stale.text]).toEqual([409, expect.stringContaining('déjà été importé ou remplacé')])
  expect((await confirm(second)).status).toBe(200)
  expect((await confirm(second)).status).toBe(409)
  expect((await database.db.selectFrom('campaign_code').select('code').where('code', 'in', ['T-1', 'T-2']).execute()).map(({ code }) => code)).toEqual(['T-2'])
})
