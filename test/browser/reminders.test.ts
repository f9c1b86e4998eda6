import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { advanceCampaigns } from '../../src/campaigns/advance.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, openSignedIn } from '../support/browser.ts'
import { checkLinks, checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { moveMessages, SENT } from '../support/factories/batches.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let recruiter: { email: string; password: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { db } = database
  scope = (await makeCompany(db, { name: 'Agence Martin', undoSeconds: 60 })).scope
  await saveSetting(db, scope, 'sms.windows', { FR: { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: '00:00', closes: '24:00', onHolidays: true } })
  recruiter = await makeUser(db, scope, { name: 'Claire Bernard' })
  await makeTemplate(db, scope, { name: 'Demande de disponibilité' })
  for (let n = 0; n < 12; n++) await makeCandidate(db, scope, { firstName: 'Amadou', lastName: `Traoré ${String(n).padStart(2, '0')}` })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** What the worker does with the batches that are at work. */
async function send(campaignId: number): Promise<void> {
  await advanceCampaigns(database)
  const { rows } = await database.pool.query<{ id: number }>("select id from batch where campaign_id = $1 and state = 'running'", [campaignId])
  for (const { id } of rows) await moveMessages(database, campaignId, [...SENT, 'delivered'], { batchId: id })
  await advanceCampaigns(database)
}

test('waves and a reminder are planned, somebody is reminded by hand, and the OUI wanted close the campaign', async () => {
  const page = await openSignedIn(recruiter, '/candidates', { baseURL: app.url, width: 1280 })
  await page.getByText('Autres actions').click()
  await page.getByRole('button', { name: 'Envoyer à toute la recherche…' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  const campaignId = Number(/\d+$/.exec(page.url())![0])

  // What is chosen opens its fields, saves itself, and comes back in words.
  await page.getByRole('radio', { name: /^Maintenant/ }).check()
  await page.getByRole('radio', { name: 'Après 24 heures' }).check()
  await page.getByLabel('Clore dès que ce nombre est atteint').fill('trois')
  await page.locator('#draft-answers').getByText('Écrivez un nombre de OUI').waitFor()
  await page.getByLabel('Clore dès que ce nombre est atteint').fill('3')
  await page.getByRole('checkbox', { name: /^Envoyer par vagues/ }).check()
  await page.getByLabel('Candidats par vague').fill('4')
  await page.getByLabel('Temps laissé pour répondre').selectOption({ label: '2 heures' })
  await page.locator('#draft-answers').getByText('Par vagues de 4 : la suivante part 2 heures après').waitFor()
  expect(await page.getByLabel('Texte de la relance en français').inputValue()).toContain('{agence} attend votre réponse. OUI ou NON')
  await checkLooks(page, 'reminders-compose')

  await page.getByRole('button', { name: 'Aperçu et confirmation' }).click()
  await page.waitForURL(/\/check$/)
  await page.getByText('3 vagues au plus').waitFor()
  await page.getByLabel('J’ai vérifié').check()
  await page.getByRole('button', { name: 'Envoyer 12 SMS' }).click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  await database.pool.query("update batch set due_at = app_now() - interval '1 second' where campaign_id = $1 and no = 1", [campaignId])
  await send(campaignId)
  await page.reload()
  await page.getByText('0 OUI sur 3 voulus · vague 1 sur 3').waitFor()

  // One answers; the others are reminded by hand, and taken back once.
  const { rows } = await database.pool.query<{ id: number; code: string }>('select id, code from recipient where campaign_id = $1 order by rank', [campaignId])
  const answer = (index: number) => recordAnswer(database, scope, rows[index]!.id, { choice: 'yes', availableFrom: null, availableUntil: null, comment: '', formId: randomUUID(), baseVersion: 0, source: 'link' })
  await answer(0)
  await page.goto(`/campaigns/${campaignId}?show=waiting`)
  await page.getByRole('link', { name: 'Relancer les 3 sans réponse' }).click()
  await page.waitForURL(/\/reminder$/)
  await page.getByLabel('Texte de la relance en français').fill('Bonjour {prenom|}, {agence} attend votre réponse : {lien}')
  await page.getByRole('button', { name: 'Actualiser l’aperçu' }).click()
  await page.getByText('Bonjour Amadou, Agence Martin attend votre réponse').waitFor()
  await checkLooks(page, 'reminders-remind')
  await checkLinks(page)
  await page.getByRole('button', { name: 'Relancer 3 personnes' }).click()
  await page.getByText(/Relance de 3 personnes\s:/).waitFor()
  await page.locator('#batches > summary').click()
  await checkLooks(page, 'reminders-pending')
  await page.getByRole('button', { name: 'Annuler la relance' }).click()
  await page.getByText('La relance est annulée').waitFor()
  await page.goto(`/campaigns/${campaignId}/reminder`)
  await page.getByRole('button', { name: 'Relancer 3 personnes' }).click()
  await page.getByText(/Relance de 3 personnes\s:/).waitFor()

  // While it waits, the campaign is told that two OUI are enough, and closes with the second.
  await page.goto(`/campaigns/${campaignId}/answers`)
  await checkLooks(page, 'reminders-settings')
  await page.getByLabel('Clore dès que ce nombre est atteint').fill('1')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.locator('.error-text').getByText('Il y a déjà 1 OUI').waitFor()
  await page.getByLabel('Clore dès que ce nombre est atteint').fill('2')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('1 OUI sur 2 voulus').waitFor()
  await answer(1)
  await send(campaignId)
  await page.reload()
  await page.getByText('2 OUI : la campagne s’est close d’elle-même.').waitFor()
  const states = await database.pool.query("select step, state, count(*)::int as n from message where campaign_id = $1 group by 1, 2 order by 1, 2", [campaignId])
  expect(states.rows).toEqual([{ step: 1, state: 'cancelled', n: 8 }, { step: 1, state: 'delivered', n: 4 }, { step: 2, state: 'cancelled', n: 3 }])
  // Whose OUI was the last is thanked; the others are told that it is over.
  const phone = await openPage({ baseURL: app.url, width: 360 })
  await phone.goto(`/r/${rows[1]!.code}`)
  await phone.getByText('Merci').first().waitFor()
  await phone.goto(`/r/${rows[2]!.code}`)
  await phone.getByText('Cette campagne est terminée').waitFor()
}, 400_000)
