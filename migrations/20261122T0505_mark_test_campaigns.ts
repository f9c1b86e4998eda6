import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Made by another program with a test key: to be looked at and checked, and never to leave. It stays a draft, and a draft has no texts.
alter table campaign
  add column is_test boolean not null default false,
  add constraint campaign_test_stays_draft check (not is_test or status = 'draft');
-- The answers of a company in the order in which they came, for programs that ask what is new.
create index answer_by_moment on answer (company_id, answered_at, recipient_id);
  `.execute(db)
}
