import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- A file of campaign codes, networks, sites, pages or jobs, between its preview and the confirmation. One for each person and
-- kind, replaced by the next and gone with the import, so that nothing piles up.
create table reference_file (
  company_id bigint not null,
  user_id bigint not null,
  kind text not null check (kind in ('codes', 'networks', 'sites', 'pages', 'jobs')),
  token uuid not null,
  file_name text not null check (length(file_name) <= 200),
  content text not null check (length(content) <= 4000000),
  created_at timestamptz not null default app_now(),
  primary key (company_id, user_id, kind),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);

-- Lists of jobs of all sites, by title and by the start of either name.
create index job_of_company_by_title on job (company_id, folded_title, id);
create index job_of_company_by_reference on job (company_id, folded_reference, id);

-- Who may change the settings of the company keeps these records too.
insert into user_privilege (company_id, user_id, privilege)
select p.company_id, p.user_id, given.privilege from user_privilege p cross join (values ('references.edit'), ('jobs.confidential')) as given (privilege)
where p.privilege = 'settings.edit' on conflict do nothing;
  `.execute(db)
}
