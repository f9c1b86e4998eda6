import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

/** The tags as this company writes them: « Permis b » becomes « permis B » where that is known; a new one is known from now on. */
export async function spellTags(db: Db, scope: CompanyScope, names: readonly string[]): Promise<string[]> {
  const known = await spellings(db, scope, names)
  return [...new Set(names.map((name) => known.get(name) ?? name))]
}

/** The same for many at once: what is written → how the company writes it. */
export async function spellings(db: Db, scope: CompanyScope, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map()
  // In one order, so that two who make the same tags at once wait for each other instead of both giving up.
  const { rows } = await sql<{ given: string; name: string }>`
    with given as (select name, fold(name) as folded, n from unnest(${[...names]}::text[]) with ordinality as all_given (name, n)),
    wanted as (select distinct on (folded) folded, name from given order by folded, n),
    known as (
      insert into tag (company_id, folded, name) select ${scope.companyId}, folded, name from wanted order by folded
      on conflict (company_id, folded) do update set name = tag.name
      returning folded, name
    )
    select given.name as given, known.name from given join known using (folded)`.execute(db)
  return new Map(rows.map(({ given, name }) => [given, name]))
}
