import { sql, type Transaction } from 'kysely'
import { companyScope, type CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'

export type CompanyFacts = { name: string; town: string | null; phone: string | null; country: string; timeZone: string; language: Language }

/** A company without people or numbers; it may text as soon as it has a sender. */
export async function insertCompany(trx: Transaction<DB>, facts: CompanyFacts): Promise<CompanyScope> {
  const { id } = await trx
    .insertInto('company')
    .values({ name: facts.name, town: facts.town, phone: facts.phone, country: facts.country, time_zone: facts.timeZone, language: facts.language })
    .returning('id')
    .executeTakeFirstOrThrow()
  return companyScope(id)
}

export async function hasCompany(db: Db): Promise<boolean> {
  return (await db.selectFrom('company').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Whoever makes the first company or fills the demonstration holds this lock, so that there is one of them. */
export async function lockFirstCompany(trx: Transaction<DB>): Promise<{ isEmpty: boolean; now: Date }> {
  // A slow machine takes longer over the demonstration than a statement usually waits.
  await sql`select set_config('lock_timeout', '60s', true)`.execute(trx)
  await sql`select pg_advisory_xact_lock(380471)`.execute(trx)
  const { rows } = await sql<{ is_empty: boolean; now: Date }>`select not exists (select from company) as is_empty, app_now() as now`.execute(trx)
  return { isEmpty: rows[0]?.is_empty === true, now: rows[0]?.now as Date }
}

/** Every company of the installation, with how many may sign in and how many records it holds. */
export async function listCompanies(db: Db): Promise<{ id: number; name: string; country: string; created_at: Date; disabled_at: Date | null; users: number; people: number }[]> {
  const { rows } = await sql<{ id: number; name: string; country: string; created_at: Date; disabled_at: Date | null; users: number; people: number }>`
    select c.id, c.name, c.country, c.created_at, c.disabled_at,
      (select count(*)::int from app_user u where u.company_id = c.id and u.disabled_at is null) as users,
      (select count(*)::int from candidate k where k.company_id = c.id) as people
    from company c order by c.id`.execute(db)
  return rows
}

/** Nobody of it signs in, nothing of it is sent, its links are unknown; nothing is lost. Undefined when there is no such company. */
export async function disableCompany(trx: Transaction<DB>, id: number): Promise<{ name: string } | undefined> {
  return trx
    .updateTable('company')
    .set({ disabled_at: sql<Date>`coalesce(disabled_at, app_now())`, sent_before_disabling: sql<boolean>`case when disabled_at is null then can_send_sms else sent_before_disabling end`, can_send_sms: false })
    .where('id', '=', id)
    .returning('name')
    .executeTakeFirst()
}

export async function enableCompany(trx: Transaction<DB>, id: number): Promise<{ name: string } | undefined> {
  return trx
    .updateTable('company')
    .set({ disabled_at: null, can_send_sms: sql<boolean>`case when disabled_at is null then can_send_sms else sent_before_disabling end`, sent_before_disabling: false })
    .where('id', '=', id)
    .returning('name')
    .executeTakeFirst()
}
