import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

/** The tags as this company writes them: « Permis b » becomes « permis B » where that is known; a new one is known from now on. */
export async function spellTags(db: Db, scope: CompanyScope, names: readonly string[]): Promise<string[]> {
  const known = await spellings(db, scope, names)
  return [...new Set(names.map((name) => known.get(name) ?? name))]
}

/** The same for many at once: what is written → how the company writes it. Comes before records are locked, for all who need both. */
export async function spellings(db: Db, scope: CompanyScope, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map()
  const given = sql`(select name, fold(name) as folded, n from unnest(${[...names]}::text[]) with ordinality as all_given (name, n)) as given`
  // Only what is missing is written, so that nobody waits for a tag that is known.
  await sql`
    insert into tag (company_id, folded, name)
    select distinct on (folded) ${scope.companyId}::bigint, folded, name from ${given}
    where not exists (select from tag known where known.company_id = ${scope.companyId} and known.folded = given.folded)
    order by folded, n
    on conflict (company_id, folded) do nothing`.execute(db)
  const { rows } = await sql<{ given: string; name: string }>`
    select given.name as given, tag.name from ${given} join tag on tag.company_id = ${scope.companyId} and tag.folded = given.folded`.execute(db)
  return new Map(rows.map((row) => [row.given, row.name]))
}
