import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Links whose time is over and which nobody has put away yet; the others are never looked at again.
drop index short_link_expiry;
create index short_link_to_end on short_link (company_id, expires_at) where revoked_at is null and expires_at is not null;
  `.execute(db)
}
