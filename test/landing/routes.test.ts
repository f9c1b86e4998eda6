import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeInvitation } from '../support/factories/landing.ts'

let test: TestDatabase
let app: TestApp
beforeAll(async () => {
  test = await createTestDatabase()
  app = await startTestApp(test)
})
afterAll(async () => {
  await app.close()
  await test.close()
})

describe('a personal link', () => {
  it('shows the form (S1)', async () => {
    const invitation = await makeInvitation(test.db)
    const page = await app.visit().get(`/r/${invitation.code}`)
    console.log(page.html, page.headers)
    expect(page.status).toBe(200)
  })
})
