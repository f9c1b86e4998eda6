import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- For each message that is taken away the database asks whether a reply names it.
create index reply_message on reply (company_id, message_id) where message_id is not null;
  `.execute(db)
}
