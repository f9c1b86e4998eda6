import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tellNewDevices } from '../../src/auth/devices.commands.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { newestLetter } from '../support/letters.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'
const CHOSEN = 'mille feuilles à la pistache'
let database: TestDatabase
let app: TestApp
let company: Awaited<ReturnType<typeof makeCompany>>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  company = await makeCompany(database.db, { name: 'Agence Martin' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

async function scene(headers = { 'user-agent': FIREFOX }) {
  const user = await makeUser(database.db, company.scope, { name: 'Claire Martin' })
  return { user, signedIn: plainSpaces(await app.signIn(user, headers)) }
}

describe('one’s own account', () => {
  it('is found in the menu; name, language and number are changed, and an administrator who was faster is named', async () => {
    const { user, signedIn } = await scene()
    expect(signedIn.home.html).toContain('href="/account"')
    const page = await signedIn.get('/account')
    const refused = await signedIn.submit(page, { mobile: '01 99 00 00 01' }, { form: '/account' })
    expect([refused.status, refused.text, refused.html]).toEqual([422, expect.stringContaining('Saisissez un numéro de mobile'), expect.stringContaining('value="01 99 00 00 01"')])
    const saved = await signedIn.submit(page, { name: 'Claire Durand', mobile: '0639980002', language: 'en' }, { form: '/account' })
    expect([saved.heading, saved.text]).toEqual(['My account', expect.stringContaining('Your changes are saved.')])
    expect(await database.db.selectFrom('app_user').select(['name', 'mobile', 'language']).where('id', '=', user.id).executeTakeFirst()).toEqual({ name: 'Claire Durand', mobile: '+33639980002', language: 'en' })

    const open = await signedIn.get('/account')
    const admin = await app.signIn(await makeUser(database.db, company.scope, { role: 'administrator', name: 'Ada Admin' }))
    await admin.submit(await admin.get(`/admin/users/${user.id}`), { name: 'Claire Dupont' }, { form: `/admin/users/${user.id}` })
    const late = await signedIn.submit(open, { name: 'Claire Petit' }, { form: '/account' })
    expect([late.status, late.text, late.html]).toEqual([409, expect.stringContaining('Ada Admin changed: the name.'), expect.stringContaining('value="Claire Petit"')])
    // What nobody may change of themselves.
    await signedIn.post(late, '/account', { name: 'Claire', version: '4', email: 'x@agence.test', privileges: 'users.manage' })
    expect((await signedIn.get('/admin/users')).status).toBe(403)
  })

  it('changes the password for whoever knows it: other sessions end, this one goes on under a new id', async () => {
    const { user, signedIn } = await scene()
    const other = await app.signIn(user)
    const page = await signedIn.get('/account')
    const wrong = await signedIn.submit(page, { old: 'wrong', password: CHOSEN }, { form: '/account/password' })
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('Ce n’est pas votre mot de passe actuel.')])
    expect((await signedIn.submit(page, { old: user.password, password: 'claire-martin-agence' }, { form: '/account/password' })).text).toContain('tient trop à votre nom')
    const stolen = String((await signedIn.agent.get('/account')).headers['set-cookie']).split(';')[0]!
    const done = await signedIn.submit(page, { old: user.password, password: CHOSEN }, { form: '/account/password' })
    expect(done.text).toContain('Votre mot de passe est changé, et vos autres sessions sont fermées.')
    expect((await other.get('/candidates')).heading).toBe('Se connecter')
    expect((await app.app.inject({ url: '/candidates', headers: { cookie: stolen } })).headers['location']).toMatch(/^\/login/)
    expect((await newestLetter(app, 'password-changed', user.email))?.text).toContain('Changez votre mot de passe')
    await app.signIn({ ...user, password: CHOSEN })
    // The browser it was changed in is still known; the others are new again.
    expect(await database.db.selectFrom('user_device').select('agent').where('user_id', '=', user.id).orderBy('id').execute()).toEqual([{ agent: FIREFOX }, { agent: '' }])
  })

  it('does not let the password be guessed from a session left open', async () => {
    const { user, signedIn } = await scene()
    const page = await signedIn.get('/account')
    for (let i = 0; i < 5; i++) expect((await signedIn.submit(page, { old: `wrong ${i}`, password: CHOSEN }, { form: '/account/password' })).status).toBe(422)
    expect((await signedIn.submit(page, { old: user.password, password: CHOSEN }, { form: '/account/password' })).status).toBe(429)
  })
})

describe('sessions', () => {
  it('end where somebody signs in anew in the same browser', async () => {
    const { user, signedIn } = await scene()
    const other = await makeUser(database.db, company.scope)
    const page = await signedIn.get('/account')
    await signedIn.post(page, '/login', { email: other.email, password: other.password })
    expect((await signedIn.get('/account')).html).toContain(other.email)
    expect(await database.db.selectFrom('user_session').select('id').where('user_id', '=', user.id).where('ended_at', 'is', null).execute()).toEqual([])
  })

  it('are listed with their device in words; each can be ended, or all others', async () => {
    const { user, signedIn } = await scene()
    const phone = await app.signIn(user, { 'user-agent': IPHONE })
    const third = await app.signIn(user, { 'user-agent': '' })
    const page = await signedIn.get('/account')
    for (const words of ['Firefox sur Windows', 'Safari sur iPhone', 'Appareil inconnu', 'Cette session', 'Active en ce moment', 'Depuis 127.0.0.1']) expect(page.text).toContain(words)
    const { id } = await database.db.selectFrom('user_session').select('id').where('user_id', '=', user.id).where('agent', '=', IPHONE).executeTakeFirstOrThrow()
    expect((await signedIn.post(page, `/account/sessions/${id}/end`)).text).toContain('Une session est fermée.')
    expect([(await phone.get('/candidates')).heading, (await third.get('/candidates')).heading]).toEqual(['Se connecter', 'Candidats'])
    expect((await signedIn.post(page, `/account/sessions/${id}/end`)).status).toBe(404)
    expect((await signedIn.submit(page, {}, { form: '/account/sessions/end' })).text).toContain('Une session est fermée.')
    expect([(await third.get('/candidates')).heading, (await signedIn.get('/candidates')).heading]).toEqual(['Se connecter', 'Candidats'])
    // A colleague's is nobody's.
    const { user: other } = await scene()
    const theirs = await database.db.selectFrom('user_session').select('id').where('user_id', '=', other.id).executeTakeFirstOrThrow()
    expect((await signedIn.post(page, `/account/sessions/${theirs.id}/end`)).status).toBe(404)
  })

  it('stay ended although a request under way writes its stored session once more (F-65)', async () => {
    const { signedIn } = await scene()
    const cookie = String((await signedIn.agent.get('/account')).headers['set-cookie']).split(';')[0]!
    const sid = decodeURIComponent(cookie.split('=')[1]!).split('.')[0]!
    const row = await database.db.selectFrom('session').selectAll().where('sid', '=', sid).executeTakeFirstOrThrow()
    await signedIn.post(signedIn.home, '/logout')
    await database.db.insertInto('session').values({ ...row, sess: JSON.stringify(row.sess) }).execute()
    expect((await app.app.inject({ url: '/candidates', headers: { cookie } })).headers['location']).toMatch(/^\/login/)
  })

  it('end after four hours without a request, on the server too', async () => {
    const { user, signedIn } = await scene()
    await database.pool.query(`update user_session set last_seen_at = app_now() - interval '4 hours 1 second' where user_id = $1`, [user.id])
    expect((await signedIn.get('/candidates')).heading).toBe('Se connecter')
  })

  it('begun from a browser never used before are told to their owner, once; the first one and a known one are not', async () => {
    const { user, signedIn } = await scene()
    await signedIn.post(signedIn.home, '/logout')
    await signedIn.submit(await signedIn.get('/login'), { email: user.email, password: user.password })
    await tellNewDevices(app.deps)
    expect(await newestLetter(app, 'new-device', user.email)).toBeUndefined()
    await app.signIn(user, { 'user-agent': IPHONE })
    await Promise.all([tellNewDevices(app.deps), tellNewDevices(app.deps)])
    expect((await newestLetter(app, 'new-device', user.email))?.text).toContain('Safari sur iPhone')
    expect(await database.db.selectFrom('mail').select('id').where('to_address', '=', user.email).execute()).toHaveLength(1)
  })
})
