import { afterAll, beforeAll, expect, test } from 'vitest'
import { queueMail } from '../../src/mail/commands.ts'
import { registerMailTasks } from '../../src/mail/tasks.ts'
import { recordInJournal } from '../../src/web/journal.queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import { checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { startMailServer, type MailServer } from '../support/mail-server.ts'

let database: TestDatabase
let server: MailServer
let app: TestApp
let admin: Awaited<ReturnType<typeof makeUser>>
let company: Awaited<ReturnType<typeof makeCompany>>

beforeAll(async () => {
  database = await createTestDatabase()
  server = await startMailServer({ onRcptTo: ({ address }, _session, done) => done(address.startsWith('partie') ? Object.assign(new Error('5.1.1 unknown user'), { responseCode: 550 }) : null) })
  app = await startTestApp(database, { env: { SMTP_URL: server.url, MAIL_FROM: 'dispo@agence.test' }, registerTasks: registerMailTasks })
  company = await makeCompany(database.db, { name: 'Agence Martin' })
  admin = await makeUser(database.db, company.scope, { role: 'administrator', name: 'Marc Delorme', email: 'marc@agence.test' })
  for (const [address, name] of [['claire@agence.test', 'Claire Dubois'], ['partie@agence.test', 'Une adresse qui n’existe plus']] as const) await invite(address, name)
  await app.deps.queue.drain()
})
afterAll(async () => {
  await app?.close()
  await server?.close()
  await database?.close()
})

const invite = (address: string, name: string) =>
  database.db.transaction().execute((trx) => queueMail(trx, app.deps, {
    companyId: company.id, to: { address, name }, language: 'fr', kind: 'invitation', subject: 'Votre accès à Dispo pour l’Agence Martin', paragraphs: [`Bonjour ${name},`, 'Marc Delorme vous invite à rejoindre l’Agence Martin.'],
    action: { label: 'Choisir un mot de passe', url: 'https://dispo.example/invitation/PHPQ8eq-XuS4M3mTbOmkbgUTFnw' }, closing: ['Le lien vaut 7 jours.'],
  }))

test('an administrator tries the mail server, finds a mail that failed, copies its link and sends it again', async () => {
  const page = await openSignedIn(admin, '/admin/mail', { baseURL: app.url, width: 1280 })
  await page.getByRole('button', { name: 'M’envoyer un essai' }).click()
  await page.getByText('Remis le').waitFor()
  expect(server.mails.at(-1)!.to).toEqual(['marc@agence.test'])
  await page.getByRole('link', { name: 'E-mails' }).first().click()
  await page.getByText('Le serveur d’e-mail refuse l’adresse du destinataire.').waitFor()
  await checkLooks(page, 'mails')
  await page.getByLabel('État').selectOption('failed')
  await page.getByRole('button', { name: 'Filtrer' }).click()
  await page.getByRole('row').filter({ hasText: 'Une adresse' }).getByRole('link').click()
  await page.frameLocator('iframe').getByText('Marc Delorme vous invite').waitFor()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copier le lien' }).click()
  await page.getByText('Copié').waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe('https://dispo.example/invitation/PHPQ8eq-XuS4M3mTbOmkbgUTFnw')
  await page.locator('iframe').scrollIntoViewIfNeeded()
  await checkLooks(page, 'mail')
  await page.getByRole('button', { name: 'Envoyer à nouveau' }).click()
  await page.getByText('L’e-mail part dans un instant.').waitFor()
})

test('without script an administrator reads what somebody did, and opens what it was about', async () => {
  const lea = await makeUser(database.db, company.scope, { name: 'Léa Martin' })
  const line = { companyId: company.id, userId: lea.id }
  await recordInJournal(database.db, { ...line, action: 'sign_in.done', detail: { how: 'password' } })
  await recordInJournal(database.db, { ...line, action: 'user.changed', subjectKind: 'user', subjectId: admin.id, detail: { given: ['consent.override'], taken: ['users.manage', 'settings.edit'] } })
  await recordInJournal(database.db, { ...line, action: 'settings.changed', subjectKind: 'setting', subjectId: 'campaign.open_days', detail: { before: 14, after: 30 } })
  await recordInJournal(database.db, { ...line, action: 'campaign.overridden', subjectKind: 'campaign', subjectId: 12, detail: { recipients: 3, reason: 'Accord donné par téléphone, noté dans chaque fiche' } })
  const page = await openSignedIn(admin, '/admin/journal', { baseURL: app.url, width: 360, javaScriptEnabled: false })
  await page.getByRole('button', { name: 'Filtres' }).click()
  await page.getByLabel('Personne').selectOption({ label: 'Léa Martin' })
  await page.getByRole('button', { name: 'Filtrer' }).click()
  await page.getByText('Aujourd’hui').waitFor()
  await checkLooks(page, 'journal', [1280, 360])
  await page.getByRole('link', { name: 'Marc Delorme' }).click()
  await page.getByRole('heading', { level: 1 }).getByText('Marc Delorme').waitFor()
})
