import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findCampaign } from '../../src/campaigns/queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { hasScripts, openSignedIn, type PageOptions } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { until } from '../support/sending.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { db } = database
  const company = await makeCompany(db, { name: 'Agence Martin' })
  scope = company.scope
  await saveSetting(db, scope, 'sms.prices', { FR: 0.055 })
  await makeTemplate(db, scope, { name: 'Question simple', kind: 'simple', texts: { fr: 'Bonjour {prenom|}, Agence Martin : {lien}\n{stop}' } })
  await makeTemplate(db, scope, { name: 'Zone sud', kind: 'simple', texts: { fr: 'Agence Martin, un autre texte : {lien}\n{stop}' } })
  await makeTemplate(db, scope, { name: 'Demande de disponibilité' })
  const pool = await db.insertInto('sender_pool').values({ company_id: company.id, name: 'Nom de l’agence' }).returning('id').executeTakeFirstOrThrow()
  await db.insertInto('sms_sender').values({ company_id: company.id, pool_id: pool.id, label: 'Nom', address: 'MARTIN', can_receive: false, stop_text: '' }).execute()
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

async function signedIn(options: PageOptions, role: 'recruiter' | 'administrator', address: string): Promise<Page> {
  const user = await makeUser(database.db, scope, { role, name: 'Claire Bernard' })
  return openSignedIn(user, address, { ...options, baseURL: app.url })
}

const idOf = (page: Page) => Number(/\/campaigns\/(\d+)/.exec(page.url())![1])
const stored = async (page: Page) => (await findCampaign(database.db, scope, idOf(page)))!

/** With scripts a change saves itself; without, once the button is pressed. */
async function saved(page: Page): Promise<void> {
  if (!hasScripts(page)) await page.getByRole('button', { name: 'Enregistrer', exact: true }).click()
}

const LOOKS: [string, PageOptions][] = [['desk', { width: 1280 }], ['phone-no-script', { width: 360, javaScriptEnabled: false }]]

test.each(LOOKS)('on a %s a number on the record opens a message to that person, which leaves at once with a comment for the file (S20, S47 to S54)', async (where, options) => {
  const { id } = await makeCandidate(database.db, scope, { firstName: 'Amadou', lastName: 'Traoré' })
  const page = await signedIn(options, 'recruiter', `/candidates/${id}`)
  await page.locator('form[action="/campaigns"] button').first().click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  expect(await page.locator('h1').textContent()).toBe('SMS à une personne')
  expect(await page.getByLabel('Maintenant').isChecked()).toBe(true)
  const comment = page.getByLabel('Commentaire interne')
  expect(await comment.isVisible()).toBe(false)
  await page.getByLabel('Ajouter un commentaire aux fiches').check()
  await comment.fill('Rappelé ce matin')
  await saved(page)
  await until(async () => (await stored(page)).internal_comment === 'Rappelé ce matin', 'the comment is saved')
  await page.getByText('Environ 0,055').first().waitFor()
  await page.getByLabel('Nom de l’agence').check()
  await saved(page)
  await page.getByText('On ne peut pas répondre par SMS à cet expéditeur').waitFor()
  await checkLooks(page, `single-${where}`)
  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.waitForURL('**/check')
  await checkLooks(page, `single-check-${where}`)
  await page.getByLabel('J’ai vérifié les points signalés').check()
  await page.getByRole('button', { name: 'Envoyer 1 SMS' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  await page.goto(`/candidates/${id}`)
  await page.getByText('Rappelé ce matin').first().waitFor()
})

test.each(LOOKS)('on a %s who has the right ticks the box over a refusal, and says why (S97 to S103)', async (where, options) => {
  const { db } = database
  const people = [await makeCandidate(db, scope, { firstName: 'Léa', lastName: `Petit ${where}` }), await makeCandidate(db, scope, { firstName: 'Nadia', lastName: `Petit ${where}` }), await makeCandidate(db, scope, { firstName: 'Hugo', lastName: `Petit ${where}`, optedOut: true })]
  await recordOptOut(db, scope, { e164: people[1]!.e164!, source: 'import' })
  const page = await signedIn(options, 'administrator', `/candidates?q=${encodeURIComponent(`petit ${where}`)}`)
  for (const name of ['Léa', 'Nadia', 'Hugo']) await page.getByRole('checkbox', { name: new RegExp(name) }).check()
  await page.locator('[data-select-bar] summary').click()
  await page.getByRole('button', { name: 'lancer une campagne sms' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  await page.getByText('Liste des désinscrits (2)').waitFor()
  const reason = page.getByLabel('Motif', { exact: true })
  expect(await reason.isVisible()).toBe(false)
  await page.getByLabel('Écrire quand même à 1 personne').check()
  await reason.fill('Accord donné au téléphone')
  await saved(page)
  await page.getByText('Liste des désinscrits (1)').waitFor()
  await page.locator('.big-number').filter({ hasText: '2' }).waitFor()
  await until(async () => (await page.locator('[name=limit]').inputValue()) === '2', 'the limit follows')
  expect(await reason.inputValue()).toBe('Accord donné au téléphone')
  expect((await stored(page)).override_reason).toBe('Accord donné au téléphone')
  await checkLooks(page, `override-${where}`)
})
