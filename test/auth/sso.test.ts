import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser, PASSWORD } from '../support/factories/accounts.ts'
import type { Page } from '../support/page.ts'
import { CLIENT, signInAtProvider, startIdentityProvider, type Account, type IdentityProvider } from '../support/identity-provider.ts'
import { issueToken } from '../../src/auth/tokens.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { paths } from '../../src/web/paths.ts'
import { tokenPair } from '../../src/web/secrets.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let admin: Awaited<ReturnType<typeof makeUser>>
let provider: IdentityProvider
const accounts: Record<string, Account> = {
  lea: { email: 'lea@martin.example', email_verified: true, name: 'Léa Petit', groups: ['recruiters', 'others'] },
  nadia: { email: 'nadia@martin.example', email_verified: true, name: 'Nadia Benali', groups: ['heads'] },
  stray: { email: 'stray@martin.example', email_verified: false, groups: [] },
  nameless: { groups: ['recruiters'] },
}
const redirectUris: string[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database, { env: { PRIVATE_HOSTS: '127.0.0.1' } })
  redirectUris.push(`${app.url}/login/sso/return`)
  provider = await startIdentityProvider(accounts, () => redirectUris)
})
afterAll(async () => {
  await provider?.close()
  await app?.close()
  await database?.close()
})
beforeEach(async () => {
  scope = (await makeCompany(database.db, { name: 'Agence Martin' })).scope
  admin = await makeUser(database.db, scope, { role: 'administrator', name: 'Anne Roux' })
})
afterEach(async () => {
  await database.db.deleteFrom('company_sso').execute()
  await database.db.deleteFrom('user_identity').execute()
  await sql`update app_user set email = id || '@before.example' where email like '%martin.example'`.execute(database.db)
})

const settings = (more: Record<string, string> = {}) => ({
  label: 'Compte Martin', issuer: provider.issuer, client_id: CLIENT.id, secret: CLIENT.secret, domains: 'martin.example', group_claim: 'groups', roles: 'recruiters = recruiter\nheads = administrator', ...more,
})

async function save(visitor: SignedIn, more: Record<string, string> = {}) {
  return visitor.submit(await visitor.get('/admin/sso'), settings(more), { form: '/admin/sso' })
}

/** Where the page leads by itself. */
function wayOut({ headers }: Page): string {
  return /^0; url=(.+)$/.exec(headers['refresh'] ?? '')![1]!
}

/** From our sign-in page through the provider's and back. */
async function comeIn(account: string, visitor = app.visit(), email = 'someone@martin.example') {
  const leaving = await visitor.submit(await visitor.get('/login/sso?next=/campaigns'), { email })
  const back = new URL(await signInAtProvider(wayOut(leaving), account))
  return { visitor, back, page: await visitor.get(back.pathname + back.search) }
}

async function privilegesOf(email: string): Promise<string[]> {
  const rows = await database.db.selectFrom('user_privilege as p').innerJoin('app_user as u', 'u.id', 'p.user_id').select('p.privilege').where('u.email', '=', email).orderBy('p.privilege').execute()
  return rows.map(({ privilege }) => privilege)
}

describe('coming in through a provider', () => {
  beforeEach(async () => { expect((await save(await app.signIn(admin))).text).toContain('La connexion unique est enregistrée') })

  test('somebody of a known group arrives without an invitation, with the privileges of the group, where they were going', async () => {
    const { page } = await comeIn('lea')
    expect(page.url).toBe('/campaigns')
    expect(page.text).toContain('Léa Petit')
    expect(await privilegesOf('lea@martin.example')).toContain('campaigns.send')
    expect(await privilegesOf('lea@martin.example')).not.toContain('users.manage')
    const again = await comeIn('lea')
    expect(again.page.url).toBe('/campaigns')
    expect(await database.db.selectFrom('app_user').select('id').where('email', '=', 'lea@martin.example').execute()).toHaveLength(1)
  })

  test('who is there already is found by address once, then by the name the provider has for them', async () => {
    const { id } = await makeUser(database.db, scope, { email: 'LEA@martin.example', name: 'Léa P.', role: 'reader' })
    await comeIn('lea')
    await database.db.updateTable('app_user').set({ email: 'other@elsewhere.example' }).where('id', '=', id).execute()
    const { page } = await comeIn('lea')
    expect(page.text).toContain('Léa P.')
    expect(await privilegesOf('other@elsewhere.example')).toContain('campaigns.send')
  })

  test('privileges follow the groups at every sign-in, but the last who manages users goes on doing so', async () => {
    await database.db.updateTable('app_user').set({ disabled_at: new Date() }).where('id', '=', admin.id).execute()
    await comeIn('nadia')
    expect(await privilegesOf('nadia@martin.example')).toContain('settings.edit')
    accounts['nadia']!.groups = ['recruiters']
    await comeIn('nadia')
    const left = await privilegesOf('nadia@martin.example')
    expect(left).toContain('users.manage')
    expect(left).not.toContain('settings.edit')
    accounts['nadia']!.groups = ['heads']
  })

  test.each([
    ['stray', 'n’a pas vérifié votre adresse'],
    ['nameless', 'ne nous dit pas votre adresse'],
  ])('%s does not: %s', async (account, text) => {
    const { page, visitor } = await comeIn(account)
    expect([page.status, page.text]).toEqual([403, expect.stringContaining(text)])
    expect((await visitor.get('/campaigns')).url).toMatch(/^\/login/)
  })

  test('nor who is in no group, is deactivated, or has the address of another company', async () => {
    accounts['lea']!.groups = ['others']
    expect((await comeIn('lea')).page.text).toContain('Aucun de vos groupes')
    accounts['lea']!.groups = ['recruiters', 'others']
    await comeIn('lea')
    await database.db.updateTable('app_user').set({ disabled_at: new Date() }).where('email', '=', 'lea@martin.example').execute()
    expect((await comeIn('lea')).page.text).toContain('désactivé')
    await makeUser(database.db, (await makeCompany(database.db)).scope, { email: 'nadia@martin.example' })
    expect((await comeIn('nadia')).page.text).toContain('appartient à un autre compte')
  })

  test('a stranger to the list is not told which companies there are', async () => {
    const visitor = app.visit()
    const page = await visitor.submit(await visitor.get('/login/sso'), { email: 'someone@unknown.example' })
    expect([page.status, page.text]).toEqual([422, expect.stringContaining('Aucune agence')])
    expect(page.html).toContain('value="someone@unknown.example"')
  })

  test('what comes back counts once, for whoever left, and only unchanged', async () => {
    const { back, visitor } = await comeIn('lea')
    const replayed = app.visit()
    expect((await replayed.get(back.pathname + back.search)).text).toContain('commencé il y a trop longtemps')
    expect((await visitor.get(back.pathname + back.search)).status).toBe(403)

    const other = app.visit()
    const leaving = await other.submit(await other.get('/login/sso'), { email: 'x@martin.example' })
    const returned = new URL(await signInAtProvider(wayOut(leaving), 'lea'))
    returned.searchParams.set('state', 'somebody else’s')
    expect((await other.get(returned.pathname + returned.search)).text).toContain('ne répond pas comme prévu')

    const third = app.visit()
    await third.submit(await third.get('/login/sso'), { email: 'x@martin.example' })
    // A code that was made for another journey: the verifier does not fit.
    expect((await third.get(back.pathname + back.search)).status).toBe(403)
  })

  test('who breaks off at the provider is told so; changed settings end a journey', async () => {
    const visitor = app.visit()
    const leaving = await visitor.submit(await visitor.get('/login/sso'), { email: 'x@martin.example' })
    const state = new URL(wayOut(leaving)).searchParams.get('state')!
    expect((await visitor.get(`/login/sso/return?error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`)).text).toContain('Vous avez interrompu')

    const late = app.visit()
    const gone = await late.submit(await late.get('/login/sso'), { email: 'x@martin.example' })
    await database.db.updateTable('company_sso').set((eb) => ({ version: eb('version', '+', 1) })).execute()
    const back = new URL(await signInAtProvider(wayOut(gone), 'lea'))
    expect((await late.get(back.pathname + back.search)).text).toContain('Recommencez')
  })

  test('passwords can be refused once an administrator has come in that way; administrators keep theirs', async () => {
    const visitor = await app.signIn(admin)
    const early = await save(visitor, { secret: '', enforced: 'on' })
    expect([early.status, early.text]).toEqual([422, expect.stringContaining('Enregistrez d’abord')])
    await comeIn('nadia')
    const colleague = await makeUser(database.db, scope)
    expect((await save(visitor, { secret: '', enforced: 'on' })).status).toBe(200)
    const refused = app.visit()
    const told = await refused.submit(await refused.get('/login'), { email: colleague.email, password: PASSWORD }, { form: '/login' })
    expect([told.status, told.text]).toEqual([422, expect.stringContaining('avec le compte de l’entreprise')])
    await app.signIn(admin)

    // Nor does an invitation let anybody in past the provider.
    const { id: invitedId } = await makeUser(database.db, scope, { name: 'Inès Roux' })
    const { token, hash } = tokenPair()
    await database.db.transaction().execute((trx) => issueToken(trx, scope, { userId: invitedId, kind: 'invitation', hash, createdBy: null, seconds: 60 }))
    const invited = app.visit()
    const led = await invited.submit(await invited.get(paths.invitation(token)), { password: 'un cheval agrafe la pile' })
    expect([led.url, led.text]).toEqual(['/login', expect.stringContaining('avec le compte de l’entreprise')])
  })

  test('the sign-in page offers it, under the provider’s name', async () => {
    expect((await app.visit().get('/login')).text).toContain('Se connecter avec Compte Martin')
  })
})

describe('naming a provider', () => {
  test.each<[string, () => Record<string, string>, string]>([
    ['no provider', () => ({ issuer: `${app.url}/nothing` }), 'ne répond comme un fournisseur'],
    ['a private address', () => ({ issuer: 'https://10.0.0.1' }), 'sur un réseau privé'],
    ['without encryption', () => ({ issuer: 'http://login.example.com' }), 'commence par https://'],
    ['a broken domain', () => ({ domains: 'not a domain' }), 'n’est pas un domaine'],
    ['an unknown preset', () => ({ roles: 'heads = king' }), 'heads = king'],
    ['nothing', () => ({ issuer: '', label: '', client_id: '' }), 'Saisissez l’adresse de l’émetteur'],
  ])('%s is refused, and what was typed stays', async (_name, change, text) => {
    const visitor = await app.signIn(admin)
    const page = await save(visitor, change())
    expect([page.status, page.text]).toEqual([422, expect.stringContaining(text)])
    expect(page.html).toContain(change()['domains'] ?? 'martin.example')
    expect(page.html).not.toContain(CLIENT.secret)
    expect(await database.db.selectFrom('company_sso').selectAll().execute()).toEqual([])
  })

  test('the secret is sealed, never shown, and stays where the field is left empty, but never goes to another provider', async () => {
    const visitor = await app.signIn(admin)
    await save(visitor)
    const { client_secret } = await database.db.selectFrom('company_sso').select('client_secret').executeTakeFirstOrThrow()
    expect(client_secret).not.toContain(CLIENT.secret)
    expect((await save(visitor, { secret: '', label: 'Autre nom' })).status).toBe(200)
    expect((await app.visit().get('/login')).text).toContain('Autre nom')
    const moved = await save(visitor, { secret: '', issuer: 'https://login.example.com' })
    expect(moved.text).toContain('L’émetteur a changé')
  })

  test('two who save at once: the second is told; a domain belongs to one company', async () => {
    const [one, other] = [await app.signIn(admin), await app.signIn(admin)]
    const page = await other.get('/admin/sso')
    await save(one)
    expect((await other.submit(page, settings({ label: 'Deuxième' }), { form: '/admin/sso' })).status).toBe(409)
    const stranger = await app.signIn(await makeUser(database.db, (await makeCompany(database.db)).scope, { role: 'administrator' }))
    expect((await save(stranger)).text).toContain('utilise déjà martin.example')
  })

  test('removing it closes the way in', async () => {
    const visitor = await app.signIn(admin)
    await save(visitor)
    await visitor.submit(await visitor.get('/admin/sso'), {}, { form: '/admin/sso/removal' })
    expect((await app.visit().get('/login/sso')).status).toBe(404)
    expect((await app.visit().get('/login')).text).not.toContain('Compte Martin')
  })
})
