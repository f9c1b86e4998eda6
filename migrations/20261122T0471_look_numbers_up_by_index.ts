import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Whether somebody may be texted, and whether they have opted out, is asked person by person of lists: from the index alone.
alter table candidate_phone drop constraint candidate_phone_place;
alter table candidate_phone add constraint candidate_phone_place unique (candidate_id, kind, position) include (company_id, e164, country, is_textable);
  `.execute(db)
}
