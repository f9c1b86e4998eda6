import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordOptOut } from '../../src/consent/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import type { PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let admin: { email: string; password: string }
let person: { id: number; e164: string | null }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db, { name: 'Intérim du Rhône' })
  scope = company.scope
  const author = await makeUser(database.db, scope, { role: 'administrator', name: 'Nadia Benali' })
  admin = author
  const branch = await database.db.insertInto('branch').values([{ company_id: scope.companyId, name: 'Lyon Part-Dieu', town: 'Lyon', phone: '04 72 00 00 00' }, { company_id: scope.companyId, name: 'Vienne', archived_at: new Date() }]).returning('id').execute()
  person = await makeCandidate(database.db, scope, { firstName: 'Amadou', lastName: 'Traoré', availability: 'available', availableFrom: '2026-11-23', skills: ['CACES R489 cat. 3', 'Travail en hauteur'], email: 'amadou.traore@example.test', home: '06 39 98 70 02' })
  await database.db.updateTable('candidate').set({ tags: ['Fiable', 'Permis B'], branch_id: branch[0]!.id, postal_code: '69003', town: 'Lyon 3e', external_id: 'A-1042', registered_on: '2025-03-10' }).where('id', '=', person.id).execute()
  await database.db.insertInto('tag').values([{ company_id: scope.companyId, folded: 'fiable', name: 'Fiable' }, { company_id: scope.companyId, folded: 'permis b', name: 'Permis B' }]).execute()
  await makeContact(database.db, scope, person, { userId: author.id, senderId: company.senderId, answer: { choice: 'yes', comment: 'pointure 42' } })
  await recordOptOut(database.db, scope, { e164: '+33639987002', source: 'sms' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const signedIn = (options: PageOptions = {}) => openSignedIn(admin, '/candidates', { ...options, baseURL: app.url })

test('the record and its forms hold at every look', async () => {
  const page = await signedIn()
  const base = `/candidates/${person.id}`
  for (const [name, address] of [['record', base], ['edit', `${base}/edit`], ['consent', `${base}/consent`], ['availability', `${base}/availability`], ['new-contact', '/contacts/new'], ['branches', '/admin/branches'], ['branch', '/admin/branches/new']] as const) {
    await page.goto(address)
    await checkLooks(page, `people-${name}`)
  }
})

test('a candidate is made, mended and asked about with the keyboard alone', async () => {
  const page = await signedIn()
  await page.getByRole('link', { name: 'Nouveau candidat' }).press('Enter')
  await page.getByLabel('Prénom').fill('Lina')
  await page.getByLabel('Nom', { exact: true }).fill('Haddad')
  await page.getByLabel('Numéro 1', { exact: true }).fill('06 12')
  // Enter in a field saves, and does not press « Ajouter un numéro ».
  await page.getByLabel('Ville').press('Enter')
  await page.getByRole('alert').getByText('Il y a un problème').waitFor()
  await checkLooks(page, 'people-refused')
  expect(await page.getByLabel('Prénom').inputValue()).toBe('Lina')
  await page.getByRole('link', { name: /Numéro 1/ }).press('Enter')
  expect(await page.evaluate('document.activeElement.id')).toBe('phone-0')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('06 39 98 70 10')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Lina Haddad', level: 1 }).waitFor()
  await page.getByRole('link', { name: 'Modifier le consentement' }).press('Enter')
  await page.getByLabel('Oui, elle a donné son accord').press('Space')
  await page.getByLabel('D’où vient l’information').fill('Entretien')
  await page.keyboard.press('Enter')
  await page.getByText('Le consentement est noté.').waitFor()
  // The number itself begins a message to this one person.
  await page.getByRole('button', { name: /^06.39.98.70.10/ }).press('Enter')
  await page.waitForURL('**/campaigns/*')
})

test('an older form is refused, says what changed, and keeps what was typed', async () => {
  const page = await signedIn({ width: 360, colorScheme: 'dark' })
  await page.goto(`/candidates/${person.id}/edit`)
  await page.getByLabel('Ville').fill('Grenoble')
  await database.db.updateTable('candidate').set({ trade: 'Chef d’équipe' }).where('id', '=', person.id).execute()
  await page.getByRole('button', { name: 'Enregistrer' }).last().click()
  await page.getByText('Cette fiche a changé pendant que vous la modifiiez.').waitFor()
  await page.getByText('Valeur actuelle : Chef d’équipe').waitFor()
  expect(await page.getByLabel('Ville').inputValue()).toBe('Grenoble')
  await checkLooks(page, 'people-conflict')
})
