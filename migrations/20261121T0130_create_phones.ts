import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What is known of a number, whoever's record it stands on. Opt-out belongs here: the number opted out, not a profile (S46).
create table phone (
  company_id bigint not null references company on delete cascade,
  e164 text not null check (e164 ~ '^\\+[0-9]{7,15}$'),
  opted_out_at timestamptz,
  opt_out_source text check (opt_out_source in ('sms', 'page', 'recruiter', 'provider', 'import')),
  opted_out_by bigint,
  bounced_at timestamptz,
  bounce_code text,
  last_submit_at timestamptz,
  primary key (company_id, e164),
  check ((opted_out_at is null) = (opt_out_source is null)),
  foreign key (company_id, opted_out_by) references app_user (company_id, id)
);
create index phone_opted_out on phone (company_id, opted_out_at) where opted_out_at is not null;

create table opt_out_event (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  e164 text not null,
  kind text not null check (kind in ('opt_out', 'opt_in')),
  source text not null check (source in ('sms', 'page', 'recruiter', 'provider', 'import')),
  user_id bigint,
  campaign_id bigint,
  at timestamptz not null default app_now(),
  foreign key (company_id, e164) references phone (company_id, e164) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id)
);
create index opt_out_event_phone on opt_out_event (company_id, e164, id desc);
create index opt_out_event_campaign on opt_out_event (company_id, campaign_id) where campaign_id is not null;
  `.execute(db)
}
