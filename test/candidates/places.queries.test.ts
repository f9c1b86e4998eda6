import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { placeKey } from '../../src/candidates/places.domain.ts'
import { placeNextCompany } from '../../src/candidates/places.commands.ts'
import { ensurePlaces, findPlace, placeRecords } from '../../src/candidates/places.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { makeCompany } from '../support/factories/accounts.ts'
import { makeCandidate } from '../support/factories/candidates.ts'
import { forgetPlaces } from '../support/factories/places.ts'

let database: TestDatabase
let scope: CompanyScope

beforeAll(async () => {
  database = await createTestDatabase()
  scope = (await makeCompany(database.db)).scope
  // The whole of France, as the program loads it.
  await forgetPlaces(database.db)
  // Told to stop, it stops; whoever asks next loads them after all.
  await expect(ensurePlaces(database.db, 'FR', AbortSignal.abort())).rejects.toThrow(/abort/)
  await ensurePlaces(database.db, 'FR')
})
afterAll(() => database?.close())

/** Where the record lies, to a tenth of a degree. */
async function whereIs(id: number): Promise<string> {
  const { latitude, longitude } = await database.db.selectFrom('candidate').select(['latitude', 'longitude']).where('id', '=', id).executeTakeFirstOrThrow()
  return latitude === null || longitude === null ? 'nowhere' : `${latitude.toFixed(1)} ${longitude.toFixed(1)}`
}

async function makeAt(town: string | null, postalCode: string | null = null): Promise<number> {
  const { id } = await makeCandidate(database.db, scope, { town })
  await database.db.updateTable('candidate').set({ postal_code: postalCode }).where('id', '=', id).execute()
  return id
}

describe('a town', () => {
  test.each([
    ['Lyon', 'Lyon'], ['  LYON ', 'Lyon'],
    ['Lyon 3e', 'Lyon 3e Arrondissement'], ['LYON 03', 'Lyon 3e Arrondissement'], ['lyon 3ème arrondissement', 'Lyon 3e Arrondissement'], ['Paris 15', 'Paris 15e Arrondissement'],
    ['Saint-Étienne', 'Saint-Étienne'], ['St Etienne', 'Saint-Étienne'], ['st. étienne', 'Saint-Étienne'], ['SAINT ETIENNE CEDEX 2', 'Saint-Étienne'],
    ['Ste Foy lès Lyon', 'Sainte-Foy-lès-Lyon'], ['Villefranche s/ Saône', 'Villefranche-sur-Saône'], ['L’Isle-d’Abeau', 'L\'Isle-d\'Abeau'],
    // A district nobody knows is in its town; an older name leads to the town of today.
    ['Toulouse 3', 'Toulouse'], ['Évry', 'Évry'], ['Oullins', 'Oullins'],
    ['69100', 'Villeurbanne'], ['69100 Villeurbanne', 'Villeurbanne'], ['Villeurbanne (69100)', 'Villeurbanne'],
    ['Le Tampon', 'Le Tampon'], ['Nouméa', 'Nouméa'],
  ])('%s is found', async (typed, name) => {
    expect((await findPlace(database.db, 'FR', typed))?.name).toBe(name)
  })

  test.each(['', '   ', '…', 'Atlantis', '00000', '%', '\'; drop table place; --', 'x'.repeat(500)])('%s is nowhere', async (typed) => {
    expect(await findPlace(database.db, 'FR', typed)).toBeUndefined()
  })

  test('whose name repeats is told by its département or postal code, else it is the largest', async () => {
    const at = async (typed: string) => Math.round((await findPlace(database.db, 'FR', typed))?.latitude ?? 0)
    expect(await at('Saint-Denis')).toBe(-21)
    expect(await at('Saint-Denis (93)')).toBe(49)
    expect(await at('93200 Saint Denis')).toBe(49)
  })

  test.each(['Lyon', 'LYON 03', '69100', '69100 Villeurbanne', 'Villeurbanne (69100)', 'St Denis', 'Saint-Denis (93)', '1000 Bourg', 'Toulouse 3', 'Atlantis', '', '00000', 'Bourg-en-Bresse 01000'])('%s lies for a search where it lies for a record', async (typed) => {
    const found = await findPlace(database.db, 'FR', typed)
    const { rows } = await sql<{ latitude: number | null; longitude: number | null }>`select at[1]::real as latitude, at[0]::real as longitude from place_point(${scope.companyId}, ${typed}) at`.execute(database.db)
    expect(rows[0]).toEqual({ latitude: found?.latitude ?? null, longitude: found?.longitude ?? null })
  })

  test('of another country is not mistaken for one of ours', async () => {
    await ensurePlaces(database.db, 'BE')
    expect((await findPlace(database.db, 'BE', 'Liège'))?.name).toBe('Liège')
    expect(await findPlace(database.db, 'FR', 'Liège')).toBeUndefined()
  })

  test('without coordinates of its own lies near its neighbours', async () => {
    // 200 people, no entry in the gazetteer; the centre of the commune is 45.83° north, 4.43° east.
    const place = await findPlace(database.db, 'FR', 'Affoux')
    expect(Math.abs((place?.latitude ?? 0) - 45.84)).toBeLessThan(0.15)
    expect(Math.abs((place?.longitude ?? 0) - 4.42)).toBeLessThan(0.15)
  })

  test('nearly every commune is known', async () => {
    const { n } = await database.db.selectFrom('place').select((eb) => eb.fn.count<number>('name').distinct().as('n')).where('country', '=', 'FR').executeTakeFirstOrThrow()
    expect(n).toBeGreaterThan(32_000)
  })

  test('is folded alike by the program and the database', async () => {
    const { rows } = await sql<{ name: string; key: string }>`select distinct name, place_key(name) as key from place`.execute(database.db)
    expect(rows.filter(({ name, key }) => placeKey(name) !== key)).toEqual([])
    const typed = ['St-Étienne CEDEX 9', 'Lyon 01er', 'PARIS 1er arrondissement', 'Lyon 3 ème', 'Œuilly', 'Châlons s/ Marne', 'Sts Geosmes', '12', '75012', 'Nice  (06)']
    for (const town of typed) {
      const { rows: [folded] } = await sql<{ key: string }>`select place_key(${town}) as key`.execute(database.db)
      expect([town, placeKey(town)]).toEqual([town, folded?.key])
    }
  })
})

describe('records', () => {
  test('lie where their town and postal code say, the code before a name that repeats', async () => {
    const ids = [await makeAt('Lyon', '69003'), await makeAt('St Denis', '93200'), await makeAt('Saint-Denis', null), await makeAt(null, '42000'), await makeAt('Bourg en Bresse', '1000'), await makeAt('Atlantis', null), await makeAt(null, null)]
    await placeRecords(database.db, scope, 'FR', ids)
    expect(await Promise.all(ids.map(whereIs))).toEqual(['45.7 4.8', '48.9 2.4', '-20.9 55.5', '45.4 4.4', '46.2 5.2', 'nowhere', 'nowhere'])
  })

  test('follow a change of town, and only those of the company', async () => {
    const id = await makeAt('Lyon')
    await placeRecords(database.db, scope, 'FR', [id])
    await database.db.updateTable('candidate').set({ town: 'Ici et là' }).where('id', '=', id).execute()
    const other = (await makeCompany(database.db)).scope
    await placeRecords(database.db, other, 'FR', [id])
    expect(await whereIs(id)).toBe('45.7 4.8')
    await placeRecords(database.db, scope, 'FR', [id])
    expect(await whereIs(id)).toBe('nowhere')
  })

  test('that were there before the data are placed once, company by company', async () => {
    const id = await makeAt('Grenoble')
    let companies = 0
    while (await placeNextCompany({ db: database.db })) companies += 1
    expect(companies).toBe(2)
    expect(await whereIs(id)).toBe('45.2 5.7')
    expect(await placeNextCompany({ db: database.db })).toBe(false)
  })
})
