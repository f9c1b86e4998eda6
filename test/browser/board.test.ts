import { afterAll, beforeAll, expect, test } from 'vitest'
import { setAvailability } from '../../src/candidates/queries.ts'
import { addDays, dateIn, nextMonday } from '../../src/core/dates.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn, type PageOptions } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { fictionalMobile, makeCandidate, makeContact } from '../support/factories/candidates.ts'

const MONDAY = nextMonday(dateIn('Europe/Paris', new Date()))
let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let user: { id: number; email: string; password: string }
let english: typeof user
let answered: { id: number; e164: string | null }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const company = await makeCompany(database.db, { name: 'Intérim du Rhône' })
  ;({ scope } = company)
  user = await makeUser(database.db, scope, { name: 'Nadia Benali' })
  english = await makeUser(database.db, scope, { language: 'en' })
  const pick = <Value>(values: readonly Value[], n: number): Value => values[n % values.length]!
  const people = await Promise.all(Array.from({ length: 60 }, (_person, n) => makeCandidate(database.db, scope, {
    firstName: pick(['Mohamed', 'Jean-Baptiste', 'Amadou', 'Nathalie', 'Fatoumata'], n), lastName: `${pick(['Traoré', 'Lefèvre-Dubois', 'Benali', 'Nguyen'], n)} ${n}`,
    mobile: fictionalMobile(n), trade: pick(['Coffreur-bancheur', 'Maçon', 'Grutier'], n), town: pick(['Lyon', 'Villeurbanne', 'Nîmes'], n >> 1),
    ...(n < 54 ? { availability: 'available' as const, availableFrom: addDays(MONDAY, -n), availableUntil: n % 4 ? addDays(MONDAY, 4 + (n % 40)) : null } : n < 57 ? { availability: 'unavailable' as const } : {}),
  })))
  answered = people[0]!
  const { campaignId } = await makeContact(database.db, scope, answered, { userId: user.id, senderId: company.senderId, campaignName: 'Coffreurs S48' })
  await database.db.transaction().execute(async (trx) => {
    const change = { candidateId: answered.id, from: null, until: null, campaignId }
    await setAvailability(trx, scope, { ...change, availability: 'unavailable', source: 'answer', way: 'link' })
    await setAvailability(trx, scope, { ...change, availability: 'available', from: MONDAY, source: 'answer', way: 'reply' })
  })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const signedIn = (address: string, options: PageOptions = {}, who = user) => openSignedIn(who, address, { ...options, baseURL: app.url })

test('from the keyboard to a week, its people, and the campaign to them', async () => {
  const page = await signedIn('/candidates')
  await page.keyboard.press('g')
  await page.keyboard.press('d')
  await page.waitForURL('**/availability')
  await page.getByRole('link', { name: /disponibles du lun\. / }).first().click()
  await page.getByText(/^Disponibles du lun.+ 54$/).waitFor()
  await page.getByRole('button', { name: 'Sélectionner ces 54 personnes' }).click()
  await page.getByText('54 sélectionnés', { exact: true }).waitFor()
  await page.locator('tbody .check-box').first().uncheck()
  await page.getByText('53 sélectionnés (sauf 1)').waitFor()
  await checkPage(page)
  await page.locator('.selection-bar summary').click()
  await page.getByRole('button', { name: 'lancer une campagne sms' }).click()
  await page.getByText('53 candidats choisis').waitFor()
})

test('a phone shows words, and bars to who asks for them', async () => {
  const page = await signedIn('/availability?sort=name', { width: 360 })
  const row = page.getByRole('row').filter({ hasText: 'Amadou Benali 2' }).first()
  await row.getByText(/^Disponible/).waitFor()
  expect(await row.getByRole('img').count()).toBe(0)
  await page.getByRole('link', { name: 'Calendrier' }).click()
  await page.waitForURL('**/availability?sort=name&view=calendar')
  await row.getByRole('img', { name: /^Disponible/ }).waitFor()
  await checkPage(page)
  await page.goto('/availability?view=list&trade=grutier')
  await checkLooks(page, 'board-list')
})

test('the board holds at every look, with thirteen weeks and in English too', async () => {
  const page = await signedIn(`/availability?trade=grutier&from=${MONDAY}`)
  await checkLooks(page, 'board')
  const foreign = await signedIn('/availability?trade=grutier&weeks=13', {}, english)
  await checkLooks(foreign, 'board-13', [1280])
})

test('the record tells the history of an availability', async () => {
  const page = await signedIn(`/candidates/${answered.id}`)
  await page.getByRole('main').getByRole('link', { name: 'Disponibilités' }).click()
  await page.getByRole('heading', { level: 1, name: /^Historique des disponibilités/ }).waitFor()
  await checkLooks(page, 'board-history')
  await page.getByRole('link', { name: /Modifier la disponibilité/ }).click()
  // The candidate writes once more meanwhile.
  await database.db.transaction().execute((trx) => setAvailability(trx, scope, { candidateId: answered.id, availability: 'available', from: addDays(MONDAY, 7), until: null, source: 'answer', way: 'link' }))
  await page.getByLabel('Indisponible').check()
  await page.getByRole('button', { name: 'Enregistrer la disponibilité' }).click()
  await page.getByText('La disponibilité a changé pendant votre saisie').waitFor()
  expect(await page.getByLabel('Indisponible').isChecked()).toBe(true)
  await checkLooks(page, 'board-conflict')
  await page.getByRole('button', { name: 'Remplacer par ma saisie' }).click()
  await page.getByText('La disponibilité est notée.').waitFor()
})
