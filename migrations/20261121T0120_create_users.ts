import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create table app_user (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  email text not null check (position('@' in email) > 1),
  name text not null check (length(name) between 1 and 120),
  password_hash text not null,
  language text not null default 'fr' check (language in ('fr', 'en')),
  -- Where a test SMS goes.
  mobile text check (mobile ~ '^\\+[0-9]{7,15}$'),
  disabled_at timestamptz,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default app_now(),
  unique (company_id, id)
);
create unique index app_user_email on app_user (lower(email));

create table user_privilege (
  company_id bigint not null,
  user_id bigint not null,
  privilege text not null,
  primary key (user_id, privilege),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);

-- The columns connect-pg-simple reads and writes.
create table session (
  sid text primary key,
  sess json not null,
  expire timestamptz not null
);
create index session_by_expiry on session (expire);
create index session_by_user on session (((sess ->> 'userId')));

create table rate_limit (
  key text not null,
  window_started_at timestamptz not null,
  hits integer not null,
  primary key (key)
);
create index rate_limit_started on rate_limit (window_started_at);

-- Append-only: who did what. The subject is a kind and an id, because it may be gone later.
create table journal (
  id bigint generated always as identity primary key,
  company_id bigint references company on delete cascade,
  user_id bigint,
  action text not null,
  subject_kind text,
  subject_id text,
  detail jsonb not null default '{}',
  at timestamptz not null default app_now()
);
create index journal_company on journal (company_id, id desc);
  `.execute(db)
}
