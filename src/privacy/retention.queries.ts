import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { RetentionKind } from './retention.domain.ts'
import type { Step } from './retention.steps.queries.ts'

export type Counted = { n: number; oldest: Date | null }

/** What the next run would remove, now. */
export async function countDue(db: Db, steps: readonly Pick<Step, 'due'>[]): Promise<Counted> {
  const { rows } = await sql<Counted>`
    select count(*) as n, min(at) as oldest from (${sql.join(steps.map(({ due }) => sql`select due.at from (${due}) as due`), sql` union all `)}) as every`.execute(db)
  return rows[0]!
}

/** One batch: few rows, for a moment, and never one that somebody else holds. */
export async function removeDue(trx: Transaction<DB>, step: Step, limit: number): Promise<Counted> {
  await sql`select set_config('app.purging', 'on', true)`.execute(trx)
  const { rows } = await sql<Counted>`
    with gone as materialized (${step.due} limit ${limit}::int for no key update of ${step.lock} skip locked)
    ${step.act}
    select count(*) as n, min(at) as oldest from gone`.execute(trx)
  return rows[0]!
}

export async function markGoneThrough(db: Db, after: NonNullable<Step['after']>): Promise<void> {
  await after.execute(db)
}

/** People nobody has had anything to do with for so many months, and who are in no campaign that goes on. */
export function untouched({ companyId }: CompanyScope, monthsKept: number) {
  const before = sql`app_now() - make_interval(months => ${monthsKept}::int)`
  return sql<{ id: number; at: Date }>`
    select c.id, c.updated_at as at from candidate c
    where c.company_id = ${companyId} and c.updated_at < ${before} and c.created_at < ${before} and coalesce(c.availability_updated_at < ${before}, true)
      and not exists (select from follow_up_note n where n.company_id = c.company_id and n.candidate_id = c.id and n.created_at >= ${before})
      and not exists (select from message m where m.company_id = c.company_id and m.candidate_id = c.id and m.created_at >= ${before})
      and not exists (select from reply y where y.company_id = c.company_id and y.candidate_id = c.id and y.received_at >= ${before})
      and not exists (select from talent_list_member l where l.company_id = c.company_id and l.candidate_id = c.id and l.added_at >= ${before})
      and not exists (
        select from (
          select recipient_id from recipient_profile p where p.company_id = c.company_id and p.candidate_id = c.id
          union select own.id from recipient own where own.company_id = c.company_id and own.candidate_id = c.id
        ) as texted join recipient r on r.id = texted.recipient_id join campaign k on k.id = r.campaign_id left join answer a on a.recipient_id = r.id
        where (k.status not in ('completed', 'cancelled') or (k.closed_at is null and coalesce(k.closes_at, 'infinity') > app_now()) or a.answered_at >= ${before}))`
}

export async function listUntouched(db: Db, scope: CompanyScope, monthsKept: number, after: number, limit: number): Promise<{ id: number; at: Date }[]> {
  const { rows } = await sql<{ id: number; at: Date }>`${untouched(scope, monthsKept)} and c.id > ${after} order by c.id limit ${limit}`.execute(db)
  return rows
}

/** Events of nobody we know: they are about no text of ours. */
export async function removeOrphans(db: Db, olderThanDays: number, limit: number): Promise<number> {
  const result = await sql`
    delete from provider_event where id in (
      select e.id from provider_event e
      where e.received_at < app_now() - make_interval(days => ${olderThanDays}::int)
        and not exists (select from send_attempt a where a.provider_id = e.body ->> 'message_uuid')
        and not exists (select from reply y where y.provider_id = e.body ->> 'message_uuid')
      order by e.id limit ${limit} for update skip locked)`.execute(db)
  return Number(result.numAffectedRows ?? 0)
}

export async function listCompanies(db: Db): Promise<number[]> {
  const rows = await db.selectFrom('company').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

export type Run = { kind: RetentionKind; removed: number; oldest: Date | null; started_at: Date; finished_at: Date; is_complete: boolean }

/** Writes down what a run did, and forgets runs of long ago. */
export async function noteRun(trx: Transaction<DB>, scope: CompanyScope, run: Omit<Run, 'finished_at'>): Promise<void> {
  await trx.insertInto('retention_run').values({ company_id: scope.companyId, kind: run.kind, removed: run.removed, oldest: run.oldest, started_at: run.started_at, is_complete: run.is_complete }).execute()
  await sql`delete from retention_run where company_id = ${scope.companyId} and kind = ${run.kind} and finished_at < app_now() - interval '400 days'`.execute(trx)
}

/** The last run of each kind. */
export async function listLastRuns(db: Db, scope: CompanyScope): Promise<Run[]> {
  const { rows } = await sql<Run>`
    select distinct on (kind) kind, removed, oldest, started_at, finished_at, is_complete from retention_run where company_id = ${scope.companyId} order by kind, id desc`.execute(db)
  return rows
}

