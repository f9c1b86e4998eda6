import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { placesVersion, readPlaces, type Place } from './places.data.ts'
import { placeKey } from './places.domain.ts'

/** Rows per statement: the embedded database has one session, and others wait for it. */
const GROUP = 4_000

/** Countries whose data this process has seen loaded, per database. */
const loaded = new WeakMap<object, Map<string, Promise<void>>>()

/** Loads the towns of a country unless they are there in the version that this program brings. Quick to ask again. Throws when it is told to stop. */
export async function ensurePlaces(db: Db, country: string, signal?: AbortSignal): Promise<void> {
  let countries = loaded.get(db)
  if (!countries) loaded.set(db, (countries = new Map()))
  let loading = countries.get(country)
  if (!loading) {
    loading = loadPlaces(db, country, signal)
    countries.set(country, loading)
    // Tried again by whoever asks next.
    loading.catch(() => countries.delete(country))
  }
  return loading
}

/** Where a town lies, named as the register names it; undefined for a town nobody knows, and until a worker has loaded the country. Takes « Lyon », « 69003 » and « 69003 Lyon ». */
export async function findPlace(db: Db, country: string, town: string): Promise<{ name: string; latitude: number; longitude: number } | undefined> {
  const postalCode = /(?<!\d)\d{4,5}(?!\d)/.exec(town)?.[0] ?? ''
  const name = town.replace(postalCode, ' ')
  const { rows } = await sql<{ name: string; latitude: number; longitude: number }>`${bestPlace(country, sql`${name}::text`, sql`${postalCode}::text`)}`.execute(db)
  return rows[0]
}

/**
 * Writes where the town of each record lies, or that nobody knows. Before a worker has loaded the country nobody does, and the
 * worker places these records with all the others.
 */
export async function placeRecords(db: Db, scope: CompanyScope, country: string, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update candidate c set latitude = found.latitude, longitude = found.longitude
    from unnest(${ids}::bigint[]) as given (id)
    join candidate own on own.company_id = ${scope.companyId} and own.id = given.id
    left join lateral (${bestPlace(country, sql`own.town`, sql`own.postal_code`)}) found on true
    where c.company_id = ${scope.companyId} and c.id = given.id
      and (c.latitude, c.longitude) is distinct from (found.latitude, found.longitude)`.execute(db)
}

/** A company whose people were there before the present data was. */
export async function findUnplacedCompany(db: Db): Promise<{ id: number; country: string; version: string } | undefined> {
  const version = await placesVersion()
  const { rows } = await sql<{ id: number; country: string }>`
    select c.id, c.country from company c left join place_fill f on f.company_id = c.id where f.version is distinct from ${version} order by c.id limit 1`.execute(db)
  return rows[0] && { ...rows[0], version }
}

/** Places the next records in the order of their ids, after `last`; the last of them, or undefined when there are no more. */
export async function placeNextRecords(trx: Transaction<DB>, scope: CompanyScope, country: string, last: number): Promise<number | undefined> {
  const rows = await trx.selectFrom('candidate').select('id').where('company_id', '=', scope.companyId).where('id', '>', last).orderBy('id').limit(GROUP).execute()
  await placeRecords(trx, scope, country, rows.map(({ id }) => id))
  return rows.at(-1)?.id
}

export async function markPlaced(db: Db, scope: CompanyScope, version: string): Promise<void> {
  await sql`
    insert into place_fill (company_id, version) values (${scope.companyId}, ${version})
    on conflict (company_id) do update set version = excluded.version, at = app_now()`.execute(db)
}

/**
 * A query: the place meant by a town and a postal code. Both together are surest; a code alone beats a name alone, because names
 * repeat; « Toulouse 3 » is in Toulouse although no district of that number is known.
 */
function bestPlace(country: string, town: RawBuilder<unknown>, postalCode: RawBuilder<unknown>): RawBuilder<{ name: string; latitude: number; longitude: number }> {
  // A spreadsheet takes the zero from « 01400 ».
  const code = sql`lpad(regexp_replace(coalesce(${postalCode}, ''), '\\s', '', 'g'), case when ${country} = 'FR' and coalesce(${postalCode}, '') <> '' then 5 else 0 end, '0')`
  const key = sql`coalesce(place_key(${town}), '')`
  return sql`
    select p.name, p.latitude, p.longitude
    from (values (1, ${key}, ${code}), (2, '', ${code}), (3, ${key}, ''), (4, regexp_replace(${key}, ' \\d+$', ''), '')) as way (rank, key, postal_code)
    join place p on p.country = ${country} and p.key = way.key and p.postal_code = way.postal_code
    order by way.rank limit 1`
}

async function loadPlaces(db: Db, country: string, signal: AbortSignal | undefined): Promise<void> {
  const version = await placesVersion()
  const known = await db.selectFrom('place_source').select('version').where('country', '=', country).executeTakeFirst()
  if (known?.version === version) return
  if (known) await db.deleteFrom('place').where('country', '=', country).execute()
  const rows = rowsOf(await readPlaces(country))
  for (let from = 0; from < rows.length; from += GROUP) {
    signal?.throwIfAborted()
    await sql`
      insert into place (country, key, postal_code, name, latitude, longitude)
      select distinct on (way.key, way.code) ${country}, way.key, way.code, n.name, n.latitude, n.longitude
      from jsonb_to_recordset(${JSON.stringify(rows.slice(from, from + GROUP))}::jsonb) as n(rank int, name text, key text, exact_key text, codes text[], latitude real, longitude real)
      cross join lateral (
        select n.key, '' as code
        union all select n.exact_key, '' where n.exact_key is not null
        union all select n.key, code from unnest(n.codes) as own (code)
        union all select '', code from unnest(n.codes) as own (code)
      ) way
      where way.key <> '' or way.code <> ''
      order by way.key, way.code, n.rank
      on conflict (country, key, postal_code) do nothing`.execute(db)
  }
  await sql`
    insert into place_source (country, version) values (${country}, ${version})
    on conflict (country) do update set version = excluded.version, loaded_at = app_now()`.execute(db)
}

/** The likelier place first: what comes later does not take the name of an earlier one. */
function rowsOf(places: readonly Place[]) {
  const sorted = places.toSorted((a, b) => b.population - a.population).map((place) => ({ ...place, key: placeKey(place.name) }))
  const names = Map.groupBy(sorted, ({ key }) => key)
  return sorted.map(({ name, key, postalCodes: codes, latitude, longitude, area }, rank) => {
    const repeats = (names.get(key)?.length ?? 0) > 1
    return { rank, name, key, exact_key: repeats && area ? placeKey(`${name} ${area}`) : null, codes, latitude, longitude }
  })
}
