import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Folded words of one field, each behind a mark that says which field: a search matches anywhere, its rank asks where
-- words begin, and both stay plain pattern matches on one column.
create function candidate_search_words(mark text, value text) returns text language sql immutable parallel safe as $$
  select replace(' ' || translate(public.fold(coalesce(value, '')), E'-\\'’.,;:/()+&_\\n\\t\\r', repeat(' ', 16)), ' ', ' ' || mark)
$$;
create function candidate_search_text(first_name text, last_name text, trade text, skills text[], town text) returns text
  language sql immutable parallel safe as $$
  select public.candidate_search_words(chr(1), first_name || ' ' || last_name) || public.candidate_search_words(chr(2), trade)
    || public.candidate_search_words(chr(3), array_to_string(skills, ' ')) || public.candidate_search_words(chr(4), town) || ' '
$$;

create table candidate (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  -- The record's key in the agency's own system; a re-import finds the record by it.
  external_id text,
  first_name text not null default '' check (length(first_name) <= 80),
  last_name text not null default '' check (length(last_name) <= 80),
  email text,
  trade text,
  skills text[] not null default '{}',
  town text,
  postal_code text,
  language text check (language in ('fr', 'en')),
  registered_on date,
  -- Consent and opt-out are two facts: this one is "agreed to be texted" (S7, S42); opt-out stands on the phone.
  consent_given boolean not null default false,
  consent_source text,
  consent_at timestamptz,
  availability text not null default 'unknown' check (availability in ('unknown', 'available', 'unavailable')),
  available_from date,
  available_until date,
  availability_updated_at timestamptz,
  availability_campaign_id bigint,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  search_text text not null generated always as (candidate_search_text(first_name, last_name, trade, skills, town)) stored,
  -- Lists are in this order, the same on every machine whatever its locale.
  sort_name text collate "C" not null generated always as (fold(btrim(last_name || ' ' || first_name))) stored,
  unique (company_id, id),
  check (available_until is null or available_from is null or available_until >= available_from)
);
create unique index candidate_external_id on candidate (company_id, external_id) where external_id is not null;
create index candidate_search on candidate using gin (search_text gin_trgm_ops);
create index candidate_by_name on candidate (company_id, sort_name, id);
create index candidate_by_trade on candidate (company_id, (fold(trade) collate "C"));
create index candidate_by_town on candidate (company_id, (fold(town) collate "C"));
create index candidate_by_availability on candidate (company_id, availability, available_from);
create index candidate_by_email on candidate (company_id, lower(email)) where email is not null;

create table candidate_phone (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  candidate_id bigint not null,
  kind text not null check (kind in ('mobile', 'home')),
  -- As it was written; e164 is null when it is not a number.
  raw text not null,
  e164 text check (e164 ~ '^\\+[0-9]{7,15}$'),
  country text,
  is_textable boolean not null default false,
  problem text,
  unique (company_id, id),
  unique (candidate_id, kind),
  check (e164 is not null or problem is not null),
  check (not is_textable or e164 is not null),
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade
);
create index candidate_phone_number on candidate_phone (company_id, e164) where e164 is not null;

create table availability_change (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  candidate_id bigint not null,
  availability text not null check (availability in ('unknown', 'available', 'unavailable')),
  available_from date,
  available_until date,
  source text not null check (source in ('answer', 'recruiter', 'import')),
  campaign_id bigint,
  user_id bigint,
  at timestamptz not null default app_now(),
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade
);
create index availability_change_candidate on availability_change (company_id, candidate_id, id desc);

create table follow_up_note (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  candidate_id bigint not null,
  kind text not null check (kind in ('automatic', 'manual')),
  campaign_id bigint,
  recipient_id bigint,
  user_id bigint,
  body text not null check (length(body) between 1 and 4000),
  created_at timestamptz not null default app_now(),
  check ((kind = 'manual') = (user_id is not null)),
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id)
);
create index follow_up_note_candidate on follow_up_note (company_id, candidate_id, id desc);
create index follow_up_note_recipient on follow_up_note (recipient_id) where recipient_id is not null;

create table candidate_import (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  user_id bigint not null,
  file_name text not null,
  content bytea,
  status text not null check (status in ('uploaded', 'checking', 'checked', 'importing', 'completed', 'failed', 'discarded')),
  encoding text not null,
  delimiter text not null,
  header jsonb not null,
  mapping jsonb not null default '{}',
  row_count integer not null default 0,
  processed_count integer not null default 0,
  create_count integer not null default 0,
  update_count integer not null default 0,
  unchanged_count integer not null default 0,
  error_count integer not null default 0,
  failure text,
  created_at timestamptz not null default app_now(),
  confirmed_at timestamptz,
  finished_at timestamptz,
  unique (company_id, id),
  foreign key (company_id, user_id) references app_user (company_id, id)
);
create index candidate_import_recent on candidate_import (company_id, id desc);

create table candidate_import_row (
  company_id bigint not null,
  import_id bigint not null,
  line integer not null,
  record jsonb not null,
  action text not null check (action in ('create', 'update', 'unchanged', 'error')),
  problems jsonb not null default '[]',
  candidate_id bigint,
  applied boolean not null default false,
  primary key (import_id, line),
  foreign key (company_id, import_id) references candidate_import (company_id, id) on delete cascade
);
create index candidate_import_row_problem on candidate_import_row (import_id, line) where problems <> '[]';
create index candidate_import_row_candidate on candidate_import_row (company_id, candidate_id) where candidate_id is not null;
create index candidate_import_row_left on candidate_import_row (import_id, line) where not applied;
  `.execute(db)
}
