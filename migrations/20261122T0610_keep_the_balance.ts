import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What the provider's account held when it was last asked, where it tells.
alter table provider_account add column balance double precision, add column balance_at timestamptz, add check ((balance is null) = (balance_at is null));
  `.execute(db)
}
