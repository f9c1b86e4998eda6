import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Events lie in the order in which they came, so that a word for every few pages is enough to find those that are old; writing one
-- costs next to nothing.
create index provider_event_received on provider_event using brin (received_at) with (pages_per_range = 32, autosummarize = on)
  `.execute(db)
}
