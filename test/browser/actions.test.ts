import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, screenshot, type PageOptions } from '../support/browser.ts'
import { checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { look, makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let administrator: Awaited<ReturnType<typeof makeUser>>
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db, { name: 'Agence Martin' })
  administrator = await makeUser(database.db, company.scope, { name: 'Claire Bernard', role: 'administrator' })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

async function signedIn(options: PageOptions): Promise<Page> {
  const page = await openPage({ ...options, baseURL: app.url })
  await page.goto('/login?next=/campaigns')
  await page.fill('[name=email]', administrator.email)
  await page.fill('[name=password]', administrator.password)
  await page.click('main button')
  await page.waitForURL('**/campaigns')
  return page
}

/** A campaign in the middle of its second batch, with two more to come. */
async function underWay() {
  const planned = await makePlanned(database, { company, status: 'in_process', allowWeekends: false, batches: [{ recipients: 3, due: '-1 day', state: 'done' }, { recipients: 4, due: '-1 minute', state: 'running' }, { recipients: 5, due: '1 day' }, { recipients: 2, due: '2 days' }] })
  await moveMessages(database, planned.campaignId, SENT, { limit: 5 })
  await moveMessages(database, planned.campaignId, ['leased', 'submitting'], { limit: 1 })
  return planned
}

test.each<[string, PageOptions]>([
  ['a desk', { width: 1280 }],
  ['a desk in the dark', { width: 1280, colorScheme: 'dark' }],
  ['a phone', { width: 360 }],
  ['a phone in the dark', { width: 360, colorScheme: 'dark' }],
])('a recruiter pauses a campaign, sees what a new date comes to, and resumes, on %s', async (name, options) => {
  const { campaignId } = await underWay()
  const shot = async (of: string, page: Page) => {
    await checkPage(page)
    await screenshot(page, `actions-${name.replaceAll(' ', '-')}-${of}`)
  }
  const page = await signedIn(options)
  await page.goto(`/campaigns/${campaignId}/pause`)
  await shot('pause', page)
  await page.getByRole('button', { name: 'Mettre en pause' }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)
  await page.getByRole('status').filter({ hasText: 'La campagne est en pause.' }).first().waitFor()
  await shot('paused', page)

  await page.goto(`/campaigns/${campaignId}/resumption`)
  await page.getByLabel('Date d’envoi').fill('2027-03-05')
  await page.getByLabel('Heure d’envoi').fill('09:15')
  await page.getByLabel('Heure d’envoi').blur()
  await page.getByText('lundi 8 mars 2027 à 09:15').first().waitFor()
  await shot('resumption', page)
  // A Saturday is pointed out as soon as it is chosen.
  await page.getByLabel('Date d’envoi').fill('2027-03-06')
  await page.getByLabel('Date d’envoi').blur()
  await page.getByText('samedi').first().waitFor()
  await shot('weekend', page)
  await page.getByRole('button', { name: 'Reprendre' }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)
  expect((await look(database, campaignId)).batches.map(({ local_date }) => local_date).slice(1)).toEqual(['2027-03-06', '2027-03-08', '2027-03-09'])

  await page.goto(`/campaigns/${campaignId}/rescheduling`)
  await shot('rescheduling', page)
  await page.goto(`/campaigns/${campaignId}/cancellation`)
  await shot('cancellation', page)
  await database.pool.query(`update campaign set status = 'suspended', status_reason = 'drop_rate', status_detail = '{"failed":31,"finals":120,"percent":26,"limit":25}' where id = $1`, [campaignId])
  await page.goto(`/campaigns/${campaignId}/release`)
  await page.getByRole('button', { name: 'Débloquer' }).click()
  await page.getByText('Cochez la case').first().waitFor()
  await shot('release', page)
}, 60_000)

test('everything works without a script', async () => {
  const { campaignId } = await underWay()
  const page = await signedIn({ width: 360, javaScriptEnabled: false })
  await page.goto(`/campaigns/${campaignId}/pause`)
  await page.getByRole('button', { name: 'Mettre en pause' }).click()
  await page.goto(`/campaigns/${campaignId}/resumption`)
  await page.getByLabel('Date d’envoi').fill('2027-03-05')
  await page.getByLabel('Heure d’envoi').fill('09:15')
  await page.getByRole('button', { name: 'Voir le calendrier' }).click()
  await page.getByText('lundi 8 mars 2027 à 09:15').first().waitFor()
  await page.getByRole('button', { name: 'Reprendre' }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)
  expect((await look(database, campaignId)).status).toBe('in_process')
})
