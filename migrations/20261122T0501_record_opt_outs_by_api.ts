import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Another program of the agency says that a number wants no more SMS.
alter table phone
  drop constraint phone_opt_out_source_check,
  add constraint phone_opt_out_source_check check (opt_out_source in ('sms', 'page', 'recruiter', 'provider', 'import', 'api'));
alter table opt_out_event
  drop constraint opt_out_event_source_check,
  add constraint opt_out_event_source_check check (source in ('sms', 'page', 'recruiter', 'provider', 'import', 'api'));
alter table erased_number
  drop constraint erased_number_opt_out_source_check,
  add constraint erased_number_opt_out_source_check check (opt_out_source in ('sms', 'page', 'recruiter', 'provider', 'import', 'api'));
-- Numbers that have opted out, the newest first.
create index phone_opted_out_at on phone (company_id, opted_out_at, e164) where opted_out_at is not null;
  `.execute(db)
}
