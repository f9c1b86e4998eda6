import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Who is invited has no password yet, and who comes through a provider never gets one. The version counts changes that people make.
alter table app_user
  alter column password_hash drop not null,
  add column joined_at timestamptz,
  add column password_changed_at timestamptz,
  add column version integer not null default 1;
update app_user set joined_at = created_at;
create index app_user_by_name on app_user (company_id, lower(name), id);

-- Links that let somebody set a password. Only the hash is kept; a new one of a kind ends the one before.
create table user_token (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  user_id bigint not null,
  kind text not null check (kind in ('invitation', 'reset')),
  token_hash bytea not null unique,
  created_by bigint,
  created_at timestamptz not null default app_now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  withdrawn_at timestamptz,
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);
create unique index user_token_open on user_token (user_id, kind) where used_at is null and withdrawn_at is null;
create index user_token_of_user on user_token (company_id, user_id, id desc);

-- Somebody asked for a new password for this address; whether anybody has it is looked up later, by a worker.
create table password_request (
  id bigint generated always as identity primary key,
  email text not null,
  address text not null,
  created_at timestamptz not null default app_now()
);

create table second_factor (
  company_id bigint not null,
  user_id bigint primary key,
  -- Sealed with the installation's secret.
  secret text not null,
  -- A code counts once: the time step of the last one that did.
  last_step bigint not null,
  created_at timestamptz not null default app_now(),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);
create table recovery_code (
  company_id bigint not null,
  user_id bigint not null,
  code_hash bytea not null,
  used_at timestamptz,
  primary key (user_id, code_hash),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);

-- A browser somebody has signed in with before: known by a random value in a cookie.
create table user_device (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  user_id bigint not null,
  token_hash bytea not null,
  agent text not null,
  first_seen_at timestamptz not null default app_now(),
  last_seen_at timestamptz not null default app_now(),
  unique (user_id, token_hash),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);

-- Whether somebody is signed in stands here, not in the cookie's store: a request under way writes its stored session once
-- more when it ends, and would bring back to life one that has just been ended.
create table user_session (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  user_id bigint not null,
  how text not null check (how in ('password', 'sso', 'setup', 'invitation')),
  address text not null,
  agent text not null,
  started_at timestamptz not null default app_now(),
  last_seen_at timestamptz not null default app_now(),
  ended_at timestamptz,
  -- A sign-in from a device never seen before, until its owner has been told.
  is_to_be_told boolean not null default false,
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);
create index user_session_open on user_session (company_id, user_id, last_seen_at desc) where ended_at is null;
create index user_session_to_tell on user_session (id) where is_to_be_told;
create index user_session_ended on user_session (last_seen_at);

-- They name nobody in the new table, so they are worth nothing.
delete from session;
  `.execute(db)
}
