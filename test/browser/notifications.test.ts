import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { announce } from '../../src/notifications/commands.ts'
import { gatherNews } from '../../src/notifications/gathering.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, openSignedIn, screenshot } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'

/** Two windows: what happens in one is seen in the other without loading it again. */

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let user: Awaited<ReturnType<typeof makeUser>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db, { name: 'Agence Martin' })
  user = await makeUser(database.db, company.scope, { name: 'Claire Bernard' })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const made = async (campaignName: string) => {
  const candidate = await makeCandidate(database.db, company.scope, { firstName: 'Léa', lastName: 'Morel' })
  return { candidateId: candidate.id, ...(await makeContact(database.db, company.scope, candidate, { userId: user.id, senderId: company.senderId, campaignName })) }
}
const answer = (recipientId: number) => recordAnswer(app.deps, company.scope, recipientId, { choice: 'yes', availableFrom: null, availableUntil: null, comment: 'Dès lundi', formId: randomUUID(), baseVersion: 0, source: 'link' })

it('an answer is on the campaign page within a second, and on the bell of another page; what was open stays open', async () => {
  const { campaignId, recipientId } = await made('Coffreurs S48')
  const campaign = await openSignedIn(user, `/campaigns/${campaignId}`, { baseURL: app.url })
  const list = await openPage({ sameVisitorAs: campaign })
  await list.goto('/candidates')
  for (const page of [campaign, list]) await page.locator('html[data-listening]').waitFor()
  await campaign.locator('#facts summary').first().click()
  const before = await campaign.evaluate(() => performance.timeOrigin)
  await answer(recipientId)
  await campaign.getByText('Dès lundi').first().waitFor()
  await gatherNews(app.deps)
  await list.locator('#bell-rail .badge', { hasText: '1' }).waitFor()
  expect(await list.locator('#bell-rail').getAttribute('aria-label')).toMatch(/: 1 non lue$/)
  // The same page as before, with its fold open.
  expect([await campaign.evaluate(() => performance.timeOrigin), await campaign.locator('#facts').getAttribute('open')]).toEqual([before, ''])

  // A page out of sight hears nothing, and catches up when it is looked at again.
  const look = (isAway: boolean) => list.evaluate(`{ Object.defineProperty(document, 'hidden', { value: ${isAway}, configurable: true }); document.dispatchEvent(new Event('visibilitychange')) }`)
  await look(true)
  await list.locator('html:not([data-listening])').waitFor()
  await announce(database.db, company.scope, { kind: 'campaign_suspended', userIds: [user.id], campaignId, dedupeKey: 'while away', params: { reason: 'drop_rate' } })
  await campaign.locator('#bell-rail .badge', { hasText: '2' }).waitFor()
  expect(await list.locator('#bell-rail .badge').textContent()).toBe('1')
  await look(false)
  await list.locator('#bell-rail .badge', { hasText: '2' }).waitFor()
})

it('the panel tells what happened, marks it read in every window, and leads to it', async () => {
  await database.pool.query('delete from notification')
  const { campaignId, candidateId } = await made('Maçons, Lyon et environs, semaine 49')
  const tell = (kind: Parameters<typeof announce>[2]['kind'], more: object) => announce(database.db, company.scope, { kind, userIds: [user.id], dedupeKey: randomUUID(), ...more })
  await tell('import_finished', { params: { importId: 1, count: 312 } })
  await tell('batch_sent', { campaignId, params: { no: 1, messages: 120 } })
  await tell('campaign_error', { campaignId, params: { reason: 'account' } })
  await tell('stop_to_review', { campaignId, candidateId })
  const page = await openSignedIn(user, '/candidates', { baseURL: app.url })
  const other = await openPage({ sameVisitorAs: page })
  await other.goto('/notifications')
  await other.locator('html[data-listening]').waitFor()
  await checkLooks(other, 'notifications')

  await page.locator('#bell-rail').click()
  const panel = page.locator('#bell-panel')
  await panel.getByRole('button', { name: /^Attention Léa Morel ne veut/ }).waitFor()
  expect(await page.locator('#bell-rail').getAttribute('aria-expanded')).toBe('true')
  await checkPage(page)
  await screenshot(page, 'notifications-panel')
  await panel.locator('.news-item', { hasText: 'Lot 1' }).getByRole('button', { name: 'Marquer comme lu' }).click()
  for (const one of [page, other]) await one.locator('#bell-rail .badge', { hasText: '3' }).waitFor()
  await panel.getByRole('button', { name: 'Tout marquer comme lu' }).click()
  for (const one of [page, other]) await one.locator('#bell-rail:not(:has(.badge))').waitFor()
  await other.locator('#notifications:not(:has(.is-unread))').waitFor()
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
  expect(await page.evaluate('document.activeElement.id')).toBe('bell-rail')
  await page.locator('#bell-rail').click()
  await panel.getByRole('button', { name: /^Erreur Le fournisseur refuse/ }).click()
  await page.waitForURL(`**/campaigns/${campaignId}`)

  const phone = await openPage({ sameVisitorAs: page })
  await phone.setViewportSize({ width: 360, height: 800 })
  await phone.goto('/candidates')
  await phone.locator('#bell-top').click()
  await phone.locator('#bell-panel').getByRole('button', { name: /^Info Lot 1 envoyé/ }).waitFor()
  await checkPage(phone)
  await screenshot(phone, 'notifications-panel-phone')

  // The record of somebody who writes back while it is open.
  await phone.setViewportSize({ width: 1280, height: 900 })
  await phone.goto(`/candidates/${candidateId}`)
  await phone.locator('html[data-listening]').waitFor()
  await database.pool.query("insert into reply (company_id, e164, sender, body, provider_id, candidate_id, campaign_id) select company_id, e164, '38047', 'Oui dès mardi', gen_random_uuid(), candidate_id, campaign_id from recipient where campaign_id = $1", [campaignId])
  await tell('reply_received', { campaignId, candidateId })
  await phone.locator('#events').getByText('Oui dès mardi').waitFor()
})

it('what one chooses looks right, in English and without script too', async () => {
  const page = await openSignedIn(user, '/account/notifications', { baseURL: app.url })
  await page.getByLabel('Second résumé').selectOption('8')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.locator('#errors').waitFor()
  await checkLooks(page, 'notification-settings')
  const english = await makeUser(database.db, company.scope, { language: 'en', name: 'Kate Reed' })
  const plain = await openSignedIn(english, '/account/notifications', { baseURL: app.url, javaScriptEnabled: false, width: 360 })
  await checkPage(plain)
  await screenshot(plain, 'notification-settings-en-plain')
  await plain.locator('#bell-top').click()
  expect(await plain.locator('h1').textContent()).toBe('Notifications')
  await checkPage(plain)
})
