import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- A test SMS carries a link too: it opens the campaign's page as a preview, where nothing is recorded.
create table campaign_test_link (
  company_id bigint not null,
  code text primary key,
  campaign_id bigint not null,
  user_id bigint not null,
  foreign key (company_id, code) references short_link (company_id, code) on delete cascade,
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id)
);
create index campaign_test_link_campaign on campaign_test_link (campaign_id);

-- May this person be texted, on which number, and if not why: the first reason that applies, in the order of S39 to S42.
-- Mobile first, home as fallback, and only a number that may be a mobile (S46). Lists, audience and record read this one rule;
-- which countries are allowed is a company setting and is compared by the reader.
create view candidate_textability as
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
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'mobile') m
  on m.company_id = c.company_id and m.candidate_id = c.id
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'home') h
  on h.company_id = c.company_id and h.candidate_id = c.id
left join phone n on n.company_id = c.company_id and n.e164 = coalesce(m.textable, h.textable);
  `.execute(db)
}
