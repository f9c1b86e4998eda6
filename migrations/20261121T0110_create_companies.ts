import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create table company (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 120),
  town text,
  phone text,
  opening_hours text,
  country text not null default 'FR' check (country ~ '^[A-Z]{2}$'),
  time_zone text not null default 'Europe/Paris',
  language text not null default 'fr' check (language in ('fr', 'en')),
  can_send_sms boolean not null default true,
  created_at timestamptz not null default app_now()
);

-- Only what differs from the default written in src/companies/settings.ts.
create table company_setting (
  company_id bigint not null references company on delete cascade,
  name text not null,
  value jsonb not null,
  updated_at timestamptz not null default app_now(),
  primary key (company_id, name)
);

create table image (
  company_id bigint not null references company on delete cascade,
  id uuid not null,
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  created_at timestamptz not null default app_now(),
  primary key (company_id, id),
  unique (id)
);

create table image_variant (
  company_id bigint not null,
  image_id uuid not null,
  format text not null check (format in ('avif', 'webp', 'jpeg')),
  width integer not null check (width > 0),
  height integer not null check (height > 0),
  bytes bytea not null,
  primary key (image_id, format, width),
  foreign key (company_id, image_id) references image (company_id, id) on delete cascade
);

create table branding (
  company_id bigint primary key references company on delete cascade,
  display_name text not null check (length(display_name) between 1 and 80),
  brand_color text not null default '#1d4ed8' check (brand_color ~ '^#[0-9a-f]{6}$'),
  header_image_id uuid,
  footer_image_id uuid,
  footer_text text not null default '',
  privacy_text text not null default '',
  -- Raised by every change: what is pre-rendered from a branding is keyed by it.
  version integer not null default 1,
  updated_at timestamptz not null default app_now(),
  foreign key (company_id, header_image_id) references image (company_id, id) on delete restrict,
  foreign key (company_id, footer_image_id) references image (company_id, id) on delete restrict
);

create table branding_text (
  company_id bigint not null references branding (company_id) on delete cascade,
  kind text not null check (kind in ('simple', 'availability')),
  language text not null check (language in ('fr', 'en')),
  heading text not null check (length(heading) between 1 and 120),
  body text not null check (length(body) <= 400),
  question text not null check (length(question) between 1 and 160),
  yes_label text not null check (length(yes_label) between 1 and 80),
  no_label text not null check (length(no_label) between 1 and 80),
  comment_hint text not null default '',
  primary key (company_id, kind, language)
);

create table sms_sender (
  company_id bigint not null references company on delete cascade,
  id bigint generated always as identity primary key,
  label text not null,
  -- A short code or number in digits, or up to 11 letters and digits that nobody can answer.
  address text not null check (address ~ '^([0-9]{4,15}|[A-Za-z0-9]{1,11})$'),
  can_receive boolean not null,
  -- The words that close a message, such as STOP 38047; empty when the route adds its own.
  stop_text text not null default '',
  is_default boolean not null default false,
  created_at timestamptz not null default app_now(),
  unique (company_id, id),
  unique (company_id, address)
);
create unique index sms_sender_one_default on sms_sender (company_id) where is_default;
create index sms_sender_address on sms_sender (address);
  `.execute(db)
}
