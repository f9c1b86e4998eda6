import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NO_FILTERS, PAGE_SIZE, searchWords } from '../../src/candidates/domain.ts'
import type { CandidateFilters } from '../../src/candidates/domain.ts'
import { listCandidates, listTowns, listTrades } from '../../src/candidates/list.queries.ts'
import type { CandidateRow } from '../../src/candidates/list.queries.ts'
import type { Reading } from '../../src/candidates/page.queries.ts'
import { countCandidates, matchingCandidates, rankedCandidates } from '../../src/candidates/search.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

const ALLOWED = ['FR', 'BE']

let database: TestDatabase
let scope: CompanyScope

beforeAll(async () => {
  database = await createTestDatabase()
  const company = await makeCompany(database.db)
  scope = company.scope
})
afterAll(() => database.close())

async function found(filters: Partial<CandidateFilters>, who: CompanyScope = scope): Promise<string[]> {
  const { rows } = await listCandidates(database.db, who, { ...NO_FILTERS, ...filters }, ALLOWED)
  return rows.map((row) => `${row.first_name} ${row.last_name}`)
}

describe('words', () => {
  beforeAll(async () => {
    const people = [
      { firstName: 'Zoé', lastName: 'Coffreau', trade: 'Électricien', town: 'Nîmes' },
      { firstName: 'Ana', lastName: 'Ábel', trade: 'Coffreur', town: 'Saint-Étienne', skills: ['CACES R489 cat. 3'] },
      { firstName: 'Bo', lastName: 'Diallo', trade: 'Maçon', town: 'Lyon', skills: ['Coffrage traditionnel', '100 % motivé'] },
      { firstName: 'Cy', lastName: 'Evans', trade: 'Cariste', town: 'Coffrane' },
      { firstName: 'Di', lastName: 'Faure', trade: 'Décoffreur', town: 'Œting' },
      { firstName: 'Coffre', lastName: 'Zidane', trade: 'Cariste', town: 'Paris' },
    ]
    for (const person of people) await makeCandidate(database.db, scope, person)
    const other = await makeCompany(database.db)
    await makeCandidate(database.db, other.scope, { firstName: 'Autre', lastName: 'Coffreur', trade: 'Coffreur' })
  })

  test('neither case nor accents matter', async () => {
    expect(await found({ q: 'ELECTRICIEN nimes' })).toEqual(['Zoé Coffreau'])
    expect(await found({ q: 'abel saint etienne' })).toEqual(['Ana Ábel'])
    expect(await found({ q: 'Saint-étienne' })).toEqual(['Ana Ábel'])
    expect(await found({ q: 'oeting' })).toEqual(['Di Faure'])
  })

  test('every word must match, in any order and any field', async () => {
    expect(await found({ q: 'lyon macon diallo' })).toEqual(['Bo Diallo'])
    expect(await found({ q: 'lyon cariste' })).toEqual([])
    expect(await found({ q: 'r489' })).toEqual(['Ana Ábel'])
    expect(await found({ q: '489' })).toEqual(['Ana Ábel'])
  })

  test('a match in a name comes before trade, skills and town; a whole word before its beginning', async () => {
    expect(await found({ q: 'coffr' })).toEqual(['Zoé Coffreau', 'Coffre Zidane', 'Ana Ábel', 'Bo Diallo', 'Cy Evans'])
    expect(await found({ q: 'coffre' })).toEqual(['Coffre Zidane', 'Zoé Coffreau', 'Ana Ábel'])
  })

  test('a word is where words begin, not inside of them', async () => {
    expect(await found({ q: 'offreur' })).toEqual([])
    expect(await found({ q: 'décoff' })).toEqual(['Di Faure'])
  })

  test('signs that mean something to a pattern mean nothing here', async () => {
    expect(await found({ q: '100 %' })).toEqual(['Bo Diallo'])
    expect(await found({ q: '_______' })).toHaveLength(6)
    expect(await found({ town: '%' })).toEqual([])
    expect(await found({ town: '_yon' })).toEqual([])
  })

  test('what a query would take for its own signs is no part of a word, on records neither', async () => {
    const here = (await makeCompany(database.db)).scope
    const [firstName, lastName] = ["O'Neil\\", '"d\'Ʊ:* & !(x)|"']
    const { id } = await makeCandidate(database.db, here, { firstName, lastName, trade: 'm'.repeat(70), town: '★Lyon★', skills: ["l 'eau\\", "it's ''", '½ R482a'] })
    await database.db.updateTable('candidate').set({ tags: ["'", '"a" & \\b:A'] }).where('id', '=', id).execute()
    await makeCandidate(database.db, here, { firstName: 'No', lastName: 'Body', trade: null, town: null })
    const odd = [`${firstName} ${lastName}`]
    for (const q of ['o neil', "'neil", 'd', 'lyon', '482', '482a', 'r482', 'm'.repeat(70), 'm'.repeat(90), 'eau:*', 'ʼneil', '!neil', 'neil & | x', 'ʊ']) expect([q, await found({ q }, here)]).toEqual([q, odd])
    expect(await found({ q: '!no' }, here)).toEqual(['No Body'])
    for (const q of ['neil | body', 'onei', 'ʼ']) expect([q, await found({ q }, here)]).toEqual([q, []])
    for (const q of [':*', "'", '\\']) expect([q, await found({ q }, here)]).toEqual([q, [...odd, 'No Body']])
    for (const given of [{ tag: "'" }, { tag: '"A" & \\b:a' }, { skill: "L 'EAU\\" }, { skill: "it's ''" }, { skill: '½ r482a' }]) expect([given, await found(given, here)]).toEqual([given, odd])
    for (const given of [{ tag: '"a" & b:a' }, { skill: 'eau' }, { skill: 'l' }, { tag: "l 'eau\\" }]) expect([given, await found(given, here)]).toEqual([given, []])
  })

  test('trade and town are compared as people write them; the beginning of a town is enough', async () => {
    expect(await found({ trade: 'MACON' })).toEqual(['Bo Diallo'])
    expect(await found({ trade: 'maç' })).toEqual([])
    expect(await found({ town: 'saint-e' })).toEqual(['Ana Ábel'])
  })

  test('lists are in the order of folded names', async () => {
    expect(await found({})).toEqual(['Ana Ábel', 'Zoé Coffreau', 'Bo Diallo', 'Cy Evans', 'Di Faure', 'Coffre Zidane'])
  })

  test('options hold each spelling once, without case and accents', async () => {
    await makeCandidate(database.db, scope, { lastName: 'Zz', trade: 'MACON', town: null })
    await makeCandidate(database.db, scope, { lastName: 'Zz', trade: null, town: 'nimes' })
    expect(await listTrades(database.db, scope, 'candidate')).toEqual(['Cariste', 'Coffreur', 'Décoffreur', 'Électricien', expect.stringMatching(/^ma[cç]on$/i)])
    expect((await listTowns(database.db, scope, 'candidate')).filter((town) => /n[iî]mes/i.test(town))).toHaveLength(1)
  })
})

test('words are what stands between punctuation, each once, and not too many', () => {
  expect(searchWords(' l’Isle-d’Abeau,  CACES  l ')).toEqual(['l', 'Isle', 'd', 'Abeau', 'CACES'])
  expect(searchWords('a b c d e f g h i j k')).toHaveLength(8)
  expect(searchWords('%_\\')).toEqual([])
})

describe('who can be texted', () => {
  let here: CompanyScope

  beforeAll(async () => {
    here = (await makeCompany(database.db)).scope
    const make = (lastName: string, given: Parameters<typeof makeCandidate>[2]) => makeCandidate(database.db, here, { firstName: 'X', lastName, ...given })
    await make('fine', {})
    await make('landline', { mobile: null, home: '01 99 00 12 34' })
    await make('garbled', { mobile: '06 39 98' })
    await make('stopped', { optedOut: true })
    await make('bounced', { bounced: true })
    await make('silent', { consent: false })
    await make('abroad', { mobile: '+44 7400 123456' })
    await make('fallback', { mobile: '06 12', home: '+32 470 12 34 56' })
    const { e164 } = await make('doubtful', { home: '+32 470 12 34 57' })
    await database.db.insertInto('phone').values({ company_id: here.companyId, e164: e164!, held_at: new Date() }).onConflict((conflict) => conflict.columns(['company_id', 'e164']).doUpdateSet({ held_at: new Date() })).execute()
  })

  test('the list says the first reason of each', async () => {
    const { rows } = await listCandidates(database.db, here, NO_FILTERS, ALLOWED)
    expect(Object.fromEntries(rows.map((row: CandidateRow) => [row.last_name, row.reason]))).toEqual({
      fine: null, fallback: null, landline: 'no_number', garbled: 'invalid_number', stopped: 'opted_out', bounced: 'bounced', silent: 'no_consent', abroad: 'country_blocked', doubtful: 'under_review',
    })
  })

  test('the filter splits the list in two', async () => {
    expect(await found({ textable: 'yes' }, here)).toEqual(['X fallback', 'X fine'])
    expect(await found({ textable: 'no' }, here)).toHaveLength(7)
    const asSet = matchingCandidates(database.db, here, { ...NO_FILTERS, textable: 'yes' }, ALLOWED).select('c.last_name').orderBy('c.last_name')
    expect((await asSet.execute()).map(({ last_name }) => last_name)).toEqual(['fallback', 'fine'])
  })
})

describe('availability', () => {
  test('a period that is over counts as not stated', async () => {
    const here = (await makeCompany(database.db)).scope
    await makeCandidate(database.db, here, { firstName: 'A', lastName: 'now', availability: 'available', availableFrom: '2020-01-01' })
    await makeCandidate(database.db, here, { firstName: 'B', lastName: 'over', availability: 'available', availableFrom: '2020-01-01', availableUntil: '2020-02-01' })
    await makeCandidate(database.db, here, { firstName: 'C', lastName: 'no', availability: 'unavailable' })
    await makeCandidate(database.db, here, { firstName: 'D', lastName: 'silent' })
    expect(await found({ availability: 'available' }, here)).toEqual(['A now'])
    expect(await found({ availability: 'unknown' }, here)).toEqual(['B over', 'D silent'])
    expect(await found({ availability: 'unavailable' }, here)).toEqual(['C no'])
  })
})

describe('an audience', () => {
  test('of chosen people leaves out foreign ids and ranks by name', async () => {
    const [here, other] = [(await makeCompany(database.db)).scope, (await makeCompany(database.db)).scope]
    const b = await makeCandidate(database.db, here, { lastName: 'B' })
    const a = await makeCandidate(database.db, here, { lastName: 'A' })
    const foreign = await makeCandidate(database.db, other, { lastName: 'A' })
    const audience = { mode: 'selected', ids: [b.id, a.id, foreign.id, 999_999] } as const
    const rows = await rankedCandidates(database.db, here, { ...audience, ids: [...audience.ids] }, ALLOWED).execute()
    expect(rows.toSorted((x, y) => x.rank - y.rank)).toEqual([{ id: a.id, rank: 1 }, { id: b.id, rank: 2 }])
    expect(await countCandidates(database.db, here, { ...audience, ids: [...audience.ids] }, ALLOWED)).toBe(2)
  })

  test('of a search is the list without the exceptions, in its order', async () => {
    const here = (await makeCompany(database.db)).scope
    const second = await makeCandidate(database.db, here, { firstName: 'Al', lastName: 'Rivoire', town: 'Paul' })
    const first = await makeCandidate(database.db, here, { firstName: 'Paul', lastName: 'Zola' })
    const left = await makeCandidate(database.db, here, { firstName: 'Paul', lastName: 'Aubert' })
    const rows = await rankedCandidates(database.db, here, { mode: 'query', filters: { ...NO_FILTERS, q: 'paul' }, except: [left.id] }, ALLOWED).orderBy('rank').execute()
    expect(rows).toEqual([{ id: first.id, rank: 1 }, { id: second.id, rank: 2 }])
  })

  test('is counted no further than asked', async () => {
    const here = (await makeCompany(database.db)).scope
    for (let n = 0; n < 4; n++) await makeCandidate(database.db, here)
    const everybody = { mode: 'query' as const, filters: NO_FILTERS, except: [] }
    expect(await countCandidates(database.db, here, everybody, ALLOWED, 2)).toBe(3)
    expect(await countCandidates(database.db, here, everybody, ALLOWED)).toBe(4)
  })
})

test('walking all pages, forwards or backwards, meets every row exactly once and in order', async () => {
  const here = (await makeCompany(database.db)).scope
  const names = fc.constantFrom('Al', 'AL', 'Ál', 'B', 'Camille', "N'Golo", 'De La Tour', '')
  const people = fc.sample(fc.record({ firstName: names, lastName: names, town: fc.constantFrom('Alès', 'Bron', null) }), { numRuns: 2 * PAGE_SIZE + 30, seed: 20 })
  for (const person of people) await makeCandidate(database.db, here, person)

  for (const filters of [NO_FILTERS, { ...NO_FILTERS, q: 'al' }]) {
    const total = await countCandidates(database.db, here, { mode: 'query', filters, except: [] }, ALLOWED)
    const ranked = await rankedCandidates(database.db, here, { mode: 'query', filters, except: [] }, ALLOWED).orderBy('rank').execute()
    const forwards = await walk(here, filters, 'after')
    expect(forwards).toHaveLength(total)
    expect(forwards).toEqual(ranked.map(({ id }) => id))
    expect((await walk(here, filters, 'before')).toReversed()).toEqual(forwards.slice(0, -1))
    // By name alone, the same whether few are put in order or many are looked through in it.
    const byName = await walk(here, filters, 'after', { isRanked: false, isMany: false })
    expect(byName.toSorted((a, b) => a - b)).toEqual(forwards.toSorted((a, b) => a - b))
    const many = { isRanked: false, isMany: true }
    expect(await walk(here, filters, 'after', many)).toEqual(byName)
    expect((await walk(here, filters, 'before', many)).toReversed()).toEqual(byName.slice(0, -1))
  }
})

test('names are looked through for a page that many match, wherever those stand', async () => {
  const here = (await makeCompany(database.db)).scope
  await sql`
    insert into candidate (company_id, first_name, last_name, trade, consent_given)
    select ${here.companyId}, 'Ana', case when n > 1600 then 'Tard' else 'Nom' end, case when n % 32 = 0 then 'Grutier' end, true from generate_series(1, 1700) n`.execute(database.db)
  // Here and there, and all of them at the end.
  for (const [q, total] of [['grutier', 53], ['tard', 100]] as const) {
    const filters = { ...NO_FILTERS, q }
    const byName = await walk(here, filters, 'after', { isRanked: false, isMany: false })
    expect(byName).toHaveLength(total)
    for (const direction of ['after', 'before'] as const) expect([q, await walk(here, filters, direction, { isRanked: false, isMany: true })]).toEqual([q, direction === 'after' ? byName : byName.slice(0, -1).toReversed()])
  }
})

/** Ids in the order of reading; backwards starts before the last row. */
async function walk(who: CompanyScope, filters: CandidateFilters, direction: 'after' | 'before', reading?: Reading): Promise<number[]> {
  let edge = direction === 'after' ? undefined : await lastRow(who, filters, reading)
  const ids: number[] = []
  for (;;) {
    const position = edge && { from: [edge.score, edge.sort_name, edge.id], direction }
    const { rows, hasMore } = await listCandidates(database.db, who, filters, ALLOWED, position, reading)
    ids.push(...(direction === 'after' ? rows : rows.toReversed()).map(({ id }) => id))
    edge = direction === 'after' ? rows.at(-1) : rows[0]
    if (!hasMore) return ids
  }
}

async function lastRow(who: CompanyScope, filters: CandidateFilters, reading?: Reading): Promise<CandidateRow | undefined> {
  let edge: CandidateRow | undefined
  for (;;) {
    const { rows, hasMore } = await listCandidates(database.db, who, filters, ALLOWED, edge && { from: [edge.score, edge.sort_name, edge.id], direction: 'after' }, reading)
    edge = rows.at(-1)
    if (!hasMore) return edge
  }
}
