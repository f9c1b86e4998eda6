import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readReplies } from '../../src/availability/readings.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makeFollowed } from '../support/factories/followed.ts'

/** Texts that may be answers, and answers on the telephone. */

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

test('an uncertain text is confirmed on the campaign, another corrected, and an answer written down from a row', async () => {
  const { scope, campaignId } = await makeFollowed(database, app)
  const { pool } = database
  const { rows: people } = await pool.query<{ id: number; candidate_id: number; e164: string }>("select r.id, r.candidate_id, r.e164 from recipient r join message m on m.recipient_id = r.id where r.campaign_id = $1 and m.state = 'delivered' order by r.rank offset 3 limit 4", [campaignId])
  const text = (index: number, body: string) => pool.query(
    'insert into reply (company_id, e164, sender, body, provider_id, candidate_id, campaign_id, recipient_id) values ($1, $2, $3, $4, gen_random_uuid()::text, $5, $6, $7)',
    [scope.companyId, people[index]!.e164, '33700000000', body, people[index]!.candidate_id, campaignId, people[index]!.id])
  await pool.query("update candidate set first_name = 'Karim', last_name = 'Benali' where id = $1", [people[0]!.candidate_id])
  await pool.query("update candidate set first_name = 'Awa', last_name = 'Diop' where id = $1", [people[1]!.candidate_id])
  await text(0, 'Oui si c’est à Lyon ou alentours, et plutôt le matin')
  await text(1, 'C’est pour quand ?')
  await text(2, 'oui à partir de demain, pointure 42')
  await readReplies({ db: database.db, log: pino({ level: 'silent' }) })

  const user = await makeUser(database.db, scope, { name: 'Claire Martin', role: 'administrator' })
  const page = await openSignedIn(user, `/campaigns/${campaignId}`, { baseURL: app.url })
  await page.getByText('reçu par SMS').first().waitFor()
  await checkLooks(page, 'campaign')
  await page.getByRole('button', { name: 'Confirmer – Karim Benali' }).click()
  await page.getByText(/^Réponse enregistrée.: Karim Benali$/).waitFor()
  expect(await page.getByRole('heading', { name: 'Une réponse par SMS à vérifier' }).count()).toBe(1)

  await page.getByRole('link', { name: 'Choisir la réponse – Awa Diop' }).click()
  await page.getByRole('heading', { level: 1, name: /^Réponse à vérifier.: Awa Diop$/ }).waitFor()
  await page.getByRole('button', { name: 'Enregistrer la réponse' }).click()
  await page.getByText('Choisissez OUI ou NON').first().waitFor()
  await checkLooks(page, 'check')
  await page.getByRole('radio', { name: 'NON' }).check()
  await page.getByRole('button', { name: 'Enregistrer la réponse' }).click()
  await page.getByText(/^Réponse enregistrée.: Awa Diop$/).waitFor()

  await page.goto(`/candidates/${people[3]!.candidate_id}`)
  await checkPage(page)
  await page.getByRole('link', { name: 'Saisir la réponse à sa place' }).click()
  await page.getByRole('radio', { name: 'OUI' }).check()
  await page.getByLabel('Disponible à partir du').fill('2030-01-07')
  await page.getByRole('button', { name: 'Enregistrer la réponse' }).click()
  await page.getByText('La date de début doit être le').first().waitFor()
  await page.getByRole('radio', { name: 'NON' }).check()
  await page.getByLabel('Disponible à partir du').fill('')
  await page.getByLabel('Commentaire').fill('appelé à midi')
  await page.getByRole('button', { name: 'Enregistrer la réponse' }).click()
  await page.getByText(/^Réponse enregistrée.:/).waitFor()
  await page.goto(`/campaigns/${campaignId}`)
  await page.getByText('saisie par Claire Martin').waitFor()

  await pool.query("update app_user set language = 'en' where id = $1", [user.id])
  await page.goto(`/recipients/${people[3]!.id}/answer`)
  await page.getByRole('heading', { level: 1, name: 'Correct the answer of' }).waitFor()
  await checkLooks(page, 'correct-english')
})
