import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn, type PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { countStates, makeSending, putInDoubt, type Doubt } from '../support/factories/messaging.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { records: { isClosed: () => false, find: async () => ({ outcome: 'unavailable', detail: 'this test has no provider' }) } })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const DOUBTS: Doubt[] = [
  { code: 'timeout', minutesAgo: 6000, checks: 2, finding: 'no_receipt' }, { code: 'restored', minutesAgo: 70, checks: 2, finding: 'no_record' }, { code: 'UND_ERR_SOCKET', minutesAgo: 40, checks: 1 },
  { code: 'http_503', minutesAgo: 30 }, { code: null, minutesAgo: 20, isTaken: true }, { code: 'not_recorded', minutesAgo: 2 },
]

async function open(options: PageOptions, recipients: number): Promise<{ page: Page; campaignId: number }> {
  const { db } = database
  const company = await makeCompany(db, { name: 'Agence Martin' })
  const user = await makeUser(db, company.scope, { name: 'Claire Bernard' })
  const sending = await makeSending(db, { company, recipients })
  await putInDoubt(db, sending, DOUBTS)
  const page = await openSignedIn(user, `/campaigns/${sending.campaignId}/doubts`, { ...options, baseURL: app.url })
  return { page, campaignId: sending.campaignId }
}

test.each<[string, PageOptions]>([
  ['a desk', { width: 1280 }],
  ['a phone without script', { width: 360, javaScriptEnabled: false }],
])('texts in doubt are shown, and the ticked ones sent again, on %s', async (where, options) => {
  const name = where.replaceAll(' ', '-')
  const { page, campaignId } = await open(options, 7)
  await checkLooks(page, `doubts-${name}`)
  for (const box of (await page.locator('tbody .check-box').all()).slice(0, 2)) await box.check()
  await page.locator('#typed').fill('3')
  await page.getByRole('button', { name: 'Renvoyer ces SMS' }).click()
  await page.getByText('Vous avez choisi 2 SMS').first().waitFor()
  await checkLooks(page, `doubts-wrong-${name}`)
  expect(await page.locator('tbody .check-box:checked').count()).toBe(2)
  await page.locator('#typed').fill('2')
  await page.getByRole('button', { name: 'Renvoyer ces SMS' }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)
  await page.getByText('2 SMS sont renvoyés.').waitFor()
  expect(await countStates(database.db, campaignId)).toEqual({ queued: 2, in_doubt: 5 })
})

test('ticks are kept from page to page, and sent together', async () => {
  const { page, campaignId } = await open({ width: 1280 }, 60)
  await page.locator('tbody .check-box').first().check()
  await page.getByRole('link', { name: 'Suivant' }).click()
  await page.waitForURL(/after=/)
  await page.locator('[data-select-page]').check()
  await page.locator('#typed').fill('11')
  await page.getByRole('button', { name: 'Renvoyer ces SMS' }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)
  expect(await countStates(database.db, campaignId)).toEqual({ queued: 11, in_doubt: 49 })
})
