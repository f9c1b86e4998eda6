import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

/** Of these ids, the first that is no record of the company. */
export async function findUnknownCandidate(db: Db, scope: CompanyScope, ids: readonly number[]): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select given.id from unnest(${[...ids]}::bigint[]) with ordinality as given (id, place)
    where not exists (select from candidate c where c.company_id = ${scope.companyId} and c.id = given.id) order by given.place limit 1`.execute(db)
  return rows[0]?.id
}
