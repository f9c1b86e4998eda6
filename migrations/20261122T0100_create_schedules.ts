import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
alter table campaign
  -- At once, or at start_on and start_time in the campaign's zone (S62, S63).
  add column starts text not null default 'later' check (starts in ('now', 'later')),
  -- When the first batch leaves or left, and when the last one is due; batches carry the same, these are for lists.
  add column starts_at timestamptz,
  add column ends_at timestamptz,
  -- Until then the launch can be taken back as if it had never been.
  add column undo_until timestamptz,
  -- A person looked at a suspension and let the campaign go on: what was measured before no longer counts.
  add column released_at timestamptz;
update campaign set starts = 'now', starts_at = launched_at, ends_at = launched_at where launched_at is not null;
update campaign c set starts_at = b.first_at, ends_at = b.last_at
  from (select campaign_id, min(coalesce(started_at, due_at)) as first_at, max(due_at) as last_at from batch group by campaign_id) b where b.campaign_id = c.id;
drop index campaign_recent;
create index campaign_by_start on campaign (company_id, (coalesce(starts_at, created_at)) desc, id desc);
create index campaign_by_name on campaign (company_id, fold(name), id);

alter table batch
  drop constraint batch_state_check,
  add constraint batch_state_check check (state in ('planned', 'running', 'done', 'held', 'cancelled')),
  -- Moving a plan by a day passes through equal dates; what counts is the end of the statement.
  drop constraint batch_campaign_id_local_date_key,
  add constraint batch_campaign_id_local_date_key unique (campaign_id, local_date) deferrable initially immediate;
drop index batch_due;
create index batch_due on batch (due_at) where state in ('planned', 'running');

alter table message
  -- Of the number, for the hours and the countries in which one may text; null where no campaign sent it.
  add column country text check (country ~ '^[A-Z]{2}$'),
  -- Why a queued message is not on its way although its batch is.
  add column wait_reason text check (wait_reason in ('window')),
  add check (wait_reason is null or state in ('queued', 'leased', 'cancelled', 'skipped'));
create index message_finals on message (campaign_id, settled_at desc) where state in ('delivered', 'undelivered', 'rejected');
create index message_doubts on message (submitted_at) where state = 'in_doubt';
create index message_waiting on message (campaign_id) where wait_reason is not null;

-- What was learnt of an attempt in doubt by asking the provider's reports.
alter table send_attempt
  add column checks smallint not null default 0,
  add column checked_at timestamptz,
  add column finding text check (finding in ('no_record', 'no_receipt')),
  -- Who confirmed that the text may arrive twice, when it was sent again.
  add column waived_by bigint,
  add foreign key (company_id, waived_by) references app_user (company_id, id);

-- A long number may send one text a second, a short code hundreds: the sender's own limit, below that of the account.
alter table sms_sender add column per_second integer check (per_second between 1 and 1000);
create table sender_bucket (
  address text primary key,
  tokens double precision not null default 0,
  refilled_at timestamptz not null default app_now()
);

alter table provider_account
  -- Share of the configured rate that the provider can take; halved when it says "too many", and slowly raised again.
  add column pace double precision not null default 1 check (pace > 0 and pace <= 1),
  add column paced_at timestamptz,
  -- The last answers, newest last: d for doubt, a for a clear answer.
  add column recent text not null default '',
  add column failed_probes integer not null default 0,
  -- A worker was at work at this moment.
  add column worked_at timestamptz;

-- What has been handed over, in segments, where a budget limits it.
create table day_spend (
  company_id bigint not null references company on delete cascade,
  local_date date not null,
  segments integer not null check (segments >= 0),
  primary key (company_id, local_date)
);
create table campaign_spend (
  company_id bigint not null,
  campaign_id bigint not null,
  segments integer not null check (segments >= 0),
  primary key (campaign_id),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade
);

-- A launch that was asked for: made by a worker, so that nobody has to keep a page open. Once an answer is there, either
-- the campaign is launched or the refusal says why not.
create table launch_request (
  company_id bigint not null,
  campaign_id bigint not null,
  launch_key uuid not null,
  version integer not null,
  recipients integer not null check (recipients > 0),
  requested_by bigint not null,
  requested_at timestamptz not null default app_now(),
  -- How far it is: texts written out of recipients.
  written integer not null default 0,
  refusal text,
  answered_at timestamptz,
  primary key (campaign_id),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, requested_by) references app_user (company_id, id)
);
  `.execute(db)
}
