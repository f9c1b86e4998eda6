import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import { addDays, dateIn, weekday, type CalendarDate } from '../../src/core/dates.ts'
import { dayAndMonth } from '../../src/words/format.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { hasScripts, openSignedIn, type PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
let app: TestApp
let recruiter: { email: string; password: string }

const today = dateIn('Europe/Paris', new Date())
/** A Sunday far enough to be in the future whatever the hour, and no public holiday on the Monday after it. */
const sunday: CalendarDate = addDays(today, 14 - weekday(today))

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { db } = database
  const { scope } = await makeCompany(db, { name: 'Agence Martin', undoSeconds: 60 })
  await saveSetting(db, scope, 'campaign.first_batch_size', 10)
  await saveSetting(db, scope, 'campaign.next_batch_size', 20)
  await saveSetting(db, scope, 'sms.windows', { FR: { weekdays: [1, 2, 3, 4, 5, 6], opens: '08:00', closes: '20:00', onHolidays: true } })
  recruiter = await makeUser(db, scope, { name: 'Claire Bernard' })
  await makeTemplate(db, scope, { name: 'Demande de disponibilité' })
  for (let n = 0; n < 40; n++) await makeCandidate(db, scope, { firstName: 'Amadou', lastName: `Traoré ${n}`, optedOut: n % 10 === 0 })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** Signed in, with a draft for the whole list made from the menu of the page (S12). */
async function composing(options: PageOptions): Promise<Page> {
  const page = await openSignedIn(recruiter, '/candidates', { ...options, baseURL: app.url })
  await page.getByText('Autres actions').click()
  await page.getByRole('button', { name: 'Envoyer à toute la recherche…' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  return page
}

/** With scripts the page says it by itself; without, once the draft is saved. */
async function saved(page: Page): Promise<void> {
  if (!hasScripts(page)) await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
}

const summary = (page: Page) => page.locator('#schedule-summary')
const says = (page: Page, text: string | RegExp) => summary(page).filter({ hasText: text }).waitFor()

test.each<[string, PageOptions]>([
  ['desk', { width: 1280 }],
  ['phone-no-script', { width: 360, javaScriptEnabled: false }],
])('on a %s a recruiter says when to send, is told what that comes to, and checks it (S60 to S68)', async (where, options) => {
  const page = await composing(options)
  await says(page, /Départ .+ \(heure de Paris\)/)
  expect(await page.getByLabel('Plus tard').isChecked()).toBe(true)
  expect(await page.locator('.batches > li').count()).toBe(3)

  // A Sunday at ten: nobody gets it before Monday at eight.
  await page.getByLabel('Date d’envoi').fill(sunday)
  await page.getByLabel('Heure d’envoi').fill('10:00')
  await saved(page)
  await says(page, `Lot 1 : 10, ${dayAndMonth('fr', sunday)} à 10:00`)
  const monday = dayAndMonth('fr', addDays(sunday, 1))
  await says(page, new RegExp(`Hors plage \\(8.h–20.h, lun\\.–sam\\.\\).: partira ${monday} à 08:00`))
  await checkLooks(page, `schedule-${where}`)
  await page.reload()

  await page.getByLabel('Maintenant').check()
  await saved(page)
  await says(page, /Lot 2/)
  expect(await page.getByLabel('Date d’envoi').isVisible()).toBe(false)
  await page.getByLabel('Plus tard').check()
  await page.getByLabel('Autoriser l’envoi des lots suivants').check()

  // Yesterday: said beside the field, nothing typed is lost, and a moment that is possible is one click away.
  const date = page.getByLabel('Date d’envoi')
  await date.fill(addDays(today, -1))
  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.locator('#start_on[aria-invalid=true]').waitFor()
  expect(await date.inputValue()).toBe(addDays(today, -1))
  expect(await page.locator('#start_on-error').innerText()).toContain('Ce moment est passé')
  expect(await page.getByLabel('Autoriser l’envoi des lots suivants').isChecked()).toBe(true)
  await checkLooks(page, `schedule-past-${where}`)
  if (hasScripts(page)) await page.reload()
  else await page.getByRole('button', { name: /^Prendre / }).click()

  await date.fill(sunday)
  await page.getByLabel('Heure d’envoi').fill('10:00')
  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.waitForURL(/\/check$/)
  await page.getByText('Voir les 3 lots').click()
  await page.getByRole('button', { name: /^Programmer 36 SMS pour / }).waitFor()
  await checkLooks(page, `check-${where}`)
})

test('a number that cannot be is said beside its field while somebody types, and forgotten once it is right', async () => {
  const page = await composing({ width: 1280 })
  const limit = page.locator('#limit')
  await limit.fill('0')
  await page.locator('#limit-error', { hasText: 'Indiquez un nombre entier de 1 à 25' }).waitFor()
  expect(await limit.getAttribute('aria-invalid')).toBe('true')
  await limit.press('Control+a')
  await limit.pressSequentially('12')
  await page.locator('#draft-audience', { hasText: '12 recevront le SMS' }).waitFor()
  await page.locator('#limit-error').waitFor({ state: 'detached' })
  expect(await limit.getAttribute('aria-invalid')).toBeNull()
  expect(await limit.inputValue()).toBe('12')
  expect(await page.locator('#limit:focus').count()).toBe(1)
})

test('the answer to a save that was under way puts back nothing that was changed since', async () => {
  const page = await composing({ width: 1280 })
  let release: (() => void) | undefined
  const held = new Promise<void>((resolve) => { release = resolve })
  let requests = 0
  await page.route('**/draft', async (route) => {
    requests++
    if (requests === 1) await held
    await route.continue()
  })
  const [date, time] = [page.getByLabel('Date d’envoi'), page.getByLabel('Heure d’envoi')]
  await date.fill(addDays(sunday, 1))
  await expect.poll(() => requests).toBe(1)
  await date.fill(addDays(sunday, 2))
  await time.focus()
  release!()
  await says(page, `Lot 1 : 10, ${dayAndMonth('fr', addDays(sunday, 2))}`)
  expect(await date.inputValue()).toBe(addDays(sunday, 2))
})

test('a start that is possible is taken with one click', async () => {
  const page = await composing({ width: 360 })
  await page.getByLabel('Date d’envoi').fill(addDays(today, -1))
  await says(page, 'Ce moment est passé')
  await page.getByRole('button', { name: /^Prendre / }).click()
  await says(page, /Départ/)
  expect(await page.getByLabel('Date d’envoi').inputValue()).not.toBe(addDays(today, -1))
})
