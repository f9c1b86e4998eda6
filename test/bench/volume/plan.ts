import type pg from 'pg'
import { EXCLUSION_REASONS } from '../../../src/consent/domain.ts'
import { EVERYBODY } from '../../support/factories/campaigns.ts'
import type { Size } from './size.ts'

/** Campaigns under way, however many are over: an agency has so many hands. */
export const UNDER_WAY = ['in_process', 'in_process', 'in_process', 'scheduled', 'scheduled', 'scheduled', 'paused', 'suspended', 'error', 'in_process', 'scheduled', 'in_process'] as const
const RECIPIENTS_UNDER_WAY = 600

/** Most campaigns are small, one in twenty is twelve times the average; none is more than a fortieth of all. */
const WEIGHTS = [250, 30, 20, 15, 10, 10, 10, 8, 6, 5, 5, 5, 5, 3, 2, 2, 1, 1, 1, 1]

const YEARS = 3
const PER_DAY = 2_000

export type Ground = { companyId: number; senderId: number }

/** Its own bookkeeping, beside the product's tables. */
export async function openBook(admin: pg.Client): Promise<void> {
  await admin.query(`
    create schema if not exists volume;
    create table if not exists volume.held (name text primary key, definition text not null);
    create table if not exists volume.done (step text primary key);
    create unlogged table if not exists volume.person (n bigint primary key, candidate_id bigint not null, e164 text not null, country text not null);
    create table if not exists volume.plan (
      n bigint primary key, status text not null, kind text not null, size bigint not null, per_batch bigint not null, before bigint not null, first_batch bigint not null,
      begins timestamptz not null, start bigint not null, written boolean not null default false
    );`)
}

/** Does a step once, whatever was killed. */
export async function once(admin: pg.Client, step: string, work: () => Promise<void>): Promise<void> {
  const { rowCount } = await admin.query('select from volume.done where step = $1', [step])
  if (rowCount) return
  await admin.query('begin')
  await work()
  await admin.query('insert into volume.done (step) values ($1)', [step])
  await admin.query('commit')
}

/** Who can be texted, one for each number, in an order that has nothing to do with the records. */
export async function numberPeople(admin: pg.Client, { companyId }: Ground): Promise<void> {
  await admin.query(`
    insert into volume.person (n, candidate_id, e164, country)
    select row_number() over (order by md5(e164)), candidate_id, e164, 'FR'
    from (select e164, min(candidate_id) as candidate_id from candidate_phone where company_id = $1 and e164 is not null and is_textable group by e164) one`, [companyId])
  await admin.query('analyze volume.person')
}

/** Which campaign is how large, when it began, and which ids its rows get: what follows needs no other order. */
export async function planCampaigns(admin: pg.Client, size: Size): Promise<void> {
  const { rows: [found] } = await admin.query<{ people: number }>('select count(*)::int as people from volume.person')
  const people = found!.people
  await admin.query(`
    insert into volume.plan (n, status, kind, size, per_batch, before, first_batch, begins, start)
    with weighed as (
      select n, case when n > $1 - $4 then ($5::text[])[n - ($1 - $4)] when n % 60 = 7 then 'draft' when n % 40 = 11 then 'cancelled' else 'completed' end as status,
        ($6::int[])[1 + n % 20] as weight
      from generate_series(1, $1::bigint) n
    ), sized as (
      select n, status, case
          when status = 'draft' then 0
          when status in ('completed', 'cancelled') then least($3::bigint * 9 / 10, $2::bigint / 40, greatest(1, round(weight * $2::numeric / sum(weight) filter (where status in ('completed', 'cancelled')) over ())))
          else least($7::bigint, $3::bigint / 2) end::bigint as size
      from weighed
    ), batched as (
      select *, case when n > $1 - $4 then greatest(1, size / 3) else $8::bigint end as per_batch from sized
    )
    select n, status, case when n % 5 = 0 then 'simple' else 'availability' end, size, per_batch,
      coalesce(sum(size) over earlier, 0), coalesce(sum((size + per_batch - 1) / per_batch) over earlier, 0),
      case when n > $1 - $4 then now() - interval '1 day' else now() - interval '3 days' - make_interval(years => $9) * (($1 - n) / $1::float8) end,
      n * 7919 % $3
    from batched window earlier as (order by n rows between unbounded preceding and 1 preceding)`,
    [size.campaigns, size.recipients, people, UNDER_WAY.length, UNDER_WAY, WEIGHTS, RECIPIENTS_UNDER_WAY, PER_DAY, YEARS])
}

export async function insertCampaigns(admin: pg.Client, { companyId, senderId }: Ground): Promise<void> {
  const refusals = Object.fromEntries(EXCLUSION_REASONS.map((reason) => [reason, 0]))
  await admin.query(`
    insert into campaign (company_id, id, name, kind, status, created_by, sender_id, template_id, template_version, audience, audience_counts, campaign_code_id, launch_key, launched_at, launched_by,
      starts, starts_at, ends_at, undo_until, start_on, start_time, time_zone, closes_at, closing_told, finished_at, status_reason, created_at, updated_at, bodies_removed_at, comments_removed_at)
    overriding system value
    select $1, p.n, (array['Coffreurs', 'Maçons', 'Caristes', 'Grutiers', 'Électriciens', 'Soudeurs'])[1 + p.n % 6] || ' ' || (array['Lyon', 'Lille', 'Nantes', 'Grenoble'])[1 + p.n % 4] || ' nº ' || p.n,
      p.kind, p.status, u.id, $2, t.id, 1, $3, case when p.status <> 'draft' then $4::jsonb || jsonb_build_object('total', p.size + p.size / 20, 'opted_out', p.size / 20, 'recipients', p.size) end,
      case when p.n % 3 = 0 then k.id end, case when p.status <> 'draft' then gen_random_uuid() end, launched, case when p.status <> 'draft' then u.id end, 'later', launched, ends, null,
      launched::date, launched::time(0), 'Europe/Paris', ends + interval '14 days', case when ends + interval '14 days' < now() then ends + interval '14 days' end,
      case when p.status in ('completed', 'cancelled') then ends + interval '1 hour' end, case when p.status = 'suspended' then 'drop_rate' end, p.begins - interval '2 hours', p.begins,
      case when p.status in ('completed', 'cancelled') and ends < now() - interval '91 days' then ends + interval '91 days' end,
      case when p.status in ('completed', 'cancelled') and ends < now() - interval '13 months' then ends + interval '13 months' end
    from volume.plan p
    cross join lateral (select case when p.status <> 'draft' then p.begins end as launched) l
    cross join lateral (select l.launched + greatest(0, (p.size - 1) / p.per_batch) * interval '1 day' as ends) e
    left join volume.writer u on u.n = p.n % (select count(*) from volume.writer)
    left join volume.template t on t.n = p.n % (select count(*) from volume.template)
    left join volume.code k on k.n = p.n % (select count(*) from volume.code)`,
    [companyId, senderId, JSON.stringify(EVERYBODY), JSON.stringify(refusals)])
  await admin.query(`
    insert into campaign_text (company_id, campaign_id, language, body) select $1, n, 'fr', 'Bonjour {prenom|}, {agence} cherche des profils. Etes-vous libre lundi ? {lien}' || chr(10) || '{stop}' from volume.plan`, [companyId])
  await admin.query(`
    insert into campaign_event (company_id, campaign_id, user_id, kind, detail, at)
    select $1, p.n, c.created_by, e.kind, e.detail::jsonb, p.begins + e.after
    from volume.plan p join campaign c on c.id = p.n, (values ('launched', '{"recipients":1}', interval '0'), ('completed', '{}', interval '1 hour')) e (kind, detail, after)
    where p.status <> 'draft' and (e.kind = 'launched' or p.status = 'completed')`, [companyId])
  await admin.query(`
    insert into batch (company_id, id, campaign_id, no, local_date, due_at, state, started_at, finished_at, reminded_at)
    overriding system value
    select $1, p.first_batch + no, p.n, no, due::date, due, state, case when state in ('running', 'done') then due end, case when state = 'done' then due + interval '10 minutes' end, case when state = 'done' then due end
    from volume.plan p cross join lateral generate_series(1, (p.size + p.per_batch - 1) / p.per_batch) no
    cross join lateral (select p.begins + (no - 1) * interval '1 day' + case when p.status = 'scheduled' then interval '2 days' else interval '0' end as due) d
    cross join lateral (select case
      when p.status = 'completed' then 'done' when p.status = 'cancelled' then case when no = 1 then 'done' else 'cancelled' end
      when p.status = 'scheduled' then 'planned' when no = 1 then 'done' when no = 2 then 'running' else 'planned' end as state) s`, [companyId])
}
