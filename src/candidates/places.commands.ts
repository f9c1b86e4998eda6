import { companyScope } from '../core/scope.ts'
import type { Deps } from '../deps.ts'
import { lockImports } from './imports.write.queries.ts'
import { ensurePlaces, findUnplacedCompany, markPlaced, placeNextRecords } from './places.queries.ts'

/** Finds where everybody lives who was on record before the present data was. Ends at once, and without harm, when it is told to. */
export async function placePeople(deps: Pick<Deps, 'db'>, signal: AbortSignal): Promise<void> {
  while (await placeNextCompany(deps, signal)) { /* company by company */ }
}

/** Places the records of one company whose people were there before the data was; false when there is no such company. */
export async function placeNextCompany({ db }: Pick<Deps, 'db'>, signal?: AbortSignal): Promise<boolean> {
  const company = await findUnplacedCompany(db)
  if (!company) return false
  const scope = companyScope(company.id)
  await ensurePlaces(db, company.country, signal)
  let last: number | undefined = 0
  while (last !== undefined) {
    const after: number = last
    signal?.throwIfAborted()
    last = await db.transaction().execute(async (trx) => {
      // An import writes many records in an order of its own: two at once would wait for each other.
      await lockImports(trx, scope)
      return placeNextRecords(trx, scope, company.country, after)
    })
  }
  await markPlaced(db, scope, company.version)
  return true
}
