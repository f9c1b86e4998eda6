import type { Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'
import type { Identity } from './identity.domain.ts'

export async function findIdentity(db: Db, scope: CompanyScope): Promise<Identity> {
  const row = await db
    .selectFrom('company')
    .select(['name', 'town', 'country', 'language', 'time_zone', 'can_send_sms'])
    .where('id', '=', scope.companyId)
    .executeTakeFirstOrThrow()
  return { ...row, language: row.language as Language }
}

export async function updateIdentity(trx: Transaction<DB>, scope: CompanyScope, { name, town, country, language, time_zone, can_send_sms }: Identity): Promise<void> {
  await trx.updateTable('company').set({ name, town, country, language, time_zone, can_send_sms }).where('id', '=', scope.companyId).execute()
}
