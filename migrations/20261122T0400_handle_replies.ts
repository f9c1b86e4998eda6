import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
alter table reply
  -- Whom of its campaign the text answers; the campaign may since have been forgotten.
  add column recipient_id bigint,
  -- Empty: nobody has read it yet. Without a name: nobody had to.
  add column read_at timestamptz,
  add column read_by bigint,
  add column handled_as text not null default 'text' check (handled_as in ('answer', 'stop', 'start', 'help', 'text', 'review')),
  -- It may be a STOP: a person decides, and until then nothing is sent to the number.
  add column review text check (review in ('waiting', 'stop', 'not_stop')),
  add column reviewed_at timestamptz,
  add column reviewed_by bigint,
  -- When the network says it was sent; texts may overtake each other on their way here.
  add column said_at timestamptz,
  -- A long text comes in parts, of which some may never come.
  add column is_complete boolean not null default true,
  -- Written by a telephone or a machine: « Je conduis », « Réponse automatique ».
  add column is_automatic boolean not null default false,
  add column assigned_by bigint,
  add constraint reply_recipient foreign key (company_id, recipient_id) references recipient (company_id, id) on delete set null (recipient_id),
  add constraint reply_read_by foreign key (company_id, read_by) references app_user (company_id, id),
  add constraint reply_reviewed_by foreign key (company_id, reviewed_by) references app_user (company_id, id),
  add constraint reply_assigned_by foreign key (company_id, assigned_by) references app_user (company_id, id),
  add constraint reply_review_decided check ((review is null or review = 'waiting') = (reviewed_at is null));

update reply y set said_at = received_at, read_at = received_at, handled_as = case keyword when 'none' then 'text' else keyword end,
  recipient_id = (select m.recipient_id from message m where m.company_id = y.company_id and m.id = y.message_id);
alter table reply alter column said_at set not null, alter column said_at set default app_now();

create index reply_newest on reply (company_id, id desc);
create index reply_unread on reply (company_id, id desc) where read_at is null;
create index reply_to_review on reply (company_id, id desc) where review = 'waiting';
create index reply_unknown on reply (company_id, id desc) where candidate_id is null;
create index reply_recipient on reply (company_id, recipient_id, id desc) where recipient_id is not null;
create index reply_words on reply using gin (fold(body) gin_trgm_ops);

-- Parts of long texts, until all are there.
create index provider_event_part on provider_event ((body ->> 'from'), id) where kind = 'inbound' and body ? 'concat';
create index provider_event_unjoined on provider_event (received_at) where result = 'part';

-- Held: somebody reads a text that may be a STOP. An opt-out ends it.
alter table phone add column held_at timestamptz;
alter table opt_out_event
  drop constraint opt_out_event_kind_check,
  add constraint opt_out_event_kind_check check (kind in ('opt_out', 'opt_in', 'held', 'released')),
  -- Why somebody took an opt-out back.
  add column reason text check (length(reason) between 1 and 500);

alter table message
  drop constraint message_purpose_check,
  -- A confirmation answers a STOP, once, and is the last text to the number.
  add constraint message_purpose_check check (purpose in ('campaign', 'test', 'auto_response', 'single', 'confirmation')),
  drop constraint message_wait_reason_check,
  add constraint message_wait_reason_check check (wait_reason in ('window', 'review'));

-- The same rule, and one more: while a text of the person may be a STOP, nothing is sent, whoever wants it.
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
    when n.held_at is not null then 'under_review'
    when not c.consent_given then 'no_consent'
  end as reason,
  coalesce(m.textable, h.textable) is not null and n.bounced_at is null and n.held_at is null and (n.opted_out_at is not null or not c.consent_given)
    and (n.opted_out_at is null or n.opt_out_source in ('recruiter', 'import')) as is_overridable,
  concat(extract(epoch from n.opted_out_at), '/', extract(epoch from c.consent_at), '/',
    (select max(e.id) from consent_event e where e.company_id = c.company_id and e.candidate_id = c.id)) as refusal
from candidate c
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'mobile' and position = 1) m
  on m.company_id = c.company_id and m.candidate_id = c.id
left join (select company_id, candidate_id, e164, country, case when is_textable then e164 end as textable from candidate_phone where kind = 'home' and position = 1) h
  on h.company_id = c.company_id and h.candidate_id = c.id
left join phone n on n.company_id = c.company_id and n.e164 = coalesce(m.textable, h.textable);
  `.execute(db)
}
