import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { signIn } from '../../src/auth/commands.ts'
import { registerAuthTasks } from '../../src/auth/tasks.ts'
import { hashToken } from '../../src/web/secrets.ts'
import { checkCode } from '../../src/auth/factors.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { PASSWORD, makeCompany, makeUser } from '../support/factories/accounts.ts'
import { newestLetter } from '../support/letters.ts'

let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerAuthTasks })
  company = await makeCompany(database.db)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})
beforeEach(async () => { await database.db.deleteFrom('rate_limit').execute() })

/** How a try ends: let in, refused, or told to wait. */
async function attempt(email: string, password: string, address: string, deviceHash?: Buffer): Promise<'in' | 'refused' | 'wait'> {
  try {
    return (await signIn(app.deps, { email, password, address, deviceHash })).ok ? 'in' : 'refused'
  } catch {
    return 'wait'
  }
}
/** Sets what has been counted, so that a test need not try as often. */
const counted = (key: string, hits: number) => database.pool.query('insert into rate_limit (key, window_started_at, hits) values ($1, app_now(), $2)', [key, hits])
const journal = (action: string) => database.db.selectFrom('journal').select(['user_id', 'company_id']).where('action', '=', action).execute()

describe('password spraying', () => {
  it('from one place waits whatever the accounts, known or not, and keeps nobody else out', async () => {
    const user = await makeUser(database.db, company.scope)
    await counted('sign-in-from 198.51.100.7', 38)
    expect(await attempt('a@agence.test', 'x', '198.51.100.7')).toBe('refused')
    expect(await attempt(user.email, 'x', '198.51.100.7')).toBe('refused')
    expect([await attempt(user.email, PASSWORD, '198.51.100.7'), await attempt('b@agence.test', 'x', '198.51.100.7')]).toEqual(['wait', 'wait'])
    expect(await attempt(user.email, PASSWORD, '198.51.100.8')).toBe('in')
    expect(await journal('sign_in.slowed')).toEqual([{ user_id: user.id, company_id: company.id }])
  })

  it('an IPv6 subscriber is one place; a right password in between does not wipe out the count', async () => {
    const own = await makeUser(database.db, company.scope)
    await counted('sign-in-from 2001:db8:0:1', 39)
    expect(await attempt(own.email, PASSWORD, '2001:db8:0:1::1')).toBe('in')
    expect(await attempt('a@agence.test', 'x', '2001:db8:0:1::2')).toBe('refused')
    expect(await attempt('a@agence.test', 'x', '2001:db8:0:1::3')).toBe('wait')
  })

  it('of one account from everywhere waits, but not in a browser its owner has used: nobody is locked out', async () => {
    const user = await makeUser(database.db, company.scope)
    const device = hashToken('a browser of the owner')
    await database.db.insertInto('user_device').values({ company_id: company.id, user_id: user.id, token_hash: device, agent: '' }).execute()
    await counted(`sign-in-to ${user.email}`, 29)
    expect([await attempt(user.email, 'x', '203.0.113.1'), await attempt(user.email, PASSWORD, '203.0.113.2')]).toEqual(['refused', 'wait'])
    expect(await attempt(user.email, PASSWORD, '203.0.113.3', device)).toBe('in')
    // The browser itself has few tries, and one that somebody invents has no more than others.
    for (let i = 0; i < 5; i++) expect(await attempt(user.email, 'x', '203.0.113.3', device)).toBe('refused')
    expect(await attempt(user.email, PASSWORD, '203.0.113.3', device)).toBe('wait')
    expect(await attempt(user.email, PASSWORD, '203.0.113.4', hashToken('invented'))).toBe('wait')
  })

  it('counts tries that come all at once', async () => {
    const user = await makeUser(database.db, company.scope)
    const ends = await Promise.all(Array.from({ length: 12 }, () => attempt(user.email, 'x', '192.0.2.1')))
    expect(ends.filter((end) => end === 'refused')).toHaveLength(5)
  })

  it('answers alike for an account that is there, one that is not, and one that is deactivated', async () => {
    const user = await makeUser(database.db, company.scope)
    const gone = await makeUser(database.db, company.scope)
    await database.db.updateTable('app_user').set({ disabled_at: new Date() }).where('id', '=', gone.id).execute()
    const visitor = app.visit()
    const login = await visitor.get('/login')
    const answers = []
    for (const [email, password] of [[user.email, 'x'], ['nobody@agence.test', 'x'], [gone.email, PASSWORD]] as const) {
      const page = await visitor.submit(login, { email, password })
      answers.push(`${page.status} ${page.html.replaceAll(email, '…').replaceAll(/name="_csrf" value="[^"]+"/g, '')}`)
    }
    expect(new Set(answers).size).toBe(1)
  })
})

describe('an account that has to wait', () => {
  const letters = async (email: string) => {
    await app.deps.queue.drain()
    return (await database.db.selectFrom('mail').select(['id', 'subject', 'kind']).where('to_address', '=', email).orderBy('id').execute()).map(({ kind }) => kind)
  }

  it('tells its owner once an hour, however many try from wherever; the page says nothing of it', async () => {
    const user = await makeUser(database.db, company.scope, { name: 'Ana Prudente' })
    for (let i = 0; i < 5; i++) expect(await attempt(user.email, 'x', '192.0.2.7')).toBe('refused')
    expect(await letters(user.email)).toEqual([])
    for (let i = 0; i < 3; i++) expect(await attempt(user.email, 'x', '192.0.2.7')).toBe('wait')
    expect(await letters(user.email)).toEqual(['slowed'])
    for (let i = 0; i < 6; i++) await attempt(user.email, 'x', '192.0.2.8')
    await counted(`sign-in-one ${user.email} 192.0.2.9`, 5)
    await attempt(user.email, 'x', '192.0.2.9')
    expect(await letters(user.email)).toEqual(['slowed'])
    const letter = (await newestLetter(app, 'slowed', user.email))!
    expect([letter.subject, letter.path]).toEqual(['Trop d’essais de connexion à votre compte', '/login'])
    expect(letter.text).not.toMatch(/192\.0\.2/)
    try {
      await shiftClock(database, '61 minutes')
      for (let i = 0; i < 6; i++) await attempt(user.email, 'x', '192.0.2.7')
      expect(await letters(user.email)).toEqual(['slowed', 'slowed'])
    } finally {
      await shiftClock(database, '0')
    }
    const visitor = app.visit()
    const login = await visitor.get('/login')
    const answers = []
    for (const email of [user.email, 'nobody@agence.test']) {
      await database.db.deleteFrom('rate_limit').execute()
      for (let i = 0; i < 5; i++) await visitor.submit(login, { email, password: 'x' })
      const { status, text } = await visitor.submit(login, { email, password: 'x' })
      answers.push(`${status} ${text}`)
    }
    expect(answers[0]).toMatch(/^429/)
    expect(answers[1]).toBe(answers[0])
  })

  it('is told in their language of wrong codes after a right password, which weigh more', async () => {
    const user = await makeUser(database.db, company.scope, { language: 'en' })
    for (let i = 0; i < 6; i++) await checkCode(app.deps, { userId: user.id, typed: '000000', address: '192.0.2.1', deviceHash: undefined }).catch((error: Error) => error)
    expect(await letters(user.email)).toEqual(['slowed'])
    expect((await newestLetter(app, 'slowed', user.email))!.text).toContain('Somebody knows your password')
    expect(await journal('sign_in.slowed')).toContainEqual({ user_id: user.id, company_id: company.id })
  })

  it('has no letter for who comes in by a provider, nor for who is deactivated, nor for spraying from one place', async () => {
    const [provided, gone, sprayed] = [await makeUser(database.db, company.scope), await makeUser(database.db, company.scope), await makeUser(database.db, company.scope)]
    await database.db.updateTable('app_user').set({ password_hash: null }).where('id', '=', provided.id).execute()
    await database.db.updateTable('app_user').set({ disabled_at: new Date() }).where('id', '=', gone.id).execute()
    for (const { email } of [provided, gone]) for (let i = 0; i < 7; i++) await attempt(email, 'x', '192.0.2.1')
    await counted('sign-in-from 198.51.100.9', 40)
    expect(await attempt(sprayed.email, 'x', '198.51.100.9')).toBe('wait')
    for (const { email } of [provided, gone, sprayed]) expect(await letters(email)).toEqual([])
  })
})

describe('signing in', () => {
  it.each(['//evil.example', '/\\evil.example', 'https:evil.example', 'https://evil.example', '/%2f%2fevil.example', '/%5cevil.example', '/x\r\nset-cookie: a=b', 'javascript:alert(1)', '/..//evil.example'])('leads nowhere else: next=%j (F-76)', async (next) => {
    const user = await makeUser(database.db, company.scope)
    const visitor = app.visit()
    const page = await visitor.get(`/login?next=${encodeURIComponent(next)}`)
    expect(page.html).toContain('name="next" value=""')
    const answer = await visitor.agent.post('/login').redirects(0).set('sec-fetch-site', 'same-origin').type('form')
      .send({ email: user.email, password: PASSWORD, _csrf: /name="_csrf" value="([^"]+)"/.exec(page.html)?.[1] ?? '', next })
    expect([answer.status, answer.headers['location']]).toEqual([303, '/'])
  })

  it('lets several sessions of one person live side by side, each with a form token of its own (F-65, F-66)', async () => {
    const user = await makeUser(database.db, company.scope)
    const [one, two] = [await app.signIn(user), await app.signIn(user)]
    const foreign = /name="_csrf" value="([^"]+)"/.exec(two.home.html)![1]!
    const answer = await one.agent.post('/language').set('sec-fetch-site', 'same-origin').type('form').send({ _csrf: foreign, language: 'en', back: '/' })
    expect(answer.status).toBe(403)
    await one.post(one.home, '/logout')
    expect([(await one.get('/candidates')).heading, (await two.get('/candidates')).heading]).toEqual(['Se connecter', 'Candidats'])
    // A token of the session before is worth nothing in the next one.
    const old = /name="_csrf" value="([^"]+)"/.exec(one.home.html)![1]!
    await one.submit(await one.get('/login'), { email: user.email, password: PASSWORD })
    expect((await one.agent.post('/language').set('sec-fetch-site', 'same-origin').type('form').send({ _csrf: old, language: 'en', back: '/' })).status).toBe(403)
  })
})
