import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Whoever writes back gets the campaign's automatic answer once, however often they write and however many workers look (S110).
create unique index message_one_auto_response on message (campaign_id, e164) where purpose = 'auto_response';
-- Fresh texts are few; a look for those to be answered reads no others.
create index reply_to_answer on reply (received_at) where keyword = 'none' and campaign_id is not null;
  `.execute(db)
}
