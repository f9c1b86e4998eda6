import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordAnswer } from '../../src/availability/commands.ts'
import type { Answer } from '../../src/availability/domain.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makeApiKey, makeApiScene } from '../support/factories/api.ts'
import { makePlanned, moveMessages, SENT } from '../support/factories/batches.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { until } from '../support/sending.ts'
import { client, type Reply } from './client.ts'

let database: TestDatabase
let app: TestApp
let planned: Awaited<ReturnType<typeof makePlanned>>
let ask: ReturnType<typeof client>
let stranger: ReturnType<typeof client>
/** In the order of their rank. */
let recipients: number[]

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  planned = await makePlanned(database, { status: 'in_process', batches: [{ recipients: 6, due: '-1 hour', state: 'running' }] })
  const { campaignId, scope } = planned
  await moveMessages(database, campaignId, [...SENT, 'delivered'], { limit: 3 })
  await moveMessages(database, campaignId, [...SENT, 'undelivered'], { limit: 1 })
  ask = client(app, (await makeApiKey(database.db, (await makeUser(database.db, scope, { role: 'administrator' })).id)).key)
  stranger = client(app, (await makeApiScene(database.db)).key)
  recipients = (await database.db.selectFrom('recipient').select('id').where('campaign_id', '=', campaignId).orderBy('rank').execute()).map(({ id }) => id)
  await answer(recipients[0]!, 0, { choice: 'yes', availableFrom: '2027-01-04', availableUntil: null, comment: 'Avec plaisir' })
  await answer(recipients[0]!, 1, { choice: 'no', availableFrom: null, availableUntil: null, comment: '' })
  await answer(recipients[2]!, 0, { choice: 'yes', availableFrom: null, availableUntil: null, comment: '' })
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

async function answer(recipientId: number, baseVersion: number, given: Answer) {
  expect(await recordAnswer({ db: database.db }, planned.scope, recipientId, { ...given, formId: randomUUID(), baseVersion, source: 'link' })).toMatchObject({ ok: true })
}

async function everyPage(path: string, limit = 2): Promise<Reply['json'][]> {
  const found: Reply['json'][] = []
  let cursor = ''
  do {
    const { status, json } = await ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor}`)
    expect(status).toBe(200)
    found.push(...json.data)
    cursor = json.next_cursor === null ? '' : `&cursor=${encodeURIComponent(json.next_cursor)}`
  } while (cursor !== '')
  return found
}

describe('Recipients', () => {
  test('come with what became of their text and their answer, newest answer first, each once', async () => {
    const all = await everyPage(`/campaigns/${planned.campaignId}/recipients`)
    expect(all.map(({ id }) => id)).toEqual([recipients[2], recipients[0], recipients[1], ...recipients.slice(3)])
    expect(all[1]).toMatchObject({ phone: expect.stringMatching(/^\+33/), outcome: 'delivered', batch: { no: 1 }, answer: { choice: 'no', version: 2, source: 'link' }, message: { state: 'delivered' } })
    expect(all[2].answer).toBeNull()
  })

  test('are chosen by the filters of the page, and each list is as long as the figure says', async () => {
    const { json: { progress } } = await ask('GET', `/campaigns/${planned.campaignId}`)
    for (const show of ['yes', 'no', 'delivered', 'undelivered', 'remaining', 'doubtful']) {
      expect({ show, n: (await everyPage(`/campaigns/${planned.campaignId}/recipients?show=${show}`)).length }).toEqual({ show, n: progress[show] })
    }
    expect(progress).toMatchObject({ recipients: 6, delivered: 3, undelivered: 1, remaining: 2, yes: 1, no: 1 })
    expect((await ask('GET', `/campaigns/${planned.campaignId}/recipients?show=nobody`)).status).toBe(422)
    expect(await ask('GET', `/campaigns/${planned.campaignId}/recipients?cursor=WzFd`)).toMatchObject({ status: 400, json: { code: 'bad_cursor' } })
    expect((await stranger('GET', `/campaigns/${planned.campaignId}/recipients`)).status).toBe(404)
  })
})

describe('Answers', () => {
  test('of a campaign come with every version', async () => {
    const all = await everyPage(`/campaigns/${planned.campaignId}/answers`)
    expect(all.map(({ recipient_id }) => recipient_id)).toEqual([recipients[0], recipients[2]])
    expect(all[0]).toMatchObject({ choice: 'no', version: 2, versions: [{ version: 1, choice: 'yes', available_from: '2027-01-04', comment: 'Avec plaisir' }, { version: 2, choice: 'no', available_from: null }] })
    expect(all[0].versions[1].answered_at).toBe(all[0].answered_at)
  })

  test('of all campaigns are followed in the order in which they came, and only one’s own', async () => {
    await until(async () => (await everyPage('/answers', 1)).length === 2, 'the answers are told')
    const all = await everyPage('/answers', 1)
    expect(all.map(({ recipient_id }) => recipient_id)).toEqual([recipients[0], recipients[2]])
    expect(await everyPage(`/answers?since=${all[1].answered_at}`)).toMatchObject([{ recipient_id: recipients[2] }])
    expect((await stranger('GET', '/answers')).json.data).toEqual([])
    expect((await ask('GET', '/answers?since=yesterday')).status).toBe(422)
  })
})

describe('Availability', () => {
  test('is set as by hand, never over a word that was not read', async () => {
    const { id } = await makeCandidate(database.db, planned.scope)
    expect((await ask('GET', `/candidates/${id}/availability`)).json).toEqual({ candidate_id: id, state: 'unknown', from: null, until: null, newest: null })
    const set = await ask('PUT', `/candidates/${id}/availability`, { state: 'available', from: '2027-02-01', until: '2027-03-31', based_on: null })
    expect(set).toMatchObject({ status: 200, json: { state: 'available', from: '2027-02-01', until: '2027-03-31', newest: { source: 'recruiter', is_over: false } } })
    expect((await ask('GET', `/candidates/${id}`)).json.availability).toMatchObject({ state: 'available', from: '2027-02-01' })
    // The same again is the same; another without having read is refused, with what there is.
    expect((await ask('PUT', `/candidates/${id}/availability`, { state: 'available', from: '2027-02-01', until: '2027-03-31', based_on: null })).json).toEqual(set.json)
    const blind = await ask('PUT', `/candidates/${id}/availability`, { state: 'unavailable', based_on: null })
    expect(blind).toMatchObject({ status: 409, json: { reason: 'changed', newest: { id: set.json.newest.id, from: '2027-02-01' } } })
    expect((await ask('PUT', `/candidates/${id}/availability`, { state: 'unavailable', based_on: set.json.newest.id })).json).toMatchObject({ state: 'unavailable', from: null })
    const { json } = await ask('GET', `/candidates/${id}/availability/history`)
    expect(json.data.map(({ state }: { state: string }) => state)).toEqual(['unavailable', 'available'])
  })

  test('is refused where it makes no sense, and of nobody else’s people', async () => {
    const { id } = await makeCandidate(database.db, planned.scope)
    expect(await ask('PUT', `/candidates/${id}/availability`, { state: 'available', from: '2027-03-02', until: '2027-03-01', based_on: null })).toMatchObject({ status: 422, json: { errors: [{ field: 'until' }] } })
    expect((await ask('PUT', `/candidates/${id}/availability`, { state: 'unavailable', from: '2027-03-02', based_on: null })).status).toBe(422)
    for (const [method, path, body] of [['GET', '', undefined], ['GET', '/history', undefined], ['PUT', '', { state: 'unknown', based_on: null }]] as const) {
      expect((await stranger(method, `/candidates/${id}/availability${path}`, body)).status).toBe(404)
    }
  })
})
