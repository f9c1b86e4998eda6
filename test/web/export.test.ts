import { once } from 'node:events'
import { get } from 'node:http'
import type { Readable } from 'node:stream'
import compress from '@fastify/compress'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { sendExport } from '../../src/web/export.ts'
import type { Viewer } from '../../src/web/viewer.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { until } from '../support/sending.ts'

let database: TestDatabase
let scope: CompanyScope
let userId: number
beforeAll(async () => {
  database = await createTestDatabase()
  scope = (await makeCompany(database.db)).scope
  userId = (await makeUser(database.db, scope)).id
})
afterAll(() => database.close())

/** A list that never ends, as a file. */
async function serveEndless() {
  const app = Fastify()
  const seen = { pages: 0, body: undefined as Readable | undefined }
  await app.register(compress, { global: true, encodings: ['br', 'gzip'], threshold: 1024 })
  app.decorateRequest('viewer', undefined)
  app.addHook('onRequest', async (request) => {
    request.viewer = { scope, userId, name: 'Nadia', email: 'n@agence.test', language: 'fr', mobile: null, privileges: new Set(), company: { name: 'Agence', timeZone: 'Europe/Paris', language: 'fr', country: 'FR', canSendSms: true } } satisfies Viewer
  })
  app.get('/', (request, reply) => sendExport({ db: database.db }, request, reply, {
    name: 'endless',
    columns: [{ label: 'n', kind: 'number', of: (row: { n: number }) => row.n }, { label: 'text', of: (row) => `${Math.sin(row.n)} `.repeat(20) }],
    next: async (last, limit) => {
      seen.pages += 1
      return Array.from({ length: limit }, (_row, n) => ({ n: (last?.n ?? 0) + n + 1 }))
    },
  }))
  app.addHook('onSend', async (_request, _reply, payload) => {
    seen.body = payload as Readable
    return payload
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { seen, url, close: () => app.close() }
}

test.each(['csv', 'xlsx'])('a reader who goes away ends the reading of the list, and a slow one is not read ahead of (%s)', async (format) => {
  const { seen, url, close } = await serveEndless()
  const asked = get(`${url}/?format=${format}`, { headers: { 'accept-encoding': 'identity' } })
  const [answer] = await once(asked, 'response') as [Readable & { statusCode: number }]
  expect(answer.statusCode).toBe(200)
  await once(answer, 'data')
  answer.pause()
  // Nobody reads: what fits into the buffers of both ends is written, and no more.
  let before = -1
  await until(async () => {
    const isStill = before === seen.pages
    before = seen.pages
    return isStill
  }, 'nothing more is read for a reader who does not read')
  expect(seen.pages).toBeLessThan(60)
  asked.destroy()
  await until(() => seen.body?.destroyed === true, 'the file ends with its reader')
  const ended = seen.pages
  for (let n = 0; n < 50; n++) await new Promise((resolve) => setImmediate(resolve))
  expect(seen.pages).toBeLessThanOrEqual(ended + 1)
  await close()
})
