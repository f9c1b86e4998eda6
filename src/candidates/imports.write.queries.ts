import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { emittingAvailability } from '../webhooks/emit.queries.ts'
import type { ImportRecord } from './imports.domain.ts'

type Written = { candidateId: number; record: ImportRecord }

const COLUMNS = sql.raw(`r(id bigint, external_id text, first_name text, last_name text, email text, kind text, organisation text, trade text, skills jsonb, tags jsonb, branch_id bigint, town text, postal_code text, language text,
  registered_on date, consent_given boolean, consent_source text, consent_on date, available_from date, available_until date, phones jsonb)`)

/** One import of a company writes at a time: two files about the same person must not both create him. */
export async function lockImports(trx: Transaction<DB>, scope: CompanyScope): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('candidate_import'), ${scope.companyId}::int)`.execute(trx)
}

/** New records by sets; their ids in the same order. */
export async function createRecords(trx: Transaction<DB>, scope: CompanyScope, records: readonly ImportRecord[], importId: number): Promise<number[]> {
  if (records.length === 0) return []
  const { rows } = await sql<{ id: number }>`select nextval(pg_get_serial_sequence('candidate', 'id')) as id from generate_series(1, ${records.length}::int)`.execute(trx)
  const written = records.map((record, n) => ({ candidateId: (rows[n] as { id: number }).id, record }))
  await sql`
    insert into candidate (company_id, id, external_id, first_name, last_name, email, kind, organisation, trade, skills, tags, branch_id, town, postal_code, language, registered_on,
      consent_given, consent_source, consent_at, availability, available_from, available_until, availability_updated_at)
    overriding system value
    select ${scope.companyId}, r.id, r.external_id, coalesce(r.first_name, ''), coalesce(r.last_name, ''), r.email, coalesce(r.kind, 'candidate'), r.organisation, r.trade,
      coalesce(array(select jsonb_array_elements_text(r.skills)), '{}'), coalesce(array(select jsonb_array_elements_text(r.tags)), '{}'), ${ownBranch(scope)}, r.town, r.postal_code, r.language, r.registered_on,
      coalesce(r.consent_given, false), case when r.consent_given is not null then coalesce(r.consent_source, 'import') end,
      case when r.consent_given is not null then coalesce(r.consent_on::timestamptz, app_now()) end,
      case when r.available_from is not null then 'available' else 'unknown' end, r.available_from, r.available_until,
      case when r.available_from is not null then app_now() end
    from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}
  `.execute(trx)
  await savePhones(trx, scope, written)
  await noteAvailability(trx, scope, written, importId, true)
  await noteConsent(trx, scope, written, importId, true)
  return rows.map(({ id }) => id)
}

/** Known records take what the file says; a field the file leaves empty stays as it is. Consent and dates keep their history. */
export async function updateRecords(trx: Transaction<DB>, scope: CompanyScope, written: readonly Written[], importId: number): Promise<void> {
  if (written.length === 0) return
  // Before the update, while what was known can still be compared.
  await noteAvailability(trx, scope, written, importId, false)
  await noteConsent(trx, scope, written, importId, false)
  await sql`
    update candidate c set
      external_id = coalesce(r.external_id, c.external_id),
      first_name = coalesce(r.first_name, c.first_name), last_name = coalesce(r.last_name, c.last_name),
      email = coalesce(r.email, c.email), organisation = coalesce(r.organisation, c.organisation), trade = coalesce(r.trade, c.trade),
      -- Tags of a file come to those that people gave.
      tags = c.tags || array(select tag from jsonb_array_elements_text(coalesce(r.tags, '[]')) as given (tag) where fold(tag) <> all (select fold(own) from unnest(c.tags) as own)),
      branch_id = coalesce(${ownBranch(scope)}, c.branch_id),
      skills = case when r.skills is null then c.skills else array(select jsonb_array_elements_text(r.skills)) end,
      town = coalesce(r.town, c.town), postal_code = coalesce(r.postal_code, c.postal_code), language = coalesce(r.language, c.language),
      registered_on = coalesce(r.registered_on, c.registered_on),
      consent_given = coalesce(r.consent_given, c.consent_given),
      consent_source = case when r.consent_given is distinct from c.consent_given and r.consent_given is not null then coalesce(r.consent_source, 'import') else c.consent_source end,
      consent_at = case when r.consent_given is distinct from c.consent_given and r.consent_given is not null then coalesce(r.consent_on::timestamptz, app_now()) else c.consent_at end,
      availability = case when r.available_from is not null then 'available' else c.availability end,
      available_from = coalesce(r.available_from, c.available_from),
      available_until = case when r.available_from is not null then r.available_until else c.available_until end,
      availability_updated_at = case when r.available_from is distinct from c.available_from and r.available_from is not null then app_now() else c.availability_updated_at end,
      updated_at = app_now()
    from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}
    where c.company_id = ${scope.companyId} and c.id = r.id
  `.execute(trx)
  await savePhones(trx, scope, written)
}

/** A branch that was removed from use since the file was read, or was never ours, is left out. */
function ownBranch(scope: CompanyScope) {
  return sql`(select b.id from branch b where b.company_id = ${scope.companyId} and b.id = r.branch_id)`
}

/** A number that stands on the record already stays where it is: somebody may have chosen which of them gets the SMS. */
async function savePhones(trx: Transaction<DB>, scope: CompanyScope, written: readonly Written[]): Promise<void> {
  await sql`
    insert into candidate_phone as p (company_id, candidate_id, kind, position, raw, e164, country, is_textable, problem)
    select ${scope.companyId}, r.id, t.kind, t.position, t.raw, t.e164, t.country, t."isTextable", t.problem
    from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}
    cross join lateral (
      select given.*,
        -- A second number is the first while there is no other.
        case when given.place > 1 and (
          exists (select from candidate_phone own where own.candidate_id = r.id and own.kind = given.kind and own.position = 1)
          or exists (select from jsonb_to_recordset(r.phones) as other(kind text, position int, e164 text) where other.kind = given.kind and coalesce(other.position, 1) = 1)
        ) then given.place else 1 end as position
      from (select *, coalesce(n.position, 1) as place from jsonb_to_recordset(r.phones) as n(kind text, position int, raw text, e164 text, country text, "isTextable" boolean, problem text)) as given(kind, was, raw, e164, country, "isTextable", problem, place)
    ) as t
    -- One by one, also where the planner takes the file for longer than it is: never by reading all numbers there are.
    where not exists (select from candidate_phone own where own.candidate_id = r.id and own.e164 = t.e164 and own.kind = t.kind and own.position <> t.position offset 0)
      and not (t.position > 1 and exists (select from jsonb_to_recordset(r.phones) as other(kind text, position int, e164 text) where other.kind = t.kind and coalesce(other.position, 1) = 1 and other.e164 = t.e164))
    on conflict (candidate_id, kind, position) do update set raw = excluded.raw, e164 = excluded.e164, country = excluded.country, is_textable = excluded.is_textable, problem = excluded.problem
    where (p.raw, p.e164) is distinct from (excluded.raw, excluded.e164)
  `.execute(trx)
}

async function noteAvailability(trx: Transaction<DB>, scope: CompanyScope, written: readonly Written[], importId: number, isNew: boolean): Promise<void> {
  await sql`
    with changed as (
      insert into availability_change (company_id, candidate_id, availability, available_from, available_until, source, user_id)
      select ${scope.companyId}, r.id, 'available', r.available_from, r.available_until, 'import', i.user_id
      from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}
      join candidate c on c.company_id = ${scope.companyId} and c.id = r.id
      join candidate_import i on i.company_id = ${scope.companyId} and i.id = ${importId}
      where r.available_from is not null
        and (${isNew} or (c.available_from, c.available_until) is distinct from (r.available_from, r.available_until))
      returning *
    )
    ${emittingAvailability(sql`changed`)}
  `.execute(trx)
}

async function noteConsent(trx: Transaction<DB>, scope: CompanyScope, written: readonly Written[], importId: number, isNew: boolean): Promise<void> {
  await sql`
    insert into consent_event (company_id, candidate_id, is_given, source, said_on, user_id, import_id)
    select ${scope.companyId}, r.id, r.consent_given, coalesce(r.consent_source, 'import'), coalesce(r.consent_on, (app_now() at time zone k.time_zone)::date), i.user_id, i.id
    from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}
    join candidate c on c.company_id = ${scope.companyId} and c.id = r.id
    join candidate_import i on i.company_id = ${scope.companyId} and i.id = ${importId}
    join company k on k.id = ${scope.companyId}
    where r.consent_given is not null and (${isNew} or c.consent_given <> r.consent_given)
  `.execute(trx)
}

function payload(written: readonly Written[]): string {
  return JSON.stringify(written.map(({ candidateId, record }) => ({ ...record, id: candidateId })))
}

/**
 * What the planner must know of many new records at once: without it, counting an audience takes a hundred times as long. The
 * server would look only in a minute, the embedded database much later.
 */
export async function refreshStatistics(db: Db): Promise<void> {
  await sql`analyze candidate, candidate_phone, phone`.execute(db)
}
