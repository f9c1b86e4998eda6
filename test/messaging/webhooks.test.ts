import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { paths } from '../../src/web/paths.ts'
import { startTestApp } from '../support/app.ts'
import type { TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'

let database: TestDatabase
let app: TestApp
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const statusOf = (uuid: string = crypto.randomUUID()) => JSON.stringify({ message_uuid: uuid, to: '33639980001', from: '38047', channel: 'sms', timestamp: '2026-11-21T10:00:00Z', status: 'submitted' })

/** Signed as the provider signs, except for what `changes` says. */
function sign(body: string, changes: { claims?: Record<string, unknown>; header?: Record<string, unknown>; secret?: string } = {}): string {
  const { applicationId, apiKey, signatureSecret } = app.deps.webhookKeys
  const claims = {
    iat: Math.floor(Date.now() / 1000), jti: crypto.randomUUID(), iss: 'Vonage', api_key: apiKey, application_id: applicationId,
    payload_hash: createHash('sha256').update(body).digest('hex'), ...changes.claims,
  }
  const signed = `${base64url({ alg: 'HS256', typ: 'JWT', ...changes.header })}.${base64url(claims)}`
  return `Bearer ${signed}.${createHmac('sha256', changes.secret ?? signatureSecret).update(signed).digest('base64url')}`
}

async function post(body: string, headers: Record<string, string> = {}, path: string = paths.statusWebhook): Promise<number> {
  const response = await fetch(app.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
  expect(response.headers.get('set-cookie')).toBeNull()
  await response.text()
  return response.status
}
const countEvents = async () => (await database.db.selectFrom('provider_event').select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n
const now = () => Math.floor(Date.now() / 1000)

describe('a webhook', () => {
  it('that is signed is stored, and once only', async () => {
    const body = statusOf()
    const before = await countEvents()
    expect([await post(body, { authorization: sign(body) }), await post(body, { authorization: sign(body) })]).toEqual([200, 200])
    expect(await countEvents()).toBe(before + 1)
  })

  it('without a signature is asked for again', async () => {
    const before = await countEvents()
    expect(await post(statusOf())).toBe(503)
    expect(await post(statusOf(), { authorization: 'Basic dGVzdDp0ZXN0' })).toBe(503)
    expect(await post(statusOf(), {}, paths.inboundWebhook)).toBe(503)
    expect(await countEvents()).toBe(before)
  })

  it.each([
    ['another secret', { secret: 'somebody else’s secret' }],
    ['the hash of another body', { claims: { payload_hash: createHash('sha256').update('{}').digest('hex') } }],
    ['no hash', { claims: { payload_hash: undefined } }],
    ['another issuer', { claims: { iss: 'Somebody' } }],
    ['another account', { claims: { api_key: 'other' } }],
    ['another application', { claims: { application_id: '00000000-0000-4000-8000-000000000000' } }],
    ['a date of 26 hours ago', { claims: { iat: now() - 26 * 3600 } }],
    ['a date in the future', { claims: { iat: now() + 600 } }],
    ['no algorithm', { header: { alg: 'none' } }],
    ['another algorithm', { header: { alg: 'RS256' } }],
  ])('signed with %s is refused for good', async (_what, changes) => {
    const body = statusOf()
    const before = await countEvents()
    expect(await post(body, { authorization: sign(body, changes) })).toBe(401)
    expect(await countEvents()).toBe(before)
  })

  it('whose bytes were changed on the way is refused, even where they mean the same', async () => {
    const body = statusOf()
    expect(await post(body.replace('"status":', '"status": '), { authorization: sign(body) })).toBe(401)
  })

  it('of 24 hours ago is a late try of the provider, and taken', async () => {
    const body = statusOf()
    expect(await post(body, { authorization: sign(body, { claims: { iat: now() - 24 * 3600 } }) })).toBe(200)
  })

  it.each(['text/plain', 'application/json; charset=utf-8', ' application/json', 'application/JSON;a', 'application/x-www-form-urlencoded'])('is checked by its bytes under the content type "%s"', async (type) => {
    const body = statusOf()
    expect(await post(body, { 'content-type': type, authorization: sign(body) })).toBe(200)
    expect(await post(body, { 'content-type': type, authorization: sign('{}') })).toBe(401)
  })

  it.each([['broken JSON', '{"message_uuid":'], ['no message', '{"hello":1}'], ['a list', '[]'], ['nothing', '']])('signed around %s is kept and not asked for again', async (_what, body) => {
    expect(await post(body, { authorization: sign(body) })).toBe(200)
    const event = await database.db.selectFrom('provider_event').select(['result', 'body']).orderBy('id', 'desc').executeTakeFirstOrThrow()
    expect(event).toEqual({ result: 'unreadable', body: { unreadable: Buffer.from(body).toString('base64') } })
  })

  it('with what no database can hold is kept all the same', async () => {
    const body = JSON.stringify({ ...JSON.parse(statusOf()), extra: 'a\u0000b\ud800', __proto__x: { constructor: 1 } })
    expect(await post(body, { authorization: sign(body) })).toBe(200)
  })

  it('larger than any event is refused before it is read', async () => {
    const body = JSON.stringify({ padding: 'x'.repeat(70_000) })
    expect(await post(body, { authorization: sign(body) })).toBe(413)
  })

  it('is answered 503 while nothing can be stored, and taken at the next try', async () => {
    const body = statusOf()
    await database.db.schema.alterTable('provider_event').renameTo('provider_event_away').execute()
    try {
      expect(await post(body, { authorization: sign(body) })).toBe(503)
    } finally {
      await database.db.schema.alterTable('provider_event_away').renameTo('provider_event').execute()
    }
    expect(await post(body, { authorization: sign(body) })).toBe(200)
  })

  it('answers nothing to a GET', async () => {
    const response = await fetch(app.url + paths.statusWebhook)
    expect(response.status).toBe(404)
  })
})
