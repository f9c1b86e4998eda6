import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Who set what, and what it was before. Names of settings, and of what the company itself is called (company.phone, …).
create table company_setting_change (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null,
  before jsonb not null,
  after jsonb not null,
  -- The value is the default, and will be whatever the default becomes.
  is_default boolean not null default false,
  -- Null: the program itself, or an operator.
  user_id bigint,
  at timestamptz not null default app_now(),
  foreign key (company_id, user_id) references app_user (company_id, id) on delete set null (user_id)
);
create index company_setting_change_company on company_setting_change (company_id, id desc);
create index company_setting_change_name on company_setting_change (company_id, name, id desc);
create index company_setting_change_user on company_setting_change (company_id, user_id);
  `.execute(db)
}
