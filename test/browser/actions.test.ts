import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
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

/** A campaign in the middle of its second batch, with two more to come. */
async function underWay() {
  const planned = await makePlanned(database, { company, status: 'in_process', allowWeekends: false, batches: [{ recipients: 3, due: '-1 day', state: 'done' }, { recipients: 4, due: '-1 minute', state: 'running' }, { recipients: 5, due: '1 day' }, { recipients: 2, due: '2 days' }] })
  await moveMessages(database, planned.campaignId, SENT, { limit: 5 })
  await moveMessages(database, planned.campaignId, ['leased', 'submitting'], { limit: 1 })
  return planned
}

test('a recruiter pauses a campaign, sees what a new date comes to, and resumes', async () => {
  const { campaignId } = await underWay()
  const page = await openSignedIn(administrator, `/campaigns/${campaignId}/pause`, { baseURL: app.url })
  await checkLooks(page, 'actions-pause')
  await page.getByRole('button', { name: 'Mettre en pause' }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)
  await page.getByRole('status').filter({ hasText: 'La campagne est en pause.' }).first().waitFor()
  await checkLooks(page, 'actions-paused')

  await page.goto(`/campaigns/${campaignId}/resumption`)
  await page.getByLabel('Date d’envoi').fill('2027-03-05')
  await page.getByLabel('Heure d’envoi').fill('09:15')
  await page.getByLabel('Heure d’envoi').blur()
  await page.getByText('lundi 8 mars 2027 à 09:15').first().waitFor()
  await checkLooks(page, 'actions-resumption')
  // A Saturday is pointed out as soon as it is chosen.
  await page.getByLabel('Date d’envoi').fill('2027-03-06')
  await page.getByLabel('Date d’envoi').blur()
  await page.getByText('samedi').first().waitFor()
  await checkLooks(page, 'actions-weekend')
  await page.getByRole('button', { name: 'Reprendre' }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)
  expect((await look(database, campaignId)).batches.map(({ local_date }) => local_date).slice(1)).toEqual(['2027-03-06', '2027-03-08', '2027-03-09'])

  await page.goto(`/campaigns/${campaignId}/rescheduling`)
  await checkLooks(page, 'actions-rescheduling')
  await page.goto(`/campaigns/${campaignId}/cancellation`)
  await checkLooks(page, 'actions-cancellation')
  await database.pool.query(`update campaign set status = 'suspended', status_reason = 'drop_rate', status_detail = '{"failed":31,"finals":120,"percent":26,"limit":25}' where id = $1`, [campaignId])
  await page.goto(`/campaigns/${campaignId}/release`)
  await page.getByRole('button', { name: 'Débloquer' }).click()
  await page.getByText('Cochez la case').first().waitFor()
  await checkLooks(page, 'actions-release')
})

test('everything works without a script', async () => {
  const { campaignId } = await underWay()
  const page = await openSignedIn(administrator, `/campaigns/${campaignId}/pause`, { baseURL: app.url, width: 360, javaScriptEnabled: false })
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
