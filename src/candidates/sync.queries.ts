import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { keyedHash } from '../web/secrets.ts'
import { emittingAvailability } from '../webhooks/emit.queries.ts'
import type { Availability, Kind } from './domain.ts'
import type { Person } from './people.domain.ts'

/** A record as far as another program may change it, with what decides whose word is newer. */
export type SyncedRecord = {
  id: number
  kind: Kind
  person: Person
  sourceChangedAt: Date | null
  goneAt: Date | null
  consent: { isGiven: boolean; on: string | null }
  availability: { state: Availability; from: string | null; until: string | null; at: Date | null }
}

/** Records by their keys, held still until the transaction ends, in the order of their ids. */
export async function lockByKeys(trx: Transaction<DB>, scope: CompanyScope, keys: readonly string[]): Promise<Map<string, SyncedRecord>> {
  const found = await readRecords(trx, scope, sql`c.external_id = any(${[...keys]}::text[])`)
  return new Map(found.map((record) => [record.person.external_id as string, record]))
}

/** The same by ids, for records that another program has not known so far. */
export async function lockByIds(trx: Transaction<DB>, scope: CompanyScope, ids: readonly number[]): Promise<Map<number, SyncedRecord>> {
  return new Map((await readRecords(trx, scope, sql`c.id = any(${[...ids]}::bigint[])`)).map((record) => [record.id, record]))
}

type Row = Omit<Person, 'phones'> & {
  id: number; kind: Kind; phones: Person['phones']; source_changed_at: Date | null; gone_at: Date | null
  consent_given: boolean; consent_on: string | null; availability: Availability; available_from: string | null; available_until: string | null; availability_updated_at: Date | null
}

async function readRecords(trx: Transaction<DB>, scope: CompanyScope, wanted: ReturnType<typeof sql>): Promise<SyncedRecord[]> {
  const { rows } = await sql<Row>`
    select c.id, c.kind, c.first_name, c.last_name, c.trade, c.organisation, c.email, c.town, c.postal_code, c.skills, c.tags, c.branch_id, c.language, c.registered_on, c.external_id,
      c.source_changed_at, c.gone_at, c.consent_given, (c.consent_at at time zone k.time_zone)::date as consent_on, c.availability, c.available_from, c.available_until, c.availability_updated_at,
      coalesce((
        select jsonb_agg(jsonb_build_object('kind', p.kind, 'position', p.position, 'raw', p.raw, 'e164', p.e164, 'country', p.country, 'isTextable', p.is_textable, 'problem', p.problem) order by p.kind desc, p.position)
        from candidate_phone p where p.company_id = c.company_id and p.candidate_id = c.id), '[]') as phones
    from candidate c join company k on k.id = c.company_id
    where c.company_id = ${scope.companyId} and ${wanted}
    order by c.id for update of c`.execute(trx)
  return rows.map(({ id, kind, source_changed_at, gone_at, consent_given, consent_on, availability, available_from, available_until, availability_updated_at, ...person }) => ({
    id, kind, person, sourceChangedAt: source_changed_at, goneAt: gone_at, consent: { isGiven: consent_given, on: consent_on },
    availability: { state: availability, from: available_from, until: available_until, at: availability_updated_at },
  }))
}

/** Availabilities as the other program knows them, on records and into their histories. */
export async function setAvailabilities(trx: Transaction<DB>, scope: CompanyScope, userId: number, changes: readonly { candidateId: number; state: Availability; from: string | null; until: string | null }[]): Promise<void> {
  if (changes.length === 0) return
  await sql`
    with record as (
      update candidate c set availability = r.state, available_from = r."from", available_until = r.until, availability_campaign_id = null, availability_updated_at = app_now(), updated_at = app_now()
      from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as r("candidateId" bigint, state text, "from" date, until date)
      where c.company_id = ${scope.companyId} and c.id = r."candidateId"
      returning c.company_id, c.id, c.availability, c.available_from, c.available_until, c.availability_updated_at
    ), changed as (
      insert into availability_change (company_id, candidate_id, availability, available_from, available_until, at, source, user_id)
      select record.*, 'import', ${userId}::bigint from record
      returning *
    )
    ${emittingAvailability(sql`changed`)}`.execute(trx)
}

/** What the other program said of these records: since when they are gone there, or null; and when they were changed there. */
export async function markSynced(trx: Transaction<DB>, scope: CompanyScope, marks: readonly { id: number; changedAt: Date | null; isGone: boolean }[]): Promise<void> {
  if (marks.length === 0) return
  await sql`
    update candidate c set source_changed_at = coalesce(given.changed_at, c.source_changed_at), gone_at = case when given.is_gone then coalesce(c.gone_at, app_now()) end
    from jsonb_to_recordset(${JSON.stringify(marks.map(({ id, changedAt, isGone }) => ({ id, changed_at: changedAt, is_gone: isGone })))}::jsonb) as given (id bigint, changed_at timestamptz, is_gone boolean)
    where c.company_id = ${scope.companyId} and c.id = given.id
      and (c.source_changed_at is distinct from coalesce(given.changed_at, c.source_changed_at) or (c.gone_at is not null) <> given.is_gone)`.execute(trx)
}

/** The same key is another hash for another company. */
function hashOf(secretKey: string, { companyId }: CompanyScope, key: string): Buffer {
  return keyedHash(secretKey, 'external-key', `${companyId} ${key}`)
}

/** Which of these keys belonged to people who were erased. */
export async function listErasedKeys(db: Db, secretKey: string, scope: CompanyScope, keys: readonly string[]): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const { rows } = await sql<{ key: string }>`
    select given.key from unnest(${[...keys]}::text[], ${keys.map((key) => hashOf(secretKey, scope, key))}::bytea[]) as given (key, hash)
    join erased_key e on e.company_id = ${scope.companyId} and e.key_hash = given.hash`.execute(db)
  return new Set(rows.map(({ key }) => key))
}

/** Keeps the hash of a key whose record is about to go. */
export async function rememberErasedKey(trx: Transaction<DB>, secretKey: string, scope: CompanyScope, key: string | null): Promise<void> {
  if (key === null) return
  await sql`insert into erased_key (company_id, key_hash) values (${scope.companyId}, ${hashOf(secretKey, scope, key)}) on conflict (company_id, key_hash) do update set erased_at = excluded.erased_at`.execute(trx)
}
