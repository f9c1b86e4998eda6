import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Kind } from './domain.ts'
import { isWordKnown } from './words.queries.ts'

/** Of each word: folded as records are, whether anybody has it, and which words of this company look alike. */
export async function lookUpWords(db: Db, scope: CompanyScope, kind: Kind, words: readonly string[]): Promise<{ word: string; folded: string; isKnown: boolean; near: string[] }[]> {
  const { rows } = await sql<{ word: string; folded: string; isKnown: boolean; near: string[] }>`
    select word, search_folded(word) as folded, known."isKnown",
      case when known."isKnown" then '{}' else array(select near_words(${scope.companyId}, search_folded(word))) end as near
    from unnest(${words}::text[]) with ordinality as asked (word, place)
    cross join lateral (select ${isWordKnown(scope, kind, sql`word`)} as "isKnown" offset 0) known
    order by place`.execute(db)
  return rows
}
