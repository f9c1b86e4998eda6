import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadSimulatorCredentials } from '../../src/simulator/credentials.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { freePort } from '../support/ports.ts'
import { startProgram } from '../support/program.ts'
import { until } from '../support/sending.ts'

/** Whoever reads the logs of a whole campaign, its failures included, learns ids: no number, text, link or credential (F-84). */

const DATA_DIR = mkdtempSync(path.join(os.tmpdir(), 'dispo-logs-'))
const SECRET_KEY = 'a secret of the tests, and of nothing else'
let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(async () => {
  await database?.close()
  rmSync(DATA_DIR, { recursive: true, force: true })
})

it('logs of a full campaign, at their most talkative, hold nothing personal and no secret', async () => {
  const port = await freePort()
  const program = startProgram('src/main.ts', { DATABASE_URL: database.url, DATA_DIR, PORT: String(port), SECRET_KEY, LOG_LEVEL: 'trace', DEMO: 'off' })
  await program.says(/^Dispo is ready: (\S+)$/m)
  const base = `http://127.0.0.1:${port}`
  const post = (url: string, body: URLSearchParams | string, headers: Record<string, string> = {}) => fetch(url, { method: 'POST', body, redirect: 'manual', headers: { 'sec-fetch-site': 'same-origin', ...headers } })

  // Two arrive, and two come to the bad ends of the simulator: never delivered, and refused.
  const company = await makeCompany(database.db)
  const user = await makeUser(database.db, company.scope, { email: 'quelquun@agence.test' })
  const sending = await makeSending(database.db, { company, e164: ['+33639981201', '+33639981202', '+33639981290', '+33639981292'] })
  await sql`update message set body = 'Bonjour, phrase-inconnue ' || id where campaign_id = ${sending.campaignId}`.execute(database.db)
  const codes = (await sql<{ code: string }>`select code from recipient where campaign_id = ${sending.campaignId} order by rank`.execute(database.db)).rows.map(({ code }) => code)
  await until(async () => {
    const { queued = 0, leased = 0, submitting = 0, delivered = 0 } = await countStates(database.db, sending.campaignId)
    return queued + leased + submitting === 0 && delivered >= 2
  }, 'everything was sent')

  // An answer and a STOP by the page, replies by SMS, guesses, refused sign-ins, webhooks that prove nothing, and a database that goes away.
  const page = await (await fetch(`${base}/r/${codes[0]}`)).text()
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']): [string, string] => [name, value])
  expect((await post(`${base}/r/${codes[0]}/answer`, new URLSearchParams([...hidden, ['answer', 'no'], ['comment', 'commentaire-secret']]))).status).toBe(303)
  for (const text of ['réponse-secrète', 'STOP']) await post(`http://127.0.0.1:${port + 1}/simulator/phones/33639981202/replies`, new URLSearchParams({ text, sender: '38047' }), { origin: `http://127.0.0.1:${port + 1}` })
  await until(async () => (await database.db.selectFrom('reply').select('id').execute()).length === 2, 'both replies are here')
  await fetch(`${base}/r/zzzzzzzzzzzz`)
  const cookie = (await fetch(`${base}/login`)).headers.get('set-cookie') ?? ''
  await post(`${base}/login`, new URLSearchParams({ email: user.email, password: 'mot-de-passe-secret' }), { cookie })
  await post(`${base}/webhooks/vonage/inbound`, JSON.stringify({ from: '33639981299', to: '38047', text: 'texte-forgé', message_uuid: 'x' }), { authorization: 'Bearer jeton-secret', 'content-type': 'application/json' })
  await sql`alter table answer rename to answer_away`.execute(database.db)
  await fetch(`${base}/r/${codes[1]}`)
  await post(`${base}/r/${codes[1]}/answer`, new URLSearchParams([['answer', 'no'], ['comment', 'commentaire-perdu']]))
  await sql`alter table answer_away rename to answer`.execute(database.db)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'dispo-%'`.execute(database.db)
  await until(async () => (await fetch(`${base}/health/ready`)).status === 200, 'the database is back')
  expect(await program.stop()).toBe(0)

  const log = program.output()
  expect(log).toContain('landing page failed')
  expect(log).toContain('a webhook was not signed as the provider signs')
  const { signatureSecret, privateKey, apiSecret } = loadSimulatorCredentials(DATA_DIR)
  const forbidden = [
    ...sending.e164.map((e164) => e164.slice(1)), '33639981299', ...codes, 'phrase-inconnue', 'commentaire-secret', 'commentaire-perdu', 'réponse-secrète', 'texte-forgé', 'mot-de-passe-secret', 'quelquun@agence.test',
    'jeton-secret', 'Bearer ', 'eyJ', SECRET_KEY, new URL(database.url).password || SECRET_KEY, cookie.split(';')[0]!.split('=')[1]!, signatureSecret, apiSecret, privateKey.split('\n')[1]!,
  ]
  expect(forbidden.filter((secret) => log.includes(secret))).toEqual([])
})
