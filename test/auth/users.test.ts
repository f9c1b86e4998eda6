import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROLE_PRIVILEGES } from '../../src/auth/domain.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { links } from '../support/page.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

const PAGE = '/admin/users'
let database: TestDatabase
let app: TestApp

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

/** A company of its own, with so many administrators and a recruiter. */
async function scene(administrators = 2) {
  const { scope } = await makeCompany(database.db)
  const admins = []
  for (let i = 0; i < administrators; i++) admins.push(await makeUser(database.db, scope, { role: 'administrator', name: `Admin ${i + 1}` }))
  const recruiter = await makeUser(database.db, scope, { name: 'Rita Recruteuse' })
  const [first, second] = admins
  return { scope, first: first!, second: second!, recruiter, admin: plainSpaces(await app.signIn(first!)) }
}

const personOf = (id: number) => database.db.selectFrom('app_user').select(['name', 'disabled_at', 'version', 'email']).where('id', '=', id).executeTakeFirstOrThrow()
const rightsOf = async (id: number) => (await database.db.selectFrom('user_privilege').select('privilege').where('user_id', '=', id).orderBy('privilege').execute()).map(({ privilege }) => privilege)
const sorted = (role: keyof typeof ROLE_PRIVILEGES) => [...ROLE_PRIVILEGES[role]].sort()

describe('the list', () => {
  it('shows people by name with state, second factor and last sign-in, and what each may do', async () => {
    const { admin, recruiter } = await scene()
    const page = await admin.get(PAGE)
    expect(page.heading).toBe('Utilisateurs et droits')
    expect(links(page).filter(({ href }) => /\/users\/\d+$/.test(href)).map(({ text }) => text)).toEqual(['Admin 1', 'Admin 2', 'Rita Recruteuse'])
    for (const words of ['Actif', 'Administrateur', 'Recruteur', 'Non activée', 'Jamais']) expect(page.text).toContain(words)
    const rights = await admin.get(`${PAGE}?view=rights`)
    expect(rights.text).toContain('Gérer les utilisateurs et leurs droits')
    expect(rights.html.match(/#check"/g)?.length).toBe(2 * ROLE_PRIVILEGES.administrator.length + ROLE_PRIVILEGES.recruiter.length)

    expect((await admin.get(`${PAGE}?q=rita`)).text).not.toContain('Admin 2')
    expect((await admin.get(`${PAGE}?q=%25`)).text).toContain('Personne ne correspond')
    await admin.submit(await admin.get(`${PAGE}/${recruiter.id}/deactivation`))
    expect((await admin.get(`${PAGE}?state=deactivated`)).text).toContain('Rita Recruteuse')
    expect((await admin.get(`${PAGE}?state=active`)).text).not.toContain('Rita Recruteuse')
    // Company by company.
    expect((await (await app.signIn(await makeUser(database.db, (await makeCompany(database.db)).scope, { role: 'administrator' }))).get(PAGE)).text).not.toContain('Rita')
  })

  it('goes on where a page ends, by name, also among people of one name', async () => {
    const { scope, admin } = await scene(1)
    await database.db.insertInto('app_user').values(Array.from({ length: 60 }, (_, n) => ({ company_id: scope.companyId, email: `homonyme${scope.companyId}-${n}@agence.test`, name: 'Zoé Homonyme' }))).execute()
    const seen: string[] = []
    let url: string | undefined = PAGE
    while (url) {
      const page: Awaited<ReturnType<typeof admin.get>> = await admin.get(url)
      seen.push(...links(page).filter(({ href }) => /\/users\/\d+$/.test(href)).map(({ href }) => href))
      url = links(page).find(({ text }) => text === 'Suivants')?.href
    }
    expect([seen.length, new Set(seen).size]).toEqual([62, 62])
  })

  it('warns while only one person manages users', async () => {
    expect((await (await scene(1)).admin.get(PAGE)).text).toContain('Une seule personne gère les utilisateurs.')
    expect((await (await scene(2)).admin.get(PAGE)).text).not.toContain('Une seule personne')
  })
})

describe('a person’s page', () => {
  it('changes name, language, number and rights; a profile ticks its rights and saves nothing', async () => {
    const { admin, recruiter } = await scene()
    const page = await admin.get(`${PAGE}/${recruiter.id}`)
    const preset = await admin.submit(page, { name: 'Rita Relue' }, { button: 'Responsable', form: `${PAGE}/${recruiter.id}` })
    expect([preset.status, await rightsOf(recruiter.id)]).toEqual([200, sorted('recruiter')])
    expect(preset.html).toContain('value="Rita Relue"')
    const saved = await admin.submit(preset, { mobile: '06 39 98 00 01', language: 'en' }, { form: `${PAGE}/${recruiter.id}` })
    expect(saved.text).toContain('Les changements pour Rita Relue sont enregistrés.')
    expect(await rightsOf(recruiter.id)).toEqual(sorted('manager'))
    const { detail } = await database.db.selectFrom('journal').select('detail').where('action', '=', 'user.changed').where('subject_id', '=', String(recruiter.id)).executeTakeFirstOrThrow()
    expect(detail).toMatchObject({ fields: ['name', 'language', 'mobile', 'privileges'], taken: [], given: ['campaigns.release', 'templates.edit', 'references.edit', 'jobs.confidential'] })
    const kept = await admin.submit(saved, { name: '', mobile: '12' }, { form: `${PAGE}/${recruiter.id}` })
    expect([kept.status, kept.text, kept.html]).toEqual([422, expect.stringContaining('Saisissez le nom'), expect.stringContaining('value="12"')])
    // What no form of ours offers is no right.
    await admin.post(saved, `${PAGE}/${recruiter.id}`, { name: 'Rita', privileges: ['root', 'campaigns.view'], version: '2', email: 'other@agence.test' })
    expect([await rightsOf(recruiter.id), (await personOf(recruiter.id)).email]).toEqual([['campaigns.view'], recruiter.email])
  })

  it('says who changed what meanwhile, and keeps what was typed', async () => {
    const { admin, second, recruiter } = await scene()
    const mine = await admin.get(`${PAGE}/${recruiter.id}`)
    const other = plainSpaces(await app.signIn(second))
    await other.submit(await other.get(`${PAGE}/${recruiter.id}`), { name: 'Rita Autre', privileges: ['candidates.view'] }, { form: `${PAGE}/${recruiter.id}` })
    const late = await admin.submit(mine, { name: 'Rita Mienne' }, { form: `${PAGE}/${recruiter.id}` })
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('Admin 2 a changé : le nom, les droits.')])
    expect([late.html, (await personOf(recruiter.id)).name]).toEqual([expect.stringContaining('value="Rita Mienne"'), 'Rita Autre'])
    await admin.submit(late, {}, { form: `${PAGE}/${recruiter.id}` })
    expect((await personOf(recruiter.id)).name).toBe('Rita Mienne')
  })

  it('gives a new session id with the next page once somebody’s rights changed, and holds at once', async () => {
    const { admin, recruiter } = await scene()
    const rita = await app.signIn(recruiter)
    const before = (await rita.agent.get('/candidates')).headers['set-cookie']
    await admin.submit(await admin.get(`${PAGE}/${recruiter.id}`), { privileges: ['campaigns.view'] }, { form: `${PAGE}/${recruiter.id}` })
    expect((await rita.get('/candidates')).status).toBe(403)
    const after = (await rita.agent.get('/campaigns')).headers['set-cookie']
    expect(String(after).split(';')[0]).not.toBe(String(before).split(';')[0])
    expect((await rita.get('/campaigns')).status).toBe(200)
  })
})

describe('the keys of a company', () => {
  it('stay with somebody: the last administrator is neither stripped nor deactivated, whoever asks', async () => {
    const { admin, first } = await scene(1)
    const page = await admin.get(`${PAGE}/${first.id}`)
    const stripped = await admin.submit(page, { privileges: ['candidates.view'] }, { form: `${PAGE}/${first.id}` })
    expect([stripped.status, stripped.text]).toEqual([409, expect.stringContaining('C’est la seule personne qui gère les utilisateurs')])
    for (const confirmed of ['', '1']) expect((await admin.post(page, `${PAGE}/${first.id}/deactivation`, { confirmed })).status).toBe(409)
    expect((await admin.get(`${PAGE}/${first.id}/deactivation`)).status).toBe(409)
    expect([(await personOf(first.id)).disabled_at, (await rightsOf(first.id)).includes('users.manage')]).toEqual([null, true])
  })

  it('are given away only when said twice: by oneself, or where one administrator would be left', async () => {
    const { admin, first, second } = await scene()
    const asked = await admin.submit(await admin.get(`${PAGE}/${first.id}`), { name: 'Admin Sortant', privileges: ['campaigns.view'] }, { form: `${PAGE}/${first.id}` })
    expect([asked.status, asked.heading]).toEqual([409, 'Enregistrer ces droits ?'])
    for (const words of ['Il s’agit de vous', 'Il ne restera qu’une personne']) expect(asked.text).toContain(words)
    expect((await rightsOf(first.id)).includes('users.manage')).toBe(true)
    await admin.submit(asked)
    expect([await rightsOf(first.id), (await personOf(first.id)).name]).toEqual([['campaigns.view'], 'Admin Sortant'])
    expect((await admin.get(PAGE)).status).toBe(403)
    expect((await (await app.signIn(second)).get(PAGE)).status).toBe(200)
  })

  it('stay also when two administrators deactivate each other at the same moment', async () => {
    const { admin, first, second } = await scene()
    const other = plainSpaces(await app.signIn(second))
    await Promise.all([admin.post(admin.home, `${PAGE}/${second.id}/deactivation`, { confirmed: '1' }), other.post(other.home, `${PAGE}/${first.id}/deactivation`, { confirmed: '1' })])
    const left = [await personOf(first.id), await personOf(second.id)].filter(({ disabled_at }) => disabled_at === null)
    expect(left).toHaveLength(1)
  })

  it('are nothing that somebody without them can give (F-63)', async () => {
    const { recruiter } = await scene()
    const rita = await app.signIn(recruiter)
    for (const path of [PAGE, `${PAGE}/${recruiter.id}`, `${PAGE}/new`]) {
      const answer = await rita.agent.post(path === PAGE ? `${PAGE}/new` : path).set({ 'sec-fetch-site': 'same-origin' }).type('form').send({ name: 'Rita', email: 'x@agence.test', privileges: 'users.manage', version: '1' })
      expect(answer.status).toBe(403)
    }
    expect(await rightsOf(recruiter.id)).toEqual(sorted('recruiter'))
  })
})

describe('deactivating', () => {
  it('ends sessions and links at once, keeps the person, and is taken back', async () => {
    const { admin, recruiter } = await scene()
    const rita = await app.signIn(recruiter)
    const asked = await admin.get(`${PAGE}/${recruiter.id}/deactivation`)
    expect(asked.text).toContain('Ce n’est pas une suppression')
    expect((await admin.submit(asked)).text).toContain('Le compte de Rita Recruteuse est désactivé.')
    expect((await rita.get('/candidates')).heading).toBe('Se connecter')
    await expect(app.signIn(recruiter)).rejects.toThrow('sign-in')
    expect((await admin.post(asked, `${PAGE}/${recruiter.id}/reactivation`)).text).toContain('de nouveau actif')
    expect((await (await app.signIn(recruiter)).get('/candidates')).status).toBe(200)
    // The session of before stays ended.
    expect((await rita.get('/candidates')).heading).toBe('Se connecter')
  })

  it('is not ending the sessions, which an administrator does too', async () => {
    const { admin, recruiter } = await scene()
    const [one, two] = [await app.signIn(recruiter), await app.signIn(recruiter)]
    expect((await admin.post(admin.home, `${PAGE}/${recruiter.id}/sessions`)).text).toContain('2 sessions sont fermées.')
    for (const visitor of [one, two]) expect((await visitor.get('/candidates')).heading).toBe('Se connecter')
    await app.signIn(recruiter)
  })
})

describe('an invitation', () => {
  it('goes to an address that nobody has, in whichever company; who has not joined is no administrator to rely on', async () => {
    const { admin, first } = await scene(1)
    const elsewhere = await makeUser(database.db, (await makeCompany(database.db)).scope)
    const form = await admin.get(`${PAGE}/new`)
    for (const [email, sentence] of [['', 'Saisissez l’adresse'], ['sans-arobase', 'adresse e-mail complète'], [elsewhere.email.toUpperCase(), 'Cette adresse a déjà un compte']] as const) {
      const refused = await admin.submit(form, { name: 'Nino', email }, { form: `${PAGE}/new` })
      expect([refused.status, refused.text]).toEqual([422, expect.stringContaining(sentence)])
    }
    const preset = await admin.submit(form, { name: 'Nino', email: 'nino@agence.test' }, { form: `${PAGE}/new`, button: 'Administrateur' })
    await admin.submit(preset, {}, { form: `${PAGE}/new` })
    const nino = await database.db.selectFrom('app_user').selectAll().where('email', '=', 'nino@agence.test').executeTakeFirstOrThrow()
    expect([nino.password_hash, nino.joined_at, await rightsOf(nino.id)]).toEqual([null, null, sorted('administrator')])
    expect((await admin.post(form, `${PAGE}/${first.id}/deactivation`, { confirmed: '1' })).status).toBe(409)
    // A wrong address is mended while nobody has come in by it.
    const mended = await admin.submit(await admin.get(`${PAGE}/${nino.id}`), { email: 'nina@agence.test' }, { form: `${PAGE}/${nino.id}` })
    expect(mended.text).toContain('Renvoyez l’invitation')
    expect((await admin.get(PAGE)).text).toContain('L’invitation a été retirée')
  })
})
