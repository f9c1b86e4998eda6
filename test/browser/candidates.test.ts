import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import type { PageOptions } from '../support/browser.ts'
import { checkLooks, checkPage, WITH_TABLET } from '../support/check-page.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'

let database: TestDatabase
let app: TestApp
let user: { email: string; password: string }
let contacted: { id: number; e164: string | null }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db)
  const author = await makeUser(database.db, company.scope)
  user = author
  contacted = await makeCandidate(database.db, company.scope, { firstName: 'Amadou', lastName: 'Abel', availability: 'available', availableFrom: '2099-11-23', skills: ['CACES R489 cat. 3'] })
  await makeContact(database.db, company.scope, contacted, { userId: author.id, senderId: company.senderId, answer: { choice: 'yes', comment: 'pointure 42' } })
  for (let n = 0; n < 58; n++) await makeCandidate(database.db, company.scope, { town: n % 2 ? 'Nîmes' : 'Lyon', trade: n % 3 ? 'Maçon' : 'Électricien', optedOut: n % 7 === 0, consent: n % 5 !== 0 })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const signedIn = (options: PageOptions = {}) => openSignedIn(user, '/candidates', { ...options, baseURL: app.url })

test('list, search and record hold at every look', async () => {
  const page = await signedIn()
  for (const [name, address] of [['list', '/candidates'], ['search', '/candidates?q=macon&town=Lyon&textable=no'], ['nobody', '/candidates?q=zzz'], ['record', `/candidates/${contacted.id}`], ['opt-out', `/candidates/${contacted.id}/opt-out?e164=${encodeURIComponent(contacted.e164!)}`]] as const) {
    await page.goto(address)
    await checkLooks(page, `candidates-${name}`, name === 'list' || name === 'record' ? WITH_TABLET : undefined)
  }
})

test('the list follows what is typed and chosen, and the address follows the list', async () => {
  const page = await signedIn()
  await page.keyboard.press('/')
  await page.keyboard.type('nimes')
  await page.getByText('29 candidats', { exact: true }).waitFor()
  expect(new URL(page.url()).search).toBe('?q=nimes')
  expect(await page.evaluate('document.activeElement.id')).toBe('q')
  await page.getByLabel('Métier').selectOption('Électricien')
  await page.waitForURL('**/candidates?q=nimes&trade=*')
  await checkPage(page)
  await page.goBack()
  await page.getByText('29 candidats', { exact: true }).waitFor()
  expect(await page.getByLabel('Métier').inputValue()).toBe('')
})

test('a selection grows from rows to the page to the whole search, and ends with the search', async () => {
  const page = await signedIn()
  await page.getByLabel('Sélectionner Amadou Abel').check()
  await page.getByText('1 sélectionné', { exact: true }).waitFor()
  await page.getByLabel('Sélectionner toute la page').check()
  await page.getByRole('button', { name: 'Sélectionner les 59 personnes de la recherche' }).click()
  await page.getByLabel('Sélectionner Amadou Abel').uncheck()
  await page.getByText('58 sélectionnés (sauf 1)').waitFor()
  await page.locator('.selection-bar summary').click()
  await page.getByRole('button', { name: 'lancer une campagne sms' }).waitFor()
  const sent = await page.evaluate(`[...new FormData(document.querySelector('form[data-select]'))].filter(([name]) => name !== '_csrf' && name !== 'ids').map(String)`)
  expect(sent).toEqual(['kind,candidate', 'all,1', `except,${contacted.id}`])
  // Nobody who is not in sight stays ticked (S16).
  await page.getByPlaceholder('Nom, métier').fill('amadou')
  await page.getByText('1 candidat', { exact: true }).waitFor()
  expect(await page.getByLabel('Sélectionner Amadou Abel').isChecked()).toBe(false)
  await page.getByLabel('Sélectionner Amadou Abel').check()
  await page.locator('.selection-bar summary').click()
  await checkPage(page)
})

test('everything works without scripts', async () => {
  const page = await signedIn({ width: 360, javaScriptEnabled: false })
  await page.getByPlaceholder('Nom, métier').fill('amadou')
  await page.getByRole('button', { name: 'Rechercher' }).click()
  await page.waitForURL('**/candidates?q=amadou')
  await page.getByLabel('Sélectionner Amadou Abel').check()
  await page.locator('.selection-bar summary').click()
  expect(await page.getByRole('button', { name: 'lancer une campagne sms' }).isVisible()).toBe(true)
  await page.getByRole('link', { name: 'Amadou Abel' }).click()
  await page.getByRole('link', { name: 'Réponses', exact: true }).click()
  expect(await page.getByRole('main').textContent()).toContain('pointure 42')
  await page.getByLabel('Ajouter une note de suivi').fill('Rappeler lundi')
  await page.getByRole('button', { name: 'Ajouter la note' }).click()
  await page.getByText('La note de suivi est ajoutée.').waitFor()
  await checkPage(page)
})
