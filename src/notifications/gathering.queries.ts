import { sql, type Transaction } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

/** One worker at a time counts; another passes by. */
export async function takeGathering(trx: Transaction<DB>): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(hashtextextended('notifications.gather', 0)) as taken`.execute(trx)
  return rows[0]!.taken
}

/** An answer may become visible after one with a higher number; it is never that late. */
const SETTLED_AFTER_SECONDS = 60

const micro = (column: string) => sql.raw(`(extract(epoch from ${column}) * 1000000)::bigint`)

/**
 * Counts the answers that those who are told of each campaign's have not been told of, into the one unread line each of them has.
 * Counted anew each time, so that running twice, or breaking off, changes nothing. Campaigns of many companies: each row carries its own.
 */
export async function tellAnswers(trx: Transaction<DB>): Promise<void> {
  await sql`
    with changed as (
      -- New answers are few, which the planner cannot know: each asks for its own recipient, and nobody reads them all.
      select distinct r.campaign_id from answer_version v cross join lateral (select campaign_id from recipient where id = v.recipient_id offset 0) r
      where v.id > (select value from notification_mark where name = 'answers')
    ), listener as (
      select c.company_id, c.id as campaign_id, u.user_id, coalesce(
        (select (n.params ->> 'since')::bigint from notification n where n.user_id = u.user_id and n.campaign_id = c.id and n.kind = 'answers' and n.read_at is null),
        (select max((n.params ->> 'until')::bigint) from notification n where n.user_id = u.user_id and n.campaign_id = c.id and n.kind = 'answers'),
        ${micro('c.launched_at')}) as since
      from changed join campaign c on c.id = changed.campaign_id join campaign_listener u on u.campaign_id = c.id
      where c.launched_at is not null
    ), counted as (
      select s.company_id, s.campaign_id, s.user_id, s.since, count(*) as n, count(*) filter (where a.choice = 'yes') as yes, max(a.answered_at) as until
      from listener s cross join lateral (select id from recipient where campaign_id = s.campaign_id offset 0) r
      cross join lateral (select choice, answered_at from answer where recipient_id = r.id offset 0) a
      where a.answered_at > to_timestamp(0) + s.since * interval '1 microsecond'
      group by s.company_id, s.campaign_id, s.user_id, s.since
    )
    insert into notification (company_id, user_id, kind, campaign_id, dedupe_key, at, params)
    select company_id, user_id, 'answers', campaign_id, 'answers:' || campaign_id || ':' || since, until,
      jsonb_build_object('since', since, 'until', ${micro('until')}, 'count', n, 'yes', yes, 'noes', n - yes)
    from counted order by user_id, campaign_id
    on conflict (user_id, campaign_id) where kind = 'answers' and read_at is null do update set params = excluded.params, at = excluded.at,
      waits_for = case when notification.mail_at is not null then notification.waits_for end,
      mail_at = coalesce(notification.mail_at, app_now())
    where notification.params is distinct from excluded.params`.execute(trx)
  await sql`
    update notification_mark set value = coalesce((
      select max(v.id) from answer_version v where v.id > value and v.answered_at < app_now() - make_interval(secs => ${SETTLED_AFTER_SECONDS})), value)
    where name = 'answers'`.execute(trx)
}

/** While the provider refuses the account, whoever has a campaign under way is told, once for each time. */
export async function tellTrouble(db: Db): Promise<void> {
  await sql`
    insert into notification (company_id, user_id, kind, campaign_id, dedupe_key, params)
    select c.company_id, u.id, 'campaign_error', c.id, 'account:' || c.id || ':' || ${micro('p.suspended_at')}, jsonb_build_object('reason', 'account')
    from provider_account p join campaign c on c.status = 'in_process' and p.suspended_at is not null
    join app_user u on u.company_id = c.company_id and u.id = coalesce(c.launched_by, c.created_by) and u.disabled_at is null
    order by u.id, c.id
    on conflict do nothing`.execute(db)
}
