import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- How an answer came that set an availability: by the link, by SMS, or taken down by a recruiter (user_id) over the telephone.
-- Null for what was no answer, and where the answer is gone. The moments of old rows are a few milliseconds apart.
alter table availability_change add column answer_source text check (answer_source in ('link', 'reply', 'recruiter')), add check (answer_source is null or source = 'answer');
update availability_change v set answer_source = (
  select a.source
  from recipient_profile p join recipient r on r.id = p.recipient_id and r.campaign_id = v.campaign_id join answer_version a on a.recipient_id = r.id
  where p.company_id = v.company_id and p.candidate_id = v.candidate_id and a.answered_at <= v.at
  order by a.answered_at desc, a.id desc limit 1)
where v.source = 'answer' and v.campaign_id is not null;

-- What is on a record but in no history: who set it is unknown, so it counts as what came with the records.
-- Without statistics the planner would look through all that was inserted so far, for each person anew.
set local enable_nestloop = off;
insert into availability_change (company_id, candidate_id, availability, available_from, available_until, source, campaign_id, at)
select c.company_id, c.id, c.availability, c.available_from, c.available_until, case when c.availability_campaign_id is null then 'import' else 'answer' end, c.availability_campaign_id, coalesce(c.availability_updated_at, c.created_at)
from candidate c
where c.availability <> 'unknown' and not exists (select from availability_change v where v.company_id = c.company_id and v.candidate_id = c.id);
set local enable_nestloop = on;

-- Who is free when is read from the index alone, like the list.
drop index candidate_by_availability;
create index candidate_by_availability on candidate (company_id, kind, availability, sort_name, id) include (available_from, available_until);
  `.execute(db)
}
