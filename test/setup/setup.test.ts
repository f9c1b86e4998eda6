import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setupCode } from '../../src/setup/code.ts'
import { openSetup, setUp } from '../../src/setup/commands.ts'
import { plainCode, STEPS, type Step } from '../../src/setup/domain.ts'
import { readSetup } from '../../src/setup/input.ts'
import { operate } from '../../src/setup/operator.ts'
import { findProgress } from '../../src/setup/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser, PASSWORD } from '../support/factories/accounts.ts'
import { makeBranding } from '../support/factories/landing.ts'
import { startProgram } from '../support/program.ts'

const PERSON = { company: 'Agence Nouvelle', country: 'BE', zone: 'Europe/Brussels', language: 'fr', name: 'Nadia Neuve', email: 'nadia@nouvelle.example', password: PASSWORD }

describe('the first run', () => {
  let database: TestDatabase
  let app: TestApp
  let code: string

  beforeAll(async () => {
    database = await createTestDatabase()
    app = await startTestApp(database)
    code = setupCode(app.deps.config.secretKey)
  })
  afterAll(async () => {
    await app?.close()
    await database?.close()
  })
  beforeEach(() => database.db.deleteFrom('rate_limit').execute())

  test('whoever comes is led to the form', async () => {
    const page = await app.visit().get('/candidates')
    expect([page.url, page.heading]).toEqual(['/setup', 'Mettre Dispo en service'])
  })

  test.each([
    [{ code: '' }, 'Saisissez le code d’installation'],
    [{ code: 'abcd-efgh' }, 'n’est pas celui de cette installation'],
    [{ email: 'nadia' }, 'adresse e-mail complète'],
    [{ password: 'short' }, '12'],
    [{ password: 'nadia.neuve nouvelle' }, 'tient trop à votre nom'],
    [{ company: 'x'.repeat(121) }, '120 caractères'],
  ])('%s is refused with a sentence, and what was typed stays', async (change, text) => {
    const visitor = app.visit()
    const page = await visitor.submit(await visitor.get('/setup'), { ...PERSON, code, ...change })
    expect([page.status, page.title.startsWith('Erreur')]).toEqual([422, true])
    expect(page.text).toContain(text)
    expect(page.html).toContain('value="Nadia Neuve"')
    expect(page.html).not.toContain(PASSWORD)
    expect(await database.db.selectFrom('company').select('id').execute()).toEqual([])
  })

  test.each([[{ country: 'ZZ' }, 'Choisissez un pays de la liste'], [{ zone: 'Mars/Olympus' }, 'Choisissez un fuseau horaire'], [{ language: 'de' }, 'Choisissez une langue'], [{ name: '' }, 'Saisissez votre nom'], [{ name: 'x'.repeat(121) }, '120 caractères'], [{ password: '' }, 'Choisissez un mot de passe']])('%s, sent by hand, is refused with a sentence', async (change, text) => {
    const visitor = app.visit()
    const page = await visitor.post(await visitor.get('/setup'), '/setup', { ...PERSON, code, ...change })
    expect([page.status, page.text]).toEqual([422, expect.stringContaining(text)])
    expect(await database.db.selectFrom('company').select('id').execute()).toEqual([])
  })

  test('the code is that of this installation, read as people copy it, and tried from one place keeps nobody else out', async () => {
    expect(setupCode('another secret of another installation')).not.toBe(code)
    expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$/)
    expect(plainCode(`\u201c${code.toUpperCase().replaceAll('-', ' – ').replaceAll('0', 'O').replaceAll('1', 'l')}\u201d`)).toBe(plainCode(code))
    expect(await openSetup(app.deps)).toBe(code)
    await database.pool.query("insert into rate_limit (key, window_started_at, hits) values ('setup 203.0.113.9', app_now(), 10)")
    const form = readSetup({ ...PERSON, code: 'wrong' })
    await expect(setUp(app.deps, form, '203.0.113.9')).rejects.toThrow('too-many')
    expect(await setUp(app.deps, form, '203.0.113.10')).toMatchObject({ ok: false, reason: 'code' })
  })

  test('nobody tries codes for long', async () => {
    const visitor = app.visit()
    const page = await visitor.get('/setup')
    for (let i = 0; i < 10; i++) expect((await visitor.submit(page, { ...PERSON, code: `wrong${i}` })).status).toBe(422)
    expect((await visitor.submit(page, { ...PERSON, code })).status).toBe(429)
  })

  test('of two who send the form at once, one makes the company; then the form is gone', async () => {
    const visitors = [app.visit(), app.visit()]
    const pages = await Promise.all(visitors.map((visitor) => visitor.get('/setup')))
    const sent = await Promise.all(visitors.map((visitor, at) => visitor.submit(pages[at]!, { ...PERSON, email: `nadia${at}@nouvelle.example`, code: ` ${code.toUpperCase()} ` })))
    const [first] = sent.filter(({ url }) => url === '/admin/guide')
    expect(sent.map(({ status }) => status).toSorted()).toEqual([200, 404])
    expect(first?.heading).toBe('Premiers pas')
    expect(first?.text).toContain('1 sur 7 faits')
    expect((await app.visit().get('/setup')).status).toBe(404)
    expect((await app.visit().get('/candidates')).url).toMatch(/^\/login/)

    const company = await database.db.selectFrom('company').select(['name', 'country', 'time_zone', 'language']).executeTakeFirstOrThrow()
    expect(company).toEqual({ name: 'Agence Nouvelle', country: 'BE', time_zone: 'Europe/Brussels', language: 'fr' })
    // Nothing is printed any more, and the journal begins with who did it.
    expect(await openSetup(app.deps)).toBeUndefined()
    const [line] = await database.db.selectFrom('journal as j').innerJoin('app_user as u', 'u.id', 'j.user_id').select(['j.action', 'j.detail', 'u.name']).orderBy('j.id').execute()
    expect(line).toEqual({ action: 'company.created', detail: { name: 'Agence Nouvelle' }, name: 'Nadia Neuve' })
    const allowed = await database.db.selectFrom('company_setting').select('value').where('name', '=', 'sms.allowed_countries').executeTakeFirstOrThrow()
    expect(allowed.value).toEqual(['BE'])
  })

  test('the new administrator finds templates that may be sent as they are', async () => {
    const { email } = await database.db.selectFrom('app_user').select('email').executeTakeFirstOrThrow()
    const visitor = await app.signIn({ email, password: PASSWORD })
    const page = await visitor.get('/templates')
    expect(page.text).toContain('Demande de disponibilité')
    expect(page.text).toContain('Question simple')
    const rows = await database.db.selectFrom('message_template').select('published_version').execute()
    expect(rows.map(({ published_version: version }) => version)).toEqual([1, 1])
  })
})

describe('the first steps', () => {
  let database: TestDatabase
  beforeAll(async () => { database = await createTestDatabase() })
  afterAll(() => database.close())

  test('are done when what they ask for is there, and not by what only looks like it', async () => {
    const { db, pool } = database
    const { id, scope, senderId } = await makeCompany(db)
    const done = async () => { const progress = await findProgress(db, scope); return STEPS.filter((step) => progress[step]) }
    const add = async (step: Step, almost: () => Promise<unknown>, make: () => Promise<unknown>) => {
      const before = await done()
      await almost()
      expect(await done(), `almost ${step}`).toEqual(before)
      await make()
      expect((await done()).filter((one) => !before.includes(one))).toEqual([step])
    }
    const run = (text: string, ...values: unknown[]) => () => pool.query(text, values)
    const other = await makeCompany(db)
    await run('update sms_sender set archived_at = app_now() where company_id = $1', id)()
    const user = await makeUser(db, scope)
    await add('sender', async () => undefined, run('update sms_sender set archived_at = null where id = $1', senderId))
    await add('branding', () => makeBranding(db, other.scope), () => makeBranding(db, scope))
    await add('template', run("insert into message_template (company_id, name, kind) values ($1, 'Brouillon', 'simple')", id), run("update message_template set version = 1, published_version = 1, published_at = app_now() where company_id = $1", id))
    await add('people', run("insert into candidate (company_id, first_name, last_name) values ($1, 'Ana', 'Ailleurs')", other.id), run("insert into candidate (company_id, first_name, last_name) values ($1, 'Ana', 'Gil')", id))
    await add('colleagues', async () => db.updateTable('app_user').set({ disabled_at: new Date() }).where('id', '=', (await makeUser(db, scope)).id).execute(), () => makeUser(db, scope))
    const campaign = async (launched: Date | null) => db.insertInto('campaign').values({ company_id: id, name: 'C', kind: 'simple', status: launched ? 'completed' : 'draft', created_by: user.id, sender_id: senderId, time_zone: 'Europe/Paris', audience: JSON.stringify({ mode: 'selected', ids: [] }), launched_at: launched, finished_at: launched }).execute()
    await add('campaign', () => campaign(null), () => campaign(new Date()))
    const message = (purpose: string) => run('insert into message (company_id, purpose, e164, country, sender, body, encoding, segments, state) values ($1, $2, \'+33639980001\', \'FR\', \'38047\', \'x\', \'gsm7\', 1, \'cancelled\')', id, purpose)
    await add('test', message('auto_response'), message('test'))
  })
})

describe('the operator', () => {
  let database: TestDatabase
  let app: TestApp
  const say = (...args: string[]) => operate(app.deps, args)
  const CREATE = ['create', '--name', 'Agence Martin', '--admin-name', 'Anne Roux', '--admin-email', 'anne@martin.example']

  beforeAll(async () => {
    database = await createTestDatabase()
    app = await startTestApp(database)
  })
  afterAll(async () => {
    await app?.close()
    await database?.close()
  })

  test('creates a company whose administrator comes in by the link', async () => {
    expect(await say('list')).toBe('There is no company yet.')
    const url = new URL(/https?:\S+/.exec(await say(...CREATE))![0])
    const visitor = app.visit()
    const page = await visitor.submit(await visitor.get(url.pathname), { password: PASSWORD })
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Anne Roux')])
    await expect(say(...CREATE)).rejects.toThrow('already has the address')
    expect(await database.db.selectFrom('company').select('id').execute()).toHaveLength(1)
  })

  test('disables a company: nobody of it is let in any more; enabling brings everything back', async () => {
    const anne = await app.signIn({ email: 'anne@martin.example', password: PASSWORD })
    const { id } = await database.db.selectFrom('company').select('id').executeTakeFirstOrThrow()
    expect(await say('disable', String(id))).toBe('Agence Martin is disabled.')
    expect((await anne.get('/candidates')).url).toMatch(/^\/login/)
    const visitor = app.visit()
    expect((await visitor.submit(await visitor.get('/login'), { email: 'anne@martin.example', password: PASSWORD })).status).toBe(422)
    expect(await say('list')).toMatch(/^\d+ {2}Agence Martin \(FR\) {2}1 users, 0 records, disabled since \d{4}-\d\d-\d\d$/)
    expect(await database.db.selectFrom('company').select('can_send_sms').executeTakeFirstOrThrow()).toEqual({ can_send_sms: false })
    expect(await say('enable', String(id))).toBe('Agence Martin is enabled.')
    expect(await database.db.selectFrom('company').select('can_send_sms').executeTakeFirstOrThrow()).toEqual({ can_send_sms: true })
    const told = await database.db.selectFrom('journal').select('action').where('action', 'in', ['company.disabled', 'company.enabled']).orderBy('id').execute()
    expect(told.map(({ action }) => action)).toEqual(['company.disabled', 'company.enabled'])
    await app.signIn({ email: 'anne@martin.example', password: PASSWORD })
  })

  test.each([
    [['disable', '700'], 'There is no company 700.'],
    [['disable', 'x'], 'npm run companies'],
    [['sell'], 'npm run companies'],
    [['create', '--name', 'A', '--admin-name', 'B', '--admin-email', 'x'], '--admin-email needs an e-mail address.'],
    [['create', '--name', '', '--country', 'XX', '--zone', 'Mars/Olympus'], '--country XX is not a country'],
    [['create', '--colour', 'red'], 'colour'],
  ])('%s is refused in a sentence', async (args, text) => {
    await expect(say(...args)).rejects.toThrow(text)
  })

  test('is a program of its own', async () => {
    const env = { DATABASE_URL: database.url, SECRET_KEY: app.deps.config.secretKey }
    const [listing, wrong] = [startProgram('src/operator.ts', env, ['list']), startProgram('src/operator.ts', env, ['sell'])]
    expect([await listing.ended, await wrong.ended]).toEqual([0, 1])
    expect(listing.output()).toContain('Agence Martin')
    expect(wrong.output()).toMatch(/^Companies of this installation/)
  })
})
