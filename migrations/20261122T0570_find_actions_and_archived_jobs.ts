import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What was last done of one kind, however long the journal: the page of countries shows it.
create index journal_of_action on journal (company_id, action, id desc);
-- Vacancies out of use are few among all, and paged like the others.
create index job_archived_by_title on job (company_id, folded_title, id) where archived_at is not null;
create index job_archived_by_reference on job (company_id, folded_reference, id) where archived_at is not null;
  `.execute(db)
}
