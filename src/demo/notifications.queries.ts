import { sql, type Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import { tellingSenders } from '../notifications/queries.ts'
import type { Opened } from './setup.queries.ts'

/** What senders were told lately: older lines have been read, and nothing of it is mailed. Answers of before count as told. */
export async function insertNotifications(trx: Transaction<DB>, { scope }: Opened): Promise<void> {
  const { companyId } = scope
  await tellingSenders(sql`(select * from campaign_event where company_id = ${companyId} and at > app_now() - interval '14 days')`).execute(trx)
  await sql`
    update notification n set at = e.at, mail_at = null, read_at = case when e.at < app_now() - interval '3 days' then e.at + interval '1 hour' end
    from campaign_event e where e.company_id = ${companyId} and n.company_id = ${companyId} and n.dedupe_key = 'event:' || e.id`.execute(trx)
  await sql`
    insert into notification (company_id, user_id, kind, campaign_id, dedupe_key, params, at, mail_at)
    select ${companyId}, c.launched_by, 'answers', c.id, 'answers:' || c.id || ':demo', jsonb_build_object('since', moments.since, 'until', moments.until, 'count', told.n, 'yes', told.yes, 'noes', told.n - told.yes), told.until, null
    from campaign c
    cross join lateral (
      select count(*) as n, count(*) filter (where a.choice = 'yes') as yes, max(a.answered_at) as until
      from recipient r join answer a on a.recipient_id = r.id where r.campaign_id = c.id and a.answered_at > app_now() - interval '1 day'
    ) as told
    cross join lateral (select (extract(epoch from app_now() - interval '1 day') * 1000000)::bigint as since, (extract(epoch from told.until) * 1000000)::bigint as until) as moments
    where c.company_id = ${companyId} and c.status = 'in_process' and told.n > 0
    order by c.id`.execute(trx)
  await sql`update notification_mark set value = coalesce((select max(id) from answer_version), value) where name = 'answers'`.execute(trx)
}
