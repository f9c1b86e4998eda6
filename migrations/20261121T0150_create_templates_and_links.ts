import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create table message_template (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 120),
  kind text not null check (kind in ('simple', 'availability', 'auto_response')),
  version integer not null default 1,
  published_at timestamptz,
  archived_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  unique (company_id, id)
);
create unique index message_template_name on message_template (company_id, lower(name)) where archived_at is null;

-- One row per version and language; versions are never changed, so a campaign can name the one it was made from.
create table message_template_text (
  company_id bigint not null,
  template_id bigint not null,
  version integer not null,
  language text not null check (language in ('fr', 'en')),
  body text not null check (length(body) between 1 and 1600),
  created_by bigint,
  created_at timestamptz not null default app_now(),
  primary key (template_id, version, language),
  foreign key (company_id, template_id) references message_template (company_id, id) on delete cascade
);

create table short_link (
  company_id bigint not null references company on delete cascade,
  code text primary key check (code ~ '^[0-9a-hjkmnp-tv-z]{10,24}$'),
  created_at timestamptz not null default app_now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- Diagnostics, never an answer: previews and scanners open links too.
  fetch_count integer not null default 0,
  robot_fetch_count integer not null default 0,
  first_fetched_at timestamptz,
  last_fetched_at timestamptz,
  unique (company_id, code)
);
create index short_link_expiry on short_link (expires_at) where expires_at is not null;
  `.execute(db)
}
