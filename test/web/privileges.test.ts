import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireDeclaredAccess } from '../../src/web/privileges.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

it('a route that says neither who may call it nor that it is public stops the start', async () => {
  const app = Fastify()
  requireDeclaredAccess(app)
  app.get('/open', { config: { public: true } }, async () => 'ok')
  app.get('/guarded', { config: { privilege: 'templates.edit' } }, async () => 'ok')
  app.get('/forgotten', async () => 'oops')
  await expect(app.ready()).rejects.toThrow('neither a privilege nor public: true: GET /forgotten')
})

describe('every private route', () => {
  let database: TestDatabase
  let app: TestApp
  beforeAll(async () => {
    database = await createTestDatabase()
    app = await startTestApp(database)
    // Without a company everybody would be led to the first run.
    await makeCompany(database.db)
  })
  afterAll(async () => {
    await app?.close()
    await database?.close()
  })

  it('sends people who are not signed in to sign in, and tells programs 401', async () => {
    const stranger = app.visit()
    for (const url of ['/candidates', '/candidates/1', '/candidates/import', '/campaigns', '/campaigns/1', '/admin/branding']) {
      expect((await stranger.get(url)).url, url).toBe(`/login?next=${encodeURIComponent(url)}`)
      expect((await stranger.agent.get(url).set('accept', 'application/json')).status, url).toBe(401)
    }
  })

  it('an address that cannot be read gets a sentence, not a stack', async () => {
    const answer = await app.visit().agent.get('/%')
    expect([answer.status, answer.text]).toEqual([400, 'Nous n’avons pas compris ce que votre navigateur a envoyé.'])
  })

  it('refuses a person of the company without the privilege, by direct POST too, and journals it (F-63)', async () => {
    const { scope } = await makeCompany(database.db)
    const reader = await app.signIn(await makeUser(database.db, scope, { role: 'reader' }))
    for (const url of ['/candidates/import', '/candidates/1/notes', '/campaigns', '/campaigns/1/launch', '/campaigns/1/draft', '/campaigns/1/test', '/admin/branding']) {
      const refused = await reader.post(reader.home, url)
      expect([url, refused.status]).toEqual([url, 403])
    }
    const journal = await database.db.selectFrom('journal').select('detail').where('action', '=', 'access.refused').where('company_id', '=', scope.companyId).execute()
    expect(journal).toHaveLength(7)
  })
})
