import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endSessions } from '../../src/auth/sessions.queries.ts'
import { registerAuthTasks } from '../../src/auth/tasks.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { PASSWORD, makeCompany, makeUser } from '../support/factories/accounts.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerAuthTasks })
  company = await makeCompany(database.db, { name: 'Interim Test' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const cookieOf = (response: { headers: Record<string, unknown> }) => String(([response.headers['set-cookie']].flat()[0] as string | undefined)?.split(';')[0])

describe('signing in', () => {
  it('leads to the page that was asked for', async () => {
    const user = await makeUser(database.db, company.scope)
    const visitor = app.visit()
    const login = await visitor.get('/candidates?q=ma%C3%A7on')
    expect(login.heading).toBe('Se connecter')
    const page = await visitor.submit(login, { email: user.email, password: PASSWORD })
    expect(page.url).toBe('/candidates?q=ma%C3%A7on')
  })

  it('does not say which part is wrong, and keeps the address', async () => {
    const user = await makeUser(database.db, company.scope)
    const visitor = app.visit()
    const login = await visitor.get('/login')
    for (const [email, password] of [[user.email, 'wrong'], ['nobody@agence.test', PASSWORD]] as const) {
      const refused = await visitor.submit(login, { email, password })
      expect([refused.status, refused.title.startsWith('Erreur')]).toEqual([422, true])
      expect(refused.text).toContain('L’adresse e-mail ou le mot de passe ne convient pas.')
      expect(refused.html).toContain(`value="${email}"`)
    }
    expect((await visitor.submit(login, { email: '', password: '' })).text).toContain('Saisissez votre adresse e-mail')
  })

  it('opens at the first page that one may see, also for who may not see candidates', async () => {
    for (const [privileges, url] of [[['candidates.view', 'campaigns.view'], '/candidates'], [['campaigns.view'], '/campaigns'], [['settings.edit', 'users.manage'], '/admin/guide'], [['journal.view'], '/admin/journal'], [[], '/account']] as const) {
      const { home } = await app.signIn(await makeUser(database.db, company.scope, { privileges }))
      expect([home.url, home.status]).toEqual([url, 200])
    }
  })

  it('waits after five failures of one account from one place, and does not lock others out', async () => {
    const user = await makeUser(database.db, company.scope)
    const visitor = app.visit()
    const login = await visitor.get('/login')
    for (let i = 0; i < 5; i++) expect((await visitor.submit(login, { email: user.email, password: 'wrong' })).status).toBe(422)
    const stopped = await visitor.submit(login, { email: user.email.toUpperCase(), password: PASSWORD })
    expect(stopped.status).toBe(429)
    expect(Number(stopped.headers['retry-after'])).toBeGreaterThan(0)
    await app.signIn(await makeUser(database.db, company.scope))
  })

  it('gives a new session id: one planted before is worth nothing after (F-65)', async () => {
    const user = await makeUser(database.db, company.scope)
    const before = await app.app.inject({ url: '/login', headers: { accept: 'text/html' } })
    const planted = cookieOf(before)
    const token = /name="_csrf" value="([^"]+)"/.exec(before.body)?.[1] ?? ''
    const after = await app.app.inject({
      method: 'POST', url: '/login', headers: { cookie: planted, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
      payload: new URLSearchParams({ email: user.email, password: PASSWORD, _csrf: token }).toString(),
    })
    expect(after.statusCode).toBe(303)
    expect(cookieOf(after)).not.toBe(planted)
    expect((await app.app.inject({ url: '/', headers: { cookie: planted } })).headers['location']).toMatch(/^\/login/)
    expect(String(after.headers['set-cookie'])).toMatch(/HttpOnly.*SameSite=Lax/)
  })
})

describe('a session', () => {
  it('ends at sign-out, and its cookie is worth nothing then', async () => {
    const signedIn = await app.signIn(await makeUser(database.db, company.scope))
    const login = await signedIn.post(signedIn.home, '/logout')
    expect([login.heading, login.text]).toEqual(['Se connecter', expect.stringContaining('Vous êtes déconnecté.')])
    expect((await signedIn.get('/candidates')).heading).toBe('Se connecter')
  })

  it('ends when the user is disabled or all his sessions are ended', async () => {
    const user = await makeUser(database.db, company.scope)
    const [one, two] = [await app.signIn(user), await app.signIn(user)]
    await endSessions(database.db, user.id)
    expect((await one.get('/candidates')).heading).toBe('Se connecter')
    const again = await app.signIn(user)
    await database.db.updateTable('app_user').set({ disabled_at: sql`app_now()` }).where('id', '=', user.id).execute()
    expect((await again.get('/candidates')).heading).toBe('Se connecter')
    expect((await two.get('/candidates')).heading).toBe('Se connecter')
  })

  it('ends twelve hours after sign-in, however busy it is', async () => {
    const user = await makeUser(database.db, company.scope)
    const signedIn = await app.signIn(user)
    await database.db.updateTable('user_session').set({ started_at: sql`app_now() - interval '12 hours 1 second'` }).where('user_id', '=', user.id).execute()
    expect((await signedIn.get('/candidates')).heading).toBe('Se connecter')
  })
})

describe('a request that is not ours (F-66)', () => {
  it.each([
    ['no token', { _csrf: '' }, {}],
    ['an invented token', { _csrf: 'x' }, {}],
    ['another site', {}, { 'sec-fetch-site': 'cross-site' }],
    ['a sibling site', {}, { 'sec-fetch-site': 'same-site' }],
    ['an old browser on another site', {}, { 'sec-fetch-site': undefined, origin: 'https://evil.example' }],
  ])('is refused: %s', async (_name, fields, headers) => {
    const signedIn = await app.signIn(await makeUser(database.db, company.scope))
    const token = /name="_csrf" value="([^"]+)"/.exec(signedIn.home.html)?.[1] ?? ''
    const request = signedIn.agent.post('/language').type('form')
    for (const [name, value] of Object.entries({ 'sec-fetch-site': 'same-origin', ...headers })) if (value) void request.set(name, value)
    const response = await request.send({ _csrf: token, language: 'en', back: '/candidates', ...fields })
    expect(response.status).toBe(403)
    expect(response.text).toContain('Le formulaire a expiré')
  })

  it('cannot sign somebody in (login CSRF)', async () => {
    const user = await makeUser(database.db, company.scope)
    const response = await app.app.inject({ method: 'POST', url: '/login', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: `email=${user.email}&password=x` })
    expect(response.statusCode).toBe(403)
  })

  it('changes nothing by GET', async () => {
    const signedIn = await app.signIn(await makeUser(database.db, company.scope))
    expect((await signedIn.agent.get('/logout')).status).toBe(404)
    expect((await signedIn.get('/candidates')).status).toBe(200)
  })
})

describe('language', () => {
  it('is chosen per person, kept, and leads back to where one was', async () => {
    const user = await makeUser(database.db, company.scope)
    const signedIn = await app.signIn(user)
    const english = await signedIn.post(signedIn.home, '/language', { language: 'en', back: '/candidates?q=x' })
    expect([english.url, english.heading]).toEqual(['/candidates?q=x', 'Candidates'])
    expect((await (await app.signIn(user)).get('/candidates')).heading).toBe('Candidates')
  })

  it('follows the browser before sign-in', async () => {
    expect((await app.visit({ 'accept-language': 'en-GB,en;q=0.9,fr;q=0.5' }).get('/login')).heading).toBe('Sign in')
    expect((await app.visit({ 'accept-language': 'de' }).get('/login')).heading).toBe('Se connecter')
  })
})

describe('privileges', () => {
  it('are asked for by every route that is not public, and a refusal is journalled (F-63)', async () => {
    const nobody = await app.signIn({ ...(await makeUser(database.db, company.scope, { privileges: ['candidates.view'] })) })
    const refused = await nobody.get('/candidates/import')
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('Importer des fiches')])
    const { detail } = await database.db.selectFrom('journal').select('detail').where('action', '=', 'access.refused').orderBy('id', 'desc').executeTakeFirstOrThrow()
    expect(detail).toEqual({ privilege: 'candidates.import', method: 'GET', route: '/candidates/import' })
  })
})
