import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What somebody is told. The sentence is made from kind and params, which hold ids and figures, never a person's data.
create table notification (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  user_id bigint not null,
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  campaign_id bigint,
  candidate_id bigint,
  -- The same news told again is one.
  dedupe_key text not null check (length(dedupe_key) between 1 and 200),
  params jsonb not null default '{}',
  at timestamptz not null default app_now(),
  read_at timestamptz,
  -- When a worker next asks whether it is to be mailed; null: never again.
  mail_at timestamptz default app_now(),
  -- It waits for a digest, or for working hours.
  waits_for text check (waits_for in ('digest', 'hours')),
  mailed_at timestamptz,
  unique (user_id, dedupe_key),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade,
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade
);
create index notification_list on notification (user_id, at desc, id desc);
create index notification_unread on notification (user_id) where read_at is null;
create index notification_to_mail on notification (mail_at) where mail_at is not null;
create index notification_campaign on notification (campaign_id) where campaign_id is not null;
create index notification_candidate on notification (candidate_id) where candidate_id is not null;
-- Answers to a campaign are one line that counts, until it is read.
create unique index notification_answers on notification (user_id, campaign_id) where kind = 'answers' and read_at is null;

-- What a person chose; whoever has no row never chose. Kinds left out of channels are as they are for everybody.
create table notification_setting (
  company_id bigint not null,
  user_id bigint primary key,
  channels jsonb not null default '{}',
  digest_hours smallint[] not null default '{8,14}'
    check (cardinality(digest_hours) between 1 and 2 and 0 <= all (digest_hours) and 23 >= all (digest_hours)),
  is_quiet boolean not null default true,
  work_days smallint[] not null default '{1,2,3,4,5}'
    check (cardinality(work_days) between 1 and 7 and 1 <= all (work_days) and 7 >= all (work_days)),
  work_from smallint not null default 8 check (work_from between 0 and 23),
  work_until smallint not null default 19 check (work_until between 1 and 24),
  -- Raised by every save: two windows never overwrite each other.
  version integer not null default 1,
  check (work_from < work_until),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);

-- Up to which version of an answer all of them are counted.
create table notification_mark (
  name text primary key,
  value bigint not null
);
insert into notification_mark (name, value) select 'answers', coalesce(max(id), 0) from answer_version;

-- Open pages hear of it once it is committed: topics with spaces between them.
create function tell_notification() returns trigger language plpgsql as $$
begin
  perform pg_notify('news', concat_ws(' ', 'user:' || new.user_id,
    case when tg_op = 'INSERT' then 'campaign:' || new.campaign_id end, case when tg_op = 'INSERT' then 'candidate:' || new.candidate_id end));
  return null;
end $$;
create trigger notification_told after insert on notification for each row execute function tell_notification();
create trigger notification_changed after update of params, at, read_at on notification for each row
  when (old.params is distinct from new.params or old.at is distinct from new.at or old.read_at is distinct from new.read_at) execute function tell_notification();
  `.execute(db)
}
