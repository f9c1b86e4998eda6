import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeliverer } from '../../src/webhooks/delivering.commands.ts'
import { MOST_ENDPOINTS } from '../../src/webhooks/domain.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeEndpoint, tell, told } from '../support/factories/webhooks.ts'
import { links, textById } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'

let database: TestDatabase
let app: TestApp
/** One that allows no private host. */
let strict: TestApp
let receiver: Receiver
let company: Awaited<ReturnType<typeof makeCompany>>
let user: Awaited<ReturnType<typeof makeUser>>
let admin: SignedIn

beforeAll(async () => {
  database = await createTestDatabase()
  receiver = await startReceiver()
  app = await startTestApp(database, { env: { PRIVATE_HOSTS: '127.0.0.1' } })
  strict = await startTestApp(database)
})
afterAll(async () => {
  await strict.close()
  await app.close()
  await receiver.close()
  await database.close()
})
beforeEach(async () => {
  company = await makeCompany(database.db)
  user = await makeUser(database.db, company.scope, { role: 'administrator' })
  admin = plainSpaces(await app.signIn(user))
  receiver.answerWith(204)
  receiver.received.length = 0
})

const deliver = async () => {
  const deliverer = createDeliverer(app.deps)
  await deliverer.drain()
  await deliverer.stop()
}
const filled = (more: Record<string, string | string[]> = {}) => ({ url: receiver.url(), note: 'Logiciel de paie', types: ['answer.created', 'opt_out.created'], ...more })
const idOf = async () => (await database.pool.query<{ id: number }>('select id from webhook_endpoint where company_id = $1 order by id desc limit 1', [company.id])).rows[0]!.id
const journal = async () => (await database.pool.query<{ action: string }>("select action from journal where company_id = $1 and subject_kind = 'webhook' order by id", [company.id])).rows.map(({ action }) => action)

test('an address is added, shows its secret once, gets a test that its receiver verifies, and shows what was answered', async () => {
  const empty = await admin.get('/admin/webhooks')
  expect(empty.text).toContain('Aucune adresse pour l’instant')
  const shown = await admin.submit(await admin.get('/admin/webhooks/new'), filled(), { form: '/admin/webhooks' })
  const secret = textById(shown, 'webhook-secret')!
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(shown.headers['cache-control']).toContain('no-store')
  const id = await idOf()
  const { rows: [stored] } = await database.pool.query<{ secret: string }>('select secret from webhook_endpoint where id = $1', [id])
  expect(stored!.secret).not.toContain(secret.slice(6, 20))

  const page = await admin.get(`/admin/webhooks/${id}`)
  expect(page.html).not.toContain('whsec_')
  expect(page.text).toContain('Réponse reçue (answer.created)')
  receiver.answerWith((_request, response) => void response.writeHead(200).end('{"ok":true}'))
  const delivery = await admin.submit(page, {}, { form: 'test' })
  expect(delivery.text).toContain('Le test est parti')
  expect(delivery.html).toContain('hx-trigger="every 2s"')
  await deliver()
  expect(receiver.read('/hook', secret)).toMatchObject([{ type: 'webhook.test', data: { endpoint_id: id } }])
  const piece = await admin.fragment(`${delivery.url}/state`)
  expect(piece.text).toContain('Reçu')
  expect(piece.text).toContain('{"ok":true}')
  expect(piece.html).not.toContain('hx-trigger')
  expect((await admin.get('/admin/webhooks')).text).toContain('Logiciel de paie · 2 événements')
  expect(await journal()).toEqual(['webhook.created'])
  expect((await admin.get('/admin/journal')).text).toContain(`a ajouté l’adresse de webhook « 127.0.0.1:${receiver.port} »`)
})

describe('an address is refused with a sentence', () => {
  const INSIDE = 'mène à un réseau privé'
  const REFUSED: [url: string, sentence: string][] = [
    ['', 'Indiquez l’adresse.'], ['exemple', 'Écrivez une adresse complète'], ['ftp://exemple.fr/', 'Écrivez une adresse complète'], ['https://moi:secret@exemple.fr/', 'ne peut pas contenir de nom ni de mot de passe'],
    [`https://exemple.fr/${'x'.repeat(500)}`, '500 caractères au plus'], ['http://9.9.9.9/hook', 'doit commencer par https://'], ['https://nobody.invalid/', 'Ce nom de serveur n’existe pas'],
    // By name and by number, however written.
    ['http://127.0.0.1/', INSIDE], ['https://localhost/', INSIDE], ['https://[::1]/', INSIDE], ['https://[::ffff:10.0.0.1]/', INSIDE], ['https://0.0.0.0/', INSIDE], ['https://169.254.169.254/latest/meta-data/', INSIDE],
    ['https://2130706433/', INSIDE], ['https://0x7f.1/', INSIDE], ['https://[fe80::1]/', INSIDE], ['https://[64:ff9b::a00:1]/', INSIDE],
  ]

  test('that says why, and what was typed stays', async () => {
    const visitor = plainSpaces(await strict.signIn(user))
    const form = await visitor.get('/admin/webhooks/new')
    for (const [url, sentence] of REFUSED) {
      const page = await visitor.submit(form, filled({ url }), { form: '/admin/webhooks' })
      expect([page.status, page.text], url).toEqual([422, expect.stringContaining(sentence)])
      expect(page.html).toContain('Logiciel de paie')
    }
    expect(await visitor.get('/admin/webhooks')).toMatchObject({ text: expect.stringContaining('Aucune adresse pour l’instant') as string })
  })

  test('also without an event, twice the same, and beyond the tenth', async () => {
    const post = async (more: Record<string, string | string[]>) => admin.post(await admin.get('/admin/webhooks/new'), '/admin/webhooks', { ...filled(), ...more })
    expect((await post({ types: ['nonsense'] })).text).toContain('Choisissez au moins un événement')
    const [one, two] = await Promise.all([post({}), post({ url: `${receiver.url()}#here` })])
    expect([one.status, two.status].sort()).toEqual([200, 422])
    expect(`${one.text}${two.text}`).toContain('déjà dans la liste')
    for (let n = 1; n < MOST_ENDPOINTS; n++) await makeEndpoint(database.db, company.scope, { url: `https://other.example/${n}` })
    expect((await post({ url: receiver.url('/one-more') })).text).toContain('Il y a déjà dix adresses')
    expect((await admin.get('/admin/webhooks')).html).not.toContain('/admin/webhooks/new')
  })
})

test('an address is changed; whoever was slower sees what they typed and saves over it knowingly', async () => {
  const { id } = await makeEndpoint(database.db, company.scope, { url: receiver.url() })
  const mine = await admin.get(`/admin/webhooks/${id}/edit`)
  await admin.submit(await admin.get(`/admin/webhooks/${id}/edit`), filled({ note: 'De Paul' }), { form: 'edit' })
  const late = await admin.submit(mine, filled({ note: 'De Claire' }), { form: 'edit' })
  expect(late.status).toBe(409)
  expect(late.text).toContain('Quelqu’un a modifié cette adresse entre-temps')
  expect(late.html).toContain('De Claire')
  expect((await admin.submit(late, {}, { form: 'edit' })).text).toContain('L’adresse est enregistrée')
  expect((await admin.get(`/admin/webhooks/${id}`)).text).toContain('De Claire')
  expect(await journal()).toEqual(['webhook.changed', 'webhook.changed'])
})

test('it is paused and resumed; what waited is told then, and no test goes to one that is paused', async () => {
  const { id, secret } = await makeEndpoint(database.db, company.scope, { url: receiver.url() })
  const before = await admin.get(`/admin/webhooks/${id}`)
  expect((await admin.submit(before, {}, { form: 'pause' })).text).toContain('L’adresse est en pause')
  // Pressed again in another window: nothing more happens.
  await admin.post(before, `/admin/webhooks/${id}/pause`)
  expect((await admin.post(before, `/admin/webhooks/${id}/test`)).status).toBe(409)
  await tell(database.db, company.scope, 'campaign.paused')
  await deliver()
  expect(receiver.received).toEqual([])
  expect((await admin.submit(await admin.get(`/admin/webhooks/${id}`), {}, { form: 'resumption' })).text).toContain('Les envois reprennent')
  await deliver()
  expect(receiver.read('/hook', secret)).toHaveLength(1)
  expect(await journal()).toEqual(['webhook.paused', 'webhook.resumed'])
})

test('the log is filtered and paged; one message is sent again by hand, and all that failed since a moment', async () => {
  const { id, secret } = await makeEndpoint(database.db, company.scope, { url: receiver.url() })
  for (let n = 0; n < 52; n++) await tell(database.db, company.scope, n % 2 === 0 ? 'campaign.paused' : 'campaign.resumed', { n })
  await deliver()
  await database.pool.query("update webhook_delivery set state = 'failed', reason = 'timeout', created_at = now() - interval '3 hours' where endpoint_id = $1 and type = 'campaign.paused'", [id])
  const first = await admin.get(`/admin/webhooks/${id}`)
  expect(first.text).toContain('26 échecs')
  expect(links(first).filter(({ href }) => href.includes('/deliveries/'))).toHaveLength(50)
  const next = await admin.get(links(first).find(({ href }) => href.includes('before='))!.href)
  expect(links(next).filter(({ href }) => href.includes('/deliveries/'))).toHaveLength(2)
  const failed = await admin.submit(first, { state: 'failed', type: 'campaign.paused' }, { form: `/admin/webhooks/${id}`, button: 'Filtrer' })
  const rows = links(failed).filter(({ href }) => href.includes('/deliveries/'))
  expect(rows).toHaveLength(26)
  expect(failed.text).toContain('Pas de réponse en dix secondes')

  receiver.received.length = 0
  const one = await admin.get(rows[0]!.href)
  expect((await admin.submit(one, {}, { form: 'resending' })).text).toContain('Le message repart')
  await deliver()
  expect(receiver.read('/hook', secret).map(({ id: eventId }) => eventId)).toEqual([(await told(database.db, id)).find((row) => one.url.endsWith(`/${row.id}`))!.event_id])

  expect((await admin.submit(first, { since: 'hier' }, { form: 'resending' })).status).toBe(422)
  const later = await admin.submit(first, { since: '2099-01-01T00:00' }, { form: 'resending' })
  expect(later.text).toContain('Rien n’avait échoué depuis ce moment')
  expect((await admin.submit(first, {}, { form: 'resending' })).text).toContain('25 messages repartent')
  await deliver()
  expect((await admin.get(`/admin/webhooks/${id}?state=failed`)).text).toContain('Aucun envoi avec ces critères')
  expect(await journal()).toEqual(['webhook.resent', 'webhook.resent'])
})

test('the secret is changed after a question, and an address removed after one; then nothing is left of it', async () => {
  const { id, secret } = await makeEndpoint(database.db, company.scope, { url: receiver.url() })
  const shown = await admin.submit(await admin.get(`/admin/webhooks/${id}/secret`), {}, { form: 'secret' })
  const next = textById(shown, 'webhook-secret')!
  expect(next).not.toBe(secret)
  expect((await admin.get(`/admin/webhooks/${id}`)).text).toContain('L’ancienne clé signe encore jusqu’au')
  expect((await admin.submit(await admin.get(`/admin/webhooks/${id}/removal`), {}, { form: 'removal' })).text).toContain('L’adresse est retirée')
  expect((await admin.get(`/admin/webhooks/${id}`)).status).toBe(404)
  expect((await admin.post(shown, `/admin/webhooks/${id}/secret`)).status).toBe(404)
  await tell(database.db, company.scope, 'campaign.paused')
  expect(await told(database.db, id)).toEqual([])
  // The same address may be given anew.
  await makeEndpoint(database.db, company.scope, { url: receiver.url() })
  expect(await journal()).toEqual(['webhook.rotated', 'webhook.removed'])
})

test('whoever may not change settings, and everybody of another company, finds nothing', async () => {
  const { id } = await makeEndpoint(database.db, company.scope, { url: receiver.url() })
  await tell(database.db, company.scope, 'campaign.paused')
  const [delivery] = await told(database.db, id)
  const recruiter = await app.signIn(await makeUser(database.db, company.scope))
  expect((await recruiter.get('/admin/webhooks')).status).toBe(403)
  const other = await app.signIn(await makeUser(database.db, (await makeCompany(database.db)).scope, { role: 'administrator' }))
  const page = await other.get('/admin/webhooks')
  expect(page.text).not.toContain('127.0.0.1')
  for (const address of [`/admin/webhooks/${id}`, `/admin/webhooks/${id}/edit`, `/admin/webhooks/${id}/deliveries/${delivery!.id}`, `/admin/webhooks/${id}/deliveries/${delivery!.id}/state`]) expect((await other.get(address)).status).toBe(404)
  for (const step of ['edit', 'secret', 'test', 'pause', 'resumption', 'removal', 'resending', `deliveries/${delivery!.id}/resending`]) {
    expect((await other.post(page, `/admin/webhooks/${id}/${step}`, { ...filled(), since: '2026-01-01T00:00' })).status).toBe(404)
  }
  // Another's delivery is not shown under one's own address either.
  const own = await makeEndpoint(database.db, company.scope, { url: 'https://own.example/' })
  expect((await admin.get(`/admin/webhooks/${own.id}/deliveries/${delivery!.id}`)).status).toBe(404)
})
