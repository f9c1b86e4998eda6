import { sql, type Kysely } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'

/** Makes the codes live. `expiresAt` null: until the campaign closes and sets a date. */
export async function insertLinks(db: Kysely<DB>, scope: CompanyScope, codes: readonly string[], expiresAt: Date | null): Promise<void> {
  if (codes.length === 0) return
  await sql`
    insert into short_link (company_id, code, expires_at)
    select ${scope.companyId}, code, ${expiresAt}::timestamptz from unnest(${codes}::text[]) as code
  `.execute(db)
}

/** Expired is unknown: such links get the same 404 as a code that never was. */
export async function expireLinks(db: Kysely<DB>, scope: CompanyScope, codes: readonly string[], expiresAt: Date): Promise<void> {
  await db.updateTable('short_link').set({ expires_at: expiresAt }).where('company_id', '=', scope.companyId).where('code', '=', sql<string>`any(${codes}::text[])`).execute()
}

/** Takes links back at once, for good. */
export async function revokeLinks(db: Kysely<DB>, scope: CompanyScope, codes: readonly string[]): Promise<void> {
  await db
    .updateTable('short_link')
    .set({ revoked_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('code', '=', sql<string>`any(${codes}::text[])`)
    .where('revoked_at', 'is', null)
    .execute()
}

/** As if they had never been: nobody was told of them. */
export async function removeLinks(db: Kysely<DB>, scope: CompanyScope, codes: readonly string[]): Promise<void> {
  await db.deleteFrom('short_link').where('company_id', '=', scope.companyId).where('code', '=', sql<string>`any(${codes}::text[])`).execute()
}

export type VisitCount = { code: string; people: number; robots: number }

/** Adds counted visits to their links; codes that are no longer there are passed over. */
export async function addVisits(db: Kysely<DB>, counts: readonly VisitCount[]): Promise<void> {
  // Locked in one order, so that two processes flushing the same links never wait for each other in a circle.
  await sql`
    with counted as (
      select * from unnest(${counts.map((c) => c.code)}::text[], ${counts.map((c) => c.people)}::int[], ${counts.map((c) => c.robots)}::int[]) as v (code, people, robots)
    ), locked as (
      select l.code from short_link l join counted using (code) order by l.code for no key update of l
    )
    update short_link l set
      fetch_count = l.fetch_count + counted.people,
      robot_fetch_count = l.robot_fetch_count + counted.robots,
      first_fetched_at = coalesce(l.first_fetched_at, app_now()),
      last_fetched_at = app_now()
    from counted join locked using (code) where l.code = counted.code
  `.execute(db)
}
