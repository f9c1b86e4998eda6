import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Who is told of a campaign's answers, where that is not its sender alone.
create table campaign_follower (
  company_id bigint not null,
  campaign_id bigint not null,
  user_id bigint not null,
  primary key (campaign_id, user_id),
  foreign key (company_id, campaign_id) references campaign (company_id, id) on delete cascade,
  foreign key (company_id, user_id) references app_user (company_id, id) on delete cascade
);
create index campaign_follower_user on campaign_follower (company_id, user_id);

-- Who is told in the end: those who were chosen and may still see the campaign; where nobody is left, its sender.
create view campaign_listener as
  select c.company_id, c.id as campaign_id, told.user_id
  from campaign c
  cross join lateral (
    with chosen as (
      select f.user_id from campaign_follower f
      join app_user u on u.id = f.user_id and u.disabled_at is null
      where f.campaign_id = c.id and exists (select from user_privilege p where p.user_id = f.user_id and p.privilege = 'campaigns.view')
    )
    select user_id from chosen
    union all
    select u.id from app_user u
    where u.company_id = c.company_id and u.id = coalesce(c.launched_by, c.created_by) and u.disabled_at is null and not exists (select from chosen)
  ) as told;
  `.execute(db)
}
