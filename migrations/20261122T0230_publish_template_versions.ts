import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
alter table message_template
  -- Raised by every change, also of name, state and site: a form made from an older one is refused.
  add column revision integer not null default 1,
  -- Found by the start of the name (S59), whatever the accents.
  add column folded_name text collate "C" not null generated always as (fold(name)) stored,
  add constraint message_template_published check ((published_at is null) = (published_version is null) and published_version <= version);
create index message_template_by_name on message_template (company_id, folded_name, id);
-- How often a template was used, and when last.
create index campaign_by_template on campaign (company_id, template_id, launched_at) where launched_at is not null;

-- The link in a test of a template: it opens the page as an example, for a campaign that does not exist.
create table template_test_link (
  company_id bigint not null,
  code text primary key,
  kind text not null check (kind in ('simple', 'availability')),
  user_id bigint not null,
  foreign key (company_id, code) references short_link (company_id, code) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id)
);
  `.execute(db)
}
