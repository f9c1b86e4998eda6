import type { Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** Holds the company's row, so that two people change its lists one after the other. */
export async function lockCompany(trx: Transaction<DB>, scope: CompanyScope): Promise<void> {
  await trx.selectFrom('company').select('id').where('id', '=', scope.companyId).forNoKeyUpdate().executeTakeFirstOrThrow()
}

export type CountryChange = { id: number; setting: string; detail: { before: unknown; after: unknown }; at: Date; user_name: string | null }

/** Who changed the lists of countries, newest first. */
export async function listCountryChanges(db: Db, scope: CompanyScope, limit: number): Promise<CountryChange[]> {
  const rows = await db
    .selectFrom('journal as j')
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'j.company_id').onRef('u.id', '=', 'j.user_id'))
    .select(['j.id', 'j.subject_id', 'j.detail', 'j.at', 'u.name as user_name'])
    .where('j.company_id', '=', scope.companyId)
    .where('j.action', '=', 'countries.changed')
    .orderBy('j.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ id: row.id, setting: row.subject_id ?? '', detail: row.detail as unknown as CountryChange['detail'], at: row.at, user_name: row.user_name }))
}
