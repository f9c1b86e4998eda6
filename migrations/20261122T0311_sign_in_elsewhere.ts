import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- The OpenID Connect provider whose word a company takes for who somebody is.
create table company_sso (
  company_id bigint primary key references company on delete cascade,
  -- What its button says.
  label text not null check (length(label) between 1 and 60),
  issuer text not null check (length(issuer) <= 500),
  client_id text not null check (length(client_id) <= 300),
  -- Sealed with the installation's secret.
  client_secret text not null,
  -- Addresses that end with one of these are led there.
  domains text[] not null default '{}',
  -- Only administrators may still come in with a password.
  is_enforced boolean not null default false,
  -- The claim that names a person's groups, and what each group may do: {"group": "role"}. Empty: privileges are managed here.
  group_claim text not null default 'groups',
  roles jsonb not null default '{}',
  version integer not null default 1,
  updated_at timestamptz not null default app_now()
);
create index company_sso_by_domain on company_sso using gin (domains);

-- Who somebody is for that provider: its own name for them, which never changes, unlike addresses.
create table user_identity (
  company_id bigint not null,
  user_id bigint not null,
  issuer text not null,
  subject text not null,
  created_at timestamptz not null default app_now(),
  last_used_at timestamptz not null default app_now(),
  primary key (company_id, issuer, subject),
  unique (user_id, issuer),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);
  `.execute(db)
}
