import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

let database: TestDatabase
let app: TestApp
let admin: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { scope } = await makeCompany(database.db)
  admin = await makeUser(database.db, scope, { role: 'administrator' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

test('from the account menu to a section of the guide', async () => {
  const page = await openSignedIn(admin, '/lists', { baseURL: app.url })
  await page.locator('.rail-foot .menu > summary').click()
  await page.getByRole('link', { name: 'Aide', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Guide du recruteur' }).waitFor()
  await page.getByRole('navigation', { name: 'Sur cette page' }).getByRole('link', { name: 'Je veux suivre les réponses' }).click()
  expect(decodeURIComponent(new URL(page.url()).hash)).toBe('#je-veux-suivre-les-réponses')
  expect((await page.locator('#je-veux-suivre-les-réponses').boundingBox())!.y).toBeLessThan(900)
  await checkLooks(page, 'help')
})

test('a text for technicians, with its tables and its code, holds on a phone without scripts', async () => {
  const page = await openSignedIn(admin, '/help/developer', { baseURL: app.url, width: 360, javaScriptEnabled: false })
  await checkLooks(page, 'help-developer')
})
