import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeApiScene } from '../support/factories/api.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { makeReference } from '../support/factories/references.ts'
import { client } from './client.ts'

let database: TestDatabase
let app: TestApp
let scene: Awaited<ReturnType<typeof makeApiScene>>
let other: Awaited<ReturnType<typeof makeApiScene>>
let ask: ReturnType<typeof client>

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scene = await makeApiScene(database.db)
  other = await makeApiScene(database.db)
  ask = client(app, scene.key)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

describe('People', () => {
  test('are created, read and changed; what is not sent stays, null empties', async () => {
    const made = await ask('POST', '/candidates', { first_name: 'Awa', last_name: 'Diallo', trade: 'Coffreuse', external_id: 'ATS-1', skills: ['CACES R489'], tags: ['permis B'], phones: [{ number: '06 39 98 00 01' }, { number: '01 99 00 11 22', kind: 'home' }], consent: { source: 'formulaire' } })
    expect(made).toMatchObject({ status: 201, json: { first_name: 'Awa', external_id: 'ATS-1', consent: { given: true, source: 'formulaire' }, texting: { number: '+33639980001', obstacle: null } } })
    expect(made.headers.get('location')).toBe(`/api/v1/candidates/${made.json.id}`)
    expect(made.json.phones).toEqual([{ number: '+33639980001', raw: '06 39 98 00 01', kind: 'mobile', is_textable: true }, { number: '+33199001122', raw: '01 99 00 11 22', kind: 'home', is_textable: false }])
    const read = await ask('GET', `/candidates/${made.json.id}`)
    expect(read.json).toEqual(made.json)
    const changed = await ask('PATCH', `/candidates/${made.json.id}`, { trade: null, town: 'Lyon' }, { 'if-match': read.headers.get('etag')! })
    expect(changed).toMatchObject({ status: 200, json: { trade: null, town: 'Lyon', first_name: 'Awa', skills: ['CACES R489'], tags: ['permis B'] } })
    expect(changed.json.phones).toEqual(made.json.phones)
    // Made from what it was before: somebody was faster.
    expect(await ask('PATCH', `/candidates/${made.json.id}`, { town: 'Lille' }, { 'if-match': read.headers.get('etag')! })).toMatchObject({ status: 412, json: { code: 'changed_meanwhile' } })
    expect((await ask('GET', '/candidates?external_id=ATS-1')).json.data).toHaveLength(1)
  })

  test('are refused field by field, and nothing is written', async () => {
    const before = (await ask('GET', '/candidates')).json.data.length
    const { status, json } = await ask('POST', '/candidates', { first_name: '', phones: [{ number: '12' }], email: 'nobody' }, { 'accept-language': 'fr' })
    expect(status).toBe(422)
    expect(json.errors.map(({ field }: { field: string }) => field)).toEqual(['last_name', 'email', 'phones.0.number'])
    expect(json.errors[0].message).toBe('Indiquez un nom ou un prénom')
    expect((await ask('GET', '/candidates')).json.data.length).toBe(before)
  })

  test('who is there already is told, and made a second time only on purpose', async () => {
    const { json: first } = await ask('POST', '/candidates', { last_name: 'Unique', phones: [{ number: '+33639980021' }] })
    expect(await ask('POST', '/candidates', { last_name: 'Unica', phones: [{ number: '+33639980021' }] })).toMatchObject({ status: 409, json: { code: 'duplicate', duplicates: [{ id: first.id, kind: 'candidate', phone: '+33639980021' }] } })
    expect((await ask('POST', '/candidates', { last_name: 'Unica', phones: [{ number: '+33639980021' }], allow_duplicates: true })).status).toBe(201)
  })

  test('contacts need a company, and are nobody among candidates', async () => {
    expect((await ask('POST', '/contacts', { last_name: 'Client' })).json.errors).toMatchObject([{ in: 'body', field: 'organisation' }])
    const { json } = await ask('POST', '/contacts', { last_name: 'Client', organisation: 'Bâtir' })
    expect(json.organisation).toBe('Bâtir')
    expect((await ask('GET', `/candidates/${json.id}`)).status).toBe(404)
    expect((await ask('PATCH', `/candidates/${json.id}`, { town: 'Lyon' })).status).toBe(404)
    expect((await ask('GET', '/contacts?q=Client')).json.data).toHaveLength(1)
  })

  test('consent is written down with its source, once, and asks for the privilege', async () => {
    const { id } = await makeCandidate(database.db, scene.scope, { consent: false })
    const given = { given: true, source: 'appel', said_on: '2026-11-02' }
    expect((await ask('PUT', `/candidates/${id}/consent`, given)).json.consent).toMatchObject({ given: true, source: 'appel' })
    expect((await ask('PUT', `/candidates/${id}/consent`, given)).status).toBe(200)
    const { rows } = await database.pool.query('select is_given from consent_event where candidate_id = $1', [id])
    expect(rows).toEqual([{ is_given: true }])
    expect((await ask('PUT', `/candidates/${id}/consent`, { ...given, said_on: '2999-01-01' })).status).toBe(422)
    const { key } = await makeApiScene(database.db, { privileges: ['candidates.view', 'candidates.edit'] })
    expect(await client(app, key)('POST', '/candidates', { last_name: 'X', consent: { source: 'appel' } })).toMatchObject({ status: 403, json: { code: 'missing_privilege', privilege: 'consent.edit' } })
  })

  test('lists are walked by cursors: everybody once, whatever the size of a page', async () => {
    const { scope, key } = await makeApiScene(database.db)
    for (let n = 0; n < 7; n++) await makeCandidate(database.db, scope, { lastName: `Nom${n % 3}`, trade: n < 5 ? 'Soudeur' : 'Cariste' })
    const walk = async (query: string): Promise<number[]> => {
      const seen: number[] = []
      for (let cursor = ''; ;) {
        const { status, json } = await client(app, key)('GET', `/candidates?${query}${cursor}`)
        expect(status).toBe(200)
        seen.push(...json.data.map(({ id }: { id: number }) => id))
        if (json.next_cursor === null) return seen
        cursor = `&cursor=${json.next_cursor}`
      }
    }
    expect(new Set(await walk('limit=2')).size).toBe(7)
    expect(await walk('limit=2')).toEqual(await walk('limit=50'))
    expect(await walk('limit=1&trade=soudeur')).toHaveLength(5)
    expect(await walk('textable=true&limit=3')).toHaveLength(7)
    expect(await walk('q=nom1')).toHaveLength(2)
  })

  test('of another company are not there, for any operation', async () => {
    const { id } = await makeCandidate(database.db, other.scope)
    for (const [method, path, body] of [
      ['GET', `/candidates/${id}`], ['PATCH', `/candidates/${id}`, { town: 'Lyon' }], ['PUT', `/candidates/${id}/consent`, { given: true, source: 'x' }],
      ['GET', `/candidates/${id}/notes`], ['POST', `/candidates/${id}/notes`, { body: 'x' }],
    ] as const) expect((await ask(method, path, body)).status, `${method} ${path}`).toBe(404)
    expect((await ask('GET', '/candidates?limit=50')).json.data.some((one: { id: number }) => one.id === id)).toBe(false)
  })
})

describe('Lists and notes', () => {
  test('a folder is made, filled, emptied and archived; strangers refuse the whole', async () => {
    const { json: list, status } = await ask('POST', '/lists', { name: '  Coffreurs   disponibles ' })
    expect([status, list.name, list.kind, list.members]).toEqual([201, 'Coffreurs disponibles', 'folder', 0])
    expect((await ask('POST', '/lists', { name: 'coffreurs disponibles' })).json.errors).toMatchObject([{ field: 'name' }])
    const people = await Promise.all([1, 2, 3].map(() => makeCandidate(database.db, scene.scope)))
    const stranger = await makeCandidate(database.db, other.scope)
    const ids = people.map(({ id }) => id).sort((a, b) => a - b)
    expect((await ask('POST', `/lists/${list.id}/members`, { candidate_ids: [...ids, stranger.id] })).json.errors).toMatchObject([{ field: 'candidate_ids.3' }])
    expect((await ask('GET', `/lists/${list.id}`)).json.members).toBe(0)
    expect((await ask('POST', `/lists/${list.id}/members`, { candidate_ids: ids })).json).toEqual({ added: 3 })
    expect((await ask('POST', `/lists/${list.id}/members`, { candidate_ids: ids })).json).toEqual({ added: 0 })
    const first = await ask('GET', `/lists/${list.id}/members?limit=2`)
    const rest = await ask('GET', `/lists/${list.id}/members?cursor=${first.json.next_cursor}`)
    expect([...first.json.data, ...rest.json.data].map(({ candidate_id }) => candidate_id)).toEqual(ids)
    expect((await ask('GET', `/candidates?list_id=${list.id}`)).json.data).toHaveLength(3)
    expect((await ask('POST', `/lists/${list.id}/members/removal`, { candidate_ids: [ids[0], stranger.id] })).json).toEqual({ removed: 1 })
    expect((await ask('PATCH', `/lists/${list.id}`, { name: 'Autre' })).json).toMatchObject({ name: 'Autre', members: 2 })
    expect((await client(app, other.key)('DELETE', `/lists/${list.id}`)).status).toBe(404)
    expect((await ask('DELETE', `/lists/${list.id}`)).status).toBe(204)
    expect((await ask('GET', `/lists/${list.id}`)).status).toBe(404)
  })

  test('people of a confidential vacancy are as unknown as the vacancy (S5)', async () => {
    const mine = { scope: scene.scope, userId: scene.user.id }
    const job = await makeReference(database.db, mine, 'jobs', { siteId: await makeReference(database.db, mine, 'sites') })
    const { rows: [list] } = await database.pool.query<{ id: number }>("insert into talent_list (company_id, kind, name) values ($1, 'job', 'Directeur') returning id", [scene.scope.companyId])
    await database.pool.query('update job set is_confidential = true, list_id = $2 where id = $1', [job, list!.id])
    const { key } = await makeApiScene(database.db)
    expect((await client(app, key)('GET', `/lists/${list!.id}`)).status).toBe(404)
    expect((await ask('GET', `/lists/${list!.id}`)).status).toBe(200)
    const blind = client(app, (await scene.keyOf({})).key)
    await database.pool.query("delete from user_privilege where user_id = $1 and privilege = 'jobs.confidential'", [scene.user.id])
    for (const path of [`/lists/${list!.id}`, `/lists/${list!.id}/members`, `/candidates?list_id=${list!.id}`]) expect((await blind('GET', path)).status, path).toBe(404)
    expect((await blind('POST', `/lists/${list!.id}/members`, { candidate_ids: [1] })).status).toBe(404)
    await database.pool.query("insert into user_privilege (company_id, user_id, privilege) values ($1, $2, 'jobs.confidential')", [scene.id, scene.user.id])
  })

  test('notes are written in the name of the person and read newest first', async () => {
    const { id } = await makeCandidate(database.db, scene.scope)
    for (const body of ['Un', 'Deux\nlignes', 'Trois']) expect((await ask('POST', `/candidates/${id}/notes`, { body })).json).toMatchObject({ candidate_id: id, kind: 'manual', body, author: { id: scene.user.id } })
    const { json } = await ask('GET', `/candidates/${id}/notes?limit=2`)
    expect(json.data.map(({ body }: { body: string }) => body)).toEqual(['Trois', 'Deux\nlignes'])
    expect((await ask('GET', `/candidates/${id}/notes?cursor=${json.next_cursor}`)).json).toMatchObject({ data: [{ body: 'Un' }], next_cursor: null })
    expect((await ask('POST', `/candidates/${id}/notes`, { body: '   ' })).status).toBe(422)
  })
})
