import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLE_PRIVILEGES } from '../../src/auth/domain.ts'
import { startTestApp, type SignedIn, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeReference } from '../support/factories/references.ts'
import { plainSpaces } from '../support/plain-spaces.ts'

let database: TestDatabase
let app: TestApp
let owner: { scope: Awaited<ReturnType<typeof makeCompany>>['scope']; userId: number }
let administrator: SignedIn
let editor: SignedIn
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  const { scope } = await makeCompany(database.db, { name: 'Agence Martin' })
  const user = await makeUser(database.db, scope, { role: 'administrator' })
  owner = { scope, userId: user.id }
  const signIn = async (given: Parameters<typeof makeUser>[2]) => { const visitor = await app.signIn(await makeUser(database.db, scope, given)); return { ...plainSpaces(visitor), home: visitor.home } }
  administrator = await signIn({ role: 'administrator' })
  editor = await signIn({ privileges: ['candidates.view', 'references.edit'] })
})
afterAll(async () => {
  await app.close()
  await database.close()
})

const KINDS = ['codes', 'networks', 'sites', 'pages', 'jobs'] as const
const valid = async (kind: (typeof KINDS)[number], n: string): Promise<Record<string, string>> => {
  const site = async () => String(await makeReference(database.db, owner, 'sites'))
  if (kind === 'codes') return { code: `C-${n}`, name: 'Forum' }
  if (kind === 'jobs') return { reference: `J-${n}`, title: `Coffreur ${n}`, url: 'https://agence.example.com/j', site: await site(), town: 'Lyon' }
  return { name: `Un nom ${n}`, url: 'https://agence.example.com/x', ...(kind === 'pages' ? { site: await site() } : {}) }
}

describe.each(KINDS)('records of kind %s', (kind) => {
  const base = `/admin/references/${kind}`

  test('are made, listed, changed, archived and taken back', async () => {
    const values = await valid(kind, 'a')
    const made = await administrator.submit(await administrator.get(`${base}/new`), values, { form: base })
    expect([made.status, made.text]).toEqual([200, expect.stringContaining('est créé')])
    const label = values['title'] ?? values['code'] ?? values['name']!
    expect((await administrator.get(base)).text).toContain(label)
    const renamed = kind === 'codes' ? { name: 'Autre' } : kind === 'jobs' ? { town: 'Nantes' } : { url: 'https://agence.example.com/autre' }
    const saved = await administrator.submit(made, renamed, { form: made.url, button: 'Enregistrer' })
    expect(saved.html).toContain(Object.values(renamed)[0])
    const archived = await administrator.submit(saved, {}, { form: '/archiving' })
    expect(archived.text).toContain('Archivé')
    expect((await administrator.get(`${base}?q=${encodeURIComponent(label)}`)).text).toContain('Rien ne correspond')
    expect((await administrator.get(`${base}?archived=1`)).text).toContain(label)
    expect((await administrator.submit(archived, {}, { form: '/restoring' })).text).toContain('de nouveau proposé')
  })

  test('need every field, and a name of their own', async () => {
    const empty = await administrator.submit(await administrator.get(`${base}/new`), {}, { form: base })
    expect([empty.status, empty.title]).toEqual([422, expect.stringContaining('Erreur')])
    const values = await valid(kind, 'b')
    await administrator.submit(await administrator.get(`${base}/new`), values, { form: base })
    const again = await administrator.submit(await administrator.get(`${base}/new`), Object.fromEntries(Object.entries(values).map(([name, value]) => [name, ['site', 'url'].includes(name) ? value : value.toUpperCase()])), { form: base })
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('doit être unique')])
  })

  test('are saved once: who was slower keeps what was typed', async () => {
    const id = await makeReference(database.db, owner, kind, { siteId: kind === 'pages' || kind === 'jobs' ? await makeReference(database.db, owner, 'sites') : null })
    const [mine, theirs] = [await administrator.get(`${base}/${id}`), await administrator.get(`${base}/${id}`)]
    const change = kind === 'jobs' ? 'title' : 'name'
    await administrator.submit(theirs, { [change]: 'La leur' }, { form: mine.url, button: 'Enregistrer' })
    const late = await administrator.submit(mine, { [change]: 'La mienne' }, { form: mine.url, button: 'Enregistrer' })
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('entre-temps')])
    expect(late.html).toContain('value="La mienne"')
  })

  test('of another company are not there, and nobody without the privilege sees any', async () => {
    const other = await makeCompany(database.db, { name: 'Autre' })
    const user = await makeUser(database.db, other.scope, { role: 'administrator' })
    const foreign = { scope: other.scope, userId: user.id }
    const id = await makeReference(database.db, foreign, kind, { siteId: kind === 'pages' || kind === 'jobs' ? await makeReference(database.db, foreign, 'sites') : null })
    const page = await administrator.get(`${base}/${id}`)
    expect(page.status).toBe(404)
    for (const step of ['', '/archiving', '/restoring']) expect((await administrator.post(administrator.home, `${base}/${id}${step}`, { name: 'x' })).status).toBe(404)
    const recruiter = await app.signIn(await makeUser(database.db, owner.scope))
    for (const url of ['/admin/references', base, `${base}/new`, `${base}/${id}`, `${base}/import`, `${base}/export`]) expect((await recruiter.get(url)).status).toBe(403)
  })
})

describe('confidential jobs (S5)', () => {
  test('are seen by who may, and are not there for anybody else: in lists, files, pickers and by their address', async () => {
    const siteId = await makeReference(database.db, owner, 'sites')
    const id = await makeReference(database.db, owner, 'jobs', { siteId, title: 'Directeur secret', reference: 'SECRET-1', isConfidential: true })
    expect((await administrator.get('/admin/references/jobs')).text).toContain('Directeur secret')
    expect((await administrator.get(`/admin/references/jobs/${id}`)).status).toBe(200)
    for (const url of ['/admin/references/jobs', '/admin/references/jobs?q=dir', `/admin/references/jobs?site=${siteId}`, '/admin/references/jobs/export']) expect((await editor.get(url)).html).not.toMatch(/Directeur secret|SECRET-1/)
    expect((await editor.get(`/admin/references/jobs/${id}`)).status).toBe(404)
    expect((await editor.post(editor.home, `/admin/references/jobs/${id}`, { title: 'Vu' })).status).toBe(404)
    expect((await editor.post(editor.home, `/admin/references/jobs/${id}/archiving`, {})).status).toBe(404)
    expect(ROLE_PRIVILEGES.administrator).toContain('jobs.confidential')
  })

  test('cannot be made by who could not see them', async () => {
    const site = String(await makeReference(database.db, owner, 'sites'))
    const made = await editor.post(await editor.get('/admin/references/jobs/new'), '/admin/references/jobs', { reference: 'HID-1', title: 'Caché', url: 'https://a.example.com/', site, confidential: 'on' })
    expect(made.status).toBe(200)
    expect(await database.db.selectFrom('job').select('is_confidential').where('reference', '=', 'HID-1').executeTakeFirst()).toEqual({ is_confidential: false })
  })
})

test('a network brings a list for its people, which goes by its name and rests with it', async () => {
  const id = await makeReference(database.db, owner, 'networks', { name: 'Anciens du chantier' })
  const list = async () => database.db.selectFrom('talent_network as n').innerJoin('talent_list as l', 'l.id', 'n.list_id').select(['l.id', 'l.name', 'l.kind', 'l.archived_at']).where('n.id', '=', id).executeTakeFirstOrThrow()
  expect(await list()).toMatchObject({ name: 'Anciens du chantier', kind: 'network', archived_at: null })
  const page = await administrator.get(`/admin/references/networks/${id}`)
  expect(page.html).toContain(`/candidates?list=${(await list()).id}`)
  const saved = await administrator.submit(page, { name: 'Les anciens' }, { form: page.url, button: 'Enregistrer' })
  expect((await list()).name).toBe('Les anciens')
  await administrator.submit(saved, {}, { form: '/archiving' })
  expect((await list()).archived_at).not.toBeNull()
})

test('a job opens a list for its candidates once, however often it is asked for; one that may not be seen opens none (S5, S11)', async () => {
  const siteId = await makeReference(database.db, owner, 'sites')
  const id = await makeReference(database.db, owner, 'jobs', { siteId, title: 'Grutier', reference: 'GR-1' })
  const page = await administrator.get(`/admin/references/jobs/${id}`)
  const [one, two] = await Promise.all([administrator.post(page, `/admin/references/jobs/${id}/list`, {}), administrator.post(page, `/admin/references/jobs/${id}/list`, {})])
  const list = await database.db.selectFrom('job as j').innerJoin('talent_list as l', 'l.id', 'j.list_id').select(['l.id', 'l.name', 'l.kind']).where('j.id', '=', id).executeTakeFirstOrThrow()
  expect(list).toMatchObject({ name: 'Grutier (GR-1)', kind: 'job' })
  expect([one.url, two.url]).toEqual(Array(2).fill(`/candidates?list=${list.id}`))
  expect((await administrator.get(`/admin/references/jobs/${id}`)).html).toContain(`/candidates?list=${list.id}`)
  const hidden = await makeReference(database.db, owner, 'jobs', { siteId, isConfidential: true })
  expect((await editor.post(editor.home, `/admin/references/jobs/${hidden}/list`, {})).status).toBe(404)
})

test('a long list goes on where it stopped, and everything is on one page of it', async () => {
  const { scope } = await makeCompany(database.db)
  const user = await makeUser(database.db, scope, { role: 'administrator' })
  for (let n = 0; n < 60; n++) await makeReference(database.db, { scope, userId: user.id }, 'codes', { code: `L-${String(n).padStart(3, '0')}` })
  const visitor = await app.signIn(user)
  const first = await visitor.get('/admin/references/codes')
  const next = /href="([^"]+)" rel="next"/.exec(first.html)![1]!.replaceAll('&amp;', '&')
  const found = [first, await visitor.get(next)].flatMap(({ html }) => [...html.matchAll(/L-\d{3}/g)].map(([code]) => code))
  expect(found).toEqual([...new Set(found)].sort())
  expect(found).toHaveLength(60)
})
