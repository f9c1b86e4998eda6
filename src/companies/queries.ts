import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import { destinationsAt } from './destinations.ts'
import { settingsFrom, type SettingName, type Settings } from './settings.ts'

export async function getSettings(db: Db, scope: CompanyScope): Promise<Settings> {
  return settingsFrom(await db.selectFrom('company_setting').select(['name', 'value']).where('company_id', '=', scope.companyId).execute())
}

/** Saves one value; it must already have passed the setting's schema. */
export async function saveSetting<Name extends SettingName>(db: Db, scope: CompanyScope, name: Name, value: Settings[Name]): Promise<void> {
  await db
    .insertInto('company_setting')
    .values({ company_id: scope.companyId, name, value: JSON.stringify(value) })
    .onConflict((conflict) => conflict.columns(['company_id', 'name']).doUpdateSet({ value: JSON.stringify(value) }))
    .execute()
}

/** Where texts may go today: the company's countries without those that its provider or itself refuses (S104, S106). */
export async function getReachableCountries(db: Db, scope: CompanyScope): Promise<string[]> {
  const settings = await getSettings(db, scope)
  const ground = await db.selectFrom('company').select(['time_zone', sql<Date>`app_now()`.as('now')]).where('id', '=', scope.companyId).executeTakeFirstOrThrow()
  return destinationsAt(settings, ground).reachable
}

export async function getCompany(db: Db, scope: CompanyScope) {
  const row = await db
    .selectFrom('company')
    .select(['id', 'name', 'town', 'phone', 'opening_hours', 'country', 'time_zone', 'language', 'can_send_sms'])
    .where('id', '=', scope.companyId)
    .executeTakeFirstOrThrow()
  return { ...row, language: row.language as Language }
}

/** Senders in use, those of the default pool first. */
export async function listSenders(db: Db, scope: CompanyScope) {
  return db
    .selectFrom('sms_sender as s')
    .innerJoin('sender_pool as p', 'p.id', 's.pool_id')
    .select(['s.id', 's.pool_id', 's.label', 's.address', 's.can_receive', 's.stop_text'])
    .where('s.company_id', '=', scope.companyId)
    .where('s.archived_at', 'is', null)
    .where('p.archived_at', 'is', null)
    .orderBy('p.is_default', 'desc')
    .orderBy('p.name')
    .orderBy('s.id')
    .execute()
}
