import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { erasePerson } from '../../src/privacy/erasure.commands.ts'
import { hashToken } from '../../src/web/secrets.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeApiScene } from '../support/factories/api.ts'
import { client } from './client.ts'

let database: TestDatabase
let app: TestApp
let scene: Awaited<ReturnType<typeof makeApiScene>>
let ask: ReturnType<typeof client>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scene = await makeApiScene(database.db)
  ask = client(app, scene.key)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const count = async (lastName: string) => (await database.pool.query<{ n: number }>('select count(*)::int as n from candidate where last_name = $1', [lastName])).rows[0]!.n

describe('A key', () => {
  test('is kept as a hash alone, and is told nothing about but to whoever has it', async () => {
    const { rows } = await database.pool.query<{ row: string }>('select k::text as row from api_key k')
    expect(rows.some(({ row }) => row.includes(scene.key))).toBe(false)
    for (const wrong of [undefined, 'x', `${scene.key}x`, scene.key.slice(0, -1), scene.key.toLowerCase(), `dispo_live_${'a'.repeat(36)}`]) {
      const { status, json, headers } = await client(app, wrong)('GET', '/candidates')
      expect([status, json.code, headers.get('www-authenticate')]).toEqual([401, 'unauthenticated', 'Bearer realm="Dispo API"'])
      expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    }
  })

  test.each([
    ['revoked', 'update api_key set revoked_at = app_now(), revoked_by = created_by where id = $1', 'key_revoked'],
    ['expired', "update api_key set expires_at = app_now() - interval '1 second' where id = $1", 'key_expired'],
    ['of somebody deactivated', 'update app_user set disabled_at = app_now() where id = (select user_id from api_key where id = $1)', 'person_inactive'],
    ['of a company that was disabled', 'update company set disabled_at = app_now(), can_send_sms = false where id = (select company_id from api_key where id = $1)', 'person_inactive'],
  ])('that is %s opens nothing from then on', async (_what, sql, code) => {
    const made = await makeApiScene(database.db)
    expect((await client(app, made.key)('GET', '/candidates')).status).toBe(200)
    await database.pool.query(sql, [await keyId(made.key)])
    expect(await client(app, made.key)('GET', '/candidates')).toMatchObject({ status: 401, json: { code } })
  })

  test('in an address is refused, whatever it is called', async () => {
    for (const query of [`?key=${scene.key}`, `?api_key=x`, `?access_token=x`, `?q=${scene.key}`, `?q=dispo_live_${'0'.repeat(36)}`]) {
      expect(await ask('GET', `/candidates${query}`), query).toMatchObject({ status: 400, json: { code: 'key_in_address' } })
    }
  })

  test('of production is refused from a browser; a test key is not', async () => {
    expect(await ask('GET', '/candidates', undefined, { 'sec-fetch-site': 'same-origin' })).toMatchObject({ status: 403, json: { code: 'live_key_in_browser' } })
    const { key } = await scene.keyOf({ kind: 'test' })
    expect((await client(app, key)('GET', '/candidates', undefined, { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  test('does what its scopes allow and its person may, at this moment', async () => {
    const { key } = await scene.keyOf({ scopes: ['candidates:read'] })
    expect((await client(app, key)('GET', '/candidates')).status).toBe(200)
    expect(await client(app, key)('POST', '/candidates', { last_name: 'X' })).toMatchObject({ status: 403, json: { code: 'missing_scope', scope: 'candidates:write' } })
    expect((await client(app, key)('GET', '/contacts')).status).toBe(403)
    const made = await makeApiScene(database.db)
    await database.pool.query("delete from user_privilege where user_id = $1 and privilege = 'candidates.edit'", [made.user.id])
    expect(await client(app, made.key)('POST', '/candidates', { last_name: 'X' })).toMatchObject({ status: 403, json: { code: 'missing_privilege', privilege: 'candidates.edit' } })
  })

  test('says to the minute when it was last used', async () => {
    const { rows } = await database.pool.query<{ last_used_at: Date | null }>('select last_used_at from api_key where token_hash = $1', [hashToken(scene.key)])
    expect(rows[0]!.last_used_at).not.toBeNull()
  })
})

describe('A hostile request', () => {
  test.each([
    ['no JSON', '{"last_name":', 400, 'bad_request'],
    ['a name that reaches into objects', '{"__proto__":{"isAdmin":true},"last_name":"x"}', 400, 'bad_request'],
    ['no body', undefined, 422, 'invalid'],
    ['a list', [], 422, 'invalid'],
    ['null', 'null', 422, 'invalid'],
    ['an unknown field', { last_name: 'x', company_id: 1 }, 422, 'invalid'],
    ['a wrong type', { last_name: 7 }, 422, 'invalid'],
    ['NUL', { last_name: 'a\u0000b' }, 422, 'invalid'],
    ['half a sign', '{"last_name":"\\ud800"}', 422, 'invalid'],
    ['direction marks', { last_name: 'a\u202eb' }, 422, 'invalid'],
    ['a date that is none', { last_name: 'x', registered_on: '2026-02-31' }, 422, 'invalid'],
    ['year 0', { last_name: 'x', registered_on: '0000-01-01' }, 422, 'invalid'],
    ['too many of a thing', { last_name: 'x', tags: Array.from({ length: 31 }, (_n, n) => `t${n}`) }, 422, 'invalid'],
    ['an id beyond all', { last_name: 'x', branch_id: 1e300 }, 422, 'invalid'],
    ['a branch of nobody', { last_name: 'x', branch_id: 999_999 }, 422, 'invalid'],
    ['too large a body', { last_name: 'x'.repeat(300_000) }, 413, 'too_large'],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422, 'invalid'],
  ])('with %s is refused', async (_what, body, status, code) => {
    const reply = await ask('POST', '/candidates', body)
    expect([reply.status, reply.json.code]).toEqual([status, code])
    expect(reply.json).toMatchObject({ type: `${app.url}/api/docs#problem-${code}`, status, reference: expect.any(String) })
  })

  test('of another media type is refused, a form as well', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x']) {
      expect((await ask('POST', '/candidates', 'last_name=x', { 'content-type': type })).status, type).toBe(415)
    }
  })

  test.each([
    '/candidates?cursor=x', '/candidates?cursor=W10', `/candidates?cursor=${Buffer.from('["a\\u0000",1,0]').toString('base64url')}`, `/candidates?cursor=${Buffer.from('["a",-1,0]').toString('base64url')}`,
    `/candidates?cursor=${Buffer.from('[null,1,0]').toString('base64url')}`, '/opt-outs?cursor=WzEsMl0', '/lists?cursor=WyJhIl0', '/templates?cursor=WzEsMV0',
  ])('with a cursor that is none is told so: %s', async (path) => {
    expect(await ask('GET', path)).toMatchObject({ status: 400, json: { code: 'bad_cursor' } })
  })

  test.each(['?limit=0', '?limit=51', '?limit=1e1', '?limit=', '?limit=1&limit=2', '?availability=maybe', '?free_from=2026-13-01', '?textable=1', '?nothing=1', '?branch_id=-1', '?q=%00', '?free_from=2026-12-02&free_until=2026-12-01'])('with the query %s is refused', async (query) => {
    expect(await ask('GET', `/candidates${query}`)).toMatchObject({ status: 422, json: { code: 'invalid' } })
  })

  test('for what is no id, no address or no method is told so', async () => {
    for (const path of ['/candidates/0', '/candidates/-1', '/candidates/1e3', '/candidates/9999999999999999', '/candidates/x', '/nothing', '/candidates/1/nothing', '/lists/%00']) {
      expect((await ask('GET', path)).json, path).toMatchObject({ status: 404, code: 'not_found' })
    }
    const { status, headers } = await ask('DELETE', '/candidates')
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  test('is answered in the language that it asks for, English otherwise', async () => {
    expect((await ask('GET', '/nothing')).json.title).toContain('There is nothing')
    const french = await ask('GET', '/nothing', undefined, { 'accept-language': 'fr-FR,fr;q=0.9,en;q=0.8' })
    expect([french.json.title, french.headers.get('content-language')]).toEqual([expect.stringContaining('Il n’y a rien'), 'fr'])
  })

  test('too many of a minute wait; what is left is in the headers', async () => {
    const { key } = await makeApiScene(database.db)
    const first = await client(app, key)('GET', '/lists')
    expect([first.headers.get('ratelimit-limit'), first.headers.get('ratelimit-remaining'), Number(first.headers.get('ratelimit-reset')) <= 60]).toEqual(['600', '599', true])
    await database.pool.query("update rate_limit set hits = 600 where key = $1", [`api key ${await keyId(key)}`])
    const last = await client(app, key)('GET', '/lists')
    expect([last.status, last.json.code, last.headers.get('ratelimit-remaining'), Number(last.headers.get('retry-after')) > 0]).toEqual([429, 'too_many_requests', '0', true])
  })
})

describe('A request with an Idempotency-Key', () => {
  test('sent again is done once and answered the same; with another body it is refused', async () => {
    const headers = { 'idempotency-key': 'one' }
    const first = await ask('POST', '/candidates', { last_name: 'Idem' }, headers)
    const again = await ask('POST', '/candidates', { last_name: 'Idem' }, headers)
    expect([again.status, again.text, again.headers.get('location'), again.headers.get('idempotency-replayed')]).toEqual([201, first.text, first.headers.get('location'), 'true'])
    expect(await ask('POST', '/candidates', { last_name: 'Other' }, headers)).toMatchObject({ status: 422, json: { code: 'key_reused' } })
    expect(await ask('POST', '/contacts', { last_name: 'Idem', organisation: 'B' }, headers)).toMatchObject({ status: 422 })
    expect(await count('Idem')).toBe(1)
    // Another key's names are its own.
    const { key } = await makeApiScene(database.db)
    expect((await client(app, key)('POST', '/candidates', { last_name: 'Idem' }, headers)).headers.get('idempotency-replayed')).toBeNull()
  })

  test('sent ten times at once is done once: the others wait for the first', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask('POST', '/candidates', { last_name: 'AtOnce' }, { 'idempotency-key': 'ten' })))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(replies.map(({ json }) => json.id)).size).toBe(1)
    expect(await count('AtOnce')).toBe(1)
  })

  test('does not wait for ever for one that is stuck', async () => {
    const client = await database.pool.connect()
    try {
      await client.query('begin')
      await client.query("insert into api_request (company_id, key_id, idempotency_key, fingerprint) values ($1, $2, 'stuck', decode(repeat('00', 32), 'hex'))", [scene.scope.companyId, await keyId(scene.key)])
      const reply = await ask('POST', '/candidates', { last_name: 'Stuck' }, { 'idempotency-key': 'stuck' })
      expect([reply.status, reply.json.code, reply.headers.get('retry-after')]).toEqual([409, 'request_in_progress', '5'])
    } finally {
      await client.query('rollback')
      client.release()
    }
    expect((await ask('POST', '/candidates', { last_name: 'Stuck' }, { 'idempotency-key': 'stuck' })).status).toBe(201)
    expect(await count('Stuck')).toBe(1)
  })

  test('that was refused has written nothing, and may be mended under the same name', async () => {
    const headers = { 'idempotency-key': 'mended' }
    expect((await ask('POST', '/candidates', { last_name: 'Mended', phones: [{ number: '1' }] }, headers)).status).toBe(422)
    expect((await ask('POST', '/candidates', { last_name: 'Mended' }, headers)).status).toBe(201)
    expect(await count('Mended')).toBe(1)
  })

  test('is forgotten after a day', async () => {
    const headers = { 'idempotency-key': 'old' }
    await ask('POST', '/candidates', { last_name: 'Old' }, headers)
    await database.pool.query("update api_request set created_at = created_at - interval '25 hours' where idempotency_key = 'old'")
    expect((await ask('POST', '/candidates', { last_name: 'Older' }, headers)).status).toBe(201)
  })

  test.each(['two words', 'x'.repeat(256)])('named «%s» is refused', async (name) => {
    expect((await ask('POST', '/candidates', { last_name: 'x' }, { 'idempotency-key': name })).json.errors).toMatchObject([{ in: 'header', field: 'Idempotency-Key' }])
  })
})

test('what a request has written is undone whole when it cannot be finished', async () => {
  await database.pool.query("create function fail_history() returns trigger language plpgsql as $$ begin raise exception 'disk full' using errcode = '53100'; end $$; create trigger fail_history before insert on consent_event for each row execute function fail_history()")
  try {
    const reply = await ask('POST', '/candidates', { last_name: 'Half', consent: { source: 'appel' } }, { 'idempotency-key': 'half' })
    expect([reply.status, reply.json.code]).toEqual([503, 'unavailable'])
    expect(await count('Half')).toBe(0)
  } finally {
    await database.pool.query('drop function fail_history cascade')
  }
  expect((await ask('POST', '/candidates', { last_name: 'Half', consent: { source: 'appel' } }, { 'idempotency-key': 'half' })).status).toBe(201)
})

test('a test key is answered as if, and leaves nothing', async () => {
  const { key } = await scene.keyOf({ kind: 'test' })
  const reply = await client(app, key)('POST', '/candidates', { last_name: 'Trial', phones: [{ number: '+33639980055' }], consent: { source: 'appel' } }, { 'idempotency-key': 'trial' })
  expect([reply.status, reply.json.texting.number, reply.headers.get('dispo-test')]).toEqual([201, '+33639980055', 'undone'])
  expect(await count('Trial')).toBe(0)
  expect((await client(app, key)('POST', '/opt-outs', { phone: '+33639980055' })).json.source).toBe('api')
  expect((await client(app, key)('GET', '/opt-outs/+33639980055')).status).toBe(404)
})

async function keyId(key: string): Promise<number> {
  const { rows } = await database.pool.query<{ id: number }>('select id from api_key where token_hash = $1', [hashToken(key)])
  return rows[0]!.id
}

test('answers kept for whoever asks again are forgotten with a person that they may name', async () => {
  const made = await makeApiScene(database.db)
  const headers = { 'idempotency-key': 'erased' }
  const { json } = await client(app, made.key)('POST', '/candidates', { last_name: 'Oublié' }, headers)
  expect(await erasePerson(app.deps, made.scope, { candidateId: json.id, by: made.user.id })).toMatchObject({ ok: true })
  expect(await client(app, made.key)('POST', '/candidates', { last_name: 'Oublié' }, headers)).toMatchObject({ status: 409, json: { code: 'answer_forgotten' } })
})
