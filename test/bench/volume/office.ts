import type pg from 'pg'
import type { Ground } from './plan.ts'

/** Colleagues, templates and codes: campaigns name them. An agency has so many, however many people it knows. */
export async function furnish(admin: pg.Client, { companyId }: Ground): Promise<void> {
  await admin.query(`
    create table if not exists volume.writer (n bigint primary key, id bigint not null);
    create table if not exists volume.template (n bigint primary key, id bigint not null);
    create table if not exists volume.code (n bigint primary key, id bigint not null);`)
  const run = (text: string) => admin.query(text, [companyId])
  await run(`
    with made as (
      insert into app_user (company_id, email, name, language, joined_at) select $1, 'collegue' || n || '@volume.test', 'Collègue ' || n, 'fr', now() from generate_series(1, 40) n returning id
    ), allowed as (insert into user_privilege (company_id, user_id, privilege) select $1, id, p from made, unnest(array['candidates.view', 'campaigns.view', 'campaigns.send']) p)
    insert into volume.writer (n, id) select row_number() over (order by id) - 1, id from made`)
  await run(`
    with made as (
      insert into message_template (company_id, name, kind, published_at, published_version)
      select $1, 'Modèle ' || n, (array['availability', 'simple', 'availability', 'auto_response'])[1 + n % 4], now(), 1 from generate_series(1, 200) n returning id, kind
    ), worded as (insert into message_template_text (company_id, template_id, version, language, body) select $1, id, 1, 'fr', 'Bonjour {prenom|}, êtes-vous libre ? {lien}' from made)
    insert into volume.template (n, id) select row_number() over (order by id) - 1, id from made where kind <> 'auto_response'`)
  await run(`
    with made as (insert into campaign_code (company_id, code, name) select $1, 'C' || n, 'Code ' || n from generate_series(1, 200) n returning id)
    insert into volume.code (n, id) select row_number() over (order by id) - 1, id from made`)
  await run(`insert into branch (company_id, name, town) select $1, 'Agence ' || n, 'Lyon' from generate_series(1, 30) n`)
  await run(`insert into talent_list (company_id, kind, name) select $1, 'folder', 'Dossier ' || n from generate_series(1, 200) n`)
  await run(`insert into saved_search (company_id, name, filters, created_by, is_shared) select $1, 'Recherche ' || n, '{"trade":"Maçon"}', (select id from volume.writer where n = 1), true from generate_series(1, 60) n`)
  await run(`
    with sites as (insert into career_site (company_id, name, url) select $1, 'Site ' || n, 'https://site' || n || '.exemple.fr' from generate_series(1, 5) n returning id)
    insert into career_page (company_id, site_id, name, url) select $1, id, 'Page ' || n, 'https://site.exemple.fr/' || n from sites, generate_series(1, 40) n`)
  await run(`
    insert into job (company_id, site_id, reference, title, url) select $1, (select min(id) from career_site where company_id = $1), 'R' || n, 'Poste ' || n, 'https://site.exemple.fr/r' || n from generate_series(1, 6000) n`)
}

/** What grows with people and campaigns beside the texts: histories, news, mails, the journal. */
export const RECORDS: Record<string, string> = {
  numbers: `
    insert into phone (company_id, e164, last_submit_at) select $1, e164, now() - (n % 900) * interval '1 day' from volume.person on conflict do nothing`,
  consents: `
    insert into consent_event (company_id, candidate_id, is_given, source, said_on, user_id, at)
    select $1, id, consent_given, 'formulaire', created_at::date, (select id from volume.writer where n = 0), created_at from candidate where company_id = $1 and id % 2 = 0`,
  edits: `
    insert into candidate_edit (company_id, candidate_id, kind, fields, user_id, at)
    select $1, c.id, 'edited', '{town}', w.id, now() - (c.id % 900) * interval '1 day' from candidate c join volume.writer w on w.n = c.id % 40 where company_id = $1 and c.id % 3 = 0`,
  notes: `
    insert into follow_up_note (company_id, candidate_id, kind, user_id, body, created_at)
    select $1, c.id, 'manual', w.id, 'Rappeler après les congés', now() - (c.id % 900) * interval '1 day' from candidate c join volume.writer w on w.n = c.id % 40 where company_id = $1 and c.id % 5 = 0`,
  tags: `insert into tag (company_id, folded, name) values ($1, 'fidele', 'Fidèle'), ($1, 'permis mer', 'Permis mer') on conflict do nothing`,
  journal: `
    insert into journal (company_id, user_id, action, subject_kind, subject_id, at)
    select $1, w.id, case when k = 0 then 'campaign.launched' else 'candidate.edited' end, case when k = 0 then 'campaign' else 'candidate' end, p.n::text, p.begins + k * interval '1 minute'
    from volume.plan p join volume.writer w on w.n = p.n % 40, generate_series(0, 19) k where p.status <> 'draft'`,
  mails: `
    insert into mail (company_id, kind, language, to_address, to_name, sender_name, subject, sealed_letter, status, attempts, created_at, settled_at)
    select $1, 'news', 'fr', 'collegue' || k || '@volume.test', 'Collègue', 'Agence', 'Nouvelles', 'x', 'sent', 1, at, at
    from volume.plan p, generate_series(1, 20) k cross join lateral (select now() - (p.n * 20 + k) % 43200 * interval '1 minute' as at) m`,
  news: `
    insert into notification (company_id, user_id, kind, campaign_id, dedupe_key, at, read_at, mail_at)
    select $1, w.id, 'campaign_completed', p.n, 'completed:' || p.n, p.begins, case when p.n % 7 > 0 then p.begins end, null
    from volume.plan p join volume.writer w on w.n in (p.n % 40, 0) where p.status = 'completed' and p.begins > now() - interval '90 days'`,
  settings: `
    insert into company_setting_change (company_id, name, before, after, user_id, at)
    select $1, 'campaign.open_days', '14', '15', (select id from volume.writer where n = 0), now() - n * interval '1 hour' from generate_series(1, 2000) n`,
  imports: `
    insert into candidate_import (company_id, user_id, file_name, status, encoding, delimiter, header, row_count, created_at, finished_at, emptied_at)
    select $1, (select id from volume.writer where n = 0), 'liste' || n || '.csv', 'completed', 'utf-8', ';', '[]', 100, at, at, at + interval '30 days'
    from generate_series(1, 400) n cross join lateral (select now() - n * interval '2 days' - interval '31 days' as at) m`,
  // All told, all placed: what comes from now on is new.
  told: `update notification_mark set value = (select coalesce(max(id), 0) from answer_version) where name = 'answers'`,
  erasures: `
    insert into privacy_erasure (company_id, candidate_id, record_created_at, at) select $1, 1000000000 + n, now(), now() - n * interval '1 hour' from volume.person where n % 50 = 0`,
  members: `
    insert into talent_list_member (company_id, list_id, candidate_id)
    select $1, l.id, c.id from candidate c join (select id, row_number() over (order by id) - 1 as n from talent_list where company_id = $1) l on l.n = c.id % 211 where c.company_id = $1 on conflict do nothing`,
}
