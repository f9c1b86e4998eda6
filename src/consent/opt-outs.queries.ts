import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { OptOutSource } from './domain.ts'

export type OptOutRow = { e164: string; source: OptOutSource; opted_out_at: Date; /** `opted_out_at` in microseconds since 1970. */ at_key: number }

/** Numbers that want no more SMS, the newest first; `since`: those that said so from then on. */
export async function listOptOuts(db: Db, scope: CompanyScope, { since, before, limit }: { since: Date | undefined; before: { at: number; e164: string } | undefined; limit: number }): Promise<OptOutRow[]> {
  return optOuts(db, scope)
    .$if(since !== undefined, (query) => query.where('opted_out_at', '>=', since!))
    .$if(before !== undefined, (query) => query.where(sql<boolean>`(opted_out_at, e164) < (timestamptz 'epoch' + ${before!.at}::bigint * interval '1 microsecond', ${before!.e164}::text)`))
    .orderBy('opted_out_at', 'desc')
    .orderBy('e164', 'desc')
    .limit(limit)
    .execute()
}

export async function findOptOut(db: Db, scope: CompanyScope, e164: string): Promise<OptOutRow | undefined> {
  return optOuts(db, scope).where('e164', '=', e164).executeTakeFirst()
}

function optOuts(db: Db, { companyId }: CompanyScope) {
  return db
    .selectFrom('phone')
    .select(['e164', 'opt_out_source as source', 'opted_out_at', sql<number>`(extract(epoch from opted_out_at) * 1000000)::bigint`.as('at_key')])
    .where('company_id', '=', companyId)
    .where('opted_out_at', 'is not', null)
    .$narrowType<{ source: OptOutSource; opted_out_at: Date }>()
}
