import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerAuthTasks } from '../../src/auth/tasks.ts'
import { useToken } from '../../src/auth/tokens.queries.ts'
import { hashToken } from '../../src/web/secrets.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { shiftClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { newestLetter } from '../support/letters.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const CHOSEN = 'mille feuilles à la pistache'
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

const visitor = () => plainSpaces(app.visit())
const journal = async (userId: number) => (await database.db.selectFrom('journal').select('action').where('user_id', '=', userId).orderBy('id').execute()).map(({ action }) => action)

/** Asks for a link as somebody who has forgotten, and lets the worker answer. */
async function forget(email: string, from = visitor()) {
  const page = await from.submit(await from.get('/login/forgotten'), { email })
  await app.deps.queue.drain()
  return page
}
const link = async (kind: string, email: string) => (await newestLetter(app, kind, email))!.path

describe('an invitation', () => {
  async function invite(email: string) {
    const admin = plainSpaces(await app.signIn(await makeUser(database.db, company.scope, { role: 'administrator' })))
    const done = await admin.submit(await admin.get('/admin/users/new'), { name: 'Inès Nouvelle', email })
    expect(done.text).toContain('L’invitation de Inès Nouvelle est partie.')
    return admin
  }

  it('lets choose a password, once, and signs in; the page shows its rules and refuses what is guessed first', async () => {
    await invite('ines@agence.test')
    const letter = (await newestLetter(app, 'invitation', 'ines@agence.test'))!
    expect(letter.subject).toBe('Interim Test vous invite dans Dispo')
    const ines = visitor()
    // Robots look first: nothing is used up by looking.
    await ines.get(letter.path)
    const page = await ines.get(letter.path)
    expect([page.heading, page.headers['cache-control'], page.headers['referrer-policy']]).toEqual(['Bienvenue dans Dispo', 'no-store', 'same-origin'])
    expect(page.text).toContain('Au moins 12 caractères')
    for (const [password, sentence] of [['', 'Saisissez votre mot de passe'], ['court', 'au moins 12 caractères'], ['Azertyuiop2026!', 'se devine trop vite'], ['ines-nouvelle-interim', 'tient trop à votre nom']] as const) {
      const refused = await ines.submit(page, { password })
      expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(sentence)])
    }
    const other = visitor()
    const stillOpen = await other.get(letter.path)
    const home = await ines.submit(page, { password: CHOSEN })
    expect(home.text).toContain('Bienvenue, Inès Nouvelle. Votre compte est ouvert.')
    const late = await other.submit(stillOpen, { password: `${CHOSEN} 2` })
    expect([late.status, late.heading]).toEqual([410, 'Ce lien ne fonctionne plus'])
    expect((await visitor().get(letter.path)).status).toBe(410)
  })

  it('is used up by one of many who press at the same moment', async () => {
    await invite('vite@agence.test')
    const token = (await link('invitation', 'vite@agence.test')).split('/').at(-1)!
    const used = await Promise.all(Array.from({ length: 4 }, () => database.db.transaction().execute((trx) => useToken(trx, 'invitation', hashToken(token)))))
    expect(used.filter(Boolean)).toEqual([true])
  })

  it('expires after 72 hours; sent again, only the newest link works; withdrawn, none does', async () => {
    const admin = await invite('late@agence.test')
    const first = await link('invitation', 'late@agence.test')
    const { id } = await database.db.selectFrom('app_user').select('id').where('email', '=', 'late@agence.test').executeTakeFirstOrThrow()
    try {
      await shiftClock(database, '72 hours 1 minute')
      expect((await visitor().get(first)).status).toBe(410)
    } finally {
      await shiftClock(database, '0')
    }
    expect((await admin.post(admin.home, `/admin/users/${id}/invitation`)).text).toContain('L’ancien lien ne fonctionne plus.')
    const second = await link('invitation', 'late@agence.test')
    expect([(await visitor().get(first)).status, (await visitor().get(second)).status]).toEqual([410, 200])
    expect((await admin.post(admin.home, `/admin/users/${id}/withdrawal`)).text).toContain('L’invitation est retirée')
    expect((await visitor().get(second)).status).toBe(410)
    expect((await visitor().get('/invitation/AAAAAAAAAAAAAAAAAAAAAAAAAAA')).status).toBe(410)
    expect((await admin.get('/admin/users?state=pending')).text).toContain('L’invitation a été retirée')
  })
})

describe('a forgotten password', () => {
  it('is answered alike whether anybody has the address, and only who has it gets a link', async () => {
    const user = await makeUser(database.db, company.scope)
    const gone = await makeUser(database.db, company.scope)
    await database.db.updateTable('app_user').set({ disabled_at: new Date() }).where('id', '=', gone.id).execute()
    const before = await database.db.selectFrom('mail').select('id').execute()
    const pages = []
    for (const email of [user.email, 'nobody@agence.test', gone.email]) pages.push([email, await forget(email)] as const)
    expect(new Set(pages.map(([email, { status, text }]) => `${status} ${text.replace(email, '…')}`)).size).toBe(1)
    expect(await database.db.selectFrom('mail').select('to_address').where('id', '>', before.at(-1)?.id ?? 0).execute()).toEqual([{ to_address: user.email }])
    expect(await database.db.selectFrom('password_request').selectAll().execute()).toEqual([])
  })

  it('ends every session once changed, tells its owner, and the link is used up', async () => {
    const user = await makeUser(database.db, company.scope)
    const signedIn = await app.signIn(user)
    await forget(user.email)
    const path = await link('reset', user.email)
    const page = await visitor().get(path)
    expect(page.heading).toBe('Choisir un nouveau mot de passe')
    expect((await signedIn.get('/candidates')).heading).toBe('Candidats')
    const owner = visitor()
    const login = await owner.submit(await owner.get(path), { password: CHOSEN })
    expect([login.url, login.text]).toEqual(['/login', expect.stringContaining('Votre mot de passe est changé. Connectez-vous.')])
    expect((await signedIn.get('/candidates')).heading).toBe('Se connecter')
    expect((await newestLetter(app, 'password-changed', user.email))?.subject).toBe('Votre mot de passe a changé')
    expect((await owner.get(path)).status).toBe(410)
    await app.signIn({ ...user, password: CHOSEN })
    await expect(app.signIn(user)).rejects.toThrow('sign-in')
    expect(await journal(user.id)).toEqual(expect.arrayContaining(['password.asked', 'password.reset']))
  })

  it('in a browser where somebody else is signed in says so first, then ends that session too', async () => {
    const [user, colleague] = [await makeUser(database.db, company.scope), await makeUser(database.db, company.scope, { name: 'Paul Restant' })]
    await forget(user.email)
    const path = await link('reset', user.email)
    const shared = plainSpaces(await app.signIn(colleague))
    const page = await shared.get(path)
    expect(page.text).toContain('Une session de Paul Restant est ouverte dans ce navigateur : elle se ferme avec votre nouveau mot de passe.')
    const login = await shared.submit(page, { password: CHOSEN })
    expect([login.url, (await shared.get('/candidates')).heading]).toEqual(['/login', 'Se connecter'])
    expect(await database.db.selectFrom('user_session').select('id').where('user_id', '=', colleague.id).where('ended_at', 'is', null).execute()).toEqual([])
    expect((await visitor().get(path)).text).not.toContain('ouverte dans ce navigateur')
  })

  it('works for an hour; a new link voids the one before; few are sent, and asking too often from one place waits', async () => {
    const user = await makeUser(database.db, company.scope)
    const paths: string[] = []
    for (let i = 0; i < 5; i++) {
      await forget(user.email)
      paths.push(await link('reset', user.email))
    }
    expect(new Set(paths).size, 'three an hour for one asker').toBe(3)
    expect(await Promise.all([...new Set(paths)].map(async (path) => (await visitor().get(path)).status))).toEqual([410, 410, 200])
    try {
      await shiftClock(database, '61 minutes')
      expect((await visitor().get(paths.at(-1)!)).status).toBe(410)
    } finally {
      await shiftClock(database, '0')
    }
    const asker = visitor()
    const form = await asker.get('/login/forgotten')
    const statuses = []
    for (let i = 0; i < 10; i++) statuses.push((await asker.submit(form, { email: `x${i}@agence.test` })).status)
    expect(statuses.at(-1)).toBe(429)
  })

  it('is not for who has never joined, and a link of one kind is none of the other', async () => {
    const user = await makeUser(database.db, company.scope)
    await database.db.deleteFrom('rate_limit').execute()
    await forget(user.email)
    const token = (await link('reset', user.email)).split('/').at(-1)
    expect((await visitor().get(`/invitation/${token}`)).status).toBe(410)
    await database.db.updateTable('app_user').set({ password_hash: null }).where('id', '=', user.id).execute()
    const before = await database.db.selectFrom('mail').select('id').execute()
    await forget(user.email)
    expect(await database.db.selectFrom('mail').select('id').execute()).toEqual(before)
  })
})
