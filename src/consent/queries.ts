import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { OptOutSource } from './domain.ts'

export type OptChange = { e164: string; source: OptOutSource; userId?: number | null; campaignId?: number | null }

/**
 * The number wants no more SMS from this company; true when that is news. From the commit on no hand-over to it starts.
 * One statement: it takes part in the caller's transaction, or is one by itself.
 */
export async function recordOptOut(db: Db, scope: CompanyScope, change: OptChange): Promise<boolean> {
  const { rows } = await sql`
    with changed as (
      insert into phone (company_id, e164, opted_out_at, opt_out_source, opted_out_by)
      values (${scope.companyId}, ${change.e164}, app_now(), ${change.source}, ${change.userId ?? null})
      on conflict (company_id, e164) do update
        set opted_out_at = excluded.opted_out_at, opt_out_source = excluded.opt_out_source, opted_out_by = excluded.opted_out_by
        where phone.opted_out_at is null
      returning company_id, e164
    )
    insert into opt_out_event (company_id, e164, kind, source, user_id, campaign_id)
    select company_id, e164, 'opt_out', ${change.source}, ${change.userId ?? null}, ${change.campaignId ?? null} from changed
    returning id`.execute(db)
  return rows.length > 0
}

/** The number agrees to SMS again; true when it had opted out. */
export async function recordOptIn(db: Db, scope: CompanyScope, change: OptChange): Promise<boolean> {
  const { rows } = await sql`
    with changed as (
      update phone set opted_out_at = null, opt_out_source = null, opted_out_by = null
      where company_id = ${scope.companyId} and e164 = ${change.e164} and opted_out_at is not null
      returning company_id, e164
    )
    insert into opt_out_event (company_id, e164, kind, source, user_id, campaign_id)
    select company_id, e164, 'opt_in', ${change.source}, ${change.userId ?? null}, ${change.campaignId ?? null} from changed
    returning id`.execute(db)
  return rows.length > 0
}

/** What is known of a number; undefined when nothing ever was. */
export async function findPhone(db: Db, scope: CompanyScope, e164: string) {
  return db
    .selectFrom('phone')
    .select(['e164', 'opted_out_at', 'opt_out_source', 'opted_out_by', 'bounced_at', 'bounce_code', 'last_submit_at'])
    .where('company_id', '=', scope.companyId)
    .where('e164', '=', e164)
    .executeTakeFirst()
}
