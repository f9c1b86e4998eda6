import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Consent as it was given and withdrawn, apart from opt-outs, which belong to numbers. The record holds the last of it.
create table consent_event (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  candidate_id bigint not null,
  is_given boolean not null,
  source text not null check (length(source) between 1 and 200),
  -- The day the person said so, which may lie before the day it was written down.
  said_on date not null,
  -- Null for an import, which names its file.
  user_id bigint,
  import_id bigint,
  at timestamptz not null default app_now(),
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id),
  foreign key (company_id, import_id) references candidate_import (company_id, id)
);
create index consent_event_candidate on consent_event (company_id, candidate_id, id desc);

-- Who made or changed a record by hand, and which fields.
create table candidate_edit (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  candidate_id bigint not null,
  kind text not null check (kind in ('created', 'edited')),
  fields text[] not null default '{}',
  user_id bigint not null,
  at timestamptz not null default app_now(),
  check (kind = 'created' or cardinality(fields) > 0),
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id)
);
create index candidate_edit_candidate on candidate_edit (company_id, candidate_id, id desc);

-- A town as people compare it: « St Étienne », « Saint-Etienne Cedex 2 » and « SAINT ETIENNE » are one, and so are « Lyon 3e »,
-- « Lyon 03 » and « Lyon 3ème arrondissement ».
create function place_key(town text) returns text language sql immutable strict parallel safe as $$
  select btrim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    btrim(regexp_replace(public.fold(town), '[^a-z0-9]+', ' ', 'g')),
    '\\mcedex( \\d+)?\\M', '', 'g'),
    '\\msaint(e?)\\M', 'st\\1', 'g'),
    ' s (?=[a-z])', ' sur '),
    ' 0*(\\d{1,2}) ?(er|ere|e|eme|ieme|nd|nde)?( arrdt| arrondissement| arr)?$', ' \\1'),
    ' +', ' ', 'g'))
$$;

-- Where towns lie: reference data, loaded by the program and replaced when it comes with newer. A town stands here by its name
-- with a postal code, by its name alone (the largest of that name) and by a postal code alone (key '').
create table place (
  country text not null check (country ~ '^[A-Z]{2}$'),
  key text collate "C" not null,
  postal_code text collate "C" not null,
  name text not null,
  latitude real not null check (latitude between -90 and 90),
  longitude real not null check (longitude between -180 and 180),
  primary key (country, key, postal_code),
  check (key <> '' or postal_code <> '')
);

create table place_source (
  country text primary key,
  version text not null,
  loaded_at timestamptz not null default app_now()
);

-- For which data the records that stood here before were placed.
create table place_fill (
  company_id bigint primary key references company on delete cascade,
  version text not null,
  at timestamptz not null default app_now()
);
  `.execute(db)
}
