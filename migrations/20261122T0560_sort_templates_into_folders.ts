import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- A folder is a name on its templates: it comes with the first and goes with the last.
alter table message_template add column folder text check (char_length(folder) between 1 and 60)
  `.execute(db)
}
