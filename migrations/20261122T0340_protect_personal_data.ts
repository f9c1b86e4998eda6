import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Whose record was erased: ids and moments only. The moment of the record's making tells it from another that was given the
-- same id after a backup was restored.
create table privacy_erasure (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  candidate_id bigint not null,
  record_created_at timestamptz not null,
  -- Null: nobody's hand, the retention's.
  user_id bigint,
  at timestamptz not null default app_now(),
  unique (company_id, candidate_id, record_created_at),
  foreign key (company_id, user_id) references app_user (company_id, id)
);

-- Numbers of people who were erased, as keyed hashes: a STOP outlives the record, and a late text is recognised.
create table erased_number (
  company_id bigint not null references company on delete cascade,
  number_hash bytea not null check (length(number_hash) = 32),
  opted_out_at timestamptz,
  opt_out_source text check (opt_out_source in ('sms', 'page', 'recruiter', 'provider', 'import')),
  erased_at timestamptz not null default app_now(),
  primary key (company_id, number_hash),
  check ((opted_out_at is null) = (opt_out_source is null))
);

-- What stands in for a number in the history of campaigns: +0 and a serial number, which no telephone has (E.164).
create sequence erased_number_label;

-- What one run of the retention removed, of one kind.
create table retention_run (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  kind text not null,
  removed integer not null check (removed >= 0),
  -- The oldest thing that went.
  oldest timestamptz,
  started_at timestamptz not null,
  finished_at timestamptz not null default app_now(),
  -- False: it was told to stop, and goes on with the next run.
  is_complete boolean not null
);
create index retention_run_recent on retention_run (company_id, kind, id desc);

-- A text whose time is over is empty; its length, parts and state stay.
alter table message drop constraint message_body_check, add constraint message_body_check check (length(body) <= 3200);
create index message_test on message (company_id, created_at) where purpose = 'test';
create index reply_with_body on reply (company_id, received_at) where body <> '';
-- Campaigns that the retention has been through, so that it never reads them again.
alter table campaign
  add column bodies_removed_at timestamptz,
  add column comments_removed_at timestamptz;
create index campaign_with_bodies on campaign (company_id, finished_at) where bodies_removed_at is null and finished_at is not null;
create index campaign_with_comments on campaign (company_id, id) where comments_removed_at is null and launched_at is not null;
alter table candidate_import add column emptied_at timestamptz;
create index candidate_import_full on candidate_import (company_id, created_at) where emptied_at is null;

-- All that the provider told about one text, for whoever asks what is held about them, and for their erasure.
create index provider_event_message on provider_event ((body ->> 'message_uuid'));

insert into user_privilege (company_id, user_id, privilege)
select company_id, user_id, 'data.manage' from user_privilege where privilege = 'users.manage' on conflict do nothing;
  `.execute(db)
}
