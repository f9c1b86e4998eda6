import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
create table mail (
  id bigint generated always as identity primary key,
  -- None: the installation's own mail, which no company sees.
  company_id bigint references company on delete cascade,
  kind text not null check (kind ~ '^[a-z][a-z-]{0,39}$'),
  language text not null check (language in ('fr', 'en')),
  to_address text not null check (to_address ~ '^[^[:space:][:cntrl:]<>@]+@[^[:space:][:cntrl:]<>@]+$' and length(to_address) <= 254),
  to_name text not null check (to_name !~ '[[:cntrl:]]'),
  -- The agency's name as it was: what was sent stays what it is.
  sender_name text not null check (sender_name !~ '[[:cntrl:]]'),
  subject text not null check (subject !~ '[[:cntrl:]]'),
  -- Paragraphs and link, sealed: whoever reads a copy of the database must not be able to follow the link.
  sealed_letter text not null,
  -- Part of the Message-ID, the same at every attempt: mail systems recognise a repetition by it.
  message_key uuid not null default gen_random_uuid() unique,
  status text not null check (status in ('kept', 'waiting', 'sending', 'sent', 'failed', 'in_doubt')),
  attempts integer not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz,
  leased_until timestamptz,
  -- Which claim it was: what an older one still finds out does not count.
  claim_key uuid,
  reason text,
  -- What the server answered, for the administrator's eyes; it may name the address.
  answer text check (length(answer) <= 500),
  created_at timestamptz not null default app_now(),
  settled_at timestamptz,
  check ((status = 'waiting') = (next_attempt_at is not null)),
  check ((status = 'sending') = (leased_until is not null)),
  check ((status in ('sent', 'failed')) = (settled_at is not null)),
  check (status not in ('failed', 'in_doubt') or reason is not null)
);
create index mail_of_company on mail (company_id, id desc);
create index mail_by_status on mail (company_id, status, id desc);
create index mail_due on mail (next_attempt_at) where status = 'waiting';
create index mail_leased on mail (leased_until) where status = 'sending';
  `.execute(db)
}
