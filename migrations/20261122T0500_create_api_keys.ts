import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What another program shows to prove on whose behalf it asks. Only a hash of it is kept.
create table api_key (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 80),
  kind text not null check (kind in ('live', 'test')),
  -- Its last signs, to tell one from another.
  hint text not null check (length(hint) = 4),
  token_hash bytea not null unique check (length(token_hash) = 32),
  scopes text[] not null check (cardinality(scopes) > 0),
  -- On whose behalf it acts: never more than this person may.
  user_id bigint not null,
  created_by bigint not null,
  created_at timestamptz not null default app_now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by bigint,
  -- The form that made it: sent twice, it makes one.
  form_id uuid not null,
  unique (company_id, id),
  unique (company_id, form_id),
  check ((revoked_at is null) = (revoked_by is null)),
  foreign key (company_id, user_id) references app_user (company_id, id),
  foreign key (company_id, created_by) references app_user (company_id, id),
  foreign key (company_id, revoked_by) references app_user (company_id, id)
);
create index api_key_company on api_key (company_id, id desc);

-- What was answered to a request that says which one it is (Idempotency-Key), for a day. Written in the transaction of what it did.
create table api_request (
  company_id bigint not null,
  key_id bigint not null,
  idempotency_key text not null check (length(idempotency_key) between 1 and 255),
  -- Of method, address and body: the same key says the same.
  fingerprint bytea not null check (length(fingerprint) = 32),
  status integer,
  headers jsonb,
  -- Null once somebody was erased: an answer may name them.
  body text,
  created_at timestamptz not null default app_now(),
  primary key (key_id, idempotency_key),
  foreign key (company_id, key_id) references api_key (company_id, id) on delete cascade
);
create index api_request_age on api_request (created_at);
create index api_request_company on api_request (company_id) where body is not null;
  `.execute(db)
}
