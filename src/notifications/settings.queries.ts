import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { choicesFrom, type Choices } from './domain.ts'

const COLUMNS = [
  'channels', 'digest_hours as digestHours', 'is_quiet as isQuiet', 'work_days as workDays', 'work_from as workFrom', 'work_until as workUntil', 'version',
] as const

/** Version 0: never saved. */
export async function findChoices(db: Db | Transaction<DB>, scope: CompanyScope, userId: number): Promise<Choices & { version: number }> {
  const row = await db.selectFrom('notification_setting').select(COLUMNS).where('company_id', '=', scope.companyId).where('user_id', '=', userId).executeTakeFirst()
  return { ...choicesFrom(row), version: row?.version ?? 0 }
}

/** False where they were saved since `version`. */
export async function saveChoices(trx: Transaction<DB>, scope: CompanyScope, userId: number, choices: Choices, version: number): Promise<boolean> {
  const values = {
    channels: JSON.stringify(choices.channels), digest_hours: [...choices.digestHours], is_quiet: choices.isQuiet,
    work_days: [...choices.workDays], work_from: choices.workFrom, work_until: choices.workUntil,
  }
  const saved = version === 0
    ? await trx.insertInto('notification_setting').values({ ...values, company_id: scope.companyId, user_id: userId }).onConflict((conflict) => conflict.doNothing()).executeTakeFirst()
    : await trx.updateTable('notification_setting').set({ ...values, version: sql`version + 1` }).where('company_id', '=', scope.companyId).where('user_id', '=', userId).where('version', '=', version).executeTakeFirst()
  return Number(('numUpdatedRows' in saved ? saved.numUpdatedRows : saved.numInsertedOrUpdatedRows) ?? 0n) > 0
}

/** What has not been mailed yet is judged again, by what was chosen now. */
export async function judgeAgain(trx: Transaction<DB>, scope: CompanyScope, userId: number): Promise<void> {
  await trx.updateTable('notification').set({ mail_at: sql`app_now()`, waits_for: null }).where('company_id', '=', scope.companyId).where('user_id', '=', userId).where('mail_at', 'is not', null).execute()
}
