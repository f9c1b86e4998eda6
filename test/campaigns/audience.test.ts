import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { effectiveLimit, validNumbers, type AudienceSpec } from '../../src/campaigns/audience.domain.ts'
import { getAudience, listAudience } from '../../src/campaigns/audience.queries.ts'
import { batchOf } from '../../src/campaigns/launch.domain.ts'
import { EXCLUSION_REASONS } from '../../src/consent/domain.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { EVERYBODY, makePeople } from '../support/factories/campaigns.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

let database: TestDatabase
beforeAll(async () => { database = await createTestDatabase() })
afterAll(() => database.close())

const spec = (ids: number[], given: Partial<AudienceSpec> = {}): AudienceSpec => ({
  audience: { mode: 'selected', ids }, limit: 25_000, allowedCountries: ['FR'], blockedCountries: [], senders: new Map([['FR', [1]], ['BE', [1]], ['RE', [1]]]), isOverride: false, languages: ['fr'], fallbackLanguage: 'fr', ...given,
})
const BATCHES = { first: 5_000, next: 25_000 }
const NOTHING = { fields: new Set<never>(), recentDays: 7, batches: BATCHES }
const at = (...places: number[]) => ({ ...NOTHING, look: { places } })

/** One kind of person for every line of the subtraction, and two that share a number. */
const PEOPLE = {
  fine: {},
  noNumber: { mobile: null },
  landlineOnly: { mobile: null, home: '01 99 00 00 01' },
  invalid: { mobile: '06 12' },
  bounced: { bounced: true },
  optedOut: { optedOut: true },
  noConsent: { consent: false },
  abroad: { mobile: '+49 1512 3456789' },
  twin: { mobile: '+33639985555' },
} as const
type Kind = keyof typeof PEOPLE
const LINE: Record<Kind, string> = {
  fine: 'recipients', noNumber: 'no_number', landlineOnly: 'no_number', invalid: 'invalid_number', bounced: 'bounced', optedOut: 'opted_out', noConsent: 'no_consent', abroad: 'country_blocked', twin: 'recipients',
}

describe('the audience of a draft', () => {
  test.each(Object.keys(PEOPLE) as Kind[])('counts a person of kind %s in its line (S38 to S42, S105)', async (kind) => {
    const { db } = database
    const { scope } = await makeCompany(db)
    const { id } = await makeCandidate(db, scope, PEOPLE[kind])
    const { counts } = await getAudience(db, scope, spec([id]), NOTHING)
    expect(counts).toMatchObject({ total: 1, [LINE[kind]]: 1 })
  })

  test('the lines add up for any audience and any limit (S46)', async () => {
    const { db } = database
    const kinds = fc.array(fc.constantFrom(...(Object.keys(PEOPLE) as Kind[])), { minLength: 1, maxLength: 25 })
    await fc.assert(
      fc.asyncProperty(kinds, fc.integer({ min: 1, max: 12 }), async (people, limit) => {
        const { scope } = await makeCompany(db)
        const ids: number[] = []
        for (const kind of people) ids.push((await makeCandidate(db, scope, PEOPLE[kind])).id)
        const { counts, groups } = await getAudience(db, scope, spec(ids, { limit }), NOTHING)

        const twins = people.filter((kind) => kind === 'twin').length
        const valid = people.filter((kind) => kind === 'fine').length + Math.min(1, twins)
        expect(counts.total).toBe(people.length)
        expect(counts.total - EXCLUSION_REASONS.reduce((sum, reason) => sum + counts[reason], 0)).toBe(counts.recipients)
        expect(validNumbers(counts)).toBe(valid)
        expect(counts.recipients).toBe(Math.min(valid, limit))
        expect(counts.duplicate_number).toBe(Math.max(0, twins - 1))
        expect(groups.reduce((sum, group) => sum + group.people, 0)).toBe(counts.recipients)
        for (const reason of [...EXCLUSION_REASONS, null]) {
          const rows = await listAudience(db, scope, spec(ids, { limit }), reason, { afterRank: 0, limit: 100 })
          expect(rows).toHaveLength(reason === null ? counts.recipients : counts[reason])
        }
      }),
      { numRuns: 25 },
    )
  })

  test('the first reason in the order of the lines counts, and only that one (S46)', async () => {
    const { db } = database
    const { scope } = await makeCompany(db)
    const { id } = await makeCandidate(db, scope, { bounced: true, optedOut: true, consent: false })
    const { counts } = await getAudience(db, scope, spec([id]), NOTHING)
    expect(counts).toMatchObject({ bounced: 1, opted_out: 0, no_consent: 0 })
  })

  test('a number that opted out gets nothing, whichever record it stands on (S46)', async () => {
    const { db } = database
    const { scope } = await makeCompany(db)
    const first = await makeCandidate(db, scope, { mobile: '+33639984444', optedOut: true })
    const second = await makeCandidate(db, scope, { mobile: '+33639984444' })
    const { counts } = await getAudience(db, scope, spec([first.id, second.id]), NOTHING)
    expect(counts).toMatchObject({ total: 2, opted_out: 2, recipients: 0 })
  })

  test('of records that share a number the best-ranked gets the SMS, and the others name it (S45)', async () => {
    const { db } = database
    const { scope } = await makeCompany(db)
    const zoe = await makeCandidate(db, scope, { lastName: 'Zidane', mobile: '+33639983333' })
    const anne = await makeCandidate(db, scope, { lastName: 'Adam', mobile: '+33639983333' })
    const given = spec([zoe.id, anne.id])
    expect((await getAudience(db, scope, given, at(1))).members).toMatchObject([{ id: anne.id, e164: '+33639983333' }])
    expect(await listAudience(db, scope, given, 'duplicate_number', { afterRank: 0, limit: 10 })).toMatchObject([{ id: zoe.id, twin_id: anne.id }])
  })

  test('each group of equal texts is in one batch, the one that the launch puts its people into (S60)', async () => {
    const { db } = database
    await fc.assert(
      fc.asyncProperty(fc.record({ people: fc.integer({ min: 1, max: 60 }), first: fc.integer({ min: 1, max: 20 }), next: fc.integer({ min: 1, max: 20 }) }), async ({ people, first, next }) => {
        const { scope } = await makeCompany(db)
        await makePeople(db, scope, people, { allFine: true })
        const batches = { first, next }
        const { groups } = await getAudience(db, scope, { ...spec([]), audience: EVERYBODY }, { ...NOTHING, fields: new Set(['last_name'] as const), batches })
        expect(groups.map(({ batch, first_position }) => ({ batch, first_position })).sort((a, b) => a.first_position - b.first_position))
          .toEqual(Array.from({ length: people }, (_one, index) => ({ batch: batchOf(index + 1, batches), first_position: index + 1 })))
      }),
      { numRuns: 12 },
    )
  })

  test('people at several places are found in one look', async () => {
    const { db } = database
    const { scope } = await makeCompany(db)
    await makePeople(db, scope, 9, { allFine: true })
    const { members, groups } = await getAudience(db, scope, { ...spec([], { limit: 8 }), audience: EVERYBODY }, { ...at(8, 1, 5, 9), fields: new Set(['last_name'] as const) })
    // Who stands beyond the last is the last.
    expect(members.map(({ position, last_name }) => [position, last_name])).toEqual([[1, 'Martin0000001'], [5, 'Martin0000005'], [8, 'Martin0000008']])
    for (const { id, position } of members) expect(groups.find(({ first_position }) => first_position === position)?.first_id).toBe(id)
    const last = await getAudience(db, scope, { ...spec([], { limit: 8 }), audience: EVERYBODY }, { ...NOTHING, look: { places: [1], last: { campaignId: 0, days: 7 } } })
    expect(last.members.map(({ position }) => position)).toEqual([1, 4, 8])
    expect(last.overlaps).toEqual([])
    expect((await getAudience(db, scope, spec([]), { ...NOTHING, look: { places: [1], last: { campaignId: 0, days: 7 } } })).members).toEqual([])
  })

  test('another company’s candidates do not exist', async () => {
    const { db } = database
    const ours = await makeCompany(db)
    const theirs = await makeCompany(db)
    const stranger = await makeCandidate(db, theirs.scope)
    const { counts } = await getAudience(db, ours.scope, spec([stranger.id]), NOTHING)
    expect(counts.total).toBe(0)
  })

  test('people with the same values form one group, each in their language or the company’s', async () => {
    const { db } = database
    const { scope } = await makeCompany(db)
    const ids: number[] = []
    for (const [firstName, language] of [['Amadou', 'fr'], ['Amadou', null], ['Kate', 'en'], ['', null]] as const) ids.push((await makeCandidate(db, scope, { firstName, language })).id)
    const { groups, nameless } = await getAudience(db, scope, spec(ids, { languages: ['fr', 'en'] }), { fields: new Set(['first_name'] as const), recentDays: 7, batches: BATCHES })
    expect(groups.map(({ language, first_name, people }) => `${language} ${first_name} ${people}`).sort()).toEqual(['en Kate 1', 'fr  1', 'fr Amadou 2'])
    expect((await getAudience(db, scope, spec(ids), at(nameless!))).members).toMatchObject([{ first_name: '' }])
  })
})

describe('the limit', () => {
  test('never exceeds the company’s, and is the company’s when nothing was asked (S25, S26)', () => {
    expect([effectiveLimit(null, 25_000), effectiveLimit(100, 25_000), effectiveLimit(60_000, 25_000)]).toEqual([25_000, 100, 25_000])
  })
})
