import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { answerRequest } from '../../src/campaigns/launching.commands.ts'
import { registerLaunchTasks } from '../../src/campaigns/launching.tasks.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn, screenshot, type PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { launchScene, type LaunchScene } from '../support/factories/campaigns.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerLaunchTasks })
})
afterEach(() => shiftClock(database, '0'))
afterAll(async () => {
  await app.close()
  await database.close()
})

async function scene(people: number): Promise<LaunchScene & { id: number }> {
  const made = await launchScene(database.db, { people, company: { undoSeconds: 60 } })
  await saveSetting(database.db, made.scope, 'campaign.typed_confirmation_from', 1_000_000)
  const { id } = await made.draft({ name: 'Coffreurs, Lyon' })
  return { ...made, id }
}

const signedIn = (given: LaunchScene & { id: number }, options: PageOptions = {}) => openSignedIn(given.user, `/campaigns/${given.id}/check`, { ...options, baseURL: app.url })

/** From the check page, as a person does it. */
async function send(page: Page): Promise<void> {
  await page.locator('input[name=checked]').check()
  await page.getByRole('button', { name: /^Envoyer/ }).click()
}

test('a long launch shows how far it is and leads on by itself', async () => {
  const given = await scene(2_100)
  const page = await signedIn(given)
  await send(page)
  await page.waitForURL('**/launching')
  await page.getByText('La préparation commence').waitFor()
  await checkLooks(page, 'launching-start')
  // Examining a page leaves empty style attributes behind, which htmx would copy and the strict policy notice.
  await page.reload()

  let launching: Promise<void> | undefined
  await database.db.transaction().execute(async (trx) => {
    // A record of the second stretch is held, so that the page can be looked at in between.
    await sql`select from candidate where company_id = ${given.scope.companyId} and last_name = 'Martin0001200' for update`.execute(trx)
    launching = answerRequest(app.deps, given.scope.companyId, given.id)
    await page.locator('progress[value="1000"]').waitFor()
  })
  await launching
  await page.waitForURL(`**/campaigns/${given.id}`)
  await page.getByRole('button', { name: 'Annuler l’envoi' }).first().waitFor()
})

test('a launch that nobody works on says so and gives the draft back', async () => {
  const given = await scene(2_100)
  const page = await signedIn(given, { width: 360 })
  await send(page)
  await page.waitForURL('**/launching')
  await shiftClock(database, '21 seconds')
  await page.getByText('Aucun processus d’envoi n’est en marche.').waitFor()
  await checkLooks(page, 'launching-late')
  await page.reload()
  await page.getByRole('button', { name: 'Revenir au brouillon' }).click()
  await page.waitForURL(`**/campaigns/${given.id}`)
  await page.getByText('La demande est retirée').waitFor()
})

test('the seconds to take a launch back run down by themselves, and the button takes it back', async () => {
  const given = await scene(3)
  const page = await signedIn(given)
  await send(page)
  await page.waitForURL(`**/campaigns/${given.id}`)
  await page.getByText(/Encore \d+ secondes pour annuler/).waitFor()
  await checkLooks(page, 'undo')
  await page.reload()
  const seconds = page.getByText(/Encore \d+ secondes pour annuler/)
  const first = await seconds.textContent()
  await expect.poll(() => seconds.textContent()).not.toBe(first)
  await page.getByRole('button', { name: 'Annuler l’envoi' }).first().click()
  await page.getByText('Envoi annulé').waitFor()
  await page.locator('#draft').waitFor()
})

test('without scripts the button is there, and one that comes too late leads to what can still be stopped', async () => {
  const given = await scene(3)
  const page = await signedIn(given, { javaScriptEnabled: false })
  await send(page)
  await page.waitForURL(`**/campaigns/${given.id}`)
  await shiftClock(database, '61 seconds')
  await page.getByRole('button', { name: 'Annuler l’envoi' }).first().click()
  await page.getByRole('heading', { name: 'Trop tard pour annuler l’envoi' }).waitFor()
  await screenshot(page, 'undo-late-1280')
  await page.getByRole('link', { name: 'Mettre en pause' }).click()
  await page.waitForURL('**/pause')
})
