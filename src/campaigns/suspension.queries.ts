/** What the clock asks about all campaigns that are sending: each row carries its own company. */
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { ACTION_FROM } from './domain.ts'
import type { Outcomes } from './suspension.domain.ts'

export type Sending = { companyId: number; campaignId: number; settings: { name: string; value: unknown }[] }

/** Campaigns that are sending, with what their companies decided about suspension. */
export async function listSending(db: Db): Promise<Sending[]> {
  const { rows } = await sql<Sending>`
    select c.company_id as "companyId", c.id as "campaignId",
      coalesce((select jsonb_agg(jsonb_build_object('name', s.name, 'value', s.value)) from company_setting s where s.company_id = c.company_id and s.name like 'suspension.%'), '[]') as settings
    from campaign c where c.status = any(${[...ACTION_FROM.pause]}::text[]) and c.closed_at is null`.execute(db)
  return rows
}

/**
 * What became of the texts of these campaigns since each was launched or released: the newest settled ones, as many as each
 * is judged by. A number that opted out because of the campaign counts as failed, however well the text arrived.
 */
export async function measureOutcomes(db: Db, given: readonly { campaignId: number; last: number; fromStart: number }[]): Promise<(Outcomes & { campaignId: number })[]> {
  const { rows } = await sql<Outcomes & { campaignId: number }>`
    select c.id as "campaignId", newest.finals, newest.failed, newest.rejected,
      newest.seen > newest.rejected or newest.rejected = 0 or exists (
        select from message m where m.campaign_id = c.id and m.state in ('accepted', 'delivered', 'undelivered') and m.submitted_at >= since.at) as "anyTaken"
    from unnest(${given.map(({ campaignId }) => campaignId)}::bigint[], ${given.map(({ last }) => last)}::integer[], ${given.map(({ fromStart }) => fromStart)}::integer[]) as given (id, last, from_start)
    join campaign c on c.id = given.id
    cross join lateral (select coalesce(c.released_at, c.launched_at) as at) as since
    cross join lateral (
      select count(*) as seen, count(*) filter (where final.place <= given.last) as finals, count(*) filter (where final.state = 'rejected') as rejected,
        count(*) filter (where final.place <= given.last and (final.state <> 'delivered' or exists (
          select from opt_out_event o join phone p on p.company_id = o.company_id and p.e164 = o.e164
          where o.company_id = c.company_id and o.campaign_id = c.id and o.e164 = final.e164 and o.kind = 'opt_out' and p.opted_out_at is not null))) as failed
      from (
        select m.state, m.e164, row_number() over (order by m.settled_at desc) as place from message m
        where m.campaign_id = c.id and m.state in ('delivered', 'undelivered', 'rejected') and m.settled_at >= since.at
        order by m.settled_at desc limit greatest(given.last, given.from_start)
      ) as final
    ) as newest`.execute(db)
  return rows
}
