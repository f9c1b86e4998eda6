import { sql, type Kysely } from 'kysely'

/** What the clock looks for every two seconds is found without reading the history of all campaigns. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create index campaign_to_close on campaign (closes_at) where closed_at is null and status <> 'draft';
create index campaign_closed on campaign (closed_at) where closed_at is not null;
create index campaign_cancelled on campaign (finished_at) where status = 'cancelled';
create index campaign_going on campaign (id) where status in ('scheduled', 'in_process', 'paused');
create index batch_done on batch (finished_at) where state = 'done';
  `.execute(db)
}
