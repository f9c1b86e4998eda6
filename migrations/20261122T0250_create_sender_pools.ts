import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What a recruiter picks under « Expéditeur » (S23): numbers and names that stand for one another, each for its countries.
create table sender_pool (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 120),
  is_default boolean not null default false,
  created_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id),
  check (not is_default or archived_at is null)
);
create unique index sender_pool_one_default on sender_pool (company_id) where is_default;

alter table sms_sender
  add column pool_id bigint,
  -- Where it sends to, by ISO code; empty: every country that the company allows.
  add column countries text[] not null default '{}',
  add column archived_at timestamptz;

-- What there is becomes a pool each, the same one first as before.
alter table sender_pool add column sender_id bigint;
insert into sender_pool (company_id, name, is_default, sender_id)
select company_id, left(case when count(*) over (partition by company_id, lower(label)) = 1 and label <> '' then label else btrim(label || ' ' || address) end, 120),
  row_number() over (partition by company_id order by is_default desc, label, id) = 1, id
from sms_sender;
update sms_sender s set pool_id = p.id from sender_pool p where p.sender_id = s.id;
alter table sender_pool drop column sender_id;
create unique index sender_pool_name on sender_pool (company_id, lower(name)) where archived_at is null;

alter table sms_sender
  alter column pool_id set not null,
  add constraint sms_sender_pool foreign key (company_id, pool_id) references sender_pool (company_id, id);
create index sms_sender_by_pool on sms_sender (company_id, pool_id, id);
-- The default is a pool now. The column stays for web processes of the version before, which read it.
drop index sms_sender_one_default;

alter table campaign
  -- A message to one person, opened from their record (S20).
  add column is_single boolean not null default false,
  -- Why people are texted although their box is not ticked (S100 to S103); only for people somebody picked.
  add column override_reason text check (length(override_reason) between 1 and 500),
  add constraint campaign_override_selected check (override_reason is null or audience ->> 'mode' = 'selected');

-- One row for each person who is texted all the same: who decided, why, and what was known of the refusal at that moment.
create table campaign_override (
  company_id bigint not null,
  recipient_id bigint primary key,
  campaign_id bigint not null,
  candidate_id bigint,
  e164 text not null,
  kind text not null check (kind in ('opted_out', 'no_consent')),
  -- As candidate_textability told it. Anything newer stops the text at the gate.
  refusal text not null,
  reason text not null check (length(reason) between 1 and 500),
  user_id bigint not null,
  at timestamptz not null default app_now(),
  foreign key (company_id, recipient_id) references recipient (company_id, id) on delete cascade,
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete set null (candidate_id),
  foreign key (company_id, user_id) references app_user (company_id, id)
);
create index campaign_override_campaign on campaign_override (company_id, campaign_id);
create index campaign_override_candidate on campaign_override (company_id, candidate_id) where candidate_id is not null;

-- A draft as it was before it was last changed in one go, so that a text replaced by a template can be had back.
create table campaign_previous (
  company_id bigint not null,
  campaign_id bigint primary key,
  state jsonb not null,
  saved_at timestamptz not null,
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade
);

-- Notes written by a launch leave with it.
create index follow_up_note_campaign on follow_up_note (company_id, campaign_id) where campaign_id is not null and kind = 'manual';

-- The same rule, and two things more. May somebody with the right to do so text this person all the same? Never over a STOP that
-- the person sent or tapped, and never over what the network or the provider reported (S103). And what stands against it, in a
-- word that changes with every newer refusal.
create or replace view candidate_textability as
select
  c.company_id,
  c.id as candidate_id,
  coalesce(m.textable, h.textable) as e164,
  case when m.textable is not null then m.country when h.textable is not null then h.country end as country,
  case
    when coalesce(m.textable, h.textable) is null and ((m.candidate_id is not null and m.e164 is null) or (h.candidate_id is not null and h.e164 is null)) then 'invalid_number'
    when coalesce(m.textable, h.textable) is null then 'no_number'
    when n.bounced_at is not null then 'bounced'
    when n.opted_out_at is not null then 'opted_out'
    when not c.consent_given then 'no_consent'
  end as reason,
  coalesce(m.textable, h.textable) is not null and n.bounced_at is null and (n.opted_out_at is not null or not c.consent_given)
    and (n.opted_out_at is null or n.opt_out_source in ('recruiter', 'import')) as is_overridable,
  concat(extract(epoch from n.opted_out_at), '/', extract(epoch from c.consent_at), '/',
    (select max(e.id) from consent_event e where e.company_id = c.company_id and e.candidate_id = c.id)) as refusal
from candidate c
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'mobile' and position = 1) m
  on m.company_id = c.company_id and m.candidate_id = c.id
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'home' and position = 1) h
  on h.company_id = c.company_id and h.candidate_id = c.id
left join phone n on n.company_id = c.company_id and n.e164 = coalesce(m.textable, h.textable);
  `.execute(db)
}
