import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordOptOut } from '../../src/consent/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, openSignedIn } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate, makeContact } from '../support/factories/candidates.ts'
import { makeBranding, makeInvitation } from '../support/factories/landing.ts'
import { makeSending } from '../support/factories/messaging.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let admin: Awaited<ReturnType<typeof makeUser>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db, { name: 'Intérim du Rhône' })
  admin = await makeUser(database.db, company.scope, { role: 'administrator', name: 'Nadia Benali' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

test('an administrator hands over a copy of somebody’s data, then erases them during a campaign', async () => {
  const sending = await makeSending(database.db, { company, e164: ['+33639984411'] })
  const id = sending.candidateIds[0]!
  await sql`update candidate set first_name = 'Amadou', last_name = 'Traoré', trade = 'Coffreur bancheur' where id = ${id}`.execute(database.db)
  const person = { id, e164: '+33639984411' }
  await makeContact(database.db, company.scope, person, { userId: admin.id, senderId: company.senderId, body: 'Bonjour Amadou, êtes-vous libre lundi ?', answer: { choice: 'yes', comment: 'Oui, mais pas avant 9 h.' } })
  await recordOptOut(database.db, company.scope, { e164: person.e164, source: 'sms' })

  const page = await openSignedIn(admin, `/candidates/${id}`, { baseURL: app.url, width: 1280 })
  await page.getByRole('link', { name: 'Copier ou effacer ses données' }).click()
  await page.getByRole('heading', { name: 'Amadou Traoré' }).waitFor()
  await checkLooks(page, 'person-data')
  await page.getByLabel('anglais').check()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Télécharger la page à lire' }).click()])
  const file = await download.path()
  expect(readFileSync(file, 'utf8')).toContain('Oui, mais pas avant 9 h.')
  const copy = await openPage({ width: 1280 })
  await copy.goto(pathToFileURL(file).href)
  await copy.setContent(readFileSync(file, 'utf8'))
  await checkLooks(copy, 'person-copy')

  await page.getByRole('link', { name: 'Préparer l’effacement' }).click()
  await page.getByText('il ne partira pas').waitFor()
  await page.getByText('Son STOP, sous une forme illisible').waitFor()
  await checkLooks(page, 'person-erasure')
  await page.getByRole('button', { name: 'Effacer définitivement' }).click()
  await page.getByText('La personne est effacée. 1 SMS a été retenu.').waitFor()
  await checkPage(page)

  // The campaign counts them, without a name.
  await page.goto(`/campaigns/${sending.campaignId}`)
  await page.getByRole('cell', { name: 'Fiche supprimée' }).or(page.getByText('Fiche supprimée')).first().waitFor()
  expect(await page.getByText('+0').count()).toBe(0)
  await checkPage(page)
})

test('the retention says what it will remove and what it removed', async () => {
  const old = await makeSending(database.db, { company })
  await sql`update message set state = 'cancelled', created_at = app_now() - interval '120 days' where campaign_id = ${old.campaignId}`.execute(database.db)
  await sql`update campaign set status = 'completed', finished_at = app_now() - interval '100 days' where id = ${old.campaignId}`.execute(database.db)
  await sql`insert into retention_run (company_id, kind, removed, started_at, is_complete) values (${company.id}, 'texts', 12480, app_now(), true), (${company.id}, 'links', 0, app_now(), true), (${company.id}, 'imports', 3, app_now(), false)`.execute(database.db)
  await makeCandidate(database.db, company.scope)
  const page = await openSignedIn(admin, '/admin/data', { baseURL: app.url, width: 1280 })
  await page.getByRole('row').filter({ hasText: 'Textes des SMS' }).getByText('1 élément à effacer').waitFor()
  await checkLooks(page, 'retention')
})

test('the statements stand behind the personal page, on a phone', async () => {
  const invitation = await makeInvitation(database.db, { company })
  await makeBranding(database.db, company.scope, { displayName: 'Intérim du Rhône' })
  const page = await openPage({ baseURL: app.url, width: 360, javaScriptEnabled: false })
  await page.goto(`/r/${invitation.code}`)
  for (const [link, name] of [['Tout sur vos données', 'statement-privacy'], ['Accessibilité', 'statement-accessibility']] as const) {
    await page.getByRole('link', { name: link }).click()
    await page.getByRole('link', { name: 'Revenir à la page' }).waitFor()
    await checkLooks(page, name)
    await page.getByRole('link', { name: 'Revenir à la page' }).click()
    await page.getByRole('button', { name: 'Envoyer ma réponse' }).waitFor()
  }
})
