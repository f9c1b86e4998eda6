import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- The outbox and the record in one: a row is claimed, handed over and settled here, and every page reads it.
create table message (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  purpose text not null check (purpose in ('campaign', 'test', 'auto_response', 'single')),
  campaign_id bigint,
  batch_id bigint,
  recipient_id bigint,
  candidate_id bigint,
  requested_by bigint,
  step integer not null default 1,
  e164 text not null check (e164 ~ '^\\+[0-9]{7,15}$'),
  sender text not null,
  body text not null check (length(body) between 1 and 3200),
  encoding text not null check (encoding in ('gsm7', 'ucs2')),
  segments integer not null check (segments > 0),
  state text not null default 'queued' check (state in
    ('queued', 'leased', 'submitting', 'in_doubt', 'accepted', 'delivered', 'undelivered', 'rejected', 'skipped', 'cancelled')),
  lease_token uuid,
  lease_until timestamptz,
  next_attempt_at timestamptz not null default app_now(),
  submitted_at timestamptz,
  settled_at timestamptz,
  provider_id text,
  -- The provider's code as it came, and our word for it.
  failure_code text,
  failure_reason text,
  created_at timestamptz not null default app_now(),
  unique (company_id, id),
  unique (recipient_id, step),
  check ((state = 'leased') = (lease_until is not null)),
  check ((purpose = 'campaign') = (recipient_id is not null)),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, batch_id) references batch (company_id, id),
  foreign key (company_id, recipient_id) references recipient (company_id, id) on delete cascade,
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete set null (candidate_id),
  foreign key (company_id, requested_by) references app_user (company_id, id)
);
-- Claims go batch by batch, so that what waits in a paused campaign costs nothing.
create index message_claimable on message (batch_id, next_attempt_at, id) where state = 'queued';
create index message_leased on message (lease_until) where state = 'leased';
create index message_submitting on message (submitted_at) where state = 'submitting';
create index message_campaign_state on message (campaign_id, state);
create index message_batch_state on message (batch_id, state);
create index message_number on message (company_id, e164, id desc);
create index message_candidate on message (company_id, candidate_id, id desc) where candidate_id is not null;

-- Legal moves, the same table as src/messaging/domain.ts. A receipt only ever moves a message forward.
create function guard_message_state() returns trigger language plpgsql as $$
begin
  if new.state = old.state then return new; end if;
  if (old.state, new.state) in (
    ('queued', 'leased'), ('queued', 'skipped'), ('queued', 'cancelled'),
    ('leased', 'queued'), ('leased', 'submitting'), ('leased', 'skipped'), ('leased', 'cancelled'),
    ('submitting', 'queued'), ('submitting', 'in_doubt'), ('submitting', 'accepted'), ('submitting', 'delivered'), ('submitting', 'undelivered'), ('submitting', 'rejected'),
    ('in_doubt', 'queued'), ('in_doubt', 'accepted'), ('in_doubt', 'delivered'), ('in_doubt', 'undelivered'), ('in_doubt', 'rejected'),
    ('accepted', 'delivered'), ('accepted', 'undelivered'),
    ('undelivered', 'delivered')
  ) then return new; end if;
  raise exception 'message % may not move from % to %', old.id, old.state, new.state using errcode = 'check_violation';
end $$;
create trigger message_state before update of state on message for each row execute function guard_message_state();

-- One row per hand-over; its id travels to the provider and comes back in every receipt.
create table send_attempt (
  company_id bigint not null,
  id uuid primary key,
  message_id bigint not null,
  n integer not null,
  outcome text not null check (outcome in ('open', 'accepted', 'not_sent', 'rejected', 'in_doubt', 'waived')),
  started_at timestamptz not null default app_now(),
  ended_at timestamptz,
  provider_id text,
  error_code text,
  error_detail text,
  unique (message_id, n),
  foreign key (company_id, message_id) references message (company_id, id) on delete cascade
);
-- The database itself refuses a second live hand-over.
create unique index send_attempt_one_live on send_attempt (message_id) where outcome in ('open', 'accepted', 'in_doubt');
create index send_attempt_provider on send_attempt (provider_id) where provider_id is not null;

-- Inbox of everything the provider tells us: stored before it is acknowledged.
create table provider_event (
  id bigint generated always as identity primary key,
  dedupe_key text not null unique,
  kind text not null check (kind in ('status', 'inbound')),
  body jsonb not null,
  received_at timestamptz not null default app_now(),
  applied_at timestamptz,
  result text,
  tries integer not null default 0
);
create index provider_event_waiting on provider_event (id) where applied_at is null;

create table reply (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  e164 text not null,
  sender text not null,
  body text not null,
  keyword text not null default 'none' check (keyword in ('none', 'stop', 'start', 'help')),
  candidate_id bigint,
  message_id bigint,
  campaign_id bigint,
  provider_id text not null,
  received_at timestamptz not null default app_now(),
  unique (company_id, provider_id),
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete set null (candidate_id),
  foreign key (company_id, message_id) references message (company_id, id) on delete set null (message_id)
);
create index reply_candidate on reply (company_id, candidate_id, id desc) where candidate_id is not null;
create index reply_number on reply (company_id, e164, id desc);
create index reply_campaign on reply (company_id, campaign_id, id desc) where campaign_id is not null;

-- One row: the token bucket, the breaker and the suspension shared by all workers.
create table provider_account (
  id smallint primary key default 1 check (id = 1),
  tokens double precision not null default 0,
  refilled_at timestamptz not null default app_now(),
  doubt_streak integer not null default 0,
  open_until timestamptz,
  suspended_at timestamptz,
  suspended_reason text
);
insert into provider_account default values;
  `.execute(db)
}
