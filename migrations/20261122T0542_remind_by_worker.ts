import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- A reminder to many that was asked for: made by a worker, so that nobody has to keep a page open. Once an answer is there, either
-- it is written or the refusal says why not.
create table reminder_request (
  company_id bigint not null,
  campaign_id bigint not null,
  request_key uuid not null,
  people integer not null check (people > 0),
  texts jsonb not null,
  requested_by bigint not null,
  requested_at timestamptz not null default app_now(),
  -- How far it is: texts written out of people.
  written integer not null default 0,
  refusal text,
  answered_at timestamptz,
  primary key (campaign_id),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, requested_by) references app_user (company_id, id)
);
create index reminder_request_open on reminder_request (requested_at) where answered_at is null;
  `.execute(db)
}
