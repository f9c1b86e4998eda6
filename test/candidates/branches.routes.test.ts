import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp } from '../support/app.ts'
import type { SignedIn, TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { elements, textOf } from '../support/html.ts'
import { links, type Page } from '../support/page.ts'
import { csvLines } from '../support/files.ts'

let database: TestDatabase
let app: TestApp
let scope: CompanyScope
let admin: SignedIn
let recruiter: SignedIn
let foreignBranch: number

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scope = (await makeCompany(database.db)).scope
  admin = await app.signIn(await makeUser(database.db, scope, { role: 'administrator' }))
  recruiter = await app.signIn(await makeUser(database.db, scope))
  const other = (await makeCompany(database.db)).scope
  foreignBranch = (await database.db.insertInto('branch').values({ company_id: other.companyId, name: 'Ailleurs' }).returning('id').executeTakeFirstOrThrow()).id
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')
const branchNamed = async (name: string) => database.db.selectFrom('branch').select(['id', 'archived_at']).where('company_id', '=', scope.companyId).where('name', '=', name).executeTakeFirst()
const create = async (name: string) => admin.submit(await admin.get('/admin/branches/new'), { name })

describe('branches', () => {
  test('begin with a page that says what they are for', async () => {
    const page = await admin.get('/admin/branches')
    expect(plain(page.text)).toContain('Pas encore d’agence')
    expect(links(page).map(({ href }) => href)).toContain('/admin/branches/new')
  })

  test('are created, renamed, counted, archived and used again', async () => {
    expect(plain((await create('  Lyon   Part-Dieu ')).text)).toContain('L’agence Lyon Part-Dieu est créée.')
    const branch = await branchNamed('Lyon Part-Dieu')
    const person = await makeCandidate(database.db, scope)
    await database.db.updateTable('candidate').set({ branch_id: branch!.id }).where('id', '=', person.id).execute()
    const list = await admin.submit(await admin.get(`/admin/branches/${branch!.id}`), { name: 'Lyon Confluence', town: 'Lyon' })
    expect(links(list)).toContainEqual({ href: `/candidates?branch=${branch!.id}`, text: '1' })
    const archived = await admin.submit(list, {}, { form: `/admin/branches/${branch!.id}/archiving` })
    expect(plain(archived.text)).toContain('L’agence est archivée.')
    expect(plain(archived.text)).toContain('Archivée')
    // Offered to nobody new; whoever has it keeps it.
    expect((await recruiter.get('/candidates/new')).text).not.toContain('Lyon Confluence')
    expect((await recruiter.get(`/candidates/${person.id}/edit`)).text).toContain('Lyon Confluence (archivée)')
    expect((await admin.submit(await admin.get(`/admin/branches/${branch!.id}`), { name: 'Autre' })).status).toBe(409)
    await admin.submit(archived, {}, { form: `/admin/branches/${branch!.id}/archiving` })
    expect((await branchNamed('Lyon Confluence'))?.archived_at).toBeNull()
    expect((await recruiter.get('/candidates/new')).text).toContain('Lyon Confluence')
  })

  test('have names of their own while they are in use, whatever the case', async () => {
    await create('Vienne')
    const refused = await create('VIENNE')
    expect([refused.status, plain(refused.text)]).toEqual([422, expect.stringContaining('Une agence utilisée porte déjà ce nom')])
    expect(refused.html).toContain('value="VIENNE"')
    await create('Bron')
    const bron = await branchNamed('Bron')
    expect((await admin.submit(await admin.get(`/admin/branches/${bron!.id}`), { name: 'vienne' })).status).toBe(422)
    const vienne = await branchNamed('Vienne')
    await admin.post(admin.home, `/admin/branches/${vienne!.id}/archiving`, { archived: '1' })
    await admin.submit(await admin.get(`/admin/branches/${bron!.id}`), { name: 'Vienne' })
    const restored = await admin.post(admin.home, `/admin/branches/${vienne!.id}/archiving`, { archived: '0' })
    expect(plain(restored.text)).toContain('Une autre agence porte ce nom maintenant')
    expect((await create('Vienne')).status).toBe(422)
  })

  test('made twice at one moment are one', async () => {
    const form = await admin.get('/admin/branches/new')
    const pages = await Promise.all([admin.submit(form, { name: 'Course' }), admin.submit(form, { name: 'Course' })])
    expect(pages.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422])
  })

  test.each([['', 'Donnez un nom à l’agence'], ['   ', 'Donnez un nom à l’agence'], ['x'.repeat(121), '120 caractères au plus']])('refuse the name %j', async (name, words) => {
    const page = await admin.post(admin.home, '/admin/branches/new', { name })
    expect([page.status, plain(page.text)]).toEqual([422, expect.stringContaining(words)])
  })

  test('come fifty at a time once there are more, those in use first, and are found by name and town', async () => {
    const { scope: large } = await makeCompany(database.db)
    const visitor = await app.signIn(await makeUser(database.db, large, { role: 'administrator' }))
    await sql`insert into branch (company_id, name, town, archived_at) select ${large.companyId}, 'Agence ' || to_char(n, 'fm000'), case when n = 77 then 'Évreux' end, case when n % 4 = 0 then now() end from generate_series(1, 120) n`.execute(database.db)
    const names = (page: Page) => elements(page.root).filter(({ tag, attributes }) => tag === 'th' && attributes['scope'] === 'row').map(textOf)
    const seen: string[][] = []
    for (let url: string | undefined = '/admin/branches'; url;) {
      const page = await visitor.get(url)
      seen.push(names(page))
      url = links(page).find(({ text }) => text === 'Suivants')?.href
    }
    expect(seen.map(({ length }) => length)).toEqual([50, 50, 20])
    const all = seen.flat()
    expect([new Set(all).size, all[0], all[89], all[90], all.at(-1)]).toEqual([120, 'Agence 001', 'Agence 119', 'Agence 004', 'Agence 120'])
    const file = (address: string) => csvLines(visitor, address).then((lines) => lines.map((line) => line['Nom']))
    expect(await file('/admin/branches/export')).toEqual(all)
    expect(await file('/admin/branches/export?q=evreux')).toEqual(['Agence 077'])
    expect(names(await visitor.get('/admin/branches?q=evreux'))).toEqual(['Agence 077'])
    expect(names(await visitor.get('/admin/branches?q=agence+11'))).toHaveLength(10)
    expect(plain((await visitor.get('/admin/branches?q=%25')).text)).toContain('Aucune agence de ce nom ni dans cette ville.')
    expect(names(await visitor.get('/admin/branches?after=x&q='))).toHaveLength(50)
    expect((await admin.get('/admin/branches')).html).not.toContain('type="search"')
  })

  test('are for who may set up the company, and of the own company', async () => {
    expect((await recruiter.get('/admin/branches')).status).toBe(403)
    expect((await recruiter.get('/admin/branches/export')).status).toBe(403)
    expect((await recruiter.post(recruiter.home, '/admin/branches/new', { name: 'x' })).status).toBe(403)
    for (const id of [String(foreignBranch), '999999', 'abc']) {
      expect((await admin.get(`/admin/branches/${id}`)).status).toBe(404)
      expect((await admin.post(admin.home, `/admin/branches/${id}`, { name: 'x' })).status).toBe(404)
      expect((await admin.post(admin.home, `/admin/branches/${id}/archiving`, {})).status).toBe(404)
    }
  })
})
