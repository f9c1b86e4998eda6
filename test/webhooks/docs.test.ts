import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import { pauseCampaign } from '../../src/campaigns/commands.ts'
import { recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import { recordOutcomes } from '../../src/messaging/record.queries.ts'
import { EVENT_TYPES, TEST_EVENT, WAITS_SECONDS } from '../../src/webhooks/domain.ts'
import { insertTest } from '../../src/webhooks/emit.queries.ts'
import { makeSecret, signedHeaders } from '../../src/webhooks/secrets.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { makeSending } from '../support/factories/messaging.ts'
import { makeEndpoint, told } from '../support/factories/webhooks.ts'

// What docs/webhooks.md shows is what really arrives, and its recipes work.

const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/webhooks.md'), 'utf8')
const blocks = (language: string) => [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!)
type Event = { type: string; timestamp: string; data: Record<string, unknown> }

let database: TestDatabase
const real = new Map<string, Event>()
// Beside the tests, so that its imports are found.
const folder = mkdtempSync(path.join(import.meta.dirname, '.recipes-'))

beforeAll(async () => {
  database = await createTestDatabase()
  const company = await makeCompany(database.db)
  const { scope } = company
  const endpoint = await makeEndpoint(database.db, scope)
  const invitation = await makeInvitation(database.db, { company })
  for (const baseVersion of [0, 1]) {
    await recordAnswer(database, scope, invitation.recipientId, { choice: 'yes', availableFrom: `2027-01-0${baseVersion + 1}`, availableUntil: null, comment: '', source: 'link', formId: randomUUID(), baseVersion })
  }
  await recordOptOut(database.db, scope, { e164: invitation.e164, source: 'sms' })
  await recordOptIn(database.db, scope, { e164: invitation.e164, source: 'sms' })
  const { messageIds: [messageId], campaignId, userId } = await makeSending(database.db, { company })
  const attemptId = randomUUID()
  for (const state of ['leased', 'submitting']) await database.pool.query("update message set state = $2::text, lease_until = case when $2::text = 'leased' then now() end where id = $1", [messageId, state])
  await database.pool.query("insert into send_attempt (company_id, id, message_id, n, outcome) values ($1, $2, $3, 1, 'open')", [scope.companyId, attemptId, messageId])
  await recordOutcomes(database.db, [{ attemptId, outcome: 'accepted', providerId: randomUUID(), code: null, detail: null, reason: null, retryAfterSeconds: 0 }])
  await pauseCampaign(database, { scope, userId, name: 'Claire' } as never, campaignId)
  await database.db.transaction().execute((trx) => insertTest(trx, scope, endpoint.id, TEST_EVENT))
  for (const { type, timestamp, data } of await told(database.db, endpoint.id)) real.set(type, { type, timestamp, data })
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await database.close()
})

test('every event is shown with the fields it has', () => {
  const shown = new Map(blocks('json').map((text) => JSON.parse(text) as Event).map((event) => [event.type, event]))
  const campaigns = EVENT_TYPES.filter((type) => type.startsWith('campaign.'))
  for (const type of campaigns) expect(guide).toContain(`\`${type}\``)
  expect([...shown.keys()].sort()).toEqual([...EVENT_TYPES.filter((type) => !campaigns.includes(type)), 'campaign.paused', TEST_EVENT].sort())
  for (const [type, { timestamp, data }] of shown) {
    expect([type, Object.keys(data)]).toEqual([type, Object.keys(real.get(type)!.data)])
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(real.get(type)!.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  }
})

test('the recipes verify what is signed, by either of two secrets, and nothing else', async () => {
  const [library, plain] = await Promise.all(blocks('js').map(async (code, n) => {
    const file = path.join(folder, `${n}.mjs`)
    writeFileSync(file, code)
    return await import(/* @vite-ignore */ pathToFileURL(file).href) as { read(body: string, headers: object, secret: string): Event; isGenuine(body: string, headers: object, secret: string): boolean }
  }))
  const [secret, old] = [makeSecret(), makeSecret()]
  const body = JSON.stringify(real.get('answer.created'))
  const headers = signedHeaders([secret, old], 'msg_1', new Date(), body)
  expect(library!.read(body, headers, secret)).toEqual(real.get('answer.created'))
  expect([secret, old, makeSecret()].map((one) => plain!.isGenuine(body, headers, one))).toEqual([true, true, false])
  expect(plain!.isGenuine(`${body} `, headers, secret)).toBe(false)
  expect(plain!.isGenuine(body, signedHeaders([secret], 'msg_1', new Date(Date.now() - 301_000), body), secret)).toBe(false)
  expect(() => library!.read(`${body} `, headers, secret)).toThrow(/signature/i)
})

test('the waits are those of the program', () => {
  const units = { s: 1, min: 60, h: 3600 }
  const [, list] = /is tried again after (.*?): eleven tries/.exec(guide)!
  expect(list!.split(/, | and /).map((wait) => Number(wait.split(' ')[0]) * units[wait.split(' ')[1] as keyof typeof units])).toEqual([...WAITS_SECONDS])
})
