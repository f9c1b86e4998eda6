import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { queueMail } from '../../src/mail/commands.ts'
import { deliverDue, deliverMail } from '../../src/mail/delivery.commands.ts'
import type { Letter } from '../../src/mail/domain.ts'
import { handOver } from '../../src/mail/smtp.ts'
import { registerMailTasks } from '../../src/mail/tasks.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { startMailServer, type MailServer } from '../support/mail-server.ts'

const LINK = 'https://dispo.example/login/password/aGVsbG8td29ybGQ'
type Answer = { responseCode: number; message: string }

let database: TestDatabase
let server: MailServer
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
/** What the server does with the next mails. */
let refuse: { to?: Answer; data?: Answer; hangsUp?: boolean } = {}
let duringData: (() => Promise<void>) | undefined

beforeAll(async () => {
  database = await createTestDatabase()
  company = await makeCompany(database.db, { name: 'Agence Béarn & Cie' })
  server = await startMailServer({
    onRcptTo: (_to, _session, done) => done(refuse.to ? Object.assign(new Error(refuse.to.message), refuse.to) : null),
  }, async () => {
    await duringData?.()
    if (refuse.hangsUp) return 'hang up'
    return refuse.data
  })
  app = await startTestApp(database, { env: { SMTP_URL: server.url, MAIL_FROM: 'Dispo <dispo@agence.test>' }, registerTasks: registerMailTasks })
})
afterAll(async () => {
  await app.close()
  await server.close()
  await database.close()
})
beforeEach(async () => {
  refuse = {}
  duringData = undefined
  server.mails.length = 0
  await shiftClock(database, '0 seconds')
  await app.deps.queue.drain()
})

const letter = (more: Partial<Letter> = {}): Letter => ({
  companyId: company.id, to: { address: 'zoe@agence.test', name: 'Zoé Lefèvre' }, language: 'fr', kind: 'reset', subject: 'Votre mot de passe – à choisir',
  paragraphs: ['Vous avez demandé un nouveau mot de passe.'], action: { label: 'Choisir un mot de passe', url: LINK }, closing: ['Le lien vaut une heure.'], ...more,
})
const write = (more?: Partial<Letter>) => database.db.transaction().execute((trx) => queueMail(trx, app.deps, letter(more)))
const row = (id: number) => database.db.selectFrom('mail').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const addresses = (html: string) => [...html.matchAll(/\b(?:src|href|url|background)\s*[=(]\s*["']?([^"')\s>]+)/gi)].map(([, address]) => address)

describe('A mail', () => {
  test('arrives once, with both parts, and is forgotten but for its words', async () => {
    const id = await write()
    expect((await row(id)).sealed_letter).not.toContain('dispo.example')
    await app.deps.queue.drain()
    expect(server.mails).toHaveLength(1)
    const [{ email, raw, to }] = server.mails as [MailServer['mails'][number]]
    expect(to).toEqual(['zoe@agence.test'])
    expect(email).toMatchObject({ subject: 'Votre mot de passe – à choisir', to: [{ name: 'Zoé Lefèvre', address: 'zoe@agence.test' }], from: { name: 'Dispo', address: 'dispo@agence.test' } })
    for (const part of [email.text!, email.html!]) expect(part).toContain(LINK)
    expect(email.text).toContain('Vous avez demandé un nouveau mot de passe.')
    expect(email.html).toContain('Agence Béarn &amp; Cie')
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m)
    // Nothing is fetched, nothing is counted.
    expect(new Set(addresses(email.html!))).toEqual(new Set([LINK]))

    const stored = await row(id)
    expect(stored).toMatchObject({ status: 'sent', attempts: 1, reason: null })
    expect(email.messageId).toBe(`<${stored.message_key}@agence.test>`)
    await deliverMail(app.deps, id)
    await deliverDue(app.deps)
    expect(server.mails).toHaveLength(1)
  })

  test('speaks English to who reads English', async () => {
    await write({ language: 'en', subject: 'Your password' })
    await app.deps.queue.drain()
    expect(server.mails[0]!.email.text).toContain('Automatic e-mail from Agence Béarn & Cie')
    expect(server.mails[0]!.email.html).toContain('lang="en"')
  })

  test('shows what is hostile as text, and no header grows out of it (F-69)', async () => {
    await write({
      to: { address: 'zoe@agence.test', name: '<script>alert(1)</script>\r\nBcc: other@evil.test' }, subject: 'Bonjour\r\nBcc: evil@evil.test\r\n\r\n<b>',
      paragraphs: ['<img src=x onerror="alert(1)">', '{{7*7}} <% it %>'],
    })
    await app.deps.queue.drain()
    const { email, to } = server.mails[0]!
    expect(to).toEqual(['zoe@agence.test'])
    expect(email.subject).toBe('Bonjour Bcc: evil@evil.test <b>')
    expect(email.headers.map(({ key }) => key)).not.toContain('bcc')
    expect(email.html).not.toMatch(/<script|<img|<b>/)
    expect(email.html).toContain('&lt;img src=x')
  })

  test.each([
    ['a second line in the address', { to: { address: 'zoe@agence.test\r\nRCPT TO:<evil@evil.test>', name: '' } }, 'no address'],
    ['two addresses', { to: { address: 'zoe@agence.test,evil@evil.test', name: '' } }, 'no address'],
    ['no address', { to: { address: 'zoe', name: '' } }, 'no address'],
    ['a link that runs', { action: { label: 'x', url: 'javascript:alert(1)' } }, 'no link'],
  ])('with %s is refused', async (_what, more, message) => {
    await expect(write(more)).rejects.toThrow(message)
  })

  test('is not written when what it tells is rolled back', async () => {
    await expect(database.db.transaction().execute(async (trx) => {
      await queueMail(trx, app.deps, letter())
      throw new Error('changed my mind')
    })).rejects.toThrow('changed my mind')
    await app.deps.queue.drain()
    expect(server.mails).toEqual([])
  })
})

describe('A server that', () => {
  test('is busy is asked again later, with growing patience and the same Message-ID, until it takes the mail', async () => {
    refuse = { to: { responseCode: 450, message: '4.2.0 greylisted' } }
    const id = await write()
    await app.deps.queue.drain()
    const first = await row(id)
    expect(first).toMatchObject({ status: 'waiting', reason: 'busy', attempts: 1 })
    expect(first.answer).toContain('greylisted')
    await deliverDue(app.deps)
    expect((await row(id)).attempts).toBe(1)
    await shiftClock(database, '2 minutes')
    await deliverDue(app.deps)
    expect(await row(id)).toMatchObject({ status: 'waiting', attempts: 2 })
    await shiftClock(database, '1 hour')
    refuse = {}
    await deliverDue(app.deps)
    expect(await row(id)).toMatchObject({ status: 'sent', attempts: 3, message_key: first.message_key, reason: null, answer: null })
    expect(server.mails).toHaveLength(1)
  })

  test('stays busy for a day is given up, with the reason', async () => {
    refuse = { data: { responseCode: 451, message: 'try later' } }
    const id = await write()
    for (let day = 0; day < 8; day++) {
      await shiftClock(database, `${day} days`)
      await deliverDue(app.deps)
    }
    expect(await row(id)).toMatchObject({ status: 'failed', reason: 'busy', attempts: 7 })
  })

  test.each([
    ['the address', { to: { responseCode: 550, message: '5.1.1 unknown' } }, 'recipient'],
    ['the text', { data: { responseCode: 554, message: '5.7.1 spam' } }, 'refused'],
  ])('refuses %s is not asked again', async (_what, how, reason) => {
    refuse = how
    const id = await write()
    await app.deps.queue.drain()
    expect(await row(id)).toMatchObject({ status: 'failed', reason, attempts: 1 })
    await shiftClock(database, '1 day')
    await deliverDue(app.deps)
    expect((await row(id)).attempts).toBe(1)
  })

  test('hangs up with the text in its hands leaves a doubt that no machine settles', async () => {
    refuse = { hangsUp: true }
    const id = await write()
    await app.deps.queue.drain()
    expect(await row(id)).toMatchObject({ status: 'in_doubt', reason: 'broken-off' })
    refuse = {}
    await shiftClock(database, '1 day')
    await deliverDue(app.deps)
    expect((await row(id)).status).toBe('in_doubt')
    expect(server.mails).toHaveLength(0)
  })

  test('is not there is asked again later', async () => {
    const config = loadConfig({ DATABASE_URL: 'postgres://test', SECRET_KEY: app.deps.config.secretKey, SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'a@b.test' })
    const id = await write()
    await deliverMail({ ...app.deps, config }, id)
    expect(await row(id)).toMatchObject({ status: 'waiting', reason: 'unreachable' })
  })

  test('speaks in clear from elsewhere, or shows a certificate that nobody signed, gets no mail', async () => {
    const parcel = { messageKey: 'x', date: new Date(), senderName: 'A', to: { address: 'a@b.test', name: '' }, subject: 's', html: 'h', text: 't' }
    const mail = app.deps.config.mail!
    expect(await handOver({ ...mail, mayBePlain: false }, parcel)).toMatchObject({ outcome: 'later', reason: 'insecure' })
    const secure = await startMailServer({ secure: true })
    expect(await handOver({ ...mail, isSecure: true, port: secure.port }, parcel)).toMatchObject({ outcome: 'later', reason: 'insecure' })
    await secure.close()
    expect(server.mails).toEqual([])
  })
})

describe('Two workers', () => {
  test('never both hand a mail over', async () => {
    const id = await write()
    await Promise.all(Array.from({ length: 5 }, () => deliverMail(app.deps, id)))
    expect(server.mails).toHaveLength(1)
  })

  test('of which one dies with a mail in its hands leave one doubt, also when the dead one wakes up', async () => {
    const id = await write()
    // The clock passes the claim's end while the server holds the text: for the others this worker is dead.
    duringData = async () => {
      await shiftClock(database, '10 minutes')
      await deliverDue(app.deps)
      expect(await row(id)).toMatchObject({ status: 'in_doubt', reason: 'interrupted' })
    }
    await deliverMail(app.deps, id)
    // What it finds out in the end is known after all.
    const { status, message_key: key } = await row(id)
    expect(status).toBe('sent')
    expect(server.mails.filter(({ email }) => email.messageId?.includes(key))).toHaveLength(1)
  })
})

test('a mail that nobody can unseal any more fails, and says why', async () => {
  const id = await write()
  await deliverMail({ ...app.deps, config: { ...app.deps.config, secretKey: 'another secret that came after the first one' } }, id)
  expect(await row(id)).toMatchObject({ status: 'failed', reason: 'unreadable' })
})
