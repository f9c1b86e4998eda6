import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeApiKey } from '../support/factories/api.ts'
import { client } from './client.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>
let admin: SignedIn
let colleague: { id: number; name: string }

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db)
  colleague = await makeUser(database.db, company.scope, { name: 'Claire' })
  admin = await app.signIn(await makeUser(database.db, company.scope, { role: 'administrator', name: 'Marc' }))
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const keyIn = (html: string) => /dispo_(?:live|test)_[0-9A-Za-z]{36}/.exec(html)?.[0]

describe('« Clés d’API »', () => {
  test('a key is made, shown once, used, and revoked', async () => {
    expect((await admin.get('/admin/api-keys')).text).toContain('Aucun autre logiciel n’est relié.')
    const form = await admin.get('/admin/api-keys/new')
    const made = await admin.submit(form, { name: 'Notre ATS', scopes: ['candidates:read'], person: String(colleague.id), days: '30' }, { form: '/admin/api-keys' })
    const key = keyIn(made.html)!
    expect(made.headers['cache-control']).toBe('no-store')
    expect((await client(app, key)('GET', '/candidates')).status).toBe(200)
    expect((await client(app, key)('GET', '/lists')).status).toBe(403)
    // Sent again by the browser: the same key is not shown, and no other is made.
    const again = await admin.submit(form, { name: 'Notre ATS', scopes: ['candidates:read'], person: String(colleague.id), days: '30' }, { form: '/admin/api-keys' })
    expect([again.text.includes('La clé avait déjà été créée'), keyIn(again.html)]).toEqual([true, undefined])
    const list = await admin.get('/admin/api-keys')
    expect(list.text).toContain(`dispo_live_…${key.slice(-4)}`)
    const { rows: [row] } = await database.pool.query<{ id: number }>('select id from api_key where company_id = $1', [company.id])
    const page = await admin.get(`/admin/api-keys/${row!.id}`)
    expect(page.text).toContain('(candidates:read)')
    const confirm = await admin.get(`/admin/api-keys/${row!.id}/revocation`)
    expect((await admin.submit(confirm, {}, { form: 'revocation' })).text).toContain('est révoquée.')
    expect((await client(app, key)('GET', '/candidates')).json.code).toBe('key_revoked')
    const { rows } = await database.pool.query("select action from journal where company_id = $1 and action like 'api_key.%' order by id", [company.id])
    expect(rows.map(({ action }) => action)).toEqual(['api_key.created', 'api_key.revoked'])
    expect((await admin.get('/admin/journal')).text).toContain('a révoqué la clé d’API')
  })

  test('what is missing is told, and what was typed stays', async () => {
    const form = await admin.get('/admin/api-keys/new')
    const refused = await admin.submit(form, { name: '', person: String(colleague.id), kind: 'test' }, { form: '/admin/api-keys' })
    expect([refused.status, refused.text.includes('Donnez un nom à la clé'), refused.text.includes('Cochez au moins une autorisation')]).toEqual([422, true, true])
    expect(refused.html).toContain('value="test" checked')
    const stranger = await makeUser(database.db, (await makeCompany(database.db)).scope)
    const values = { name: 'X', scopes: ['candidates:read', 'everything:write'], form: '0b9f0e6e-6a0e-4a3c-9f0e-6a0e4a3c9f0e' }
    expect((await admin.post(form, '/admin/api-keys', { ...values, person: String(stranger.id) })).status).toBe(422)
    expect((await admin.post(form, '/admin/api-keys', { ...values, person: String(colleague.id), form: 'none' })).status).toBe(422)
    const { rows } = await database.pool.query("select id from api_key where name = 'X'")
    expect(rows).toEqual([])
  })

  test('is for who manages people, and keys of another company are not there', async () => {
    const other = await makeCompany(database.db)
    const boss = await makeUser(database.db, other.scope, { role: 'administrator' })
    const { id } = await makeApiKey(database.db, boss.id)
    for (const url of [`/admin/api-keys/${id}`, `/admin/api-keys/${id}/revocation`]) expect((await admin.get(url)).status, url).toBe(404)
    expect((await admin.post(admin.home, `/admin/api-keys/${id}/revocation`)).status).toBe(404)
    const recruiter = await app.signIn(await makeUser(database.db, company.scope))
    expect((await recruiter.get('/admin/api-keys')).status).toBe(403)
    expect((await recruiter.post(recruiter.home, '/admin/api-keys', { name: 'X' })).status).toBe(403)
  })
})
