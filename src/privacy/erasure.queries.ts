/**
 * Taking a person out of every table. This room writes tables of all others: whoever forgets somebody must forget them
 * everywhere, and one list can be checked against the schema.
 */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

export type Held = { id: number; kind: 'candidate' | 'contact'; first_name: string; last_name: string; external_id: string | null; created_at: string; words: string[] }

/** Answers lock a recipient, then the record; so does this. Whatever a launch writes meanwhile is waited for, and seen afterwards. */
export async function holdPerson(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<Held | undefined> {
  await sql`select id from recipient where company_id = ${scope.companyId} and candidate_id = ${id} order by id for no key update`.execute(trx)
  const { rows } = await sql<Held>`
    select id, kind, first_name, last_name, external_id, to_char(created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at, array(select words_to_learn(search_words)) as words from candidate
    where company_id = ${scope.companyId} and id = ${id} for update`.execute(trx)
  return rows[0]
}

/**
 * The numbers that stand or stood for this person, and for nobody else: neither on another record nor in a text to somebody
 * else. A number that is shared belongs to the others too, and stays with what is theirs.
 */
export async function listOwnNumbers(db: Db, scope: CompanyScope, id: number): Promise<string[]> {
  const { rows } = await sql<{ e164: string }>`
    select own.e164 from (
      select e164 from candidate_phone where company_id = ${scope.companyId} and candidate_id = ${id} and e164 is not null
      union select e164 from recipient where company_id = ${scope.companyId} and candidate_id = ${id}
      union select e164 from message where company_id = ${scope.companyId} and candidate_id = ${id} and purpose <> 'test'
      union select e164 from reply where company_id = ${scope.companyId} and candidate_id = ${id}
    ) as own
    where own.e164 not like '+0%'
      and not exists (select from candidate_phone p where p.company_id = ${scope.companyId} and p.e164 = own.e164 and p.candidate_id <> ${id})
      and not exists (select from recipient r where r.company_id = ${scope.companyId} and r.e164 = own.e164 and r.candidate_id <> ${id})
    order by own.e164`.execute(db)
  return rows.map(({ e164 }) => e164)
}

/** Nobody is texted on these any more until the transaction ends: the gate takes numbers first, too. */
export async function holdNumbers(trx: Transaction<DB>, scope: CompanyScope, numbers: readonly string[]): Promise<void> {
  await sql`select e164 from phone where company_id = ${scope.companyId} and e164 = any(${[...numbers]}::text[]) order by e164 for update`.execute(trx)
}

export type HeldTexts = { unsent: number[]; underway: number }

/** Texts to the person that have not left, held still; and how many are being handed over at this moment. */
export async function holdTexts(trx: Transaction<DB>, scope: CompanyScope, id: number, numbers: readonly string[]): Promise<HeldTexts> {
  const { rows } = await sql<{ id: number; state: string }>`
    select m.id, m.state from message m
    where m.company_id = ${scope.companyId} and m.id in (${textsOf(scope, id, numbers)}) and m.state in ('queued', 'leased', 'submitting')
    order by m.id for no key update`.execute(trx)
  return { unsent: rows.filter(({ state }) => state !== 'submitting').map((row) => row.id), underway: rows.filter(({ state }) => state === 'submitting').length }
}

export async function cancelTexts(trx: Transaction<DB>, ids: readonly number[]): Promise<number> {
  const result = await sql`
    update message set state = 'cancelled', lease_token = null, lease_until = null, failure_reason = 'no_candidate', settled_at = app_now()
    where id = any(${[...ids]}::bigint[]) and state in ('queued', 'leased')`.execute(trx)
  return Number(result.numAffectedRows ?? 0)
}

/** Links die, as unknown as any other. */
export async function endLinks(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<void> {
  await sql`
    update short_link l set revoked_at = coalesce(l.revoked_at, app_now()), first_fetched_at = null, last_fetched_at = null
    from recipient r where r.company_id = ${scope.companyId} and r.candidate_id = ${id} and l.code = r.code`.execute(trx)
}

/** Everything anybody wrote to, from and about the person goes; what is counted stays. */
export async function clearWords(trx: Transaction<DB>, scope: CompanyScope, id: number, numbers: readonly string[]): Promise<void> {
  const company = scope.companyId
  const recipients = sql`(select r.id from recipient r where r.company_id = ${company} and r.candidate_id = ${id})`
  await sql`
    delete from provider_event where applied_at is not null and body ->> 'message_uuid' in (
      select a.provider_id from send_attempt a where a.company_id = ${company} and a.provider_id is not null and a.message_id in (${textsOf(scope, id, numbers)})
      union all
      select y.provider_id from reply y where y.company_id = ${company} and (y.candidate_id = ${id} or y.e164 = any(${[...numbers]}::text[])))`.execute(trx)
  // Parts of long texts: all but the first are named by no reply.
  await sql`
    delete from provider_event e where e.kind = 'inbound' and e.body ? 'concat' and e.applied_at is not null
      and e.body ->> 'from' = any(${[...numbers, ...numbers.map((e164) => e164.slice(1))]}::text[]) and ltrim(e.body ->> 'to', '+') in (select address from sms_sender where company_id = ${company})`.execute(trx)
  await sql`update send_attempt set error_detail = null where company_id = ${company} and message_id in (${textsOf(scope, id, numbers)})`.execute(trx)
  await sql`update answer set comment = '' where company_id = ${company} and recipient_id in ${recipients}`.execute(trx)
  await sql`update answer_version set comment = '' where company_id = ${company} and recipient_id in ${recipients}`.execute(trx)
  await sql`delete from candidate_import_row where company_id = ${company} and candidate_id = ${id}`.execute(trx)
  await sql`delete from webhook_delivery where company_id = ${company} and (candidate_id = ${id} or e164 = any(${[...numbers]}::text[]))`.execute(trx)
  // What other programs were answered within a day, for whoever asks again: any of it may name the person.
  await sql`update api_request set body = null where company_id = ${company} and body is not null`.execute(trx)
  await sql`update message set body = '' where company_id = ${company} and id in (${textsOf(scope, id, numbers)})`.execute(trx)
  await sql`update reply set body = '', reading = null, candidate_id = null where company_id = ${company} and (candidate_id = ${id} or e164 = any(${[...numbers]}::text[]))`.execute(trx)
}

/** In the history stands a serial number instead of the telephone's, so that whoever counts numbers counts the same. */
export async function relabelNumber(trx: Transaction<DB>, scope: CompanyScope, e164: string): Promise<void> {
  const company = scope.companyId
  const { rows: [made] } = await sql<{ label: string }>`select '+0' || lpad(nextval('erased_number_label')::text, 9, '0') as label`.execute(trx)
  const { label } = made!
  await sql`insert into phone (company_id, e164) values (${company}, ${label})`.execute(trx)
  await sql`update opt_out_event set e164 = ${label}, user_id = null, reason = null where company_id = ${company} and e164 = ${e164}`.execute(trx)
  await sql`update message set e164 = ${label}, candidate_id = null where company_id = ${company} and e164 = ${e164} and purpose <> 'test'`.execute(trx)
  await sql`update recipient set e164 = ${label} where company_id = ${company} and e164 = ${e164}`.execute(trx)
  await sql`update campaign_override set e164 = ${label}, reason = '…' where company_id = ${company} and e164 = ${e164}`.execute(trx)
  await sql`update reply set e164 = ${label} where company_id = ${company} and e164 = ${e164}`.execute(trx)
  await sql`delete from phone where company_id = ${company} and e164 = ${e164}`.execute(trx)
}

/**
 * Campaigns that were made for this person alone: their name and words may be about them. A draft goes altogether; of what was
 * launched the numbers stay. Before anything else is held: whoever acts on a campaign holds it first, too.
 */
export async function clearOwnCampaigns(trx: Transaction<DB>, scope: CompanyScope, id: number, word: string): Promise<void> {
  const company = scope.companyId
  const { rows } = await sql<{ id: number }>`
    select id from campaign
    where company_id = ${company} and audience ->> 'mode' = 'selected' and audience -> 'ids' = jsonb_build_array(${id}::bigint)
      and (status = 'draft' or id in (select r.campaign_id from recipient r where r.company_id = ${company} and r.candidate_id = ${id}))
    order by id for no key update`.execute(trx)
  const ids = rows.map((row) => row.id)
  if (ids.length === 0) return
  const chosen = sql`company_id = ${company} and campaign_id = any(${ids}::bigint[])`
  await sql`delete from campaign where company_id = ${company} and id = any(${ids}::bigint[]) and status = 'draft'`.execute(trx)
  await sql`
    update campaign set name = left(${word} || ' · ' || id, 160), internal_comment = null, question = null, override_reason = case when override_reason is not null then '…' end
    where company_id = ${company} and id = any(${ids}::bigint[])`.execute(trx)
  await sql`update campaign_text set body = '…' where ${chosen}`.execute(trx)
  await sql`update campaign_override set reason = '…' where ${chosen}`.execute(trx)
  await sql`delete from campaign_reminder_text where ${chosen}`.execute(trx)
  await sql`delete from campaign_previous where ${chosen}`.execute(trx)
  await sql`update campaign_event set detail = detail - 'reason' where ${chosen} and kind = 'overridden'`.execute(trx)
}

/** The record, and with it everything that hangs on it; then the words that no other record has. */
export async function removeRecord(trx: Transaction<DB>, scope: CompanyScope, held: Held): Promise<void> {
  await sql`delete from candidate where company_id = ${scope.companyId} and id = ${held.id}`.execute(trx)
  // Whoever is just writing a record with one of the words has it seen here, or learns it anew.
  await sql`select pg_advisory_xact_lock(hashtext('search_word'), ${scope.companyId}::int)`.execute(trx)
  await sql`
    delete from search_word k using unnest(${held.words}::text[]) as gone (word)
    where k.company_id = ${scope.companyId} and k.word = gone.word collate "C" and not is_word_used(${scope.companyId}, gone.word)`.execute(trx)
}

/** What a restored backup brings back is found by this list. */
export async function noteErasure(trx: Transaction<DB>, scope: CompanyScope, held: Pick<Held, 'id' | 'created_at'>, userId: number | null): Promise<void> {
  await sql`
    insert into privacy_erasure (company_id, candidate_id, record_created_at, user_id) values (${scope.companyId}, ${held.id}, ${held.created_at}::timestamptz, ${userId})
    on conflict (company_id, candidate_id, record_created_at) do nothing`.execute(trx)
}

export type Known = { companyId: number; candidateId: number; recordCreatedAt: string; at: string }

/** Every erasure of the installation, in the order in which they were made. */
export async function listErasures(db: Db): Promise<Known[]> {
  const { rows } = await sql<Known>`
    select company_id as "companyId", candidate_id as "candidateId", to_char(record_created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "recordCreatedAt", to_char(at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at from privacy_erasure order by id`.execute(db)
  return rows
}

/** Those among `erasures` whose record is there: a backup brought it back. The moment of its making tells it from somebody else's with the same id. */
export async function listReturned(db: Db, erasures: readonly Known[]): Promise<Known[]> {
  if (erasures.length === 0) return []
  const { rows } = await sql<Known>`
    select given.company_id as "companyId", given.candidate_id as "candidateId", to_char(given.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "recordCreatedAt", '' as at
    from unnest(${erasures.map((one) => one.companyId)}::bigint[], ${erasures.map((one) => one.candidateId)}::bigint[], ${erasures.map((one) => one.recordCreatedAt)}::timestamptz[]) as given (company_id, candidate_id, created_at)
    join candidate c on c.company_id = given.company_id and c.id = given.candidate_id and c.created_at = given.created_at`.execute(db)
  return rows
}

export type Belongings = { texts: number; unsent: number; underway: number; answers: number; replies: number; notes: number; lists: number; shared: number; optedOut: boolean }

/** What the confirmation page counts, of what goes and of what is on its way. */
export async function countBelongings(db: Db, scope: CompanyScope, id: number): Promise<Belongings> {
  const company = scope.companyId
  const numbers = await listOwnNumbers(db, scope, id)
  const { rows } = await sql<Belongings>`
    with texts as materialized (select m.state from message m where m.id in (${textsOf(scope, id, numbers)}))
    select (select count(*) from texts) as texts,
      (select count(*) from texts where state in ('queued', 'leased')) as unsent,
      (select count(*) from texts where state = 'submitting') as underway,
      (select count(*) from answer a join recipient r on r.id = a.recipient_id where r.company_id = ${company} and r.candidate_id = ${id}) as answers,
      (select count(*) from reply y where y.company_id = ${company} and (y.candidate_id = ${id} or y.e164 = any(${numbers}::text[]))) as replies,
      (select count(*) from follow_up_note n where n.company_id = ${company} and n.candidate_id = ${id}) as notes,
      (select count(*) from talent_list_member l where l.company_id = ${company} and l.candidate_id = ${id}) as lists,
      (select count(distinct p.e164) from candidate_phone p where p.company_id = ${company} and p.candidate_id = ${id} and p.e164 is not null and not p.e164 = any(${numbers}::text[])) as shared,
      exists (select from phone h where h.company_id = ${company} and h.e164 = any(${numbers}::text[]) and h.opted_out_at is not null) as "optedOut"`.execute(db)
  return rows[0]!
}

/** Ids of texts that were for the person: by their record, as a recipient, or by a number that is theirs alone. Tests go to a colleague. */
export function textsOf(scope: CompanyScope, id: number, numbers: readonly string[]) {
  return sql`
    select own.id from message own where own.company_id = ${scope.companyId} and own.candidate_id = ${id} and own.purpose <> 'test'
    union
    select sent.id from recipient r join message sent on sent.recipient_id = r.id where r.company_id = ${scope.companyId} and r.candidate_id = ${id}
    union
    select by_number.id from message by_number where by_number.company_id = ${scope.companyId} and by_number.e164 = any(${[...numbers]}::text[]) and by_number.purpose <> 'test'`
}
