import type { Page } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import type { CompanyScope } from '../../src/core/scope.ts'
import { startTestApp, type TestApp } from './app.ts'
import { openSignedIn, type PageOptions } from './browser.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { makeCompany, makeUser } from './factories/accounts.ts'

/** The application with a browser before it, for all tests of a file; whoever enters administers an agency of their own. */
export function administration(given: Parameters<typeof makeCompany>[1] = {}) {
  let database: TestDatabase
  let app: TestApp
  beforeAll(async () => {
    database = await createTestDatabase()
    app = await startTestApp(database)
  })
  afterAll(async () => {
    await app?.close()
    await database?.close()
  })
  return {
    get db() { return database.db },
    async enter(address: string, options: PageOptions = {}): Promise<{ page: Page; scope: CompanyScope }> {
      const { scope } = await makeCompany(database.db, { name: 'Agence Martin', ...given })
      const admin = await makeUser(database.db, scope, { role: 'administrator', name: 'Marc Delorme' })
      return { page: await openSignedIn(admin, address, { ...options, baseURL: app.url }), scope }
    },
  }
}
