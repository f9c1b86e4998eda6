import os from 'node:os'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isPassword } from '../../src/auth/password.ts'
import { findUserByEmail } from '../../src/auth/queries.ts'
import { findLinkOwner } from '../../src/auth/tokens.queries.ts'
import { advanceCampaigns, holdAfterGap } from '../../src/campaigns/advance.commands.ts'
import { CAMPAIGN_STATUSES } from '../../src/campaigns/domain.ts'
import { CAMPAIGN_EVENTS } from '../../src/campaigns/queries.ts'
import { findBranding } from '../../src/companies/branding.queries.ts'
import { findImageVariant } from '../../src/companies/images.queries.ts'
import { loadConfig } from '../../src/config.ts'
import { EXCLUSION_REASONS } from '../../src/consent/domain.ts'
import { companyScope } from '../../src/core/scope.ts'
import type { Db } from '../../src/db/pool.ts'
import { makeCandidates } from '../../src/demo/candidates.ts'
import { createRandom } from '../../src/demo/random.ts'
import { seedDemo, type DemoSignIn } from '../../src/demo/seed.ts'
import { claimDoubts, markWithoutReceipt } from '../../src/messaging/reconcile.queries.ts'
import { parsePhone } from '../../src/sms/phone.ts'
import { hashToken } from '../../src/web/secrets.ts'
import { catalogues } from '../../src/words/index.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { newestLetter } from '../support/letters.ts'

const config = loadConfig({ DATABASE_URL: 'postgres://test', SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: os.tmpdir() })
let database: TestDatabase
let signIn: DemoSignIn | undefined

beforeAll(async () => {
  database = await createTestDatabase()
  // Two processes at the same first start.
  const both = await Promise.all([seedDemo({ db: database.db, config }), seedDemo({ db: database.db, config })])
  expect(both[0]).toEqual(both[1])
  signIn = both[0]
})
afterAll(() => database.close())

test('both people can sign in with the password that is printed, and nobody else knows it', async () => {
  expect(signIn?.recruiter.email).toBe('recruteur@demo.example')
  expect(signIn?.admin.password).toMatch(/^([a-z2-9]{4}-){3}[a-z2-9]{4}$/)
  for (const { email, password } of Object.values(signIn as DemoSignIn)) expect(await isPassword(password, (await findUserByEmail(database.db, email))?.password_hash)).toBe(true)
})

test('a second start changes nothing and names the same password; another password is not claimed', async () => {
  const before = await counts()
  expect(await seedDemo({ db: database.db, config })).toEqual(signIn)
  expect(await seedDemo({ db: database.db, config: { ...config, demoPassword: 'a password set later' } })).toBeUndefined()
  expect(await counts()).toEqual(before)
})

test('a database with other people in it is left alone', async () => {
  const other = await createTestDatabase()
  await other.db.insertInto('company').values({ name: 'Déjà là' }).execute()
  expect(await seedDemo({ db: other.db, config })).toBeUndefined()
  const { rows } = await sql<{ n: number }>`select count(*) as n from company`.execute(other.db)
  expect(rows[0]?.n).toBe(1)
  await other.close()
})

test('there are 1,250 records and every exclusion line has somebody (S38 to S46)', async () => {
  const { rows: [agency] } = await sql<{ n: number; contacts: number }>`select count(*) filter (where kind = 'candidate') as n, count(*) filter (where kind = 'contact') as contacts from candidate where company_id = 1`.execute(database.db)
  expect(agency).toEqual({ n: 1_250, contacts: 10 })
  const { rows } = await sql<{ reason: string }>`select distinct reason from campaign_exclusion`.execute(database.db)
  // A text that may be a STOP came in after the campaigns were launched.
  const seen = EXCLUSION_REASONS.filter((reason) => reason !== 'under_review')
  expect(rows.map(({ reason }) => reason)).toEqual(expect.arrayContaining(seen))
  // And not only in the past: what a new campaign to everybody would count.
  const { rows: now } = await sql<{ reason: string; n: number }>`
    select coalesce(reason, case when country = any('{FR,BE,CH,LU,MC}') then null else 'country_blocked' end) as reason, count(*) as n from candidate_textability where company_id = 1 group by 1`.execute(database.db)
  const today = Object.fromEntries(now.map(({ reason, n }) => [reason, n]))
  for (const reason of seen.slice(0, 5)) expect(today[reason], reason).toBeGreaterThan(0)
  expect(today['null']).toBeGreaterThan(900)
  expect(today['under_review']).toBeGreaterThan(0)
  const { rows: [texts] } = await sql<Record<string, number>>`select count(*) filter (where review = 'waiting') as review, count(*) filter (where not is_complete) as cut, count(*) filter (where candidate_id is null) as unknown, count(*) filter (where read_at is not null) as read from reply where company_id = 1`.execute(database.db)
  for (const [what, n] of Object.entries(texts!)) expect(n, what).toBeGreaterThan(0)
})

test('mails are kept for the administrator to read; an invitation among them opens its account', async () => {
  const { rows } = await sql<{ kind: string; status: string }>`select kind, status from mail where company_id = 1 order by kind`.execute(database.db)
  expect(rows).toEqual([{ kind: 'invitation', status: 'kept' }, { kind: 'new-device', status: 'kept' }])
  const letter = await newestLetter({ deps: { db: database.db, config } as never }, 'invitation', 'invitee@demo.example')
  expect(await findLinkOwner(database.db, 'invitation', hashToken(letter!.path.split('/').at(-1)!))).toMatchObject({ email: 'invitee@demo.example' })
})

test('the journal tells what people did with campaigns', async () => {
  const { rows } = await sql<{ action: string }>`select distinct action from journal where company_id = 1 and user_id is not null`.execute(database.db)
  for (const { action } of rows) expect(catalogues.fr).toHaveProperty([`journal.action.${action}`])
  expect(rows.map(({ action }) => action)).toContain('campaign.launched')
})

test('the frozen counts of every campaign add up to what was frozen (S46)', async () => {
  const { rows } = await sql<{ name: string; counts: Record<string, number>; recipients: number; exclusions: number }>`
    select name, audience_counts as counts, (select count(*) from recipient r where r.campaign_id = c.id) as recipients, (select count(*) from campaign_exclusion e where e.campaign_id = c.id) as exclusions
    from campaign c where status <> 'draft'`.execute(database.db)
  for (const { name, counts: frozen, recipients, exclusions } of rows) {
    expect(frozen['recipients'], name).toBe(recipients)
    expect((frozen['total'] ?? 0) - recipients, name).toBe(exclusions)
    expect(EXCLUSION_REASONS.reduce((sum, reason) => sum + (frozen[reason] ?? 0), 0), name).toBe(exclusions)
  }
})

test('every status, and every way a message can end, can be seen', async () => {
  const { rows: statuses } = await sql<{ status: string }>`select distinct status from campaign`.execute(database.db)
  expect(statuses.map(({ status }) => status).toSorted()).toEqual([...CAMPAIGN_STATUSES].toSorted())
  const { rows: states } = await sql<{ state: string }>`select distinct state from message`.execute(database.db)
  expect(states.map(({ state }) => state).toSorted()).toEqual(['accepted', 'cancelled', 'delivered', 'in_doubt', 'queued', 'rejected', 'skipped', 'undelivered'])
  const { rows: kinds } = await sql<{ kind: string }>`select distinct kind from campaign_event`.execute(database.db)
  for (const { kind } of kinds) expect(CAMPAIGN_EVENTS).toContain(kind)
  const { rows: [facts] } = await sql<Record<string, number>>`select
    (select count(*) from answer where choice = 'yes') as yes, (select count(*) from answer where choice = 'no') as no, (select count(*) from answer_version where version > 1) as corrected,
    (select count(*) from answer where available_until is not null) as periods, (select count(*) from reply where keyword = 'stop') as stops, (select count(*) from reply where keyword = 'none') as replies,
    (select count(*) from follow_up_note where kind = 'manual') as manual, (select count(*) from follow_up_note where body like '%retour SMS%') as comments,
    (select count(*) from candidate where availability = 'available') as available, (select count(*) from candidate where availability = 'unavailable') as unavailable,
    (select count(*) from candidate where language = 'en') as english, (select count(*) from message_template where published_at is null) as unpublished`.execute(database.db)
  for (const [what, count] of Object.entries(facts ?? {})) expect(count, what).toBeGreaterThan(0)
})

test('a worker that starts now has nothing to send, and nobody is texted before tomorrow', () => expectQuiet(database.db))

// Fridays, weekends and the first minutes of a day are where a calendar goes wrong.
test.each(['2026-11-27T22:55:00Z', '2026-11-28T12:00:00Z', '2026-11-29T23:05:00Z'])('nor does one at %s', async (now) => {
  const other = await createTestDatabase()
  await sql.raw(`create or replace function app_now() returns timestamptz language sql stable as $$ select timestamptz '${now}' $$`).execute(other.db)
  expect(await seedDemo({ db: other.db, config })).toBeDefined()
  await expectQuiet(other.db)
  const before = await standing(other.db)
  await advanceCampaigns({ db: other.db })
  expect(await standing(other.db)).toEqual(before)
  const { rows } = await sql<{ n: number }>`select count(*) as n from campaign_event where at > app_now()`.execute(other.db)
  expect(rows[0]?.n).toBe(0)
  await other.close()
})

async function expectQuiet(db: Db): Promise<void> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from message m join batch b on b.id = m.batch_id join campaign c on c.id = m.campaign_id
    where m.state in ('queued', 'leased', 'submitting') and c.status in ('scheduled', 'in_process')
      and (b.state = 'running' or b.due_at < (date_trunc('day', app_now() at time zone 'Europe/Paris') + interval '1 day') at time zone 'Europe/Paris')`.execute(db)
  expect(rows[0]?.n).toBe(0)
}

test('the clock, a start after a pause and the look into the provider’s books find nothing to do', async () => {
  const before = await standing(database.db)
  await holdAfterGap({ db: database.db })
  await advanceCampaigns({ db: database.db })
  expect(await claimDoubts(database.db, { limit: 100, callSeconds: 10 })).toEqual([])
  await markWithoutReceipt(database.db)
  expect(await standing(database.db)).toEqual(before)
})

test('each campaign that stands still says why, with the figures of its own rows (S78)', async () => {
  const { rows } = await sql<{ status: string; status_reason: string; status_detail: Record<string, number | string>; failed: number; finals: number; refused: number; missed: string | null }>`
    select status, status_reason, status_detail, m.*, (select local_date::text from batch b where b.campaign_id = c.id and b.state = 'held') as missed
    from campaign c cross join lateral (
      select count(*) filter (where state in ('undelivered', 'rejected')) as failed, count(*) filter (where state in ('delivered', 'undelivered', 'rejected')) as finals, count(*) filter (where state = 'rejected') as refused
      from message m where m.campaign_id = c.id
    ) as m
    where status in ('paused', 'suspended', 'error') order by c.id`.execute(database.db)
  expect(rows.map(({ status, status_reason }) => [status, status_reason])).toEqual([['suspended', 'drop_rate'], ['error', 'refused_from_start'], ['paused', 'batch_missed'], ['paused', 'person']])
  const [dropped, refused, missed] = rows
  expect(dropped?.status_detail).toMatchObject({ failed: dropped?.failed, finals: dropped?.finals })
  expect((dropped?.failed ?? 0) * 100).toBeGreaterThanOrEqual(25 * (dropped?.finals ?? 0))
  expect(dropped?.finals).toBeGreaterThanOrEqual(20)
  expect(refused?.status_detail).toEqual({ refused: refused?.refused })
  expect(missed?.status_detail).toMatchObject({ no: 2, on: missed?.missed })
})

test('dates, batches and countries are those that a launch would have written', async () => {
  const { rows: [faults] } = await sql<Record<string, number>>`select
    (select count(*) from campaign c where status <> 'draft' and c.starts_at is distinct from (select min(due_at) from batch b where b.campaign_id = c.id)) as starts,
    (select count(*) from campaign c where status in ('scheduled', 'in_process', 'paused', 'suspended', 'error') and c.ends_at is distinct from (select max(due_at) from batch b where b.campaign_id = c.id)) as ends,
    (select count(*) from campaign c where status = 'completed' and c.ends_at is distinct from (select max(finished_at) from batch b where b.campaign_id = c.id)) as ended,
    (select count(*) from campaign where status <> 'draft' and (undo_until is null or undo_until > app_now())) as undo,
    (select count(*) from batch where extract(isodow from local_date) > 5) as weekends,
    (select count(*) from batch b join campaign c on c.id = b.campaign_id where b.no = 1 and (select count(*) from recipient r where r.batch_id = b.id) > 25) as sizes,
    (select count(*) from recipient r join recipient o on o.campaign_id = r.campaign_id and o.rank < r.rank join batch b on b.id = r.batch_id join batch ob on ob.id = o.batch_id where ob.no > b.no) as ranks,
    (select count(*) from message m join recipient r on r.id = m.recipient_id where m.country is null or (m.step = 1 and m.batch_id is distinct from r.batch_id)) as countries,
    (select count(*) from campaign_event where at > app_now()) as events,
    (select count(*) from answer a join message m on m.recipient_id = a.recipient_id where m.state not in ('delivered', 'accepted')) as unreached`.execute(database.db)
  expect(faults).toEqual(Object.fromEntries(Object.keys(faults ?? {}).map((name) => [name, 0])))
  const { rows: planned } = await sql<{ n: number }>`select count(*) as n from batch b join campaign c on c.id = b.campaign_id where c.status = 'scheduled'`.execute(database.db)
  expect(planned[0]?.n).toBe(2)
})

test('answers, notes and records tell one story', async () => {
  const { rows: [faults] } = await sql<Record<string, number>>`select
    (select count(*) from answer a join answer_version v on v.recipient_id = a.recipient_id and v.version = a.version where (a.choice, a.comment, a.answered_at) is distinct from (v.choice, v.comment, v.answered_at)) as versions,
    (select count(*) from answer a where a.version <> (select count(*) from answer_version v where v.recipient_id = a.recipient_id)) as history,
    (select count(*) from answer_version v join recipient r on r.id = v.recipient_id join campaign c on c.id = r.campaign_id where v.answered_at > app_now() or v.answered_at > c.closes_at) as late,
    (select count(*) from answer_version v where (select count(*) from follow_up_note n where n.recipient_id = v.recipient_id) < v.version) as notes,
    (select count(*) from message m join recipient r on r.id = m.recipient_id where m.body not like '%' || r.code || '%' or m.e164 <> r.e164) as texts,
    (select count(*) from message where segments <> 1 or encoding <> 'gsm7') as dear,
    (select count(*) from message m where m.submitted_at is not null and not exists (select from send_attempt a where a.message_id = m.id)) as attempts,
    (select count(*) from phone p where p.opted_out_at is not null and not exists (select from opt_out_event e where e.company_id = p.company_id and e.e164 = p.e164)) as opt_outs,
    (select count(*) from short_link l where not exists (select from recipient r where r.code = l.code)) as links,
    (select count(*) from candidate c where c.availability <> 'unknown' and (select v.availability from availability_change v where v.candidate_id = c.id order by v.at desc, v.id desc limit 1) is distinct from c.availability) as availability`.execute(database.db)
  expect(faults).toEqual(Object.fromEntries(Object.keys(faults ?? {}).map((name) => [name, 0])))
})

test('no number can reach anybody: home numbers are kept for fiction, foreign ones too and blocked besides', async () => {
  const { rows } = await sql<{ e164: string }>`select distinct e164 from (select e164 from candidate_phone union select mobile from app_user union select phone from company union select e164 from message) as n (e164) where e164 is not null`.execute(database.db)
  const fiction = /^\+(3363998\d{4}|3346571\d{4}|467017406\d\d|61491570\d{3}|120255501\d\d)$/
  expect(rows.filter(({ e164 }) => !fiction.test(e164))).toEqual([])
  expect(parsePhone('+33639980100', 'FR')).toMatchObject({ ok: true, isTextable: true })
})

test('both agencies have their pictures within the budget of the page', async () => {
  for (const id of [1, 2]) {
    const branding = await findBranding(database.db, companyScope(id))
    for (const image of [branding.headerImageId, branding.footerImageId]) {
      const variant = await findImageVariant(database.db, image as string, 'avif', 480)
      expect(variant?.bytes.length).toBeLessThanOrEqual(6 * 1024)
      expect(variant?.bytes.length).toBeGreaterThan(1_000)
    }
  }
})

test('the people are the same on every machine', () => {
  const options = { count: 1_250, today: '2026-11-21', prefix: 'IBL', firstNumber: 100, withCases: true }
  const people = makeCandidates(createRandom(38_047), options)
  expect(makeCandidates(createRandom(38_047), options)).toEqual(people)
  expect(makeCandidates(createRandom(1), options)).not.toEqual(people)
})

async function counts(): Promise<unknown> {
  const { rows } = await sql`select (select count(*) from company) as companies, (select count(*) from candidate) as candidates, (select count(*) from message) as messages, (select count(*) from app_user) as users, (select count(*) from image) as images`.execute(database.db)
  return rows
}

/** Everything that a clock could change. */
async function standing(db: Db): Promise<unknown> {
  const { rows: campaigns } = await sql`select id, status, status_reason, starts_at, ends_at, closed_at, (select count(*) from campaign_event e where e.campaign_id = c.id) as events from campaign c order by id`.execute(db)
  const { rows: batches } = await sql`select id, state, started_at, finished_at from batch order by id`.execute(db)
  const { rows: messages } = await sql`select state, count(*) as n from message group by state order by state`.execute(db)
  const { rows: findings } = await sql`select finding, checks, count(*) as n from send_attempt group by 1, 2 order by 1, 2`.execute(db)
  return { campaigns, batches, messages, findings }
}

test('records have branches, tags and a history of consent, and the demonstration shows more than one of each', async () => {
  const { rows: [found] } = await sql<Record<string, number>>`
    select (select count(*) from branch b where exists (select from candidate c where c.branch_id = b.id)) as branches, (select count(distinct tag) from candidate, unnest(tags) as tag) as tags,
      (select count(*) from candidate c where c.consent_given and c.kind = 'candidate' and c.company_id = 1 and not exists (select from consent_event e where e.candidate_id = c.id and e.is_given and e.source = c.consent_source)) as untold`.execute(database.db)
  expect(found).toEqual({ branches: 3, tags: 5, untold: 0 })
})

test('the log of webhooks tells the answers, of addresses that are never called', async () => {
  const { rows } = await sql<Record<string, unknown>>`
    select e.state, e.url like 'https://%.example/%' as is_nobodys, count(d.id) > 20 as is_told, count(distinct d.state) as ends, bool_and(d.state in ('delivered', 'failed')) as is_over,
      bool_and((d.body::jsonb #>> '{data,recipient_id}')::bigint in (select recipient_id from answer)) as is_true
    from webhook_endpoint e left join webhook_delivery d on d.endpoint_id = e.id group by e.id order by e.id`.execute(database.db)
  expect(rows).toEqual(['paused', 'off'].map((state) => ({ state, is_nobodys: true, is_told: true, ends: 1, is_over: true, is_true: true })))
})
