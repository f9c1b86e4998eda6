import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { writingJournal } from '../web/journal.queries.ts'
import type { Kind } from './domain.ts'
import type { Person, PersonField } from './people.domain.ts'

/** A record as it is to be from now on, and which of its fields were different. */
export type WrittenPerson = { id: number; person: Person; changed: readonly PersonField[] }

const COLUMNS = sql.raw(`r(id bigint, first_name text, last_name text, trade text, organisation text, email text, town text, postal_code text, skills text[], tags text[], branch_id bigint, language text,
  registered_on date, external_id text, phones jsonb)`)

/** New records; their ids in the same order. */
export async function insertPeople(trx: Transaction<DB>, scope: CompanyScope, kind: Kind, people: readonly Person[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select nextval(pg_get_serial_sequence('candidate', 'id')) as id from generate_series(1, ${people.length}::int)`.execute(trx)
  const written = people.map((person, n) => ({ id: rows[n]!.id, person }))
  await sql`
    insert into candidate (company_id, id, kind, first_name, last_name, trade, organisation, email, town, postal_code, skills, tags, branch_id, language, registered_on, external_id)
    overriding system value
    select ${scope.companyId}, r.id, ${kind}, r.first_name, r.last_name, r.trade, r.organisation, r.email, r.town, r.postal_code, r.skills, r.tags, r.branch_id, r.language, r.registered_on, r.external_id
    from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}`.execute(trx)
  await insertPhones(trx, scope, written)
  return rows.map(({ id }) => id)
}

export async function updatePeople(trx: Transaction<DB>, scope: CompanyScope, written: readonly WrittenPerson[]): Promise<void> {
  await sql`
    update candidate c set first_name = r.first_name, last_name = r.last_name, trade = r.trade, organisation = r.organisation, email = r.email, town = r.town, postal_code = r.postal_code, skills = r.skills,
      tags = r.tags, branch_id = r.branch_id, language = r.language, registered_on = r.registered_on, external_id = r.external_id, updated_at = app_now()
    from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}
    where c.company_id = ${scope.companyId} and c.id = r.id`.execute(trx)
  const renumbered = written.filter(({ changed }) => changed.includes('phones'))
  if (renumbered.length === 0) return
  await trx.deleteFrom('candidate_phone').where('company_id', '=', scope.companyId).where('candidate_id', 'in', renumbered.map(({ id }) => id)).execute()
  await insertPhones(trx, scope, renumbered)
}

/** Who made or changed records by hand, in their histories and in the journal: names of fields, never what stands in them, because it outlives the records. */
export async function recordEdits(trx: Transaction<DB>, scope: CompanyScope, { kind, userId, records }: { kind: 'created' | 'edited'; userId: number; records: readonly { id: number; changed: readonly PersonField[] }[] }): Promise<void> {
  const given = sql`jsonb_to_recordset(${JSON.stringify(records.map(({ id, changed: fields }) => ({ id, fields, detail: kind === 'edited' ? { fields } : {} })))}::jsonb) as r(id bigint, fields text[], detail jsonb)`
  await sql`
    with history as (
      insert into candidate_edit (company_id, candidate_id, kind, fields, user_id)
      select ${scope.companyId}, r.id, ${kind}, r.fields, ${userId} from ${given}
    )
    ${writingJournal({ companyId: scope.companyId, userId, action: `candidate.${kind}`, subjectKind: 'candidate' }, sql`(select r.id as subject_id, r.detail from ${given}) edits`)}`.execute(trx)
}

async function insertPhones(trx: Transaction<DB>, scope: CompanyScope, written: readonly { id: number; person: Person }[]): Promise<void> {
  if (written.every(({ person }) => person.phones.length === 0)) return
  await sql`
    insert into candidate_phone (company_id, candidate_id, kind, position, raw, e164, country, is_textable, problem)
    select ${scope.companyId}, r.id, p.kind, p.position, p.raw, p.e164, p.country, p."isTextable", p.problem
    from jsonb_to_recordset(${payload(written)}::jsonb) as ${COLUMNS}
    cross join jsonb_to_recordset(r.phones) as p(kind text, position int, raw text, e164 text, country text, "isTextable" boolean, problem text)`.execute(trx)
}

function payload(written: readonly { id: number; person: Person }[]): string {
  return JSON.stringify(written.map(({ id, person }) => ({ ...person, id })))
}
