import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create table campaign (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 160),
  kind text not null check (kind in ('simple', 'availability')),
  status text not null default 'draft'
    check (status in ('draft', 'scheduled', 'in_process', 'paused', 'completed', 'cancelled', 'suspended', 'error')),
  -- Raised by every change of a draft; the check page launches exactly the version it showed.
  version integer not null default 1,
  created_by bigint not null,
  sender_id bigint not null,
  template_id bigint,
  template_version integer,
  -- Whom it was made for: {"mode":"selected","ids":[…]} or {"mode":"query","filters":{…},"except":[…]}.
  audience jsonb not null,
  limit_to integer check (limit_to > 0),
  internal_comment text,
  -- Question shown on the page instead of the branding's, for this campaign only.
  question text check (length(question) <= 160),
  launch_key uuid,
  launched_at timestamptz,
  launched_by bigint,
  -- The intent of the schedule: local date and time; batches hold the instants.
  start_on date,
  start_time time,
  time_zone text not null,
  allow_weekends boolean not null default false,
  closes_at timestamptz,
  closed_at timestamptz,
  finished_at timestamptz,
  status_reason text,
  status_detail jsonb not null default '{}',
  -- Frozen at launch: {"total":…,"no_number":…,…,"recipients":…}.
  audience_counts jsonb,
  tested_at timestamptz,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  unique (company_id, id),
  unique (company_id, launch_key),
  check ((status = 'draft') = (launched_at is null)),
  check ((status in ('completed', 'cancelled')) = (finished_at is not null)),
  foreign key (company_id, created_by) references app_user (company_id, id),
  foreign key (company_id, launched_by) references app_user (company_id, id),
  foreign key (company_id, sender_id) references sms_sender (company_id, id),
  foreign key (company_id, template_id) references message_template (company_id, id)
);
create index campaign_list on campaign (company_id, status, launched_at desc, id desc);
create index campaign_recent on campaign (company_id, (coalesce(launched_at, created_at)) desc, id desc);

create table campaign_text (
  company_id bigint not null,
  campaign_id bigint not null,
  language text not null check (language in ('fr', 'en')),
  body text not null check (length(body) between 1 and 1600),
  primary key (campaign_id, language),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade
);

create table campaign_event (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  campaign_id bigint not null,
  user_id bigint,
  kind text not null,
  detail jsonb not null default '{}',
  at timestamptz not null default app_now(),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id)
);
create index campaign_event_campaign on campaign_event (company_id, campaign_id, id desc);

create table batch (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  campaign_id bigint not null,
  no integer not null check (no > 0),
  local_date date not null,
  due_at timestamptz not null,
  state text not null default 'planned' check (state in ('planned', 'due', 'running', 'done', 'held', 'missed', 'cancelled')),
  started_at timestamptz,
  finished_at timestamptz,
  unique (company_id, id),
  unique (campaign_id, no),
  unique (campaign_id, local_date),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade
);
create index batch_due on batch (due_at) where state in ('planned', 'due', 'running');

create table recipient (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  campaign_id bigint not null,
  batch_id bigint not null,
  candidate_id bigint,
  e164 text not null,
  rank integer not null,
  language text not null check (language in ('fr', 'en')),
  code text not null,
  unique (company_id, id),
  unique (campaign_id, e164),
  unique (code),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, batch_id) references batch (company_id, id),
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete set null (candidate_id),
  foreign key (company_id, code) references short_link (company_id, code)
);
create index recipient_campaign on recipient (campaign_id, rank);
create index recipient_candidate_recent on recipient (company_id, candidate_id, id desc);
create index recipient_batch on recipient (batch_id);
create index recipient_number on recipient (company_id, e164, id desc);

-- Every profile a message stands for: the one it greets, and others with the same number (S46).
create table recipient_profile (
  company_id bigint not null,
  recipient_id bigint not null,
  candidate_id bigint not null,
  primary key (recipient_id, candidate_id),
  foreign key (company_id, recipient_id) references recipient (company_id, id) on delete cascade,
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade
);
create index recipient_profile_candidate on recipient_profile (company_id, candidate_id);

create table campaign_exclusion (
  company_id bigint not null,
  campaign_id bigint not null,
  candidate_id bigint not null,
  reason text not null,
  primary key (campaign_id, candidate_id),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade
);
create index campaign_exclusion_reason on campaign_exclusion (campaign_id, reason, candidate_id);
  `.execute(db)
}
