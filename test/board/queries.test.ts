import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countFreePerDay, findToday, listForExport, listPeople, type BoardRow } from '../../src/board/queries.ts'
import { boardDays } from '../../src/board/domain.ts'
import { stateOn } from '../../src/candidates/days.domain.ts'
import { NO_FILTERS, UNRANKED, type Availability, type CandidateFilters, type ListPosition } from '../../src/candidates/domain.ts'
import { audienceFields, readAudience } from '../../src/candidates/input.ts'
import { countCandidates, rankedCandidates } from '../../src/candidates/search.queries.ts'
import { addDays } from '../../src/core/dates.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { stopClock } from '../support/clock.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { fictionalMobile, makeCandidate } from '../support/factories/candidates.ts'

const ALLOWED = ['FR']
/** In Paris it is Sunday already, and clocks go back an hour in this night. */
const TODAY = '2026-10-25'
const DAYS = boardDays(TODAY, 13)
const DATES = Array.from({ length: DAYS.count }, (_day, n) => addDays(DAYS.start, n))

type Person = { id: number; name: string; trade: string; town: string; textable: boolean; availability: Availability; from: string | null; until: string | null }
let database: TestDatabase
let scope: CompanyScope
let people: Person[]

beforeAll(async () => {
  database = await createTestDatabase()
  await stopClock(database, '2026-10-24T22:30:00Z')
  scope = (await makeCompany(database.db)).scope
  const other = (await makeCompany(database.db)).scope
  const dice = seeded(7)
  const make = async (who: CompanyScope, n: number): Promise<Person> => {
    const availability = (['available', 'available', 'available', 'unavailable', 'unknown'] as const)[dice(5)]!
    const from = dice(3) === 0 ? null : addDays(TODAY, dice(110) - 30)
    const until = dice(3) === 0 ? null : addDays(from ?? TODAY, dice(40) - (from ? 0 : 10))
    const person = { name: `Nom${String(n % 60).padStart(3, '0')}`, trade: ['Maçon', 'Grutier', 'Coffreur'][dice(3)]!, town: ['Lyon', 'Nîmes'][dice(2)]!, textable: dice(4) > 0, availability, from, until }
    const { id } = await makeCandidate(database.db, who, { lastName: person.name, firstName: 'A', mobile: fictionalMobile(n), trade: person.trade, town: person.town, consent: person.textable, availability, availableFrom: from, availableUntil: until })
    return { ...person, id }
  }
  people = await Promise.all(Array.from({ length: 130 }, (_person, n) => make(scope, n)))
  await Promise.all(Array.from({ length: 20 }, (_person, n) => make(other, n)))
})
afterAll(() => database?.close())

/** The same numbers at every run. */
function seeded(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * sides)
  }
}

/** What is known of somebody today, written from its meaning. */
function today({ availability, from, until }: Person) {
  const isOver = availability === 'available' && until !== null && until < TODAY
  return { availability: isOver ? ('unknown' as const) : availability, available_from: from, available_until: until }
}
const isFree = (person: Person, date: string) => stateOn(today(person), date) === 'available'

const SEARCHES: [string, Partial<CandidateFilters>, (person: Person) => boolean][] = [
  ['everybody', {}, () => true],
  ['a trade', { trade: 'maçon' }, ({ trade }) => trade === 'Maçon'],
  ['a town', { town: 'Lyon' }, ({ town }) => town === 'Lyon'],
  ['words', { q: 'grutier nimes' }, ({ trade, town }) => trade === 'Grutier' && town === 'Nîmes'],
  ['who can be texted', { textable: 'yes' }, ({ textable }) => textable],
  ['who is free', { availability: 'available' }, (person) => today(person).availability === 'available'],
  ['who is not', { availability: 'unavailable' }, (person) => today(person).availability === 'unavailable'],
  ['of whom nothing is known', { availability: 'unknown' }, (person) => today(person).availability === 'unknown'],
  ['a week', { from: '2026-11-02', until: '2026-11-06' }, (person) => [2, 3, 4, 5, 6].every((day) => isFree(person, `2026-11-0${day}`))],
  ['a day of a trade', { from: '2026-11-20', trade: 'Coffreur' }, (person) => person.trade === 'Coffreur' && isFree(person, '2026-11-20')],
  ['days that have passed', { from: '2026-10-20', until: '2026-10-21' }, (person) => isFree(person, '2026-10-20') && isFree(person, '2026-10-21')],
  ['nobody', { q: 'zzz' }, () => false],
]
const given = (filters: Partial<CandidateFilters>): CandidateFilters => ({ ...NO_FILTERS, ...filters })
const sortIds = (ids: number[]) => ids.toSorted((a, b) => a - b)

test('it is the company’s day, not that of the server', async () => {
  expect(await findToday(database.db, scope)).toBe(TODAY)
})

describe.each(SEARCHES)('of %s', (_name, filters, matches) => {
  const wanted = () => people.filter(matches)

  test('the figure of every day is the number of those who are free on it', async () => {
    const counts = await countFreePerDay(database.db, scope, given(filters), ALLOWED, DAYS)
    expect(counts).toEqual(DATES.map((date) => wanted().filter((person) => isFree(person, date)).length))
  })

  test.each([['longest', false], ['longest', true], ['name', false], ['name', true]] as const)('pages by %s hold everybody once, forwards and backwards, with many more people: %s', async (sort, isMany) => {
    const rows = await walk(given(filters), sort, isMany, 'after')
    const inOrder = wanted().toSorted((one, other) => (sort === 'longest' ? rankOf(one) - rankOf(other) : 0) || one.name.localeCompare(other.name) || one.id - other.id)
    expect(rows.map(({ id }) => id)).toEqual(inOrder.map(({ id }) => id))
    const backwards = await walk(given(filters), sort, isMany, 'before', rows.at(-1))
    expect(backwards.map(({ id }) => id)).toEqual(rows.slice(0, -1).toReversed().map(({ id }) => id))
    // What a row says is what holds today.
    for (const row of rows) expect({ availability: row.availability, available_from: row.available_from, available_until: row.available_until }).toEqual(today(people.find(({ id }) => id === row.id)!))
  })

  test('what is selected, sent and kept for a campaign is who is shown, and so is the file', async () => {
    const except = wanted().slice(0, 2).map(({ id }) => id)
    const fields = audienceFields({ mode: 'query', filters: given(filters), except })
    const audience = readAudience({ ...Object.fromEntries(fields), except: except.map(String) })
    const chosen = await rankedCandidates(database.db, scope, audience, ALLOWED).execute()
    const left = sortIds(wanted().map(({ id }) => id).slice(2))
    expect(sortIds(chosen.map(({ id }) => id))).toEqual(left)
    expect(await countCandidates(database.db, scope, audience, ALLOWED)).toBe(left.length)
    const file: number[] = []
    for (let last: { name: string; id: number } | undefined; ;) {
      const rows = await listForExport(database.db, scope, given(filters), ALLOWED, last, 40)
      file.push(...rows.map(({ id }) => id))
      const end = rows.at(-1)
      if (!end) break
      last = { name: end.sort_name, id: end.id }
    }
    expect(sortIds(file)).toEqual(sortIds(wanted().map(({ id }) => id)))
  })
})

test('where more people are free than a page counts, it says nothing rather than too little', async () => {
  const free = people.filter((person) => today(person).availability === 'available' && (person.from === null || person.from < addDays(DAYS.start, 91)))
  expect(await countFreePerDay(database.db, scope, NO_FILTERS, ALLOWED, DAYS, free.length)).toHaveLength(91)
  expect(await countFreePerDay(database.db, scope, NO_FILTERS, ALLOWED, DAYS, free.length - 1)).toBeUndefined()
})

/** Longest first: without an end by its beginning, then by the last day, then who may be asked, then who is not free. */
function rankOf({ availability, from, until }: Person): number {
  if (availability !== 'available') return availability === 'unknown' ? 1e9 : 2e9
  const days = (date: string) => Date.parse(date) / 86_400_000
  return until === null ? (from === null ? 0 : days(from)) : 1e6 - days(until)
}

async function walk(filters: CandidateFilters, sort: 'longest' | 'name', isMany: boolean, direction: 'after' | 'before', edge?: BoardRow): Promise<BoardRow[]> {
  const all: BoardRow[] = []
  for (;;) {
    const position: ListPosition | undefined = edge && { from: [sort === 'name' ? UNRANKED : edge.score, edge.sort_name, edge.id], direction }
    if (direction === 'before' && !edge) return []
    const { rows, hasMore } = await listPeople(database.db, scope, { filters, allowedCountries: ALLOWED, position, sort, found: { counted: 0, isCapped: isMany, isMany } })
    all.push(...(direction === 'after' ? rows : rows.toReversed()))
    edge = direction === 'after' ? rows.at(-1) : rows[0]
    if (!hasMore) return all
  }
}
