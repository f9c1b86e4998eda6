import { sql, type RawBuilder } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import { emittingOptOuts } from '../webhooks/emit.queries.ts'
import type { OptOutSource } from './domain.ts'

/** Numbers of several companies at once, as the sending of all companies meets them. */
export type CompanyNumber = { companyId: number; e164: string }
export type OptChange = {
  e164: string
  source: OptOutSource
  userId?: number | null
  campaignId?: number | null
  /** Why somebody took an opt-out back. */
  reason?: string | null
}

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
        set opted_out_at = excluded.opted_out_at, opt_out_source = excluded.opt_out_source, opted_out_by = excluded.opted_out_by, held_at = null
        where phone.opted_out_at is null
          -- What the person or the provider says weighs more than what somebody wrote down for them: nobody may text over it (S103).
          or (phone.opt_out_source in ('recruiter', 'import', 'api') and excluded.opt_out_source in ('sms', 'page', 'provider'))
      returning company_id, e164
    ), told as (
      insert into opt_out_event (company_id, e164, kind, source, user_id, campaign_id)
      select company_id, e164, 'opt_out', ${change.source}, ${change.userId ?? null}, ${change.campaignId ?? null} from changed
      returning *
    ), emitted as (${emittingOptOuts(sql`told`)})
    select id from told`.execute(db)
  return rows.length > 0
}

/** The number agrees to SMS again; true when it had opted out. A recruiter lifts only what the agency wrote down or judged itself (S103), another program only what such a program wrote down. */
export async function recordOptIn(db: Db, scope: CompanyScope, change: OptChange): Promise<boolean> {
  const { rows } = await sql`
    with changed as (
      update phone set opted_out_at = null, opt_out_source = null, opted_out_by = null
      where company_id = ${scope.companyId} and e164 = ${change.e164} and opted_out_at is not null
        and (${change.source} <> 'recruiter' or opt_out_source in ('recruiter', 'import', 'api') or (opt_out_source = 'sms' and opted_out_by is not null))
        and (${change.source} <> 'api' or opt_out_source = 'api')
      returning company_id, e164
    ), told as (
      insert into opt_out_event (company_id, e164, kind, source, user_id, campaign_id, reason)
      select company_id, e164, 'opt_in', ${change.source}, ${change.userId ?? null}, ${change.campaignId ?? null}, ${change.reason ?? null} from changed
      returning *
    ), emitted as (${emittingOptOuts(sql`told`)})
    select id from told`.execute(db)
  return rows.length > 0
}

/**
 * Nothing more is sent to the number until somebody has read a text that may be a STOP. False where there is nothing to wait
 * for: the number has opted out.
 */
export async function holdNumber(db: Db, scope: CompanyScope, { e164, campaignId = null }: { e164: string; campaignId?: number | null }): Promise<boolean> {
  const { rows } = await sql<{ isHeld: boolean }>`
    with changed as (
      insert into phone (company_id, e164, held_at) values (${scope.companyId}, ${e164}, app_now())
      on conflict (company_id, e164) do update set held_at = app_now() where phone.held_at is null and phone.opted_out_at is null
      returning company_id, e164
    ), told as (
      insert into opt_out_event (company_id, e164, kind, source, campaign_id) select company_id, e164, 'held', 'sms', ${campaignId} from changed
    )
    select exists (select from changed) or exists (select from phone where company_id = ${scope.companyId} and e164 = ${e164} and held_at is not null) as "isHeld"`.execute(db)
  return rows[0]?.isHeld ?? false
}

/** It was no STOP, or the person says START: `userId` is who decided so. True when the number was held. */
export async function releaseNumber(db: Db, scope: CompanyScope, { e164, userId = null }: { e164: string; userId?: number | null }): Promise<boolean> {
  const { rows } = await sql`
    with changed as (
      update phone set held_at = null where company_id = ${scope.companyId} and e164 = ${e164} and held_at is not null returning company_id, e164
    )
    insert into opt_out_event (company_id, e164, kind, source, user_id)
    select company_id, e164, 'released', ${userId === null ? 'sms' : 'recruiter'}, ${userId} from changed
    returning id`.execute(db)
  return rows.length > 0
}

/** What is known of a number; undefined when nothing ever was. */
export async function findPhone(db: Db, scope: CompanyScope, e164: string) {
  return db
    .selectFrom('phone')
    .select(['e164', 'opted_out_at', 'opt_out_source', 'opted_out_by', 'held_at', 'bounced_at', 'bounce_code', 'last_submit_at'])
    .where('company_id', '=', scope.companyId)
    .where('e164', '=', e164)
    .executeTakeFirst()
}

/** Makes sure that every number has its row, because only a row can be locked; returns those that had none. */
export async function ensurePhones(db: Db, numbers: readonly CompanyNumber[]): Promise<CompanyNumber[]> {
  if (numbers.length === 0) return []
  const { rows } = await sql<CompanyNumber>`
    insert into phone (company_id, e164)
    select distinct company_id, e164 from ${unnestNumbers(numbers)} order by company_id, e164
    on conflict do nothing
    returning company_id as "companyId", e164`.execute(db)
  return rows
}

/**
 * A query: what forbids an SMS to these numbers, held still until the transaction ends. An opt-out waits for it, or it for the
 * opt-out. Always taken before messages are locked, and in one order, so that nobody waits in a circle.
 */
export function lockingPhones(numbers: readonly CompanyNumber[]) {
  return sql`
    select p.company_id, p.e164, p.opted_out_at is not null as opted_out, p.opted_out_at, p.opt_out_source, p.held_at is not null as held, p.bounced_at is not null as bounced, p.last_submit_at
    from phone p
    where (p.company_id, p.e164) in (select company_id, e164 from ${unnestNumbers(numbers)})
    order by p.company_id, p.e164
    for no key update`
}

/** A statement: the numbers of `source`, a name with `company_id` and `e164`, were texted at `at`. */
export function markingTexted(source: RawBuilder<unknown>, at: Date) {
  return sql`update phone set last_submit_at = ${at} where (company_id, e164) in (select company_id, e164 from ${source})`
}

/** The network says that this number cannot be reached, for good. */
export async function recordBounce(db: Db, scope: CompanyScope, bounce: { e164: string; code: string | null }): Promise<void> {
  await sql`
    insert into phone (company_id, e164, bounced_at, bounce_code) values (${scope.companyId}, ${bounce.e164}, app_now(), ${bounce.code})
    on conflict (company_id, e164) do update set bounced_at = excluded.bounced_at, bounce_code = excluded.bounce_code
    where phone.bounced_at is null`.execute(db)
}

/** A delivery proves that the number works after all. */
export async function forgetBounce(db: Db, scope: CompanyScope, e164: string): Promise<void> {
  await db
    .updateTable('phone')
    .set({ bounced_at: null, bounce_code: null })
    .where('company_id', '=', scope.companyId)
    .where('e164', '=', e164)
    .where('bounced_at', 'is not', null)
    .execute()
}

function unnestNumbers(numbers: readonly CompanyNumber[]) {
  return sql`unnest(${numbers.map(({ companyId }) => companyId)}::bigint[], ${numbers.map(({ e164 }) => e164)}::text[]) as given (company_id, e164)`
}
