import { afterAll, beforeAll, expect, test } from 'vitest'
import { queueMail } from '../../src/mail/commands.ts'
import type { Letter, MailStatus } from '../../src/mail/domain.ts'
import { registerMailTasks } from '../../src/mail/tasks.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { startMailServer, type MailServer } from '../support/mail-server.ts'
import { links, textById } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const LINK = 'https://dispo.example/invitation/Zm9vYmFyYmF6'
let database: TestDatabase
let server: MailServer
/** One with a mail server and one without, on the same data. */
let app: TestApp
let bare: TestApp
let isRefusing = false

beforeAll(async () => {
  database = await createTestDatabase()
  server = await startMailServer({ onRcptTo: (_to, _session, done) => done(isRefusing ? Object.assign(new Error('5.1.1 no such box'), { responseCode: 550 }) : null) })
  app = await startTestApp(database, { env: { SMTP_URL: server.url, MAIL_FROM: 'dispo@agence.test' }, registerTasks: registerMailTasks })
  bare = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await bare.close()
  await server.close()
  await database.close()
})

async function scene() {
  const company = await makeCompany(database.db)
  const user = await makeUser(database.db, company.scope, { role: 'administrator' })
  const write = (from: TestApp, more: Partial<Letter> = {}) =>
    database.db.transaction().execute((trx) => queueMail(trx, from.deps, {
      companyId: company.id, to: { address: 'paul@agence.test', name: 'Paul <b>Durand' }, language: 'fr', kind: 'invitation', subject: 'Votre accès', paragraphs: ['Bienvenue <i>chez nous</i>.'],
      action: { label: 'Choisir un mot de passe', url: LINK }, ...more,
    }))
  return { company, user, write }
}
const stateOf = async (id: number) => (await database.db.selectFrom('mail').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status
const journal = (action: string, id: number) => database.db.selectFrom('journal').select('user_id').where('action', '=', action).where('subject_id', '=', String(id)).execute()

test('without a mail server, an administrator reads what was written and copies its link; who looked is written down', async () => {
  const { user, write } = await scene()
  const id = await write(bare)
  const admin = plainSpaces(await bare.signIn(user))
  const list = await admin.get('/admin/mail')
  expect(list.text).toContain('Aucun serveur d’e-mail n’est réglé')
  expect(list.html).not.toContain('/admin/mail/test')
  expect(list.text).toContain('Conservé')
  const page = await admin.get(`/admin/mail/${id}`)
  expect(page.heading).toBe('Votre accès')
  expect(textById(page, 'mail-link')).toBe(LINK)
  expect(page.html).toMatch(/<iframe[^>]* sandbox=""/)
  expect(page.html).not.toContain('resending')
  expect(await journal('mail.opened', id)).toEqual([{ user_id: user.id }])

  const html = await admin.agent.get(`/admin/mail/${id}/html`)
  expect(html.text).toContain('Bienvenue &lt;i&gt;chez nous&lt;/i&gt;.')
  expect(html.text).not.toContain('Zm9vYmFyYmF6')
  expect(html.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; .*sandbox$/)

  // Nothing to send with: said, not swallowed.
  const refused = await admin.post(page, `/admin/mail/${id}/resending`)
  expect(refused.status).toBe(409)
  expect(refused.text).toContain('rien ne peut partir')
})

test('a kept mail can be sent once there is a server, and loses its link then', async () => {
  const { user, write } = await scene()
  const id = await write(bare)
  const admin = plainSpaces(await app.signIn(user))
  const before = server.mails.length
  const page = await admin.get(`/admin/mail/${id}`)
  expect((await admin.submit(page, {}, { form: 'resending' })).text).toContain('part dans un instant')
  await app.deps.queue.drain()
  expect(server.mails).toHaveLength(before + 1)
  expect(server.mails.at(-1)!.email.text).toContain(LINK)
  const after = await admin.get(`/admin/mail/${id}`)
  expect(after.text).toContain('Remis le')
  expect(after.html).not.toContain('Zm9vYmFyYmF6')
  expect(after.text).toContain('le lien n’est plus conservé')
  // The other tab still shows the button.
  const late = await admin.post(page, `/admin/mail/${id}/resending`)
  expect(late.status).toBe(409)
  await app.deps.queue.drain()
  expect(server.mails).toHaveLength(before + 1)
  expect(await journal('mail.resent', id)).toHaveLength(1)
})

test('a trial to oneself says at once whether the server took it', async () => {
  const { user } = await scene()
  const admin = plainSpaces(await app.signIn(user))
  const list = await admin.get('/admin/mail')
  const done = await admin.submit(list, {}, { form: '/admin/mail/test' })
  expect(done.text).toContain('Remis')
  expect(server.mails.at(-1)!.to).toEqual([user.email])
  isRefusing = true
  const failed = await admin.submit(list, {}, { form: '/admin/mail/test' })
  isRefusing = false
  expect(failed.text).toContain('Le serveur d’e-mail refuse l’adresse du destinataire.')
  expect(failed.text).toContain('Réponse du serveur : 550 5.1.1 no such box')
  expect(failed.text).toContain('Envoyer à nouveau')
})

test('the list filters by state and recipient and pages by key', async () => {
  const { company, user, write } = await scene()
  const admin = plainSpaces(await bare.signIn(user))
  for (let count = 0; count < 51; count++) await write(bare, { subject: `Objet ${count}` })
  const id = await write(bare, { to: { address: 'zoe@agence.test', name: 'Zoé 100%_sûre' }, subject: 'Pour Zoé' })
  await database.db.updateTable('mail').set({ status: 'in_doubt' satisfies MailStatus, reason: 'interrupted' }).where('id', '=', id).execute()
  const first = await admin.get('/admin/mail')
  const subjects = (page: typeof first) => links(page).filter(({ href }) => /^\/admin\/mail\/\d+$/.test(href)).map(({ text }) => text)
  expect(subjects(first)).toHaveLength(50)
  const next = await admin.get(links(first).find(({ text }) => text === 'Suivants')!.href)
  expect(subjects(next)).toEqual(['Objet 1', 'Objet 0'])
  const found = await admin.submit(first, { q: 'zoe 100%_s', status: 'in_doubt' }, { form: '/admin/mail' })
  expect(subjects(found)).toEqual(['Pour Zoé'])
  expect((await admin.get('/admin/mail?q=%25&status=nonsense')).text).toContain('Pour Zoé')
  expect((await admin.get('/admin/mail?status=sent')).text).toContain('Aucun e-mail ne correspond')
  expect(company.id).toBeGreaterThan(0)
})

test('mails of other companies and of the installation are unknown here', async () => {
  const { user } = await scene()
  const other = await scene()
  const ids = [await other.write(bare), await other.write(bare, { companyId: null })]
  const admin = await app.signIn(user)
  const list = await admin.get('/admin/mail')
  expect(list.text).not.toContain('Votre accès')
  for (const id of ids) {
    expect((await admin.get(`/admin/mail/${id}`)).status).toBe(404)
    expect((await admin.get(`/admin/mail/${id}/html`)).status).toBe(404)
    expect((await admin.post(list, `/admin/mail/${id}/resending`)).status).toBe(404)
    expect(await stateOf(id)).toBe('kept')
  }
  expect((await admin.get('/admin/mail/99999999999999999999')).status).toBe(404)
})
