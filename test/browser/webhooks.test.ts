import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDeliverer, type Deliverer } from '../../src/webhooks/delivering.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openSignedIn } from '../support/browser.ts'
import { checkLinks, checkLooks } from '../support/check-page.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeEndpoint } from '../support/factories/webhooks.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'

let database: TestDatabase
let app: TestApp
let receiver: Receiver
let deliverer: Deliverer

beforeAll(async () => {
  database = await createTestDatabase()
  receiver = await startReceiver()
  app = await startTestApp(database, { env: { PRIVATE_HOSTS: '127.0.0.1' } })
  deliverer = createDeliverer(app.deps)
  deliverer.start()
})
afterAll(async () => {
  await deliverer.stop()
  await app.close()
  await receiver.close()
  await database.close()
})

test('an administrator adds an address, tries it, sees by itself what became of it, and changes its secret', async () => {
  const company = await makeCompany(database.db, { name: 'Agence Martin' })
  const user = await makeUser(database.db, company.scope, { role: 'administrator' })
  const page = await openSignedIn(user, '/admin/webhooks', { width: 1280, baseURL: app.url })
  await checkLooks(page, 'webhooks-none')
  await page.click('text=Ajouter une adresse')
  await page.fill('[name=url]', 'https://10.0.0.1/')
  await page.click('text=Ajouter l’adresse')
  await page.waitForSelector('text=réseau privé')
  await checkLooks(page, 'webhooks-form')
  await page.fill('[name=url]', receiver.url())
  await page.fill('[name=note]', 'Logiciel de paie')
  await page.click('text=Ajouter l’adresse')
  await page.waitForSelector('text=Elle ne s’affichera plus')
  await checkLooks(page, 'webhooks-secret')
  await page.click('text=Je l’ai copiée')
  receiver.answerWith((_request, response) => void response.writeHead(500, { 'content-type': 'text/plain' }).end('Oups: the database of the receiver is away'))
  await page.click('text=Envoyer un test')
  // Nobody reloads the page.
  await page.waitForSelector('text=Nouvel essai prévu')
  await checkLooks(page, 'webhooks-delivery')
  await checkLinks(page)
  receiver.answerWith(204)
  await page.click('text=Envoyer maintenant')
  await page.waitForSelector('text=Reçu')
  expect(await page.textContent('#delivery-state')).toContain('Essai 2')
})

test('an address that was switched off says why, in English too, with its log and what can be done', async () => {
  const company = await makeCompany(database.db, { name: 'Agence Martin' })
  const user = await makeUser(database.db, company.scope, { role: 'administrator', language: 'en' })
  const { id } = await makeEndpoint(database.db, company.scope, { url: 'https://hooks.a-rather-long-name-of-a-receiver.example.com/integrations/dispo/incoming?tenant=1234567890123456789012345678901234567890' })
  await database.pool.query(`
    insert into webhook_delivery (company_id, endpoint_id, event_id, type, body, state, reason, answer_status, attempts, settled_at)
    select $1, $2, 'msg_' || n, (array['message.status', 'answer.created', 'candidate.availability'])[1 + n % 3], '{"type": "message.status", "data": {}}', case when n % 4 = 0 then 'delivered' else 'failed' end,
      case when n % 4 > 0 then 'timeout' end, case when n % 4 = 0 then 200 end, 1 + n, now() from generate_series(1, 60) n`, [company.id, id])
  await database.pool.query("update webhook_endpoint set state = 'off', off_reason = 'failing' where id = $1", [id])
  const page = await openSignedIn(user, `/admin/webhooks/${id}`, { width: 1280, baseURL: app.url, locale: 'en-GB' })
  await page.waitForSelector('text=Nothing was taken for three days')
  await checkLooks(page, 'webhooks-off')
  await page.click('text=Resume')
  await page.waitForSelector('text=Send failures again')
})
