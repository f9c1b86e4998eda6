import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create table branch (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 120),
  town text,
  phone text,
  created_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id)
);
create unique index branch_name on branch (company_id, lower(name)) where archived_at is null;

-- Client contacts are people with the same rules (S6): one table, so that list, audience, consent and sending cannot disagree.
alter table candidate
  add column kind text not null default 'candidate' check (kind in ('candidate', 'contact')),
  -- The client a contact works for.
  add column organisation text check (length(organisation) <= 120),
  add column tags text[] not null default '{}',
  add column branch_id bigint,
  -- Where the town lies, for searches around a place; null while that is not known.
  add column latitude real,
  add column longitude real,
  add constraint candidate_branch foreign key (company_id, branch_id) references branch (company_id, id) on delete set null (branch_id);

-- A search finds tags and the client's name too.
drop function candidate_search_text cascade;
alter table candidate drop column if exists search_text;
create function candidate_search_text(first_name text, last_name text, trade text, skills text[], town text, tags text[], organisation text) returns text
  language sql immutable parallel safe as $$
  select public.candidate_search_words(chr(1), first_name || ' ' || last_name) || public.candidate_search_words(chr(2), trade)
    || public.candidate_search_words(chr(2), organisation)
    || public.candidate_search_words(chr(3), array_to_string(skills, ' ')) || public.candidate_search_words(chr(3), array_to_string(tags, ' '))
    || public.candidate_search_words(chr(4), town) || ' '
$$;
alter table candidate add column search_text text not null generated always as (candidate_search_text(first_name, last_name, trade, skills, town, tags, organisation)) stored;
create index candidate_search on candidate using gin (search_text gin_trgm_ops);
drop index candidate_by_name;
create index candidate_by_name on candidate (company_id, kind, sort_name, id);
create index candidate_by_tag on candidate using gin (tags);
create index candidate_by_branch on candidate (company_id, branch_id, sort_name, id) where branch_id is not null;
create index candidate_by_place on candidate (company_id, latitude, longitude) where latitude is not null;

-- Tags a company uses, one spelling each: what a field suggests without reading every record.
create table tag (
  company_id bigint not null references company on delete cascade,
  folded text collate "C" not null,
  name text not null check (length(name) between 1 and 60),
  primary key (company_id, folded)
);

-- Several numbers of a kind; the first of a kind is the one that may be texted.
alter table candidate_phone drop constraint candidate_phone_candidate_id_kind_key;
alter table candidate_phone add column position smallint not null default 1 check (position between 1 and 9);
alter table candidate_phone add constraint candidate_phone_place unique (candidate_id, kind, position);

create or replace view candidate_textability as
select
  c.company_id,
  c.id as candidate_id,
  coalesce(m.textable, h.textable) as e164,
  case when m.textable is not null then m.country when h.textable is not null then h.country end as country,
  case
    when coalesce(m.textable, h.textable) is null and ((m.candidate_id is not null and m.e164 is null) or (h.candidate_id is not null and h.e164 is null)) then 'invalid_number'
    when coalesce(m.textable, h.textable) is null then 'no_number'
    when n.bounced_at is not null then 'bounced'
    when n.opted_out_at is not null then 'opted_out'
    when not c.consent_given then 'no_consent'
  end as reason
from candidate c
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'mobile' and position = 1) m
  on m.company_id = c.company_id and m.candidate_id = c.id
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'home' and position = 1) h
  on h.company_id = c.company_id and h.candidate_id = c.id
left join phone n on n.company_id = c.company_id and n.e164 = coalesce(m.textable, h.textable);

create table talent_list (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  -- A folder is filled by hand; the others belong to a talent network or a vacancy (S11).
  kind text not null check (kind in ('folder', 'network', 'job')),
  name text not null check (length(name) between 1 and 160),
  description text not null default '' check (length(description) <= 1000),
  created_by bigint,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id),
  foreign key (company_id, created_by) references app_user (company_id, id)
);
create unique index talent_list_name on talent_list (company_id, kind, lower(name)) where archived_at is null;

create table talent_list_member (
  company_id bigint not null,
  list_id bigint not null,
  candidate_id bigint not null,
  added_by bigint,
  added_at timestamptz not null default app_now(),
  primary key (list_id, candidate_id),
  foreign key (company_id, list_id) references talent_list (company_id, id) on delete cascade,
  foreign key (company_id, candidate_id) references candidate (company_id, id) on delete cascade,
  foreign key (company_id, added_by) references app_user (company_id, id)
);
create index talent_list_member_candidate on talent_list_member (company_id, candidate_id);

create table saved_search (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 120),
  -- What the address of the search holds.
  filters jsonb not null,
  created_by bigint not null,
  -- Seen by everybody in the company, else by its author alone.
  is_shared boolean not null default false,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  unique (company_id, id),
  foreign key (company_id, created_by) references app_user (company_id, id)
);
create unique index saved_search_name on saved_search (company_id, created_by, lower(name));

create table campaign_code (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  -- The label reports are grouped by (S28); not a code of a link.
  code text not null check (length(code) between 1 and 40),
  name text not null check (length(name) between 1 and 120),
  -- Its landing page, once published; images fall back to the company's.
  published_at timestamptz,
  header_image_id uuid,
  footer_image_id uuid,
  -- Raised by every change: what is pre-rendered from it is keyed by it.
  version integer not null default 1,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id),
  foreign key (company_id, header_image_id) references image (company_id, id) on delete restrict,
  foreign key (company_id, footer_image_id) references image (company_id, id) on delete restrict
);
create unique index campaign_code_code on campaign_code (company_id, lower(code)) where archived_at is null;

create table campaign_code_text (
  company_id bigint not null,
  campaign_code_id bigint not null,
  language text not null check (language in ('fr', 'en')),
  heading text not null check (length(heading) between 1 and 120),
  body text not null check (length(body) <= 400),
  primary key (campaign_code_id, language),
  foreign key (company_id, campaign_code_id) references campaign_code (company_id, id) on delete cascade
);

create table talent_network (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 120),
  join_url text not null check (join_url ~ '^https://' and length(join_url) <= 2000),
  -- Its people.
  list_id bigint not null,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id),
  foreign key (company_id, list_id) references talent_list (company_id, id)
);
create unique index talent_network_name on talent_network (company_id, lower(name)) where archived_at is null;

create table career_site (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 120),
  url text not null check (url ~ '^https://' and length(url) <= 2000),
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id)
);
create unique index career_site_name on career_site (company_id, lower(name)) where archived_at is null;

create table career_page (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  site_id bigint not null,
  name text not null check (length(name) between 1 and 120),
  url text not null check (url ~ '^https://' and length(url) <= 2000),
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id),
  foreign key (company_id, site_id) references career_site (company_id, id)
);
create unique index career_page_name on career_page (site_id, lower(name)) where archived_at is null;

-- A vacancy. « job » in this code is always that, never a background task.
create table job (
  company_id bigint not null,
  id bigint generated always as identity primary key,
  site_id bigint not null,
  reference text not null check (length(reference) between 1 and 60),
  title text not null check (length(title) between 1 and 160),
  url text not null check (url ~ '^https://' and length(url) <= 2000),
  town text,
  -- Shown only to who may see confidential jobs (S5).
  is_confidential boolean not null default false,
  -- Its candidates; made with the first of them.
  list_id bigint,
  -- Found by the start of title or reference (S33), whatever the accents.
  folded_title text collate "C" not null generated always as (fold(title)) stored,
  folded_reference text collate "C" not null generated always as (fold(reference)) stored,
  created_at timestamptz not null default app_now(),
  updated_at timestamptz not null default app_now(),
  archived_at timestamptz,
  unique (company_id, id),
  foreign key (company_id, site_id) references career_site (company_id, id),
  foreign key (company_id, list_id) references talent_list (company_id, id)
);
create unique index job_reference on job (company_id, lower(reference)) where archived_at is null;
create index job_by_title on job (company_id, site_id, folded_title, id) where archived_at is null;
create index job_by_reference on job (company_id, site_id, folded_reference, id) where archived_at is null;

alter table message_template
  add column career_site_id bigint,
  -- What recruiters pick; the newest version may still be a draft.
  add column published_version integer,
  add constraint message_template_site foreign key (company_id, career_site_id) references career_site (company_id, id);
update message_template set published_version = version where published_at is not null;

alter table campaign
  add column campaign_code_id bigint,
  add column talent_network_id bigint,
  add column career_site_id bigint,
  add column career_page_id bigint,
  add column job_id bigint,
  -- The answer to text replies (S35).
  add column auto_response_template_id bigint,
  add constraint campaign_campaign_code foreign key (company_id, campaign_code_id) references campaign_code (company_id, id),
  add constraint campaign_talent_network foreign key (company_id, talent_network_id) references talent_network (company_id, id),
  add constraint campaign_career_site foreign key (company_id, career_site_id) references career_site (company_id, id),
  add constraint campaign_career_page foreign key (company_id, career_page_id) references career_page (company_id, id),
  add constraint campaign_job foreign key (company_id, job_id) references job (company_id, id),
  add constraint campaign_auto_response foreign key (company_id, auto_response_template_id) references message_template (company_id, id);
create index campaign_by_code on campaign (company_id, campaign_code_id, id desc) where campaign_code_id is not null;

-- Short links that are the same for everybody in a campaign: a code leads to an address stored here, or to the page of a campaign code.
create table link_target (
  company_id bigint not null,
  code text primary key,
  campaign_id bigint not null,
  field text not null check (field in ('campaign_page', 'join_network', 'career_page', 'job_url')),
  url text check (url ~ '^https://' and length(url) <= 2000),
  campaign_code_id bigint,
  unique (campaign_id, field),
  check ((url is null) <> (campaign_code_id is null)),
  foreign key (company_id, code) references short_link (company_id, code) on delete cascade,
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, campaign_code_id) references campaign_code (company_id, id)
);
  `.execute(db)
}
