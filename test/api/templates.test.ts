import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeApiScene } from '../support/factories/api.ts'
import { makeTemplate } from '../support/factories/campaigns.ts'
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

const TEXT = 'Bonjour {prenom|}, {agence} souhaite connaitre vos disponibilités : {lien}'

describe('Templates', () => {
  test('are written as drafts, changed as versions, published, withdrawn and archived', async () => {
    const { json: made, status } = await ask('POST', '/templates', { name: 'Décembre', kind: 'availability', texts: { fr: TEXT } })
    expect([status, made.state, made.version, made.published_version, made.texts]).toEqual([201, 'draft', 1, null, { fr: TEXT, en: null }])
    const published = await ask('PATCH', `/templates/${made.id}`, { publish: true })
    expect(published.json).toMatchObject({ state: 'published', published_version: 1 })
    const changed = await ask('PATCH', `/templates/${made.id}`, { texts: { en: 'Hello {prenom|}, {agence}: {lien}' } }, { 'if-match': published.headers.get('etag')! })
    expect(changed.json).toMatchObject({ state: 'changed', version: 2, published_version: 1, texts: { fr: TEXT } })
    expect(await ask('PATCH', `/templates/${made.id}`, { name: 'X' }, { 'if-match': published.headers.get('etag')! })).toMatchObject({ status: 412 })
    expect((await ask('PATCH', `/templates/${made.id}`, { texts: { en: null } })).json.texts).toEqual({ fr: TEXT, en: null })
    expect((await ask('POST', `/templates/${made.id}/withdrawal`)).json.state).toBe('draft')
    expect(await ask('POST', `/templates/${made.id}/withdrawal`)).toMatchObject({ status: 409, json: { code: 'conflict', reason: 'not_published' } })
    expect((await ask('POST', `/templates/${made.id}/archiving`)).json.state).toBe('archived')
    expect(await ask('PATCH', `/templates/${made.id}`, { name: 'X' })).toMatchObject({ status: 409, json: { reason: 'archived' } })
    expect((await ask('POST', `/templates/${made.id}/unarchiving`)).json.state).toBe('draft')
  })

  test('that may not be published say every fault; a name is taken once', async () => {
    const { status, json } = await ask('POST', '/templates', { name: 'Faux', kind: 'availability', texts: { fr: 'Bonjour {inconnu}' }, publish: true }, { 'accept-language': 'fr' })
    expect([status, json.errors[0].field, json.errors[0].message]).toEqual([422, 'texts.fr', 'Le champ {inconnu} n’existe pas. Utilisez les boutons d’insertion.'])
    await makeTemplate(database.db, scene.scope, { name: 'Pris' })
    expect((await ask('POST', '/templates', { name: 'pris', kind: 'simple', texts: { fr: TEXT } })).json.errors).toMatchObject([{ field: 'name' }])
    expect((await ask('POST', '/templates', { name: 'Vide', kind: 'simple', texts: {} })).status).toBe(422)
    expect((await ask('GET', '/templates?name=faux')).json.data).toEqual([])
  })

  test('drafts are nobody’s business but who writes them, another company’s nobody’s at all', async () => {
    const draft = await makeTemplate(database.db, scene.scope, { isPublished: false })
    const shown = await makeTemplate(database.db, scene.scope)
    const sender = await makeApiScene(database.db, { privileges: ['campaigns.send'] })
    for (const id of [draft.id, shown.id]) {
      for (const [method, path, body] of [['GET', '', undefined], ['PATCH', '', { name: 'X' }], ['POST', '/withdrawal', undefined]] as const) expect((await client(app, other.key)(method, `/templates/${id}${path}`, body)).status).toBe(404)
    }
    const own = await makeTemplate(database.db, sender.scope, { isPublished: false })
    const pub = await makeTemplate(database.db, sender.scope)
    expect((await client(app, sender.key)('GET', `/templates/${own.id}`)).status).toBe(404)
    expect((await client(app, sender.key)('GET', '/templates?shelf=draft')).json.data.map(({ id }: { id: number }) => id)).toEqual([pub.id])
    expect((await client(app, sender.key)('PATCH', `/templates/${pub.id}`, { name: 'X' })).json.code).toBe('missing_privilege')
  })
})

describe('Opt-outs', () => {
  test('are recorded from the answer on, once, and listed newest first', async () => {
    const first = await ask('POST', '/opt-outs', { phone: '06 39 98 00 61' })
    expect(first).toMatchObject({ status: 200, json: { phone: '+33639980061', source: 'api' } })
    expect((await ask('POST', '/opt-outs', { phone: '+33639980061' })).json).toEqual(first.json)
    await ask('POST', '/opt-outs', { phone: '+33639980062' })
    const page = await ask('GET', '/opt-outs?limit=1')
    const rest = await ask('GET', `/opt-outs?limit=1&cursor=${page.json.next_cursor}`)
    expect([page.json.data[0].phone, rest.json.data[0].phone]).toEqual(['+33639980062', '+33639980061'])
    expect((await ask('GET', `/opt-outs?since=${new Date(Date.now() + 60_000).toISOString()}`)).json.data).toEqual([])
    expect((await ask('POST', '/opt-outs', { phone: 'nobody' })).json.errors).toMatchObject([{ field: 'phone' }])
    expect((await client(app, other.key)('GET', '/opt-outs/+33639980061')).status).toBe(404)
    const { rows } = await database.pool.query("select kind, source, user_id from opt_out_event where e164 = '+33639980061'")
    expect(rows).toEqual([{ kind: 'opt_out', source: 'api', user_id: scene.user.id }])
  })

  test('that the API recorded it may lift, with a reason; nobody else’s', async () => {
    const lift = (phone: string) => ask('POST', `/opt-outs/${phone}/lifting`, { reason: 'Saisi par erreur' })
    await ask('POST', '/opt-outs', { phone: '+33639980063' })
    expect((await lift('+33639980063')).status).toBe(204)
    expect((await lift('+33639980063')).status).toBe(404)
    for (const [n, source] of (['sms', 'page', 'recruiter', 'provider', 'import'] as const).entries()) {
      const e164 = `+3363998007${n}`
      await recordOptOut(database.db, scene.scope, { e164, source, userId: source === 'recruiter' ? scene.user.id : null })
      // Said again by the API: whoever said it first keeps the word.
      expect((await ask('POST', '/opt-outs', { phone: e164 })).json.source).toBe(source)
      expect(await lift(e164), source).toMatchObject({ status: 409, json: { reason: 'not_ours' } })
    }
    const { key } = await makeApiScene(database.db, { privileges: ['candidates.view', 'candidates.edit'] })
    expect((await client(app, key)('POST', '/opt-outs/+33639980063/lifting', { reason: 'x' })).json).toMatchObject({ code: 'missing_privilege', privilege: 'consent.edit' })
  })

  test('of a person who says STOP themselves is theirs from then on; a START lifts what the API recorded', async () => {
    await ask('POST', '/opt-outs', { phone: '+33639980081' })
    await recordOptOut(database.db, scene.scope, { e164: '+33639980081', source: 'sms' })
    expect((await ask('GET', '/opt-outs/+33639980081')).json.source).toBe('sms')
    expect((await ask('POST', '/opt-outs/+33639980081/lifting', { reason: 'x' })).status).toBe(409)
    await ask('POST', '/opt-outs', { phone: '+33639980082' })
    await recordOptIn(database.db, scene.scope, { e164: '+33639980082', source: 'sms' })
    expect((await ask('GET', '/opt-outs/+33639980082')).status).toBe(404)
  })
})
