import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

/** Who set what, from what to what; `user_name` null: nobody who was signed in. */
export type SettingChange = { id: number; name: string; before: unknown; after: unknown; is_default: boolean; at: Date; user_name: string | null }

/** Newest first. `before`: only those older than this one; `name`: only those of one setting. */
export async function listSettingChanges(db: Db, scope: CompanyScope, wanted: { before?: number | undefined; name?: string | undefined; limit: number }): Promise<SettingChange[]> {
  let query = changes(db, scope).orderBy('s.id', 'desc').limit(wanted.limit)
  if (wanted.before !== undefined) query = query.where('s.id', '<', wanted.before)
  if (wanted.name !== undefined) query = query.where('s.name', '=', wanted.name)
  return query.execute()
}

/** The newest change of each setting that was ever changed, by name. */
export async function findLastChanges(db: Db, scope: CompanyScope): Promise<Map<string, SettingChange>> {
  const rows = await changes(db, scope).distinctOn('s.name').orderBy('s.name').orderBy('s.id', 'desc').execute()
  return new Map(rows.map((row) => [row.name, row]))
}

/** What the settings changed after `mark` held at that time, by name. */
export async function findEarlierValues(db: Db, scope: CompanyScope, mark: number): Promise<Map<string, unknown>> {
  const rows = await changes(db, scope).distinctOn('s.name').where('s.id', '>', mark).orderBy('s.name').orderBy('s.id').execute()
  return new Map(rows.map(({ name, before }) => [name, before]))
}

/** The newest change there is; 0: none yet. A form carries it, so that what came later can be told apart. */
export async function findMark(db: Db, scope: CompanyScope): Promise<number> {
  const row = await db.selectFrom('company_setting_change').select(sql<number>`coalesce(max(id), 0)`.as('mark')).where('company_id', '=', scope.companyId).executeTakeFirstOrThrow()
  return row.mark
}

/** For what is kept in the company's own row; settings write theirs themselves. */
export async function insertChanges(db: Db, scope: CompanyScope, userId: number, given: readonly { name: string; before: unknown; after: unknown }[]): Promise<void> {
  if (given.length === 0) return
  await db
    .insertInto('company_setting_change')
    .values(given.map(({ name, before, after }) => ({ company_id: scope.companyId, name, before: JSON.stringify(before), after: JSON.stringify(after), user_id: userId })))
    .execute()
}

/** Campaigns whose texts are leaving or will, and drafts that have a date: what a change of rules may concern. */
export async function countCampaigns(db: Db, scope: CompanyScope, statuses: readonly string[]): Promise<number> {
  const row = await db.selectFrom('campaign').select(sql<number>`count(*)::int`.as('count')).where('company_id', '=', scope.companyId).where('status', 'in', statuses).executeTakeFirstOrThrow()
  return row.count
}

function changes(db: Db, scope: CompanyScope) {
  return db
    .selectFrom('company_setting_change as s')
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 's.company_id').onRef('u.id', '=', 's.user_id'))
    .select(['s.id', 's.name', 's.before', 's.after', 's.is_default', 's.at', 'u.name as user_name'])
    .where('s.company_id', '=', scope.companyId)
}
