import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What another program said last of a record: when it was changed there, and since when it is gone there.
alter table candidate
  add column source_changed_at timestamptz,
  add column gone_at timestamptz;
-- Keys of people who were erased, as keyed hashes: another program that still knows them does not bring them back.
create table erased_key (
  company_id bigint not null references company (id),
  key_hash bytea not null,
  erased_at timestamptz not null default app_now(),
  primary key (company_id, key_hash)
);
  `.execute(db)
}
