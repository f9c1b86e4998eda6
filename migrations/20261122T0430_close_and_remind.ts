import { sql, type Kysely } from 'kysely'

/** When a campaign has had enough, the reminder of those who stay silent, and waves instead of days. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql`
alter table campaign
  -- Until when a person wants answers, by the campaign's clock; without, as many days after the last batch as the company says.
  add column close_on date,
  add column close_time time,
  add check ((close_on is null) = (close_time is null)),
  -- With so many OUI it closes by itself. Only such a campaign makes its answers wait for each other.
  add column close_at_yes integer check (close_at_yes > 0),
  -- Who stays silent gets a second text so long after the first, once.
  add column remind_after_hours integer check (remind_after_hours between 1 and 336),
  -- Slices of so many, the best-ranked first; the next one so long after the one before has left.
  add column wave_size integer check (wave_size > 0),
  add column wave_minutes integer check (wave_minutes between 15 and 10080),
  add check ((wave_size is null) = (wave_minutes is null)),
  -- The closing that was announced to people of the company: another one is announced again.
  add column closing_told timestamptz;

alter table batch
  add column kind text not null default 'daily' check (kind in ('daily', 'wave', 'reminder')),
  -- Made when the page was: the same click twice is one reminder.
  add column request_key uuid,
  -- Its silent people have had their automatic reminder, or there were none.
  add column reminded_at timestamptz,
  -- Only the daily ones are one a day.
  drop constraint batch_campaign_id_local_date_key,
  add constraint batch_one_a_day exclude using btree (campaign_id with =, local_date with =) where (kind = 'daily') deferrable initially immediate;
create unique index batch_request on batch (campaign_id, request_key) where request_key is not null;

-- The second text, where it is not the usual one.
create table campaign_reminder_text (
  company_id bigint not null,
  campaign_id bigint not null,
  language text not null check (language in ('fr', 'en')),
  body text not null check (length(body) between 1 and 1600),
  primary key (campaign_id, language),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade
);

-- What the clock looks for: few at any time.
create index campaign_to_remind on campaign (id) where remind_after_hours is not null and status in ('in_process', 'completed') and closed_at is null;
create index batch_to_remind on batch (campaign_id, finished_at) where state = 'done' and kind <> 'reminder' and reminded_at is null;
create index campaign_closing on campaign (closes_at) where closed_at is null and closing_told is distinct from closes_at;
  `.execute(db)
}
