import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`
-- Which worker has a queued message in hand, and until when: only so that no two prepare the same one. That it leaves once is the
-- gate's doing, which locks the message. Apart from the message, because each change of one of those is written into all of their
-- indexes. No reference either: checking one would lock every message that is claimed, and what is left over ends by itself.
create table message_lease (
  message_id bigint primary key,
  token uuid not null,
  lease_until timestamptz not null
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000);

-- 'leased' is what workers of before write.
create or replace function guard_message_state() returns trigger language plpgsql as $$
begin
  if new.state = old.state then return new; end if;
  if (old.state, new.state) in (
    ('queued', 'submitting'), ('submitting', 'accepted'), ('accepted', 'delivered'),
    ('queued', 'leased'), ('queued', 'skipped'), ('queued', 'cancelled'),
    ('leased', 'queued'), ('leased', 'submitting'), ('leased', 'skipped'), ('leased', 'cancelled'),
    ('submitting', 'queued'), ('submitting', 'in_doubt'), ('submitting', 'delivered'), ('submitting', 'undelivered'), ('submitting', 'rejected'),
    ('in_doubt', 'queued'), ('in_doubt', 'accepted'), ('in_doubt', 'delivered'), ('in_doubt', 'undelivered'), ('in_doubt', 'rejected'),
    ('accepted', 'undelivered'),
    ('undelivered', 'delivered')
  ) then return new; end if;
  raise exception 'message % may not move from % to %', old.id, old.state, new.state using errcode = 'check_violation';
end $$;
  `.execute(db)
}
