import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openPage, openSignedIn } from '../support/browser.ts'
import { checkLooks, checkPage } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { makeArrived } from '../support/factories/reminders.ts'
import { makeSending } from '../support/factories/messaging.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let nadia: Awaited<ReturnType<typeof makeUser>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db, { name: 'Agence Martin' })
  nadia = await makeUser(database.db, company.scope, { name: 'Nadia Benali' })
  for (const name of ['Karim Haddad', 'Claire Bernard']) await makeUser(database.db, company.scope, { name })
  for (const [from, until] of [['2026-11-25', '2026-12-11'], ['2026-12-02', '2027-01-15'], ['2026-12-07', '2027-01-08'], ['2026-12-21', null]]) {
    const { id } = await makeCandidate(database.db, company.scope)
    await sql`update candidate set availability = 'available', available_from = ${from}, available_until = ${until} where id = ${id}`.execute(database.db)
  }
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

test('a text shows within a second in the rail and on the page of whoever may see it, told of it or not', async () => {
  const { campaignId } = await makeSending(database.db, { company, recipients: 1 })
  const colleague = await makeUser(database.db, company.scope, { privileges: ['campaigns.view'] })
  const page = await openSignedIn(colleague, '/replies', { baseURL: app.url, width: 1280 })
  await page.locator('html[data-listening]').waitFor()
  const write = () => database.db.insertInto('reply').values({ company_id: company.id, e164: '+33639980001', sender: '38047', body: 'Je suis libre lundi', provider_id: randomUUID(), campaign_id: campaignId }).execute()
  await write()
  await page.getByText('Je suis libre lundi').waitFor()
  await page.locator('#unread-replies').getByText('1', { exact: true }).waitFor()
  await page.locator('#reply-filters').getByText('1', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: /Tout marquer comme lu/ }).waitFor()
  // Somebody reads it in another window.
  await sql`update reply set read_at = app_now() where company_id = ${company.id}`.execute(database.db)
  await write()
  await page.locator('.reply').nth(1).waitFor()
  await page.locator('#unread-replies').getByText('1', { exact: true }).waitFor()
  await checkPage(page)
})

test('colleagues are chosen who hear of the answers, and calendars are made and revoked', async () => {
  const { campaignId } = await makeSending(database.db, { company, recipients: 3 })
  await sql`update campaign set created_by = ${nadia.id}, launched_by = ${nadia.id} where id = ${campaignId}`.execute(database.db)
  const page = await openSignedIn(nadia, `/campaigns/${campaignId}`, { baseURL: app.url, width: 1280 })
  await page.getByText('Message, réglages et historique').click()
  await page.getByRole('link', { name: /Prévenus des réponses/ }).click()
  await page.getByLabel('Karim Haddad').check()
  await checkLooks(page, 'told')
  await page.getByRole('button', { name: 'Enregistrer' }).click()
  await page.getByText('C’est enregistré.').waitFor()
  expect(await page.locator('#facts').textContent()).toContain('Karim Haddad, Nadia Benali')

  await page.goto('/availability?weeks=13&view=calendar')
  await checkPage(page)
  await page.getByRole('link', { name: 'Agenda (ICS)' }).click()
  await page.getByLabel('Disponibilités à suivre').selectOption('mine')
  await page.getByRole('button', { name: 'Créer l’adresse' }).click()
  expect(await page.locator('#feed-url').innerText()).toMatch(/\/calendars\/[\w-]{43}\.ics$/)
  await checkLooks(page, 'feeds')
  await page.getByRole('button', { name: /Révoquer/ }).click()
  await page.getByText('Aucune adresse n’est en service.').waitFor()
})

test('the page of a closed campaign takes a new availability, without scripts', async () => {
  const invitation = await makeInvitation(database.db, { company })
  await database.db.updateTable('campaign').set({ closed_at: new Date('2026-11-21T08:00:00Z') }).where('id', '=', invitation.campaignId).execute()
  const page = await openPage({ javaScriptEnabled: false, width: 360, height: 640, baseURL: app.url })
  await page.goto(`/r/${invitation.code}`)
  await checkLooks(page, 'closed', [360])
  await page.getByRole('link', { name: 'Signaler une nouvelle disponibilité' }).click()
  await checkLooks(page, 'left-form', [360])
  await page.getByRole('button', { name: 'Envoyer ma disponibilité' }).click()
  await page.getByRole('heading', { name: 'Il y a un problème' }).waitFor()
  await page.getByLabel('NON, pas en ce moment').check()
  await page.getByRole('button', { name: 'Envoyer ma disponibilité' }).click()
  await page.getByRole('heading', { name: 'Merci, votre disponibilité est enregistrée' }).waitFor()
  await checkLooks(page, 'left', [360])
})

test('an automatic reminder that is about to leave can be stopped on the page of its campaign, and one being written shows how far it is', async () => {
  const one = await makeArrived(database, ['delivered', 'delivered'], { hours: 24 })
  const { id } = await database.db.insertInto('batch').values({ company_id: one.scope.companyId, campaign_id: one.campaignId, no: 2, kind: 'reminder', local_date: '2026-11-22', due_at: sql`app_now() + interval '14 minutes'` }).returning('id').executeTakeFirstOrThrow()
  await sql`insert into message (company_id, purpose, campaign_id, batch_id, recipient_id, candidate_id, step, e164, country, sender, body, encoding, segments)
    select company_id, 'campaign', campaign_id, ${id}, recipient_id, candidate_id, 2, e164, country, sender, 'Encore vous', 'gsm7', 1 from message where campaign_id = ${one.campaignId} and step = 1`.execute(database.db)
  await sql`update campaign set status = 'in_process', finished_at = null where id = ${one.campaignId}`.execute(database.db)
  const page = await openSignedIn({ email: (await database.db.selectFrom('app_user').select('email').where('id', '=', one.userId).executeTakeFirstOrThrow()).email, password: nadia.password }, `/campaigns/${one.campaignId}`, { baseURL: app.url, width: 1280 })
  await page.getByText(/Relance automatique de 2 personnes/).waitFor()
  await checkPage(page)
  await page.getByRole('button', { name: 'Ne pas relancer' }).click()
  await page.getByText('La relance est annulée : aucun SMS n’est parti.').waitFor()
  await database.db.insertInto('reminder_request').values({ company_id: one.scope.companyId, campaign_id: one.campaignId, request_key: randomUUID(), people: 25_000, written: 12_000, texts: '{}', requested_by: one.userId }).execute()
  await page.goto(`/campaigns/${one.campaignId}/reminding`)
  await page.getByText(/12\s000 SMS préparés sur 25\s000/).waitFor()
  await checkLooks(page, 'reminding')
})
