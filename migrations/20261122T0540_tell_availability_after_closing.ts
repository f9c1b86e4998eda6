import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What a person leaves on the page of a campaign that is closed is no answer of it: a source of its own.
alter table availability_change drop constraint availability_change_source_check, add constraint availability_change_source_check check (source in ('answer', 'recruiter', 'import', 'page'));
-- The form it was sent by: sent again, it writes nothing. One number may stand on several records.
alter table availability_change add column form_id uuid, add check (form_id is null or source = 'page');
create unique index availability_change_form on availability_change (candidate_id, form_id) where form_id is not null;
  `.execute(db)
}
