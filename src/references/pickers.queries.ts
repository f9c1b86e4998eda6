import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Sight } from './domain.ts'
import { startsWith } from './queries.ts'

export type CodeOption = { id: number; code: string; name: string; is_published: boolean }

/** Campaign codes, the newest first: S29 advises a new one for each initiative. */
export async function listCampaignCodes(db: Db, scope: CompanyScope, limit: number): Promise<CodeOption[]> {
  return db
    .selectFrom('campaign_code').select(['id', 'code', 'name']).select(sql<boolean>`published_at is not null`.as('is_published'))
    .where('company_id', '=', scope.companyId).where('archived_at', 'is', null).orderBy('id', 'desc').limit(limit)
    .execute()
}

export async function listNetworks(db: Db, scope: CompanyScope, limit: number): Promise<{ id: number; name: string }[]> {
  return db.selectFrom('talent_network').select(['id', 'name']).where('company_id', '=', scope.companyId).where('archived_at', 'is', null).orderBy(sql`lower(name)`).limit(limit).execute()
}

export async function listPages(db: Db, scope: CompanyScope, siteId: number, limit: number): Promise<{ id: number; name: string }[]> {
  return db
    .selectFrom('career_page').select(['id', 'name']).where('company_id', '=', scope.companyId).where('site_id', '=', siteId).where('archived_at', 'is', null).orderBy(sql`lower(name)`).limit(limit)
    .execute()
}

export type JobOption = { id: number; reference: string; title: string; town: string | null; is_confidential: boolean }

/** Jobs of a site by the start of title or reference (S33), in the order of their titles. */
export async function listJobs(db: Db, scope: CompanyScope, siteId: number, sight: Sight, { q, limit }: { q: string; limit: number }): Promise<JobOption[]> {
  const { rows } = await sql<JobOption>`
    select r.id, r.reference, r.title, r.town, r.is_confidential from job r
    where r.company_id = ${scope.companyId} and r.site_id = ${siteId} and r.archived_at is null
      ${sight.seesConfidential ? sql`` : sql`and not r.is_confidential`} ${q === '' ? sql`` : sql`and ${startsWith(q)}`}
    order by r.folded_title, r.id limit ${limit}`.execute(db)
  return rows
}
