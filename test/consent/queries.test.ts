import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensurePhones, findPhone, forgetBounce, recordBounce, recordOptIn, recordOptOut } from '../../src/consent/queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

let database: TestDatabase
let scope: CompanyScope
let other: CompanyScope
beforeAll(async () => {
  database = await createTestDatabase()
  scope = (await makeCompany(database.db)).scope
  other = (await makeCompany(database.db)).scope
})
afterAll(() => database.close())

const events = (e164: string) => database.db.selectFrom('opt_out_event').select(['kind', 'source', 'user_id']).where('company_id', '=', scope.companyId).where('e164', '=', e164).orderBy('id').execute()

describe('an opt-out', () => {
  it('holds for the number in its company, known before or not, and tells whether it was new', async () => {
    const e164 = '+33639980001'
    expect(await recordOptOut(database.db, scope, { e164, source: 'page' })).toBe(true)
    expect(await recordOptOut(database.db, scope, { e164, source: 'sms' })).toBe(false)
    expect(await findPhone(database.db, scope, e164)).toMatchObject({ opted_out_at: expect.any(Date), opt_out_source: 'page' })
    expect(await findPhone(database.db, other, e164)).toBeUndefined()
    expect(await events(e164)).toEqual([{ kind: 'opt_out', source: 'page', user_id: null }])
  })

  it('made twice at the same moment is one event', async () => {
    const e164 = '+33639980002'
    const news = await Promise.all(Array.from({ length: 8 }, () => recordOptOut(database.db, scope, { e164, source: 'sms' })))
    expect(news.filter(Boolean)).toHaveLength(1)
    expect(await events(e164)).toHaveLength(1)
  })

  it('names the recruiter who noted it, and is undone with its own event', async () => {
    const e164 = '+33639980003'
    const user = await makeUser(database.db, scope)
    await recordOptOut(database.db, scope, { e164, source: 'recruiter', userId: user.id })
    expect(await recordOptIn(database.db, other, { e164, source: 'sms' })).toBe(false)
    expect(await recordOptIn(database.db, scope, { e164, source: 'sms' })).toBe(true)
    expect(await recordOptIn(database.db, scope, { e164, source: 'sms' })).toBe(false)
    expect(await findPhone(database.db, scope, e164)).toMatchObject({ opted_out_at: null, opt_out_source: null, opted_out_by: null })
    expect(await events(e164)).toEqual([{ kind: 'opt_out', source: 'recruiter', user_id: user.id }, { kind: 'opt_in', source: 'sms', user_id: null }])
  })
})

it('keeps the first bounce of a number until something is delivered to it', async () => {
  const e164 = '+33639980004'
  await recordBounce(database.db, scope, { e164, code: '1190' })
  await recordBounce(database.db, scope, { e164, code: '1050' })
  expect(await findPhone(database.db, scope, e164)).toMatchObject({ bounced_at: expect.any(Date), bounce_code: '1190' })
  await forgetBounce(database.db, scope, e164)
  expect(await findPhone(database.db, scope, e164)).toMatchObject({ bounced_at: null, bounce_code: null })
})

it('makes a row for every number once, whoever asks at the same time', async () => {
  const numbers = ['+33639980006', '+33639980005', '+33639980006'].map((e164) => ({ companyId: scope.companyId, e164 }))
  await Promise.all([ensurePhones(database.db, numbers), ensurePhones(database.db, numbers.toReversed()), ensurePhones(database.db, [])])
  expect(await findPhone(database.db, scope, '+33639980005')).toBeDefined()
  expect(await findPhone(database.db, scope, '+33639980006')).toBeDefined()
})
