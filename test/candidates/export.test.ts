import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkMapping, guessMapping } from '../../src/candidates/imports.domain.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { csvLines, download, workbookRows } from '../support/files.ts'
import { links } from '../support/page.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let recruiter: SignedIn
let english: SignedIn

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scope = (await makeCompany(database.db)).scope
  recruiter = await app.signIn(await makeUser(database.db, scope, { name: 'Nadia Benali' }))
  english = await app.signIn(await makeUser(database.db, scope, { language: 'en' }))
  const { id } = await makeCandidate(database.db, scope, {
    firstName: 'Zoé', lastName: 'Ågren', trade: 'Maçonne', skills: ['CACES 1', 'Coffrage'], town: 'Nîmes', mobile: '06 39 98 00 01', home: '01 99 00 12 34', availability: 'available', availableFrom: '2027-01-04', availableUntil: '2027-02-05',
  })
  await database.pool.query("update candidate set external_id = 'A-7', email = 'zoe@example.org', postal_code = '30000' where id = $1", [id])
  await makeCandidate(database.db, scope, { firstName: '=1+1', lastName: 'Évariste', mobile: null, consent: false, town: 'Lyon' })
  // More than two pages, so that the file is put together from several.
  await database.pool.query(`insert into candidate (company_id, first_name, last_name, town) select $1, 'Gens', 'Nombreux ' || n, 'Brest' from generate_series(1, 2100) n`, [scope.companyId])
  const other = (await makeCompany(database.db)).scope
  await makeCandidate(database.db, other, { lastName: 'Ailleurs' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

describe('The people of a search as a file', () => {
  test('are everybody it finds and nobody else, each once, with the filters of the page', async () => {
    const all = await csvLines(recruiter, '/candidates/export')
    expect(all).toHaveLength(2102)
    expect(new Set(all.map((line) => line['Fiche'])).size).toBe(2102)
    expect(all.map((line) => line['Nom'])).not.toContain('Ailleurs')
    const page = await recruiter.get('/candidates?town=N%C3%AEmes')
    const hrefs = links(page).filter(({ href }) => href.includes('/export')).map(({ href }) => href)
    expect(hrefs).toEqual(['/candidates/export?town=N%C3%AEmes&format=xlsx', '/candidates/export?town=N%C3%AEmes&format=csv'])
    expect((await csvLines(recruiter, hrefs[1]!)).map((line) => line['Prénom'])).toEqual(['Zoé'])
  })

  test('say what the record says, and can come back as an import', async () => {
    const [line] = await csvLines(recruiter, '/candidates/export?town=N%C3%AEmes')
    expect(line).toMatchObject({
      'Référence chez vous': 'A-7', Nom: 'Ågren', Prénom: 'Zoé', 'Téléphone mobile': '+33 6 39 98 00 01', 'Téléphone fixe': '+33 1 99 00 12 34', 'E-mail': 'zoe@example.org', Métier: 'Maçonne', Compétences: 'CACES 1, Coffrage', Ville: 'Nîmes', 'Code postal': '30000',
      'Accord pour les SMS': 'oui', 'Date de l’accord': '2026-01-15', 'Disponibilité actuelle': 'Disponible', 'Date de disponibilité': '2027-01-04', 'Date de fin de disponibilité': '2027-02-05',
    })
    for (const [visitor, delimiter] of [[recruiter, ';'], [english, ',']] as const) {
      const heading = Object.keys((await csvLines(visitor, '/candidates/export?town=N%C3%AEmes', delimiter))[0]!)
      const mapping = guessMapping(heading)
      expect(checkMapping(mapping)).toBeUndefined()
      expect(Object.values(mapping).sort()).toEqual(['available_from', 'available_until', 'branch', 'consent', 'consent_on', 'consent_source', 'email', 'external_id', 'first_name', 'home', 'language', 'last_name', 'mobile', 'mobile_2', 'postal_code', 'registered_on', 'skills', 'tags', 'town', 'trade'])
    }
  })

  test('are a workbook of real days and of texts, whatever they begin with, which others can read', async () => {
    const { sheet, rows } = await workbookRows(recruiter, '/candidates/export?format=xlsx')
    expect(sheet).toBe('candidats')
    expect(rows).toHaveLength(2103)
    const [heading, ...people] = rows as [string[], ...unknown[][]]
    const cell = (person: unknown[], label: string) => person[heading.indexOf(label)]
    const zoe = people.find((person) => cell(person, 'Prénom') === 'Zoé')!
    expect(cell(zoe, 'Téléphone mobile')).toBe('+33639980001')
    expect(cell(zoe, 'Date de disponibilité')).toEqual(new Date('2027-01-04T00:00:00Z'))
    expect(people.some((person) => cell(person, 'Prénom') === '=1+1')).toBe(true)
  })

  test('of the other kind have their own columns', async () => {
    await database.pool.query("insert into candidate (company_id, kind, first_name, last_name, organisation) values ($1, 'contact', 'Ana', 'Gil', 'Chantiers Réunis')", [scope.companyId])
    expect(await csvLines(recruiter, '/contacts/export')).toMatchObject([{ Nom: 'Gil', 'Entreprise cliente (contacts)': 'Chantiers Réunis' }])
  })

  test('stand in the journal with who took them along', async () => {
    await download(recruiter, '/contacts/export?format=xlsx')
    const admin = await app.signIn(await makeUser(database.db, scope, { role: 'administrator' }))
    expect((await admin.get('/admin/journal')).text).toContain('Nadia Benali a exporté des contacts clients (Excel)')
  })

  test('are refused without the right, and confidential lists are not found', async () => {
    const nobody = await app.signIn(await makeUser(database.db, scope, { privileges: ['campaigns.view'] }))
    expect((await nobody.get('/candidates/export')).status).toBe(403)
    expect((await recruiter.get('/candidates/export?list=999999')).status).toBeLessThan(500)
  })
})
