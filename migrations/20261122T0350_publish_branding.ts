import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- True where finer steps of quality would not have fitted the page.
alter table image add column is_reduced boolean not null default false;

-- What was published, each as it was; the newest ones are kept.
create table branding_version (
  company_id bigint not null references company on delete cascade,
  version integer not null check (version > 0),
  -- Words, colour and rules; the pictures stand in columns, so that none of them can be deleted.
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  header_image_id uuid,
  footer_image_id uuid,
  restored_from integer,
  published_by bigint,
  published_at timestamptz not null default app_now(),
  primary key (company_id, version),
  foreign key (company_id, header_image_id) references image (company_id, id),
  foreign key (company_id, footer_image_id) references image (company_id, id),
  foreign key (company_id, published_by) references app_user (company_id, id)
);

insert into branding_version (company_id, version, content, header_image_id, footer_image_id, published_at)
select b.company_id, b.version, jsonb_build_object(
    'displayName', b.display_name, 'brandColor', b.brand_color,
    'headerAlt', b.display_name, 'footerAlt', case when b.footer_text = '' then b.display_name else '' end,
    'phone', left(coalesce(c.phone, ''), 40), 'openingHours', left(coalesce(c.opening_hours, ''), 160), 'footerText', b.footer_text,
    'privacyTexts', jsonb_build_object(c.language, b.privacy_text),
    'texts', (
      select coalesce(jsonb_agg(jsonb_build_object('kind', t.kind, 'language', t.language, 'heading', t.heading, 'body', t.body, 'question', t.question,
        'yesLabel', t.yes_label, 'noLabel', t.no_label, 'commentHint', t.comment_hint)), '[]')
      from branding_text t where t.company_id = b.company_id)),
  b.header_image_id, b.footer_image_id, b.updated_at
from branding b join company c on c.id = b.company_id;

drop table branding_text;
-- What is left of it points to the version that candidates see, and holds its name, which texts are signed with.
alter table branding
  drop column brand_color, drop column header_image_id, drop column footer_image_id,
  drop column footer_text, drop column privacy_text, drop column updated_at, alter column version drop default,
  add foreign key (company_id, version) references branding_version (company_id, version);

create table branding_draft (
  company_id bigint primary key references company on delete cascade,
  -- Raised by every save: a form made from an older one is refused.
  revision integer not null check (revision > 0),
  content jsonb not null check (jsonb_typeof(content) = 'object'),
  header_image_id uuid,
  footer_image_id uuid,
  -- The version that says the same; null while something waits to be published.
  published_version integer,
  restored_from integer,
  saved_by bigint,
  saved_at timestamptz not null default app_now(),
  foreign key (company_id, header_image_id) references image (company_id, id),
  foreign key (company_id, footer_image_id) references image (company_id, id),
  foreign key (company_id, saved_by) references app_user (company_id, id)
);

-- Empty: the company's own words stand in.
alter table campaign_code
  add column header_alt text not null default '' check (length(header_alt) <= 160),
  add column footer_alt text not null default '' check (length(footer_alt) <= 160);
  `.execute(db)
}
