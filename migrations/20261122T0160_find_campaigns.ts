import { sql, type Kysely } from 'kysely'

/** Campaigns are found by any part of their name, however many there are. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index campaign_words on campaign using gin (fold(name) gin_trgm_ops)`.execute(db)
}
