import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { isOpen } from '../messaging/sending.queries.ts'

/** Beyond so many nobody needs the exact number, and counting would cost. */
const MOST_COUNTED = 100_000

/** A doubt that no receipt has ended by then will not end by itself; it was told of long before. */
const DOUBT_HOURS = 80

/** A balance that is older says nothing any more. */
const BALANCE_HOURS = 6

export type Figures = {
  /** By the database's clock. */
  now: Date
  /** Texts that may leave at this moment, at most `MOST_COUNTED`, and since when the oldest may. */
  due: number
  dueSeconds: number
  doubts: number
  doubtSeconds: number
  heldBatches: number
  stoppedCampaigns: number
  /** Events of the provider that are stored and not applied, without those about unknown hand-overs. */
  waitingEvents: number
  waitingEventSeconds: number
  orphans: number
  isBreakerOpen: boolean
  suspendedReason: string | null
  pace: number
  /** In euros; null where it was not told lately. */
  balance: number | null
  /** Null before the first worker. */
  workerSeconds: number | null
  mailSeconds: number
  /** Of the budget that is nearest to its end: 1 is used up. */
  budgetUsed: number
  backupSeconds: number | null
  databaseBytes: number
}

/**
 * Everything that an operator watches in one statement of many small looks, each at an index that holds only what is open: it
 * costs the same however much was ever sent.
 */
export async function readFigures(db: Db): Promise<Figures> {
  const { rows } = await sql<Figures>`
    with running as materialized (
      select b.id from batch b join campaign c on c.company_id = b.company_id and c.id = b.campaign_id join company o on o.id = b.company_id
      where b.state = 'running' and ${isOpen}
    ), due as materialized (
      select next_attempt_at from (
        select m.next_attempt_at from running r cross join lateral (
          select next_attempt_at from message where batch_id = r.id and state = 'queued' and next_attempt_at <= app_now() order by next_attempt_at, id limit ${MOST_COUNTED}
        ) m
        union all
        select next_attempt_at from message where batch_id is null and purpose <> 'campaign' and state = 'queued' and next_attempt_at <= app_now()
      ) every limit ${MOST_COUNTED}
    ), queue as (
      select count(*) as due, ${secondsSince(sql`min(next_attempt_at)`)} as "dueSeconds" from due
    ), doubt as (
      select count(*) as doubts, ${secondsSince(sql`min(submitted_at) filter (where submitted_at > app_now() - make_interval(hours => ${DOUBT_HOURS}))`)} as "doubtSeconds"
      from message where state = 'in_doubt'
    ), event as (
      select count(*) filter (where not is_orphan) as "waitingEvents", ${secondsSince(sql`min(received_at) filter (where not is_orphan)`)} as "waitingEventSeconds", count(*) filter (where is_orphan) as orphans
      from (select received_at, result is not distinct from 'orphan' as is_orphan from provider_event where applied_at is null) waiting
    )
    select app_now() as now, queue.*, doubt.*, event.*,
      (select count(*) from batch where state = 'held') as "heldBatches",
      (select count(*) from campaign where status in ('suspended', 'error')) as "stoppedCampaigns",
      a.open_until is not null as "isBreakerOpen", case when a.suspended_at is not null then coalesce(a.suspended_reason, '') end as "suspendedReason", a.pace,
      case when a.balance_at > app_now() - make_interval(hours => ${BALANCE_HOURS}) then a.balance end as balance,
      extract(epoch from app_now() - a.worked_at)::double precision as "workerSeconds",
      (select ${secondsSince(sql`min(next_attempt_at)`)} from mail where status = 'waiting') as "mailSeconds",
      coalesce(greatest(${usedOfDays}, ${usedOfCampaigns}), 0)::double precision as "budgetUsed",
      (select extract(epoch from app_now() - backed_up_at)::double precision from installation) as "backupSeconds",
      pg_database_size(current_database()) as "databaseBytes"
    from provider_account a, queue, doubt, event`.execute(db)
  const figures = rows[0]
  if (!figures) throw new Error('provider_account has no row')
  return figures
}

export type TaskFigures = { readyTasks: number; activeTasks: number; failedTasks: number }

/** As the queue counted them lately; nothing before it was first prepared. */
export async function readTaskFigures(db: Db): Promise<TaskFigures> {
  const { rows: [queue] } = await sql<{ is_there: boolean }>`select to_regclass('pgboss.queue') is not null as is_there`.execute(db)
  if (!queue?.is_there) return { readyTasks: 0, activeTasks: 0, failedTasks: 0 }
  const { rows } = await sql<TaskFigures>`
    select coalesce(sum(ready_count), 0)::integer as "readyTasks", coalesce(sum(active_count), 0)::integer as "activeTasks", coalesce(sum(failed_count), 0)::integer as "failedTasks"
    from pgboss.queue`.execute(db)
  return rows[0]!
}

/** 0 when there is nothing, or only something to come. */
function secondsSince(moment: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`coalesce(greatest(0, extract(epoch from app_now() - ${moment})), 0)::double precision`
}

const usedOfDays = sql`(
  select max(d.segments / nullif((s.value #>> '{}')::numeric, 0))
  from company_setting s join company o on o.id = s.company_id join day_spend d on d.company_id = s.company_id and d.local_date = (app_now() at time zone o.time_zone)::date
  where s.name = 'budget.day_segments' and jsonb_typeof(s.value) = 'number')`

const usedOfCampaigns = sql`(
  select max(d.segments / nullif((s.value #>> '{}')::numeric, 0))
  from company_setting s join campaign c on c.company_id = s.company_id and c.status in ('scheduled', 'in_process', 'paused') join campaign_spend d on d.campaign_id = c.id
  where s.name = 'budget.campaign_segments' and jsonb_typeof(s.value) = 'number')`
