import { sql } from 'kysely'
import type { ExclusionReason } from '../consent/domain.ts'
import type { Audience } from '../candidates/domain.ts'
import { notFound } from '../core/problem.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { AudienceRow } from './audience.queries.ts'

/** Who was counted in a line when the campaign was launched. Rows are paged by what they carry as `rank`. */
export async function listFrozenPeople(db: Db, scope: CompanyScope, campaignId: number, reason: ExclusionReason | null, page: { afterRank: number; limit: number }): Promise<AudienceRow[]> {
  const { rows } = reason === null
    ? await sql<AudienceRow>`
        select coalesce(r.candidate_id, 0) as id, r.rank, r.e164, coalesce(c.first_name, '') as first_name, coalesce(c.last_name, '') as last_name, c.trade, c.town, null as twin_id, null as twin_name
        from recipient r left join candidate c on c.company_id = r.company_id and c.id = r.candidate_id
        where r.company_id = ${scope.companyId} and r.campaign_id = ${campaignId} and r.rank > ${page.afterRank}
        order by r.rank limit ${page.limit}`.execute(db)
    : await sql<AudienceRow>`
        select x.candidate_id as id, x.candidate_id as rank, t.e164, c.first_name, c.last_name, c.trade, c.town, twin.candidate_id as twin_id, concat_ws(' ', tc.first_name, tc.last_name) as twin_name
        from (
          select company_id, campaign_id, candidate_id, reason from campaign_exclusion
          where company_id = ${scope.companyId} and campaign_id = ${campaignId} and reason = ${reason} and candidate_id > ${page.afterRank}
          order by candidate_id limit ${page.limit}
        ) as x
        join candidate c on c.company_id = x.company_id and c.id = x.candidate_id
        join candidate_textability t on t.company_id = x.company_id and t.candidate_id = x.candidate_id
        left join recipient_profile p on x.reason = 'duplicate_number' and p.candidate_id = x.candidate_id and p.recipient_id in (select id from recipient where campaign_id = x.campaign_id)
        left join recipient twin on twin.id = p.recipient_id
        left join candidate tc on tc.company_id = x.company_id and tc.id = twin.candidate_id
        order by x.candidate_id`.execute(db)
  return rows
}

/** What a text may say of somebody of the company. */
export async function getPerson(db: Db, scope: CompanyScope, id: number): Promise<{ id: number; first_name: string; last_name: string; trade: string; town: string; branch: string }> {
  const { rows } = await sql<{ id: number; first_name: string; last_name: string; trade: string; town: string; branch: string }>`
    select c.id, c.first_name, c.last_name, coalesce(c.trade, '') as trade, coalesce(c.town, '') as town, coalesce(b.name, '') as branch
    from candidate c left join branch b on b.company_id = c.company_id and b.id = c.branch_id where c.company_id = ${scope.companyId} and c.id = ${id}`.execute(db)
  if (!rows[0]) throw notFound('candidate')
  return rows[0]
}

/** The one person of an audience; undefined when it is not of this company. */
export async function findPersonName(db: Db, scope: CompanyScope, audience: Audience): Promise<{ id: number; first_name: string; last_name: string } | undefined> {
  if (audience.mode !== 'selected') return undefined
  return db.selectFrom('candidate').select(['id', 'first_name', 'last_name']).where('company_id', '=', scope.companyId).where('id', 'in', audience.ids).executeTakeFirst()
}
