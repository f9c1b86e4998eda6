import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CODE_LENGTH, linkFor, mintCodes, readCode } from '../../src/links/codes.ts'
import { addVisits, expireLinks, insertLinks, revokeLinks } from '../../src/links/queries.ts'
import { createVisitCounter } from '../../src/links/visits.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'

let test: TestDatabase
beforeAll(async () => { test = await createTestDatabase() })
afterAll(() => test.close())

const linkOf = (code: string) => test.db.selectFrom('short_link').selectAll().where('code', '=', code).executeTakeFirst()

describe('codes', () => {
  it('are twelve lower-case Crockford characters, all different', () => {
    const codes = mintCodes(5_000)
    expect(new Set(codes)).toHaveLength(5_000)
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{12}$/)
    expect(codes[0]).toHaveLength(CODE_LENGTH)
  })

  it('use every character about equally often', () => {
    const counts = new Map<string, number>()
    for (const character of mintCodes(20_000).join('')) counts.set(character, (counts.get(character) ?? 0) + 1)
    expect(counts.size).toBe(32)
    for (const count of counts.values()) expect(Math.abs(count - 7_500)).toBeLessThan(600)
  })

  it('are read back in capitals, with o for 0 and i or l for 1, in groups', () => {
    fc.assert(fc.property(fc.constantFrom(...mintCodes(200)), (code) => {
      const spoken = code.toUpperCase().replaceAll('0', 'O').replaceAll('1', 'I')
      expect(readCode(spoken)).toBe(code)
      expect(readCode(`${spoken.slice(0, 4)}-${spoken.slice(4, 8)}-${spoken.slice(8)}`)).toBe(code)
    }))
    expect(readCode('l1234567890a')).toBe('11234567890a')
  })

  it.each(['', 'short', 'u23456789012', '1234567890!', 'a'.repeat(25), 'a'.repeat(10_000), '../../etc/passwd', '12345 67890', '１２３４５６７８９０１２'])('%j is no code', (text) => expect(readCode(text)).toBeUndefined())

  it('follow the address of links after one slash', () => expect(linkFor({ linkUrl: 'https://sms.example' }, '0123456789ab')).toBe('https://sms.example/0123456789ab'))
})

describe('links', () => {
  it('can be made by thousands, expired and revoked, and only by their company', async () => {
    const mine = await makeCompany(test.db)
    const other = await makeCompany(test.db)
    const codes = mintCodes(2_000)
    await insertLinks(test.db, mine.scope, codes, null)
    await insertLinks(test.db, mine.scope, [], null)
    const [first = '', second = ''] = codes
    await expireLinks(test.db, other.scope, codes, new Date('2026-01-01'))
    await revokeLinks(test.db, other.scope, codes)
    expect(await linkOf(first)).toMatchObject({ company_id: mine.id, expires_at: null, revoked_at: null })
    await expireLinks(test.db, mine.scope, [first], new Date('2026-01-01'))
    await revokeLinks(test.db, mine.scope, [second])
    expect((await linkOf(first))?.expires_at).toEqual(new Date('2026-01-01'))
    const revokedAt = (await linkOf(second))?.revoked_at
    await revokeLinks(test.db, mine.scope, [second])
    expect((await linkOf(second))?.revoked_at).toEqual(revokedAt)
  })

  it('refuse a code that is taken', async () => {
    const company = await makeCompany(test.db)
    const codes = mintCodes(1)
    await insertLinks(test.db, company.scope, codes, null)
    await expect(insertLinks(test.db, company.scope, codes, null)).rejects.toThrow(/duplicate key/)
  })
})

describe('visits', () => {
  it('add up, whoever counts them, and pass over links that are gone', async () => {
    const company = await makeCompany(test.db)
    const codes = mintCodes(50)
    await insertLinks(test.db, company.scope, codes, null)
    // Several processes, each in another order.
    await Promise.all([codes, codes.toReversed(), codes].map((order) => addVisits(test.db, [...order.map((code) => ({ code, people: 2, robots: 1 })), { code: 'zzzzzzzzzzzz', people: 1, robots: 0 }])))
    for (const code of codes) expect(await linkOf(code)).toMatchObject({ fetch_count: 6, robot_fetch_count: 3 })
    expect((await linkOf(codes[0]!))?.first_fetched_at).toBeInstanceOf(Date)
  })

  it('survive a database that is away for a moment', async () => {
    const company = await makeCompany(test.db)
    const [code = ''] = mintCodes(1)
    const visits = createVisitCounter(test.db, pino({ level: 'silent' }))
    await test.pool.query('alter table short_link rename to short_link_away')
    visits.count({ code, userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', isPrefetch: false })
    visits.count({ code, userAgent: undefined, isPrefetch: false })
    await visits.flush()
    await test.pool.query('alter table short_link_away rename to short_link')
    await insertLinks(test.db, company.scope, [code], null)
    await visits.close()
    expect(await linkOf(code)).toMatchObject({ fetch_count: 1, robot_fetch_count: 1 })
  })
})
