import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- One row: which database this is, and when it was last saved. In a copy of it the first is that of the original.
create table installation (
  id smallint primary key default 1 check (id = 1),
  database_identity text,
  backed_up_at timestamptz
);
insert into installation default values;

-- What the figures for the operator count, often and for ever.
create index batch_held on batch (id) where state = 'held';
create index campaign_stopped on campaign (id) where status in ('suspended', 'error');
  `.execute(db)
}
