import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp } from './app.ts'
import type { TestApp } from './app.ts'
import { createTestDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { makeCompany, makeUser } from './factories/accounts.ts'

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

test('a user of the factory signs in to the real application', async () => {
  const company = await makeCompany(database.db)
  const user = await makeUser(database.db, company.scope)
  const recruiter = await app.signIn(user)
  expect(recruiter.home.url).toBe('/candidates')
  expect((await recruiter.get('/login')).url).toBe('/candidates')
})

test('who has not signed in is asked to', async () => {
  expect((await app.visit().get('/candidates')).url).toBe('/login?next=%2Fcandidates')
})
