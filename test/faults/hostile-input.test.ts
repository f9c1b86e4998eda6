import { registerImportTasks } from '../../src/candidates/imports.tasks.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { elements } from '../support/html.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'

let database: TestDatabase
let app: TestApp
let admin: SignedIn
let scope: Awaited<ReturnType<typeof makeCompany>>['scope']

/** What breaks out of text, of an attribute, of an address, and what htmx would act on. */
const NASTY = '<script>alert(1)</script>"onmouseover="alert(2)" hx-get="/x" javascript:alert(3) {{7*7}} <%= 7*7 %>'

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerImportTasks })
  const company = await makeCompany(database.db, { name: NASTY.slice(0, 120) })
  scope = company.scope
  admin = await app.signIn(await makeUser(database.db, scope, { role: 'administrator', name: NASTY.slice(0, 120) }))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

describe('bodies that are too much (F-82)', () => {
  const MEGABYTE = 1024 * 1024
  let before: number
  beforeEach(() => { before = process.memoryUsage.rss() })
  afterEach(() => { expect((process.memoryUsage.rss() - before) / MEGABYTE).toBeLessThan(200) })

  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  const manyFields = (count: number) => Array.from({ length: count }, (_, at) => `f${at}=1`).join('&')
  const parts = (count: number) => `${Array.from({ length: count }, (_, at) => `--x\r\ncontent-disposition: form-data; name="f${at}"\r\n\r\n1\r\n`).join('')}--x--\r\n`

  test.each([
    ['5 MB of JSON', '/webhooks/vonage/status', 'application/json', `{"a":"${'x'.repeat(5 * MEGABYTE)}"}`],
    ['JSON 10,000 levels deep', '/webhooks/vonage/status', 'application/json', deep(10_000)],
    ['JSON with __proto__', '/webhooks/vonage/status', 'application/json', '{"__proto__":{"isAdmin":true}}'],
    ['JSON where a form is expected', '/login', 'application/json', deep(10_000)],
    ['100,000 fields', '/login', 'application/x-www-form-urlencoded', manyFields(100_000)],
    ['a field of 5 MB', '/login', 'application/x-www-form-urlencoded', `email=${'x'.repeat(5 * MEGABYTE)}`],
    ['a form 10,000 levels deep', '/login', 'application/x-www-form-urlencoded', `a${'[b]'.repeat(10_000)}=1`],
    ['100,000 parts', '/admin/branding', 'multipart/form-data; boundary=x', parts(100_000)],
    ['100,000 parts of a file', '/candidates/import', 'multipart/form-data; boundary=x', parts(100_000)],
    ['a boundary that never comes', '/candidates/import', 'multipart/form-data; boundary=x', 'y'.repeat(MEGABYTE)],
    ['no boundary', '/candidates/import', 'multipart/form-data', 'y'],
    ['a type nobody knows', '/login', 'application/x-unknown', 'y'],
  ])('%s to %s is refused, not run into', async (_name, url, type, body) => {
    // Told before the whole body was sent, a client may find the line closed while it still writes.
    const status = await admin.agent.post(url).set({ 'content-type': type, 'sec-fetch-site': 'same-origin', accept: 'text/html' }).send(body)
      .then((response) => response.status, (error: { code?: string }) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? 413 : Promise.reject(error)))
    // Without a signature the provider is asked to try again: what it sends is never lost.
    if (url.startsWith('/webhooks/')) expect([413, 503]).toContain(status)
    else expect([400, 403, 406, 413, 415, 422]).toContain(status)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
    expect((await admin.get('/account')).status).toBe(200)
  })

  test('the same parameter twice is one or none, never a list where a word is expected', async () => {
    for (const url of ['/candidates?q=a&q=b', '/candidates?after=1&after=2', '/campaigns?tab=all&tab=draft', '/login?next=/a&next=/b', '/admin/journal?user=1&user=2']) {
      expect([url, (await admin.get(url)).status]).toEqual([url, expect.toSatisfy((status: number) => status < 500)])
    }
  })

  test.each(['/candidates/1e3', '/candidates/0', '/candidates/-1', '/candidates/99999999999999999999', '/campaigns/%00', '/campaigns/1%2f2', '/campaigns/1;drop', '/lists/NaN'])('%s is nobody', async (url) => {
    const { status } = await admin.agent.get(url).set({ accept: 'text/html' })
    expect([400, 404]).toContain(status)
  })
})

describe('files of candidates that are too much (F-72)', () => {
  const upload = async (content: string) => admin.submit(await admin.get('/candidates/import'), { file: { filename: 'candidats.csv', content, type: 'text/csv' } }, { form: '/candidates/import' }).catch((error: { code?: string }) => {
    if (error.code === 'EPIPE' || error.code === 'ECONNRESET') return undefined
    throw error
  })
  const report = async (content: string) => {
    const mapping = await upload(content)
    await admin.submit(mapping!, {}, { button: 'Vérifier le fichier' })
    await app.deps.queue.drain()
    return admin.get(mapping!.url)
  }
  const isUnchanged = async () => expect(await database.db.selectFrom('candidate').select('id').execute()).toEqual([])

  test('40 MB stop in the middle', async () => {
    const before = process.memoryUsage.rss()
    const page = await upload(`Nom;Mobile\n${'Petit;0639980001\n'.repeat(2_500_000)}`)
    if (page) expect([page.status, page.text]).toEqual([413, expect.stringContaining('Mo')])
    expect((process.memoryUsage.rss() - before) / 1024 / 1024).toBeLessThan(400)
    await isUnchanged()
  })

  test('a cell of 20 MB is a line that is too long', async () => {
    const page = await report(`Référence;Nom;Mobile\nA1;"${'x'.repeat(20 * 1024 * 1024)}";0639980001\n`)
    expect(page.text).toMatch(/trop long|dépasse|caractères/)
    await isUnchanged()
  })

  test.each(['__proto__;constructor;toString;Nom;Mobile\na;b;c;Petit;0639980001', 'Nom;Nom;Nom;Mobile\nA;B;C;0639980001'])('columns called %s are only words', async (content) => {
    const page = await upload(content)
    expect([page!.status, ({} as { a?: unknown }).a]).toEqual([200, undefined])
    await isUnchanged()
  })
})

test('what people typed is text on every page, whatever it looks like (F-69)', async () => {
  const { id } = await makeCandidate(database.db, scope, { firstName: NASTY.slice(0, 80), lastName: NASTY.slice(0, 80), trade: NASTY.slice(0, 80), town: NASTY.slice(0, 80) })
  const templateId = await makeTemplate(database.db, scope, { name: NASTY.slice(0, 80) }).then((made) => (typeof made === 'number' ? made : made.id))
  const draft = await admin.post(admin.home, '/campaigns', { ids: String(id) })
  const pages = [
    '/candidates', `/candidates/${id}`, `/candidates/${id}/edit`, `/candidates?q=${encodeURIComponent(NASTY)}`, draft.url, `${draft.url}/check`, '/campaigns?tab=all', '/templates', `/templates/${templateId}`, '/lists',
    '/contacts', '/account', '/admin/guide', '/admin/users', '/admin/limits', '/admin/hours', '/admin/journal', '/admin/mail', '/admin/data', '/admin/branding', '/admin/sso', '/admin/senders', '/admin/countries', '/admin/branches', '/admin/references',
  ]
  for (const url of pages) {
    const page = await admin.get(url)
    expect([url, page.status]).toEqual([url, 200])
    const all = elements(page.root)
    const odd = all.filter(({ tag, attributes }) =>
      (tag === 'script' && !attributes['src']?.startsWith('/assets/')) || 'onmouseover' in attributes || attributes['hx-get'] === '/x' || /^\s*javascript:/i.test(attributes['href'] ?? attributes['action'] ?? ''))
    expect([url, odd.map(({ tag, attributes }) => ({ tag, attributes }))]).toEqual([url, []])
    expect([url, /49 |49$/.test(page.text) && page.text.includes('7*7') === false]).toEqual([url, false])
  }
})
