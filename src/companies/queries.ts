import { sql } from 'kysely'
import { isDeepStrictEqual } from 'node:util'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Language } from '../words/define.ts'
import { destinationsAt } from './destinations.ts'
import { SETTINGS, settingsFrom, type SettingName, type Settings } from './settings.ts'

export async function getSettings(db: Db, scope: CompanyScope): Promise<Settings> {
  return settingsFrom(await db.selectFrom('company_setting').select(['name', 'value']).where('company_id', '=', scope.companyId).execute())
}

/**
 * Saves one value, which must already have passed the setting's schema, and writes down what it was and who changed it:
 * one statement, so neither is there without the other. The default is not stored, so that a later default applies too.
 * `userId` null: nobody who is signed in.
 */
export async function saveSetting<Name extends SettingName>(db: Db, scope: CompanyScope, name: Name, value: Settings[Name], userId: number | null = null): Promise<void> {
  const isDefault = isDeepStrictEqual(value, SETTINGS[name].default)
  await sql`
    with held as (select value from company_setting where company_id = ${scope.companyId} and name = ${name}),
    given (before, after) as (select coalesce((select value from held), ${JSON.stringify(SETTINGS[name].default)}::jsonb), ${JSON.stringify(value)}::jsonb),
    forgotten as (delete from company_setting where company_id = ${scope.companyId} and name = ${name} and ${isDefault}),
    kept as (
      insert into company_setting (company_id, name, value) select ${scope.companyId}, ${name}, after from given where not ${isDefault}
      on conflict (company_id, name) do update set value = excluded.value, updated_at = app_now()
    )
    insert into company_setting_change (company_id, name, before, after, is_default, user_id)
    select ${scope.companyId}, ${name}, before, after, ${isDefault}, ${userId} from given where before is distinct from after`.execute(db)
}

/** Back to the default. */
export async function resetSetting<Name extends SettingName>(db: Db, scope: CompanyScope, name: Name, userId: number | null = null): Promise<void> {
  await saveSetting(db, scope, name, SETTINGS[name].default as Settings[Name], userId)
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
