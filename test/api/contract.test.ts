import { Validator } from '@seriousme/openapi-schema-validator'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OpenApi } from '../../src/api/openapi.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { client } from './client.ts'
import { hold, makeJudge, operationsOf, requestsOf } from './contract.ts'
import { makeContractScene, stateOf } from './contract.scene.ts'

// The short form of `npm run api:check`.

let database: TestDatabase
let app: TestApp
let scene: Awaited<ReturnType<typeof makeContractScene>>
let description: OpenApi

beforeAll(async () => {
  database = await createTestDatabase()
  app = await startTestApp(database)
  scene = await makeContractScene(database)
  description = (await client(app, undefined)('GET', '/api/openapi.json')).json
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

test('an outside validator takes the description that the server gives', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(description) as never)
  expect(errors ?? []).toEqual([])
  expect(valid).toBe(true)
})

/** Fixed, so that a red test stays red. */
const SEED = 7
const requestsTo = (operations: readonly string[], numRuns: number) =>
  operations.flatMap((id) => [false, true].flatMap((isSpoilt) => fc.sample(requestsOf(description, id, scene.ids, isSpoilt), { numRuns, seed: SEED })))

test('whatever a test key asks for, nothing is sent and nothing of the live data changes', async () => {
  const before = await stateOf(database, scene.scope)
  const key = await scene.keyOf('test')
  const writes = operationsOf(description).filter((id) => !/^(get|list|preview)/.test(id))
  // What could send, asked as somebody would who means it.
  const ask = client(app, key)
  const { json: draft } = await ask('GET', `/campaigns/${scene.draftId}`)
  expect(await ask('POST', `/campaigns/${scene.draftId}/launch`, { version: draft.version, recipients: 1, accept_warnings: true })).toMatchObject({ status: 200, json: { outcome: 'simulated', recipients: 1 } })
  expect((await ask('POST', `/campaigns/${scene.campaignId}/pause`)).status).toBe(200)
  const { findings, statuses } = await hold(description, { base: `${app.url}/api/v1`, keyFor: () => key }, requestsTo(writes, 1))
  expect(findings).toEqual([])
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '201']))
  expect(await stateOf(database, scene.scope)).toEqual(before)
})

test('every operation answers what it says, to what fits and to what does not, and never fails', async () => {
  const key = await scene.keyOf('live')
  const { findings, statuses } = await hold(description, { base: `${app.url}/api/v1`, keyFor: () => key }, requestsTo(operationsOf(description), 2))
  expect(findings).toEqual([])
  // Some of each: otherwise nothing was asked.
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '201', '404', '422']))
})

test('an answer that breaks its word is noticed', () => {
  const judge = makeJudge(description)
  const answer = (status: number, body: unknown, type = 'application/json; charset=utf-8') => judge.faults('getAvailability', { status, type, text: JSON.stringify(body) })
  expect(answer(200, { candidate_id: 1, state: 'unknown', from: null, until: null, newest: null })).toEqual([])
  expect(answer(200, { candidate_id: 1, state: 'maybe', from: '1 March', newest: null })).toEqual([expect.stringMatching(/until.*state|state.*until/s)])
  expect(answer(418, {})).toEqual([expect.stringContaining('418 is not among')])
  expect(answer(404, {}, 'text/html')).toEqual([expect.stringContaining('text/html instead of application/problem+json')])
  expect(answer(500, {})).toEqual(['answered 500'])
})
