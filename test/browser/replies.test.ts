import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPage, openSignedIn, type PageOptions } from '../support/browser.ts'
import { checkLinks, checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { makeSending, type Sending } from '../support/factories/messaging.ts'
import { startLine, until, type Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
let sending: Sending
let user: Awaited<ReturnType<typeof makeUser>>
let senders = 38_500
let sender = ''

beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database)
})
afterAll(async () => {
  await line?.close()
  await database?.close()
})

const NAMES = ['Durand', 'Lefèvre', 'Nguyen', 'Petit', 'Benali']

/** An agency with a number of its own, whose campaign of five people has left. */
async function open(address: string, options: PageOptions, language: 'fr' | 'en' = 'fr'): Promise<Page> {
  const { db } = database
  const company = await makeCompany(db, { name: 'Agence Martin' })
  sender = String(senders++)
  await sql`update sms_sender set address = ${sender} where company_id = ${company.id}`.execute(db)
  sending = await makeSending(db, { company, recipients: 5 })
  await sql`update candidate set last_name = (${NAMES}::text[])[id - ${sending.candidateIds[0]!} + 1], trade = 'Coffreur', town = 'Lyon' where company_id = ${company.id}`.execute(db)
  await sql`update message set sender = ${sender}, state = 'leased', lease_until = app_now() where company_id = ${company.id}`.execute(db)
  await sql`update message set state = 'submitting', lease_until = null, submitted_at = app_now() - interval '1 hour' where company_id = ${company.id}`.execute(db)
  await sql`update message set state = 'delivered' where company_id = ${company.id}`.execute(db)
  user = await makeUser(db, company.scope, { name: 'Claire Bernard', language })
  await sql`update campaign set launched_by = ${user.id} where id = ${sending.campaignId}`.execute(db)
  await sql`update message set requested_by = ${user.id} where company_id = ${company.id}`.execute(db)
  return openSignedIn(user, address, { ...options, baseURL: line.app.url })
}

const count = async () => (await database.db.selectFrom('reply').select('id').where('company_id', '=', sending.scope.companyId).execute()).length

async function writes(person: number | string, text: string): Promise<void> {
  const before = await count()
  line.simulator.reply({ phone: typeof person === 'string' ? person : sending.e164[person]!.slice(1), sender, text })
  await until(async () => (await count()) > before, 'the text is stored')
}

async function everybodyWrites(): Promise<void> {
  await writes(0, 'Oui, disponible dès lundi. Merci !')
  await writes(1, `Bonjour, ${'je voudrais en savoir plus sur le poste, le salaire et les horaires ; '.repeat(20)}merci`)
  await writes(2, 'Merci de ne plus m’écrire, vous êtes lourds')
  await writes(3, 'STOP')
  await writes(4, `${'A'.repeat(600)}\u202eابجد 🙂 <b>gras</b>`)
  await writes('33639987654', 'C’est Léa, j’ai changé de numéro')
  await writes(0, 'Je conduis. Je lirai votre message à l’arrivée.')
}

test('a reply arrives while somebody looks, is read, decided, assigned and answered', async () => {
  const page = await open('/replies', { width: 1280 })
  await checkLooks(page, 'replies-none')
  await page.locator('html[data-listening]').waitFor()
  const before = await page.evaluate('performance.timeOrigin')
  await writes(0, 'Oui, disponible dès lundi')
  await page.getByText('Oui, disponible dès lundi').waitFor()
  expect(await page.evaluate('performance.timeOrigin')).toBe(before)

  await everybodyWrites()
  await makeCandidate(database.db, sending.scope, { firstName: 'Jumelle', lastName: 'Durand', mobile: sending.e164[0]! })
  await page.reload()
  await page.getByText('C’est Léa').waitFor()
  expect(await page.locator('.rail-nav .badge').first().innerText()).toContain('7')
  await checkLooks(page, 'replies')
  await checkLinks(page)

  const campaign = await openPage({ sameVisitorAs: page })
  await campaign.goto(`/campaigns/${sending.campaignId}`)
  await campaign.getByRole('heading', { name: 'SMS reçus' }).waitFor()
  await checkLooks(campaign, 'replies-of-campaign')
  await campaign.getByRole('link', { name: '1 STOP à vérifier' }).click()
  await campaign.waitForURL(/show=review/)
  await campaign.getByRole('button', { name: /^Désinscrire/ }).click()
  await campaign.getByText('ne recevra plus de SMS de votre agence').waitFor()
  await campaign.getByText('Rien à vérifier').waitFor()

  // The other page follows by itself: there is nothing left to decide.
  await page.getByRole('button', { name: /^Ce n’est pas un STOP/ }).waitFor({ state: 'detached' })

  await page.getByRole('link', { name: 'Numéros inconnus' }).click()
  await page.getByRole('link', { name: /^Attribuer à une fiche/ }).click()
  await page.getByRole('heading', { name: 'SMS d’un numéro inconnu' }).waitFor()
  await page.getByLabel('Chercher une fiche').fill('petit')
  await page.getByLabel('Chercher une fiche').press('Enter')
  await page.getByLabel(/Camille Petit/).check()
  await checkLooks(page, 'replies-person')
  await page.getByRole('button', { name: 'Attribuer ces SMS' }).click()
  await page.getByText('1 SMS est maintenant sur cette fiche.', { exact: false }).waitFor()
  await page.goto('/replies?q=changé')
  await page.getByRole('link', { name: /ouvrir le SMS/ }).click()
  await checkLooks(page, 'reply')
  await page.goto('/replies?q=disponible')
  await page.getByRole('button', { name: /^Répondre/ }).first().click()
  await page.waitForURL(/\/campaigns\/\d+$/)
  await page.getByText('Camille Durand').first().waitFor()
  await page.goto(`/candidates/${sending.candidateIds[2]}`)
  await page.getByText('Désinscription des SMS').waitFor()
  await checkLooks(page, 'replies-record', [1280])
  await page.getByRole('link', { name: 'Réinscrire aux SMS' }).click()
  await page.getByRole('button', { name: 'Réinscrire ce numéro' }).click()
  await page.getByText('Dites pourquoi').first().waitFor()
  await checkLooks(page, 'opt-in-reason')
})

test('on a phone without script, in English, a doubtful text is decided and all is marked as read', async () => {
  const page = await open('/replies', { width: 360, javaScriptEnabled: false, locale: 'en-GB' }, 'en')
  await everybodyWrites()
  await page.reload()
  await checkLooks(page, 'replies-en')
  await page.getByRole('button', { name: /^It is not a STOP/ }).click()
  await page.getByText('can get SMS again').waitFor()
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await page.getByText('SMS marked as read').waitFor()
  await page.getByRole('link', { name: 'Unread', exact: true }).click()
  await page.getByText('Everything is read').waitFor()
  await checkLooks(page, 'replies-read-en')
})
