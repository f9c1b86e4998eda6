import { generateSync } from 'otplib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveSetting } from '../../src/companies/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { getNow } from '../../src/db/clock.queries.ts'
import { registerAuthTasks } from '../../src/auth/tasks.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { stopClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { textById } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const PAGE = '/account/second-factor'
let database: TestDatabase
let app: TestApp
let scope: CompanyScope

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { registerTasks: registerAuthTasks })
  scope = (await makeCompany(database.db, { name: 'Agence Martin' })).scope
  // A step of half a minute that never ends in the middle of a test.
  await stopClock(database, new Date().toISOString())
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** What the telephone shows, `steps` of half a minute from now. */
async function code(secret: string, steps = 0): Promise<string> {
  const now = await getNow(database.db)
  return generateSync({ secret, epoch: Math.floor(now.getTime() / 1000) + steps * 30 })
}

async function enrol(signedIn: SignedIn): Promise<{ secret: string; codes: string[] }> {
  const page = await signedIn.get(PAGE)
  const secret = textById(page, 'secret')!.replaceAll(' ', '')
  const done = await signedIn.submit(page, { code: await code(secret) }, { form: PAGE })
  expect(done.heading).toBe('Vos codes de secours')
  return { secret, codes: [...done.html.matchAll(/<li>((?:[a-z0-9]{4}-){2}[a-z0-9]{4})<\/li>/g)].map(([, one]) => one!) }
}

/** As far as the page that asks for the code. */
async function halfIn(user: { email: string; password: string }, next = '') {
  const visitor = plainSpaces(app.visit())
  const page = await visitor.submit(await visitor.get(`/login${next}`), { email: user.email, password: user.password })
  expect([page.url, page.heading]).toEqual(['/login/code', 'Saisir votre code'])
  return { visitor, page }
}

async function scene() {
  const user = await makeUser(database.db, scope)
  const signedIn = plainSpaces(await app.signIn(user))
  return { user, signedIn, ...(await enrol(signedIn)) }
}

describe('switching it on', () => {
  it('shows picture and key, wants a code as proof, and gives recovery codes once', async () => {
    const user = await makeUser(database.db, scope)
    const signedIn = plainSpaces(await app.signIn(user))
    const page = await signedIn.get(PAGE)
    expect(page.html).toMatch(/<svg class="qr" role="img" [^>]*viewBox="0 0 \d+ \d+"/)
    expect(page.html).toContain('otpauth://totp/')
    const secret = textById(page, 'secret')!.replaceAll(' ', '')
    for (const [typed, sentence] of [['', 'Saisissez le code'], ['000000', 'Ce code ne convient pas'], ['abc', 'Ce code ne convient pas']] as const) {
      const refused = await signedIn.submit(page, { code: typed }, { form: PAGE })
      expect([refused.status, refused.text, textById(refused, 'secret')!.replaceAll(' ', '')]).toEqual([422, expect.stringContaining(sentence), secret])
    }
    // A form of somebody else's brings a secret that somebody else knows.
    const other = plainSpaces(await app.signIn(await makeUser(database.db, scope)))
    const foreign = /name="setup" value="([^"]+)"/.exec((await other.get(PAGE)).html)![1]!
    expect((await signedIn.post(page, PAGE, { setup: foreign, code: await code(secret) })).text).toContain('Cette page a trop attendu')

    const { codes } = await enrol(signedIn)
    expect(new Set(codes).size).toBe(10)
    expect((await signedIn.get(PAGE)).url).toBe('/account')
    expect((await signedIn.get('/account')).text).toContain('Il reste 10 codes de secours.')
    const stored = await database.db.selectFrom('second_factor').select('secret').where('user_id', '=', user.id).executeTakeFirstOrThrow()
    expect(stored.secret).not.toContain(secret)
  })
})

describe('the second step of signing in', () => {
  it('lets nobody further before the code, which counts once, a step early or late', async () => {
    const { user, secret } = await scene()
    const { visitor, page } = await halfIn(user, '?next=%2Fcandidates%3Fq%3Dx')
    expect((await visitor.get('/candidates')).url).toMatch(/^\/login\?next=/)
    // The one that switched it on has counted.
    expect((await visitor.submit(page, { code: await code(secret) })).text).toContain('Ce code ne convient pas, ou il a déjà servi.')
    expect((await visitor.submit(page, { code: await code(secret, 2) })).status).toBe(422)
    const next = await code(secret, 1)
    expect((await visitor.submit(page, { code: ` ${next.slice(0, 3)} ${next.slice(3)} ` })).url).toBe('/candidates?q=x')
    const again = await halfIn(user)
    expect((await again.visitor.submit(again.page, { code: next })).status).toBe(422)
  })

  it('counts a code once for two who use it at the same moment', async () => {
    const { user, secret } = await scene()
    const [one, two] = [await halfIn(user), await halfIn(user)]
    const next = await code(secret, 1)
    const pages = await Promise.all([one, two].map(({ visitor, page }) => visitor.submit(page, { code: next })))
    expect(pages.map(({ status }) => status).sort()).toEqual([200, 422])
  })

  it('takes a recovery code instead, however it is typed, once', async () => {
    const { user, codes } = await scene()
    const typed = codes[0]!.toUpperCase().replaceAll('-', ' ')
    const { visitor, page } = await halfIn(user)
    expect((await visitor.submit(page, { code: typed })).url).toBe('/candidates')
    expect((await visitor.get('/account')).text).toContain('Il reste 9 codes de secours.')
    const again = await halfIn(user)
    expect((await again.visitor.submit(again.page, { code: typed })).status).toBe(422)
    const { detail } = await database.db.selectFrom('journal').select('detail').where('user_id', '=', user.id).where('action', '=', 'sign_in.recovery_code').executeTakeFirstOrThrow()
    expect(JSON.stringify(detail)).not.toContain(codes[0])
  })

  it('waits after five wrong codes, and wants the password again after ten minutes', async () => {
    const { user, secret } = await scene()
    const { visitor, page } = await halfIn(user)
    for (let i = 0; i < 5; i++) expect((await visitor.submit(page, { code: '000000' })).status).toBe(422)
    expect((await visitor.submit(page, { code: await code(secret, 1) })).status).toBe(429)
    await database.db.deleteFrom('rate_limit').execute()
    await database.pool.query(`update session set sess = jsonb_set(sess::jsonb, '{pending,at}', to_jsonb((sess -> 'pending' ->> 'at')::bigint - 600001))::json where sess -> 'pending' ->> 'userId' = $1`, [String(user.id)])
    const late = await visitor.submit(page, { code: await code(secret, 1) })
    expect([late.heading, late.text]).toEqual(['Se connecter', expect.stringContaining('Trop de temps a passé')])
  })
})

describe('a company that asks for it', () => {
  it('leads whoever must have one to it before anything else, and lets nobody take it off', async () => {
    const strict = await makeCompany(database.db, { name: 'Agence Stricte' })
    const [admin, recruiter] = [await makeUser(database.db, strict.scope, { role: 'administrator' }), await makeUser(database.db, strict.scope)]
    const before = await app.signIn(admin)
    await saveSetting(database.db, strict.scope, 'auth.second_factor', 'administrators')
    // Whoever is signed in already is led there too; the recruiter need not.
    for (const visitor of [before, await app.signIn(admin)]) {
      for (const path of ['/candidates', '/admin/users', '/account']) expect((await visitor.get(path)).url).toBe(PAGE)
      const posted = await visitor.post(visitor.home, '/account/sessions/end')
      expect(posted.url).toBe(PAGE)
    }
    const signedIn = plainSpaces(await app.signIn(admin))
    expect(signedIn.home.text).toContain('Agence Stricte la demande pour votre compte.')
    expect((await (await app.signIn(recruiter)).get('/candidates')).url).toBe('/candidates')
    await enrol(signedIn)
    const account = await signedIn.get('/account')
    expect(account.text).toContain('Votre agence la demande')
    expect(account.html).not.toContain(`${PAGE}/removal`)
    expect((await signedIn.post(account, `${PAGE}/removal`, { password: admin.password })).text).toContain('elle ne se retire pas')
    await saveSetting(database.db, strict.scope, 'auth.second_factor', 'everybody')
    expect((await app.signIn(recruiter)).home.url).toBe(PAGE)
  })
})

describe('switching it off and renewing its codes', () => {
  it('asks for the password once more; renewed codes end the ones before', async () => {
    const { user, signedIn, codes } = await scene()
    const account = await signedIn.get('/account')
    expect((await signedIn.submit(account, { password: 'wrong' }, { form: `${PAGE}/codes` })).text).toContain('Ce n’est pas votre mot de passe actuel.')
    const renewed = await signedIn.submit(account, { password: user.password }, { form: `${PAGE}/codes` })
    expect(renewed.text).not.toContain(codes[0])
    const { visitor, page } = await halfIn(user)
    expect((await visitor.submit(page, { code: codes[0]! })).status).toBe(422)
    expect((await signedIn.submit(account, { password: user.password }, { form: `${PAGE}/removal` })).text).toContain('La double vérification est retirée.')
    expect((await app.signIn(user)).home.heading).toBe('Candidats')
  })

  it('is done by an administrator when the telephone is lost: sessions end, and its owner hears of it', async () => {
    const { user, signedIn } = await scene()
    const admin = plainSpaces(await app.signIn(await makeUser(database.db, scope, { role: 'administrator' })))
    const asked = await admin.get(`/admin/users/${user.id}/second-factor`)
    expect(asked.heading).toBe(`Réinitialiser la double vérification de ${user.name} ?`)
    expect((await admin.submit(asked)).text).toContain('La double vérification est réinitialisée.')
    expect((await signedIn.get('/candidates')).heading).toBe('Se connecter')
    expect(await database.db.selectFrom('mail').select('kind').where('to_address', '=', user.email).execute()).toEqual([{ kind: 'factor-removed' }])
    await app.signIn(user)
    expect((await admin.post(asked, `/admin/users/${user.id}/second-factor`)).text).toContain('n’était pas activée')
  })
})
