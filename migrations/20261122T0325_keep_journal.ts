import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- A line of the journal is never changed, and goes only when its time is over: whoever removes old ones says so first.
create function keep_journal() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('app.purging', true) = 'on' then
    return old;
  end if;
  raise exception 'the journal is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
end $$;
create trigger journal_kept before update or delete on journal for each row execute function keep_journal();
create trigger journal_kept_whole before truncate on journal for each statement execute function keep_journal();

-- The newest first: all of a company, of one person, of one kind of object, of one object. The time is part of each, so that a
-- period long ago is found without reading what came after it.
drop index journal_company;
create index journal_company on journal (company_id, at desc, id desc);
create index journal_of_user on journal (company_id, user_id, at desc, id desc);
create index journal_of_kind on journal (company_id, subject_kind, at desc, id desc);
create index journal_of_subject on journal (company_id, subject_kind, subject_id, at desc, id desc);

insert into user_privilege (company_id, user_id, privilege)
select company_id, user_id, 'journal.view' from user_privilege where privilege = 'users.manage'
on conflict do nothing;
  `.execute(db)
}
