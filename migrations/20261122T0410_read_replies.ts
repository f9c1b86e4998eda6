import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- What a text says as an answer. Waiting: not read yet. Applied: it was certain. Uncertain: a person decides. None: no answer at all.
-- Confirmed, dismissed: a person decided, or a newer answer made it pointless (nobody's name then).
alter table reply
  add column reading_state text not null default 'none' check (reading_state in ('waiting', 'applied', 'uncertain', 'none', 'confirmed', 'dismissed')),
  add column reading jsonb,
  add column reading_by bigint,
  add column reading_at timestamptz,
  add foreign key (company_id, reading_by) references app_user (company_id, id);
-- What came before this was there is not answered late.
alter table reply alter column reading_state set default 'waiting';
create index reply_to_read on reply (id) where reading_state = 'waiting';
create index reply_uncertain on reply (company_id, campaign_id) where reading_state = 'uncertain';

-- Who wrote an answer down, or confirmed how a text was read; null: the person alone.
alter table answer add column answered_by bigint, add foreign key (company_id, answered_by) references app_user (company_id, id), add check (source <> 'link' or answered_by is null);
alter table answer_version add column answered_by bigint, add foreign key (company_id, answered_by) references app_user (company_id, id), add check (source <> 'link' or answered_by is null);
  `.execute(db)
}
