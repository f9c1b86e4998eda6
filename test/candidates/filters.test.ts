import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NO_FILTERS, PAGE_SIZE, searchWords, type Audience, type CandidateFilters } from '../../src/candidates/domain.ts'
import { audienceFields, candidateFilters, filtersToQuery, readAudience } from '../../src/candidates/input.ts'
import { listCandidates } from '../../src/candidates/list.queries.ts'
import { countCandidates, countFound, matchingCandidates, rankedCandidates } from '../../src/candidates/search.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'

const ALLOWED = ['FR']
const PLACES: Record<string, [number, number]> = { Lyon: [45.76, 4.84], Villeurbanne: [45.77, 4.88], Vienne: [45.52, 4.87], Nîmes: [43.84, 4.36] }
/** The last is over. */
const PERIODS = [{ from: null, until: null }, { from: '2099-01-05', until: null }, { from: '2099-01-05', until: '2099-01-09' }, { from: null, until: '2099-01-07' }, { from: '2020-01-06', until: '2020-01-10' }] as const
const pick = <T>(values: readonly T[], n: number): T => values[n % values.length]!

type Person = {
  id: number; kind: 'candidate' | 'contact'; name: string; email: string; trade: string | null; town: string | null; skills: string[]; tags: string[]; branch: number; consent: boolean
  optedOut: boolean; availability: 'available' | 'unavailable' | 'unknown'; from: string | null; until: string | null; inList: boolean; imported: boolean; isPlaced: boolean; e164: string | null
}

let database: TestDatabase
let scope: CompanyScope
let ids: { list: number; branch: number; import: number }
const people: Person[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  scope = (await makeCompany(db)).scope
  const company_id = scope.companyId
  const user = await makeUser(db, scope)
  for (const [name, [latitude, longitude]] of Object.entries(PLACES)) await db.insertInto('place').values({ country: 'FR', key: fold(name), postal_code: '', name, latitude, longitude }).onConflict((conflict) => conflict.doNothing()).execute()
  const list = (await db.insertInto('talent_list').values({ company_id, kind: 'folder', name: 'Dossier', created_by: user.id }).returning('id').executeTakeFirstOrThrow()).id
  const branch = (await db.insertInto('branch').values({ company_id, name: 'Agence' }).returning('id').executeTakeFirstOrThrow()).id
  const imported = (await db.insertInto('candidate_import').values({ company_id, user_id: user.id, file_name: 'a.csv', status: 'completed', encoding: 'utf-8', delimiter: ';', header: '[]' }).returning('id').executeTakeFirstOrThrow()).id
  ids = { list, branch, import: imported }
  for (let n = 0; n < 90; n++) {
    const person = {
      kind: n % 5 === 4 ? ('contact' as const) : ('candidate' as const), name: pick(['Élodie', 'Bo', 'Marc', 'Zoé', 'Ana'], n), email: `p${n}@exemple.fr`, trade: pick(['Maçon', 'Grutier', null], n >> 1), town: pick(['Lyon', 'Villeurbanne', 'Vienne', 'Nîmes', null, 'Lyon 3e'], n >> 2),
      skills: n % 3 ? [] : ['CACES R489', 'Échafaudage'].slice(n % 2), tags: n % 4 ? [] : ['Fidèle', 'Nuit'].slice(0, 1 + (n % 2)), branch: n % 7 ? 0 : branch, consent: n % 6 !== 0, optedOut: n % 8 === 0,
      availability: pick(['available', 'unavailable', 'unknown'] as const, n), ...pick(PERIODS, n >> 1), inList: n % 3 === 1, imported: n % 5 === 2, isPlaced: n % 9 !== 0,
    }
    const made = await makeCandidate(db, scope, { firstName: person.name, lastName: `Test${n}`, email: person.email, trade: person.trade, town: person.town, skills: person.skills, consent: person.consent, optedOut: person.optedOut, availability: person.availability, availableFrom: person.from, availableUntil: person.until, ...(n % 10 === 3 ? { mobile: null } : {}) })
    const place = person.isPlaced && person.town ? PLACES[person.town] : undefined
    await db.updateTable('candidate').set({ kind: person.kind, tags: person.tags, branch_id: person.branch || null, latitude: place?.[0] ?? null, longitude: place?.[1] ?? null }).where('id', '=', made.id).execute()
    if (person.inList) await db.insertInto('talent_list_member').values({ company_id, list_id: list, candidate_id: made.id }).execute()
    if (person.imported) await db.insertInto('candidate_import_row').values({ company_id, import_id: imported, line: n, record: '{}', action: 'create', candidate_id: made.id, applied: true }).execute()
    people.push({ ...person, id: made.id, e164: made.e164 })
  }
  // Somebody else's people, who look the same.
  const other = await makeCompany(db)
  for (let n = 0; n < 10; n++) await makeCandidate(db, other.scope, { firstName: 'Élodie', trade: 'Maçon', town: 'Lyon', skills: ['CACES R489'] })
})
afterAll(() => database.close())

const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
const kilometres = ([a, b]: [number, number], [c, d]: [number, number]) => 111.2 * Math.hypot(a - c, (b - d) * Math.cos((a * Math.PI) / 180))

/** A period that is over says nothing any more. */
const nowOf = ({ availability, until }: Person) => (availability === 'available' && until?.startsWith('2020') ? 'unknown' : availability)

/** The filters in plain JavaScript, written from their meaning. */
function matches(person: Person, filters: CandidateFilters): boolean {
  const has = (values: string[], value: string) => values.some((one) => fold(one) === fold(value))
  const inTown = person.town !== null && fold(person.town).startsWith(fold(filters.town))
  const [centre, place] = [PLACES[filters.town], person.isPlaced && person.town ? PLACES[person.town] : undefined]
  const words = fold([person.name, person.trade, ...person.skills, ...person.tags, person.town].join(' ')).split(/[^a-z0-9]+/)
  const textable = person.e164 !== null && !person.optedOut && person.consent
  return person.kind === filters.kind
    && (filters.q.includes('@') ? person.email === filters.q : filters.q.startsWith('+') ? person.e164 === filters.q : searchWords(filters.q).every((asked) => words.some((word) => word.startsWith(fold(asked)))))
    && (!filters.trade || (person.trade !== null && fold(person.trade) === fold(filters.trade)))
    && (!filters.tag || has(person.tags, filters.tag))
    && (!filters.skill || has(person.skills, filters.skill))
    && (!filters.town || inTown || (filters.radius !== '' && centre !== undefined && place !== undefined && kilometres(centre, place) <= Number(filters.radius)))
    && (!filters.branch || person.branch === Number(filters.branch))
    && (!filters.list || (person.inList && Number(filters.list) === ids.list))
    && (!filters.import || (person.imported && Number(filters.import) === ids.import))
    && (!filters.availability || nowOf(person) === filters.availability)
    && ([filters.from || filters.until, filters.until || filters.from].every((day) => !day || (nowOf(person) === 'available' && (person.from ?? day) <= day && day <= (person.until ?? day))))
    && (!filters.consent || (filters.consent === 'opted_out' ? person.optedOut && person.e164 !== null : person.consent === (filters.consent === 'given')))
    && (!filters.textable || textable === (filters.textable === 'yes'))
}

const some = <T extends string>(...values: T[]) => fc.oneof({ weight: 6, arbitrary: fc.constant('' as const) }, { weight: 2, arbitrary: fc.constantFrom(...values) })
const filtersOf = () => fc.record({
  kind: fc.constantFrom('candidate' as const, 'contact' as const), q: some('elodie', 'ZOE lyon', 'caces', 'lo', 'l', 'acon', 'p7@exemple.fr', 'fidèle', 'zzz'), trade: some('MACON', 'grutier'), tag: some('fidele', 'nuit', 'absent'), skill: some('caces r489', 'Échafaudage'),
  town: some('Lyon', 'nîmes', 'Vienne'), radius: some('5', '30', '100'), branch: some(String(ids.branch), '999999'), list: some(String(ids.list), '999999'), import: some(String(ids.import)),
  availability: some('available', 'unavailable', 'unknown'), from: some('2099-01-05', '2099-01-08', '2020-01-07'), until: some('2099-01-07', '2099-01-10', '2020-01-08'), consent: some('given', 'missing', 'opted_out'), textable: some('yes', 'no'),
}).map((filters): CandidateFilters => candidateFilters.parse(filters))

describe('a selection by query is the enumerated set (S12, S16)', () => {
  test('of any filters and exceptions: counted, ranked for a campaign, and on the pages', async () => {
    let filled = 0
    await fc.assert(fc.asyncProperty(filtersOf(), fc.subarray(people.map(({ id }) => id), { maxLength: 20 }), async (filters, except) => {
      const all = people.filter((person) => matches(person, filters)).map(({ id }) => id)
      const wanted = all.filter((id) => !except.includes(id))
      if (wanted.length > 0) filled++
      // As a page sends it, and a draft keeps it.
      const audience = readAudience(bodyOf(audienceFields({ mode: 'query', filters, except })))
      expect(audience).toEqual({ mode: 'query', filters, except })
      expect(await countCandidates(database.db, scope, audience, ALLOWED)).toBe(wanted.length)
      expect(await countFound(database.db, scope, filters, ALLOWED)).toEqual({ counted: all.length, isCapped: false, isMany: false })
      const ranked = await rankedCandidates(database.db, scope, JSON.parse(JSON.stringify(audience)) as Audience, ALLOWED).orderBy('rank').execute()
      expect(ranked.map(({ id }) => id).sort((a, b) => a - b)).toEqual(wanted)
      // Ranks are those of the pages.
      const { rows } = await listCandidates(database.db, scope, filters, ALLOWED)
      expect(rows).toHaveLength(Math.min(all.length, PAGE_SIZE))
      const shown = rows.map(({ id }) => id).filter((id) => !except.includes(id))
      expect(shown).toEqual(ranked.map(({ id }) => id).slice(0, shown.length))
      const many = await listCandidates(database.db, scope, filters, ALLOWED, undefined, { isRanked: false, isMany: true })
      const few = await listCandidates(database.db, scope, filters, ALLOWED, undefined, { isRanked: false, isMany: false })
      expect(many).toEqual(few)
      if (all.length <= PAGE_SIZE) expect(few.rows.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(all.toSorted((a, b) => a - b))
    }), { numRuns: 150 })
    // About half of them find somebody.
    expect(filled).toBeGreaterThan(20)
  })

  test('of a list, an import or the opt-outs: alone and beside every other filter', async () => {
    const others: Partial<CandidateFilters>[] = [
      {}, { kind: 'contact' }, { q: 'elodie' }, { trade: 'MACON' }, { tag: 'fidele' }, { skill: 'caces r489' }, { town: 'Lyon' }, { town: 'Lyon', radius: '100' }, { branch: String(ids.branch) },
      { list: String(ids.list) }, { import: String(ids.import) }, { availability: 'available' }, { consent: 'given' }, { consent: 'missing' }, { textable: 'yes' },
    ]
    for (const named of [{ list: String(ids.list) }, { import: String(ids.import) }, { consent: 'opted_out' as const }]) {
      for (const other of others) {
        const filters = { ...NO_FILTERS, ...other, ...named }
        const all = people.filter((person) => matches(person, filters)).map(({ id }) => id)
        expect(await countFound(database.db, scope, filters, ALLOWED), JSON.stringify(filters)).toEqual({ counted: all.length, isCapped: false, isMany: false })
        const { rows } = await listCandidates(database.db, scope, filters, ALLOWED, undefined, { isRanked: false, isMany: true })
        expect(rows.filter(({ id }) => all.includes(id)), JSON.stringify(filters)).toHaveLength(Math.min(all.length, PAGE_SIZE))
      }
    }
  })

  test('a draft older than some filters still means what it meant', async () => {
    const old = { mode: 'query', filters: { q: '', trade: 'Maçon', town: '', availability: '', textable: '' }, except: [] } as unknown as Audience
    const wanted = people.filter(({ kind, trade }) => kind === 'candidate' && trade === 'Maçon').length
    expect(await countCandidates(database.db, scope, old, ALLOWED)).toBe(wanted)
  })

  test('the address of a search says the same search', () => {
    fc.assert(fc.property(filtersOf(), (filters) => {
      expect(candidateFilters.parse({ ...Object.fromEntries(new URLSearchParams(filtersToQuery(filters))), kind: filters.kind })).toEqual(filters)
    }))
  })
})

test('a telephone number finds whose it is, on any of their numbers', async () => {
  const person = people.find(({ kind, e164 }) => kind === 'candidate' && e164 !== null)!
  const found = await matchingCandidates(database.db, scope, { ...NO_FILTERS, q: person.e164! }, ALLOWED).select('c.id').execute()
  expect(found).toEqual([{ id: person.id }])
})

function bodyOf(fields: [string, string][]): Record<string, string | string[]> {
  const body: Record<string, string | string[]> = {}
  for (const [name, value] of fields) body[name] = name in body ? [body[name]!, value].flat() : value
  return body
}
