import { afterAll, beforeAll, expect, it } from 'vitest'
import { getAccount, suspendAccount } from '../../src/messaging/account.queries.ts'
import { ACCOUNT_REFUSED } from '../../src/messaging/domain.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

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

it('when the provider refuses the account everybody is told, and an administrator lets it go on', async () => {
  const { scope } = await makeCompany(database.db)
  const recruiter = await app.signIn(await makeUser(database.db, scope))
  const administrator = await app.signIn(await makeUser(database.db, scope, { role: 'administrator' }))
  expect((await recruiter.get('/campaigns')).text).not.toContain('Aucun SMS ne part')

  await suspendAccount(database.db, `${ACCOUNT_REFUSED}: 402 Low balance`)
  const told = await recruiter.get('/campaigns')
  expect(told.text).toContain('le prestataire refuse le compte')
  expect(told.text).toContain('Prévenez votre administrateur.')
  expect(told.text).not.toContain('Low balance')
  expect((await recruiter.post(told, '/campaigns/sending/resumption')).status).toBe(403)

  const asked = await administrator.get('/campaigns')
  expect(asked.text).toContain('402 Low balance')
  const resumed = await administrator.submit(asked, {}, { button: 'Reprendre les envois', form: '/campaigns/sending/resumption' })
  expect(resumed.text).toContain('Les envois reprennent.')
  expect(resumed.text).not.toContain('Aucun SMS ne part')
  expect((await getAccount(database.db)).suspended_at).toBeNull()
  const journal = await database.db.selectFrom('journal').select('action').where('company_id', '=', scope.companyId).where('action', 'like', 'sending.%').execute()
  expect(journal).toEqual([{ action: 'sending.resumed' }])
})
