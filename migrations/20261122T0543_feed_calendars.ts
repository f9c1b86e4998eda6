import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- An address that a calendar program reads again and again: who knows it sees what its user may see. Kept as a hash.
create table calendar_feed (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  user_id bigint not null,
  -- People who answered the campaigns of this user, or everybody of a branch.
  kind text not null check (kind in ('mine', 'branch')),
  branch_id bigint,
  check ((kind = 'branch') = (branch_id is not null)),
  token_hash bytea not null unique check (length(token_hash) = 32),
  created_at timestamptz not null default app_now(),
  last_read_at timestamptz,
  revoked_at timestamptz,
  revoked_by bigint,
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade,
  foreign key (company_id, branch_id) references branch (company_id, id) on delete cascade,
  foreign key (company_id, revoked_by) references app_user (company_id, id)
);
create index calendar_feed_list on calendar_feed (company_id, user_id, id desc);
-- A new address of the same calendar takes the place of the one before.
create unique index calendar_feed_live on calendar_feed (user_id, kind, coalesce(branch_id, 0)) where revoked_at is null;
-- Whose availability came by which campaign.
create index candidate_by_availability_campaign on candidate (company_id, availability_campaign_id) where availability_campaign_id is not null and availability = 'available';
  `.execute(db)
}
