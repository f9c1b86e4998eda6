import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- The current answer of a recipient; answer_version keeps every one ever given (S85).
create table answer (
  company_id bigint not null,
  recipient_id bigint primary key,
  version integer not null default 1,
  choice text not null check (choice in ('yes', 'no')),
  available_from date,
  available_until date,
  comment text not null default '' check (length(comment) <= 500),
  source text not null check (source in ('link', 'reply', 'recruiter')),
  first_answered_at timestamptz not null default app_now(),
  answered_at timestamptz not null default app_now(),
  check (available_until is null or available_from is null or available_until >= available_from),
  foreign key (company_id, recipient_id) references recipient (company_id, id) on delete cascade
);

create table answer_version (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  recipient_id bigint not null,
  version integer not null,
  -- Made when the form was rendered: the same form sent twice is one version.
  form_id uuid not null unique,
  choice text not null check (choice in ('yes', 'no')),
  available_from date,
  available_until date,
  comment text not null default '' check (length(comment) <= 500),
  source text not null check (source in ('link', 'reply', 'recruiter')),
  answered_at timestamptz not null default app_now(),
  unique (recipient_id, version),
  foreign key (company_id, recipient_id) references recipient (company_id, id) on delete cascade
);
  `.execute(db)
}
