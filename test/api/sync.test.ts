import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { erasePerson } from '../../src/privacy/erasure.commands.ts'
import { recordOptOut } from '../../src/consent/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeApiScene } from '../support/factories/api.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { until } from '../support/sending.ts'
import { client, type Reply } from './client.ts'

let database: TestDatabase
let app: TestApp
let scene: Awaited<ReturnType<typeof makeApiScene>>
let ask: ReturnType<typeof client>
beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scene = await makeApiScene(database.db)
  ask = client(app, scene.key)
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

const sync = (...candidates: Record<string, unknown>[]): Promise<Reply> => ask('POST', '/candidates/sync', { candidates })
const results = ({ json }: Reply) => json.data.map(({ result, reason }: { result: string; reason: string | null }) => (reason === null ? result : `${result} ${reason}`))
const read = async (key: string) => (await ask('GET', `/candidates?external_id=${key}`)).json.data[0]
const ZOE = { external_id: 'S-1', first_name: 'Zoé', last_name: 'Ågren', email: 'zoe@example.org', trade: 'Maçonne', tags: ['nuit'], phones: [{ number: '06 39 98 01 01' }], consent: { given: true, source: 'formulaire', said_on: '2026-03-01' } }

describe('People of another program', () => {
  test('are created, then changed where something changed, and left alone where nothing did', async () => {
    expect(results(await sync(ZOE, { external_id: 'S-2', last_name: 'Diallo' }))).toEqual(['created', 'created'])
    expect(await read('S-1')).toMatchObject({ first_name: 'Zoé', trade: 'Maçonne', consent: { given: true, source: 'formulaire' }, texting: { number: '+33639980101', obstacle: null } })
    const before = (await read('S-1')).updated_at
    const again = await sync(ZOE, { external_id: 'S-2', last_name: 'Diallo', town: 'Lyon' })
    expect(again.json.counts).toEqual({ created: 0, updated: 1, unchanged: 1, archived: 0, refused: 0 })
    expect((await read('S-1')).updated_at).toBe(before)
    // What is not named stays, null empties.
    expect(results(await sync({ external_id: 'S-1', trade: null }))).toEqual(['updated'])
    expect(await read('S-1')).toMatchObject({ first_name: 'Zoé', trade: null, tags: ['nuit'] })
  })

  test('are refused one by one, with reasons, and the others are taken', async () => {
    const { json } = await sync({ external_id: 'S-3', last_name: 'Bon' }, { external_id: 'S-4', email: 'personne' }, { external_id: 'S-3', last_name: 'Encore' }, { external_id: 'S-5', last_name: 'Tordu', phones: [{ number: '12' }] })
    expect(json.data).toMatchObject([
      { result: 'created' }, { result: 'refused', reason: 'invalid', id: null, errors: [{ field: 'last_name' }, { field: 'email' }] }, { result: 'refused', reason: 'twice' }, { result: 'created', warnings: ['phone_unreadable'] },
    ])
    expect(await read('S-4')).toBeUndefined()
    expect((await read('S-5')).texting).toEqual({ number: null, obstacle: 'invalid_number' })
    expect((await sync({ external_id: 'S-6', last_name: 'X', surprise: 1 })).status).toBe(422)
    expect((await ask('POST', '/candidates/sync', { candidates: Array.from({ length: 1001 }, (_row, n) => ({ external_id: `many-${n}` })) })).status).toBe(422)
  })

  test('take over the record that a colleague made without a key, once', async () => {
    const { id } = await makeCandidate(database.db, scene.scope, { firstName: 'Ana', lastName: 'Gil', email: 'ana@example.org' })
    const { json } = await sync({ external_id: 'S-7', first_name: 'Ana', last_name: 'Gil', email: 'ANA@example.org' }, { external_id: 'S-8', first_name: 'Ana', last_name: 'Gil', email: 'ana@example.org' })
    expect(json.data).toMatchObject([{ id, result: 'updated' }, { result: 'created' }])
  })

  test('a record that somebody makes with the same key at that moment is theirs too', async () => {
    let synced: Promise<Reply> | undefined
    const { id } = await database.db.transaction().execute(async (trx) => {
      const made = await makeCandidate(trx, scene.scope, { firstName: '', lastName: 'Hâte' })
      await trx.updateTable('candidate').set({ external_id: 'S-10' }).where('id', '=', made.id).execute()
      synced = sync({ external_id: 'S-10', last_name: 'Hâte', trade: 'Grutier', branch_id: null }, { external_id: 'S-11', last_name: 'Calme', branch_id: 999_999 })
      await until(async () => (await database.pool.query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into candidate %'")).rowCount === 1, 'the new record waits for the other')
      return made
    })
    expect((await synced)?.json.data).toMatchObject([{ id, result: 'updated' }, { result: 'refused', reason: 'invalid', errors: [{ field: 'branch_id' }] }])
    // What is written otherwise here is the same there.
    expect(results(await sync({ external_id: 'S-10', tags: ['NUIT'] }))).toEqual(['updated'])
    expect(results(await sync({ external_id: 'S-10', tags: ['Nuit'] }))).toEqual(['unchanged'])
    expect((await read('S-10')).tags).toEqual(['nuit'])
  })

  test('an older state that comes late changes nothing', async () => {
    await sync({ external_id: 'S-9', last_name: 'Neuf', changed_at: '2026-06-02T10:00:00Z' })
    expect(results(await sync({ external_id: 'S-9', last_name: 'Vieux', changed_at: '2026-06-01T10:00:00Z' }))).toEqual(['refused outdated'])
    expect((await read('S-9')).last_name).toBe('Neuf')
  })

  test('who is gone there is not texted any more, and comes back with a newer consent only', async () => {
    const gone = await sync({ external_id: 'S-1', gone: true }, { external_id: 'nobody', gone: true })
    expect(results(gone)).toEqual(['archived', 'refused unknown'])
    expect((await read('S-1')).texting.obstacle).toBe('no_consent')
    expect(results(await sync({ external_id: 'S-1', gone: true }))).toEqual(['unchanged'])
    const back = await sync({ ...ZOE, trade: null })
    expect(back.json.data).toMatchObject([{ result: 'updated', warnings: ['consent_older'] }])
    expect((await read('S-1')).consent.given).toBe(false)
    expect(results(await sync({ ...ZOE, trade: null, consent: { given: true, source: 'formulaire', said_on: '2099-01-01' } }))).toEqual(['updated'])
    expect((await read('S-1')).consent.given).toBe(true)
  })

  test('a STOP stands, whatever the other program says', async () => {
    await recordOptOut(database.db, scene.scope, { e164: '+33639980101', source: 'sms' })
    await sync({ ...ZOE, first_name: 'Zoë' })
    expect((await read('S-1')).texting.obstacle).toBe('opted_out')
  })

  test('of availability the newest word holds', async () => {
    const free = { state: 'available', from: '2027-02-01', until: '2027-03-01' }
    expect(results(await sync({ external_id: 'S-2', availability: free }))).toEqual(['updated'])
    const { json } = await sync({ external_id: 'S-2', availability: { state: 'unavailable' } })
    expect(json.data[0]).toMatchObject({ result: 'unchanged', warnings: ['availability_older'] })
    expect((await sync({ external_id: 'S-2', availability: { state: 'unavailable', said_at: '2020-01-01T00:00:00Z' } })).json.data[0].warnings).toEqual(['availability_older'])
    expect(results(await sync({ external_id: 'S-2', availability: { state: 'unavailable', said_at: '2099-01-01T00:00:00Z' } }))).toEqual(['updated'])
    expect((await read('S-2')).availability.state).toBe('unavailable')
  })

  test('who was erased does not come back by the same key (F-90)', async () => {
    await sync({ external_id: 'S-erased', last_name: 'Oubliée', phones: [{ number: '+33639980177' }] })
    const { id } = await read('S-erased')
    expect((await erasePerson(app.deps, scene.scope, { candidateId: id, by: scene.user.id })).ok).toBe(true)
    expect(results(await sync({ external_id: 'S-erased', last_name: 'Oubliée' }))).toEqual(['refused erased'])
    expect(await read('S-erased')).toBeUndefined()
    const { rows } = await database.pool.query('select key_hash from erased_key')
    expect(JSON.stringify(rows)).not.toContain('S-erased')
  })

  test('consent is written only for who may, and a test key leaves no trace', async () => {
    const { key } = await makeApiScene(database.db, { privileges: ['candidates.view', 'candidates.edit'] })
    expect((await client(app, key)('POST', '/candidates/sync', { candidates: [ZOE] })).json).toMatchObject({ code: 'missing_privilege', privilege: 'consent.edit' })
    const tried = await client(app, (await scene.keyOf({ kind: 'test' })).key)('POST', '/candidates/sync', { candidates: [{ external_id: 'T-1', last_name: 'Essai' }] })
    expect([tried.status, tried.headers.get('dispo-test'), results(tried)]).toEqual([200, 'undone', ['created']])
    expect(await read('T-1')).toBeUndefined()
  })
})
