import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

/** The tags as this company writes them: « Permis b » becomes « permis B » where that is known; a new one is known from now on. */
export async function spellTags(db: Db, scope: CompanyScope, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return []
  // In one order, so that two who make the same tags at once wait for each other instead of both giving up.
  const { rows } = await sql<{ name: string }>`
    with wanted as (select distinct on (fold(name)) fold(name) as folded, name, n from unnest(${[...names]}::text[]) with ordinality as given (name, n) order by fold(name), n),
    known as (
      insert into tag (company_id, folded, name) select ${scope.companyId}, folded, name from wanted order by folded
      on conflict (company_id, folded) do update set name = tag.name
      returning folded, name
    )
    select known.name from wanted join known using (folded) order by wanted.n`.execute(db)
  return rows.map(({ name }) => name)
}
