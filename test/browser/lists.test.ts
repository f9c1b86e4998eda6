import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import type { PageOptions } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
let app: TestApp
let user: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { scope } = await makeCompany(database.db)
  user = await makeUser(database.db, scope)
  for (let n = 0; n < 58; n++) await makeCandidate(database.db, scope, { firstName: 'Camille', lastName: `Nom${String(n).padStart(2, '0')}`, town: n % 2 ? 'Nîmes' : 'Lyon', trade: n % 3 ? 'Maçon' : 'Électricien' })
  const contact = await makeCandidate(database.db, scope, { firstName: 'Claire', lastName: 'Client', trade: null, town: 'Lyon' })
  await database.db.updateTable('candidate').set({ kind: 'contact', organisation: 'Bâti Sud' }).where('id', '=', contact.id).execute()
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const signedIn = (options: PageOptions = {}) => openSignedIn(user, '/candidates', { ...options, baseURL: app.url })

test('a selection goes into a list, and the list into a campaign, by the keyboard alone (S11)', async () => {
  const page = await signedIn()
  const press = async (...keys: string[]) => { for (const key of keys) await page.keyboard.press(key) }
  await press('/')
  await page.keyboard.type('nimes')
  await page.getByText('29 candidats', { exact: true }).waitFor()
  await press('Tab', 'Escape')
  await press('j', 'x', 'j', 'j', 'X')
  await page.getByText('3 sélectionnés', { exact: true }).waitFor()
  // The actions of the bar, reached by tabbing from the rows.
  await page.locator('.selection-bar summary').focus()
  await press('Enter', 'Tab', 'Tab')
  expect(await page.evaluate('document.activeElement.textContent.trim()')).toBe('Ajouter à une liste…')
  await press('Enter')
  await page.getByRole('heading', { name: 'Ajouter à une liste' }).waitFor()
  await checkLooks(page, 'lists-addition')
  await page.getByLabel('Nom du dossier').focus()
  await page.keyboard.type('Chantier de Nîmes')
  await press('Enter')
  await page.getByText('3 personnes ajoutées à la liste').waitFor()
  await page.getByText('3 candidats', { exact: true }).waitFor()
  await checkLooks(page, 'lists-opened')
  // The ticks of the search before are not those of this list.
  expect(await page.locator('tbody .check-box:checked').count()).toBe(0)
  await press('g', 'l')
  await page.waitForURL('**/lists')
  await press('j', 'Enter')
  await page.waitForURL('**/candidates?list=*')
  await press('a')
  await page.getByText('3 sélectionnés', { exact: true }).waitFor()
  await press('c')
  await page.waitForURL(/\/campaigns\/\d+$/)
})

test('the whole search goes into a list, minus one; leaving the search drops the ticks and says so (S12, S16)', async () => {
  const page = await signedIn()
  await page.getByLabel('Sélectionner toute la page').check()
  await page.getByRole('button', { name: 'Sélectionner les 58 personnes de la recherche' }).click()
  await page.getByLabel('Sélectionner Camille Nom00').uncheck()
  await page.getByText('57 sélectionnés (sauf 1)').waitFor()
  // Paging and reloading keep it.
  await page.getByRole('link', { name: 'Suivants' }).click()
  await page.getByText('57 sélectionnés (sauf 1)').waitFor()
  await page.reload()
  await page.getByText('57 sélectionnés (sauf 1)').waitFor()
  await page.locator('.selection-bar summary').click()
  await page.getByRole('button', { name: 'Ajouter à une liste…' }).click()
  await page.getByText('57 personnes').waitFor()
  await page.getByLabel(/nouveau dossier|Nom du dossier/i).fill('Tous sauf un')
  await page.getByRole('button', { name: 'Ajouter à la liste' }).click()
  await page.getByText('57 candidats', { exact: true }).waitFor()
  await page.goto('/candidates')
  await page.getByLabel('Sélectionner Camille Nom00').check()
  await page.getByLabel('Ville', { exact: true }).fill('Lyon')
  await page.getByLabel('Ville', { exact: true }).press('Tab')
  await page.getByText('29 candidats', { exact: true }).waitFor()
  expect(await page.locator('#toast').textContent()).toContain('la sélection est effacée')
  expect(await page.getByLabel('Sélectionner Camille Nom00').isChecked()).toBe(false)
})

test('who was taken out of a list is not ticked behind it any more (S16)', async () => {
  const page = await signedIn()
  await page.goto('/lists')
  await page.getByRole('link', { name: 'Tous sauf un' }).click()
  await page.getByLabel('Sélectionner Camille Nom01').check()
  await page.getByLabel('Sélectionner Camille Nom02').check()
  await page.locator('.selection-bar summary').click()
  await page.getByRole('button', { name: 'Retirer de la liste' }).click()
  await page.getByText('2 personnes retirées de la liste').waitFor()
  await page.getByLabel('Sélectionner Camille Nom03').check()
  await page.getByText('1 sélectionné', { exact: true }).waitFor()
  expect(await page.evaluate(`new FormData(document.querySelector('form[data-select]')).getAll('ids').length`)).toBe(1)
})

test('lists, saved searches and contacts hold at every look', async () => {
  const page = await signedIn()
  for (const [name, address] of [
    ['folders', '/lists'], ['searches', '/lists?tab=searches'], ['new', '/lists/new'], ['save', '/lists/searches/new?town=Lyon&trade=Ma%C3%A7on'], ['contacts', '/contacts'],
    ['typo', '/candidates?q=elcetricien'], ['circle', '/candidates?town=Lyon&radius=30&consent=given'],
  ] as const) {
    await page.goto(address)
    await checkLooks(page, `lists-${name}`, [1280, 768, 360])
  }
})

test('a selection goes into a list and a search is saved without scripts', async () => {
  const page = await signedIn({ width: 360, javaScriptEnabled: false })
  await page.goto('/contacts')
  await page.getByLabel('Sélectionner Claire Client').check()
  await page.locator('.selection-bar summary').click()
  await page.getByRole('button', { name: 'Ajouter à une liste…' }).click()
  await page.getByLabel(/nouveau dossier|Nom du dossier/i).fill('Clients')
  await page.getByRole('button', { name: 'Ajouter à la liste' }).click()
  await page.waitForURL('**/contacts?list=*')
  await page.getByText('Recherches', { exact: true }).click()
  await page.getByRole('link', { name: 'Enregistrer cette recherche…' }).click()
  await page.getByLabel('Nom de la recherche').fill('Nos clients')
  await page.getByRole('button', { name: 'Enregistrer la recherche' }).click()
  await page.getByText('La recherche « Nos clients » est enregistrée.').waitFor()
  await checkPage(page)
})
