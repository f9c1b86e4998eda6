import { placeKey } from '../../../src/candidates/places.domain.ts'
import { placesVersion } from '../../../src/candidates/places.data.ts'
import type { Db } from '../../../src/db/pool.ts'

const TOWNS: readonly [name: string, postalCode: string, latitude: number, longitude: number][] = [
  ['Lyon', '69001', 45.74906, 4.84789], ['Lyon 3e Arrondissement', '69003', 45.76124, 4.85184], ['Villeurbanne', '69100', 45.76601, 4.8795], ['Saint-Étienne', '42000', 45.43389, 4.39],
  ['Vienne', '38200', 45.52569, 4.87484], ['Grenoble', '38000', 45.17869, 5.71479], ['Paris', '75001', 48.85341, 2.3488], ['Marseille', '13001', 43.29695, 5.38107],
]

/** Some towns of France, in place of all of them, which would take seconds: a program that finds them takes France for loaded. */
export async function makePlaces(db: Db): Promise<void> {
  await db
    .insertInto('place')
    .values(TOWNS.flatMap(([name, postal_code, latitude, longitude]) => {
      const own = { country: 'FR', name, latitude, longitude }
      return [{ ...own, key: placeKey(name), postal_code: '' }, { ...own, key: placeKey(name), postal_code }, { ...own, key: '', postal_code }]
    }))
    .execute()
  await db.insertInto('place_source').values({ country: 'FR', version: await placesVersion() }).execute()
}

/** As before the first start. */
export async function forgetPlaces(db: Db): Promise<void> {
  await db.deleteFrom('place_source').execute()
  await db.deleteFrom('place').execute()
}
