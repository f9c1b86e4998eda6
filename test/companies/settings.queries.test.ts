import { afterAll, beforeAll, expect, test } from 'vitest'
import { getSettings, resetSetting, saveSetting } from '../../src/companies/queries.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.close())

async function scene() {
  const { scope } = await makeCompany(database.db)
  const { id: userId } = await makeUser(database.db, scope)
  await database.db.deleteFrom('company_setting_change').where('company_id', '=', scope.companyId).execute()
  const changes = () => database.db.selectFrom('company_setting_change').select(['name', 'before', 'after', 'is_default', 'user_id']).where('company_id', '=', scope.companyId).orderBy('id').execute()
  const stored = () => database.db.selectFrom('company_setting').select('name').where('company_id', '=', scope.companyId).where('name', '=', 'campaign.recipient_limit').execute()
  return { scope, userId, changes, stored }
}

test('a saved setting leaves who changed it, from what and to what; saving it again leaves nothing', async () => {
  const { scope, userId, changes } = await scene()
  await saveSetting(database.db, scope, 'campaign.recipient_limit', 10_000, userId)
  await saveSetting(database.db, scope, 'campaign.recipient_limit', 10_000, userId)
  await saveSetting(database.db, scope, 'campaign.recipient_limit', 12_000)
  const one = { name: 'campaign.recipient_limit', is_default: false }
  expect(await changes()).toEqual([{ ...one, before: 25_000, after: 10_000, user_id: userId }, { ...one, before: 10_000, after: 12_000, user_id: null }])
})

test('the default is not stored, so that a later default applies too', async () => {
  const { scope, userId, changes, stored } = await scene()
  await saveSetting(database.db, scope, 'campaign.recipient_limit', 10_000, userId)
  expect(await stored()).toHaveLength(1)
  await resetSetting(database.db, scope, 'campaign.recipient_limit', userId)
  expect(await stored()).toEqual([])
  expect((await getSettings(database.db, scope))['campaign.recipient_limit']).toBe(25_000)
  expect((await changes()).at(-1)).toMatchObject({ before: 10_000, after: 25_000, is_default: true })
})

test('a limit that is taken away again is a change from a number to none', async () => {
  const { scope, changes } = await scene()
  await saveSetting(database.db, scope, 'budget.day_segments', 500)
  await saveSetting(database.db, scope, 'budget.day_segments', null)
  expect(await changes()).toMatchObject([{ before: null, after: 500 }, { before: 500, after: null, is_default: true }])
})

test('what is undone leaves no trace of a change', async () => {
  const { scope, changes } = await scene()
  const undone = database.db.transaction().execute(async (trx) => {
    await saveSetting(trx, scope, 'sms.tests_per_hour', 2)
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  expect(await changes()).toEqual([])
})
