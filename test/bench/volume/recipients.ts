import type pg from 'pg'
import type { Ground } from './plan.ts'

/** Recipients written by one transaction: what is lost when it is killed. */
const GROUP = 200_000

/** Coprime with any number of people below it: a campaign meets nobody twice. */
const STRIDE = 1_000_003

/** Everything that hangs on recipients, campaign by campaign; goes on where it stopped. `say` hears how many there are. */
export async function writeRecipients(admin: pg.Client, ground: Ground, say: (written: number) => void): Promise<void> {
  const { rows: [all] } = await admin.query<{ people: number }>('select count(*)::int as people from volume.person')
  for (;;) {
    const { rows: [group] } = await admin.query<{ first: number; last: number | null; before: number }>(`
      select min(n) as first, max(n) filter (where before + size - least <= $1 or n = first) as last, min(before) as before
      from (select n, size, before, min(before) over () as least, min(n) over () as first from volume.plan where not written) waiting`, [GROUP])
    if (!group || group.last === null) return
    await admin.query('begin')
    await admin.query(SLICE, [group.first, group.last, all!.people])
    await admin.query('analyze slice')
    for (const statement of WRITES) await admin.query(statement, statement.includes('$1') ? [ground.companyId] : [])
    await admin.query(EXCLUSIONS, [ground.companyId, group.first, group.last, all!.people])
    await admin.query('update volume.plan set written = true where n between $1 and $2', [group.first, group.last])
    await admin.query('commit')
    say(group.before)
  }
}

/** One row for each recipient with all that the tables need. What came of each follows from its number alone. */
const SLICE = `
  create temp table slice on commit drop as
  select s.*, case when submitted then due + (rank % per_batch) * interval '40 ms' end as submitted_at,
    case when s.state in ('delivered', 'accepted') and s.kind = 'availability' and hash % 5 = 0 then 1 when s.state = 'delivered' and s.kind = 'simple' and hash % 4 = 0 then 1 end as answered
  from (
    select drawn.*, state in ('delivered', 'undelivered', 'rejected', 'in_doubt', 'accepted') as submitted
    from (
      select p.n as campaign_id, p.kind, p.status, p.per_batch, p.before + r as id, r::int as rank, p.first_batch + (r + p.per_batch - 1) / p.per_batch as batch_id, b.due_at as due,
        c.bodies_removed_at is not null as emptied, c.comments_removed_at is not null as silenced, c.launched_at, c.closes_at,
        who.candidate_id, who.e164, who.country, substr(md5('code ' || (p.before + r)), 1, 15) as code, spread.hash,
        case
          when b.state = 'planned' or b.state = 'running' and r % p.per_batch >= p.per_batch / 2 then 'queued'
          when b.state = 'cancelled' then 'cancelled'
          when spread.hash % 10000 < 9300 then 'delivered' when spread.hash % 10000 < 9600 then 'undelivered' when spread.hash % 10000 < 9700 then 'rejected'
          when spread.hash % 10000 < 9800 then 'skipped' when spread.hash % 10000 < 9802 then 'in_doubt' else 'accepted'
        end as state
      from volume.plan p join campaign c on c.id = p.n cross join lateral generate_series(1, p.size) r
      cross join lateral (select ('x' || substr(md5((p.before + r)::text), 1, 7))::bit(28)::int as hash) spread
      join batch b on b.id = p.first_batch + (r + p.per_batch - 1) / p.per_batch
      join volume.person who on who.n = 1 + (p.start + r * ${STRIDE}) % $3
      where p.n between $1 and $2
    ) drawn
  ) s`

const WRITES = [
  // What has ended is put away by the retention, and when it was opened is forgotten.
  `insert into short_link (company_id, code, created_at, expires_at, revoked_at, fetch_count, robot_fetch_count, first_fetched_at, last_fetched_at)
   select $1, code, launched_at, ends, case when ends < now() then ends end, opened, case when hash % 9 = 4 then 1 else 0 end,
     case when opened > 0 and ends >= now() then submitted_at end, case when opened > 0 and ends >= now() then submitted_at end
   from slice cross join lateral (select closes_at + interval '30 days' as ends, case when answered = 1 or submitted and hash % 10 = 3 then 1 else 0 end as opened) l`,
  `insert into recipient (company_id, id, campaign_id, batch_id, candidate_id, e164, rank, language, code) overriding system value
   select $1, id, campaign_id, batch_id, candidate_id, e164, rank, 'fr', code from slice`,
  'insert into recipient_profile (company_id, recipient_id, candidate_id) select $1, id, candidate_id from slice',
  `insert into message (company_id, id, purpose, campaign_id, batch_id, recipient_id, candidate_id, e164, sender, country, body, encoding, segments, state, next_attempt_at, submitted_at, settled_at,
     provider_id, failure_code, failure_reason, created_at) overriding system value
   select $1, id, 'campaign', campaign_id, batch_id, id, candidate_id, e164, '38047', country,
     case when emptied then '' else 'Bonjour Karim, Intérim Martin cherche des coffreurs vers Lyon. Etes-vous libre lundi ? https://sms.exemple.fr/r/' || code || ' STOP au 38047' end,
     'gsm7', 1, state, due, submitted_at, case when state in ('delivered', 'undelivered', 'rejected', 'skipped', 'cancelled') then coalesce(submitted_at, due) + (hash % 60) * interval '1 second' end,
     case when submitted and state not in ('rejected', 'in_doubt') then gen_random_uuid()::text end, case state when 'undelivered' then '1180' when 'rejected' then '1120' end,
     case state when 'undelivered' then 'temporary' when 'rejected' then 'sender' when 'skipped' then 'opted_out' when 'cancelled' then 'cancelled' end, launched_at
   from slice`,
  `insert into send_attempt (company_id, id, message_id, n, outcome, started_at, ended_at, provider_id, error_code, checks, checked_at, finding)
   select $1, gen_random_uuid(), s.id, 1, case s.state when 'rejected' then 'rejected' when 'in_doubt' then 'in_doubt' else 'accepted' end, s.submitted_at, s.submitted_at + interval '180 ms', m.provider_id,
     case when s.state in ('rejected', 'in_doubt') then coalesce(m.failure_code, 'timeout') end, case when s.state = 'in_doubt' then 2 else 0 end,
     case when s.state = 'in_doubt' then s.submitted_at + interval '61 minutes' end, case when s.state = 'in_doubt' then 'no_record' end
   from slice s join message m on m.id = s.id where s.submitted`,
  `insert into answer (company_id, recipient_id, version, choice, available_from, available_until, comment, source, first_answered_at, answered_at)
   select $1, id, 1, choice, case when choice = 'yes' and kind = 'availability' then at::date + 3 end, case when choice = 'yes' and kind = 'availability' then at::date + 33 end,
     case when not silenced and hash % 4 = 1 then 'Je peux commencer lundi matin' else '' end, 'link', at, at
   from slice cross join lateral (select case when hash % 3 = 0 then 'no' else 'yes' end as choice, submitted_at + (hash % 2000) * interval '1 minute' as at) a where answered = 1`,
  `insert into answer_version (company_id, recipient_id, version, form_id, choice, available_from, available_until, comment, source, answered_at)
   select a.company_id, recipient_id, 1, gen_random_uuid(), choice, available_from, available_until, comment, source, answered_at from slice s join answer a on a.recipient_id = s.id where s.answered = 1 order by answered_at`,
  `insert into follow_up_note (company_id, candidate_id, kind, campaign_id, recipient_id, body, created_at)
   select $1, s.candidate_id, 'automatic', s.campaign_id, s.id, 'A répondu ' || case a.choice when 'yes' then 'OUI' else 'NON' end || ' à la campagne', a.answered_at from slice s join answer a on a.recipient_id = s.id where s.answered = 1`,
  `insert into availability_change (company_id, candidate_id, availability, available_from, available_until, source, answer_source, campaign_id, at)
   select $1, s.candidate_id, case a.choice when 'yes' then 'available' else 'unavailable' end, a.available_from, a.available_until, 'answer', 'link', s.campaign_id, a.answered_at
   from slice s join answer a on a.recipient_id = s.id where s.answered = 1 and s.kind = 'availability'`,
  // Unread are those of the last days.
  `insert into reply (company_id, e164, sender, body, keyword, candidate_id, message_id, campaign_id, recipient_id, provider_id, received_at, said_at, read_at, handled_as, reading_state)
   select $1, e164, '38047', case when emptied then '' when is_stop then 'STOP' else (array['Oui je suis libre', 'Rappelez-moi demain svp', 'Pas avant le mois prochain', 'Merci, à lundi'])[1 + hash % 4] end,
     case when is_stop then 'stop' else 'none' end, candidate_id, id, campaign_id, id, gen_random_uuid()::text, at, at, case when at < now() - interval '3 days' then at end, case when is_stop then 'stop' else 'text' end,
     case when is_stop then 'none' when hash % 7 = 0 and status <> 'completed' then 'uncertain' else 'dismissed' end
   from slice cross join lateral (select hash % 211 = 0 as is_stop, submitted_at + (hash % 3000) * interval '1 minute' as at) y where state = 'delivered' and (hash % 37 = 1 or hash % 211 = 0)`,
  `insert into opt_out_event (company_id, e164, kind, source, campaign_id, at)
   select $1, e164, 'opt_out', 'sms', campaign_id, submitted_at + interval '5 minutes' from slice where state = 'delivered' and hash % 211 = 0`,
  // The provider's own words are kept for thirty days.
  `insert into provider_event (dedupe_key, kind, body, received_at, applied_at, result)
   select m.provider_id || ' ' || e.status, 'status', jsonb_build_object('message_uuid', m.provider_id, 'client_ref', m.id, 'to', substr(s.e164, 2), 'from', '38047', 'channel', 'sms', 'status', e.status, 'timestamp', s.submitted_at),
     s.submitted_at + e.after, s.submitted_at + e.after, 'applied'
   from slice s join message m on m.id = s.id cross join (values ('submitted', interval '1 second'), ('delivered', interval '9 seconds')) e (status, after)
   where s.state = 'delivered' and s.submitted_at > now() - interval '30 days'`,
]

const EXCLUSIONS = `
  insert into campaign_exclusion (company_id, campaign_id, candidate_id, reason)
  select $1, p.n, who.candidate_id, 'opted_out' from volume.plan p cross join lateral generate_series(p.size + 1, p.size + p.size / 20) r
  join volume.person who on who.n = 1 + (p.start + r * ${STRIDE}) % $4 where p.n between $2 and $3 and p.size * 21 / 20 < $4`
