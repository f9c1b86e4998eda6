import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import { checkLinks, checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

async function scene() {
  const { scope } = await makeCompany(database.db, { name: 'Agence Martin', windows: {} })
  const admin = await makeUser(database.db, scope, { role: 'administrator', name: 'Marc Delorme' })
  const colleague = await makeUser(database.db, scope, { role: 'administrator', name: 'Anne Roy' })
  return { scope, admin, colleague }
}

test('an administrator sets limits: mistakes beside their fields, a colleague’s change told, a default brought back', async () => {
  const { scope, admin, colleague } = await scene()
  const page = await openSignedIn(admin, '/admin/limits', { baseURL: app.url })
  const save = page.getByRole('button', { name: 'Enregistrer les réglages' })
  await page.getByLabel('Premier lot').fill('30 000')
  await page.getByLabel('Réponses acceptées pendant').fill('deux semaines')
  await save.click()
  await page.getByRole('alert').getByText('Premier lot : pas plus que').waitFor()
  expect(await page.getByLabel('Réponses acceptées pendant').inputValue()).toBe('deux semaines')
  await checkLooks(page, 'limits-mistakes')
  await saveSetting(database.db, scope, 'campaign.next_batch_size', 10_000, colleague.id)
  await page.getByLabel('Premier lot').fill('2 000')
  await page.getByLabel('Réponses acceptées pendant').fill('21')
  await save.click()
  await page.getByText('Anne Roy : Lots suivants').waitFor()
  await save.click()
  await page.getByText('2 réglages changés').waitFor()
  await page.getByRole('checkbox', { name: 'Pour « Lots suivants »' }).check()
  await save.click()
  await page.getByText('1 réglage changé').waitFor()
  await checkLooks(page, 'limits')
  await page.getByRole('link', { name: 'Tous les changements' }).click()
  await page.getByRole('cell', { name: '25 000 destinataires (par défaut)' }).waitFor()
  await checkLooks(page, 'limits-history')
})

test('an administrator chooses the hours of a country, and sees when it opens next', async () => {
  const { admin } = await scene()
  const page = await openSignedIn(admin, '/admin/hours', { baseURL: app.url })
  await checkLooks(page, 'hours')
  await checkLinks(page)
  await page.getByLabel('Ajouter un pays').selectOption('ES')
  await page.getByRole('button', { name: 'Choisir ses heures' }).click()
  await page.getByRole('heading', { name: 'Heures d’envoi : Espagne' }).waitFor()
  for (const day of ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi']) await page.getByLabel(day).uncheck()
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByRole('alert').getByText('Cochez au moins un jour').waitFor()
  await checkLooks(page, 'hours-mistake')
  await page.getByLabel('lundi').check()
  await page.getByLabel('À', { exact: true }).fill('12:30')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('lun., 8 h–12 h 30').first().waitFor()
  await checkLooks(page, 'hours-country')
})
