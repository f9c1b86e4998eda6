import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Where a company wants to hear what happens.
create table webhook_endpoint (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  url text not null check (length(url) between 1 and 500),
  note text not null default '' check (length(note) <= 200),
  types text[] not null check (cardinality(types) > 0),
  -- Sealed with the installation's secret, and so are those it replaced: [{"sealed": "…", "until": "…"}].
  secret text not null,
  old_secrets jsonb not null default '[]',
  -- A paused one is told later; of one that is off, or removed, nothing is written down any more.
  state text not null default 'active' check (state in ('active', 'paused', 'off', 'removed')),
  off_reason text check (off_reason in ('failing', 'gone')),
  changed_at timestamptz not null default app_now(),
  -- One after the other, since the last one that was taken.
  failures integer not null default 0,
  failing_since timestamptz,
  -- Whoever fails, or asks for time, is left alone until then.
  held_until timestamptz,
  delivered_at timestamptz,
  version integer not null default 1,
  created_by bigint,
  created_at timestamptz not null default app_now(),
  unique (company_id, id),
  check ((state = 'off') = (off_reason is not null)),
  check ((failures > 0) = (failing_since is not null)),
  foreign key (company_id, created_by) references app_user (company_id, id) on delete set null (created_by)
);
-- Every event asks this one, and most companies have no row.
create unique index webhook_endpoint_url on webhook_endpoint (company_id, url) where state <> 'removed';

-- Outbox and log in one: written in the transaction of what happened, the same bytes at every try.
create table webhook_delivery (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  endpoint_id bigint not null,
  -- What the receiver knows it by; the same for all endpoints of the company.
  event_id text not null,
  type text not null,
  body text not null,
  -- Whom it is about, so that it is forgotten with them. No references: the log outlives what it names.
  campaign_id bigint,
  candidate_id bigint,
  e164 text,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'delivered', 'failed')),
  -- Why it failed, or what the last try ran into.
  reason text,
  answer_status integer,
  -- Tries of this round; a resend begins another.
  tries integer not null default 0,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default app_now(),
  gives_up_at timestamptz not null default app_now() + interval '24 hours',
  claim_key uuid,
  leased_until timestamptz,
  created_at timestamptz not null default app_now(),
  settled_at timestamptz,
  check ((state = 'sending') = (claim_key is not null)),
  check ((state = 'sending') = (leased_until is not null)),
  foreign key (company_id, endpoint_id) references webhook_endpoint (company_id, id) on delete cascade
);
create index webhook_delivery_due on webhook_delivery (endpoint_id, next_attempt_at, id) where state = 'waiting';
create index webhook_delivery_overdue on webhook_delivery (gives_up_at) where state = 'waiting';
create index webhook_delivery_sending on webhook_delivery (endpoint_id, leased_until) where state = 'sending';
create index webhook_delivery_log on webhook_delivery (endpoint_id, id desc);
create index webhook_delivery_failed on webhook_delivery (endpoint_id, id desc) where state = 'failed';
create index webhook_delivery_type on webhook_delivery (endpoint_id, type, id desc);
create index webhook_delivery_age on webhook_delivery (company_id, created_at);
create index webhook_delivery_candidate on webhook_delivery (company_id, candidate_id) where candidate_id is not null;
create index webhook_delivery_number on webhook_delivery (company_id, e164) where e164 is not null;

create table webhook_attempt (
  delivery_id bigint not null references webhook_delivery on delete cascade,
  no integer not null,
  at timestamptz not null,
  duration_ms integer not null,
  -- What the receiver answered, in its first bytes; without a status, why there was no answer.
  status integer,
  answer text not null default '',
  reason text,
  primary key (delivery_id, no)
);
  `.execute(db)
}
