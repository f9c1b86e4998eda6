import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'
import type { Kind } from './domain.ts'
import type { Person } from './people.domain.ts'
import type { PhoneKind, StoredPhone } from './phones.domain.ts'

const COLUMNS = ['first_name', 'last_name', 'trade', 'organisation', 'email', 'town', 'postal_code', 'skills', 'tags', 'branch_id', 'language', 'registered_on', 'external_id'] as const

export type FoundPerson = { kind: Kind; person: Person }

/** A record as its form shows it; undefined for an unknown id and for another company's. */
export async function findPerson(db: Db, scope: CompanyScope, id: number): Promise<FoundPerson | undefined> {
  const row = await personQuery(db, scope, id).executeTakeFirst()
  return row && withPhones(db, scope, id, row)
}

/** The same, held still until the transaction ends. */
export async function lockPerson(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<FoundPerson | undefined> {
  const row = await personQuery(trx, scope, id).forUpdate().executeTakeFirst()
  return row && withPhones(trx, scope, id, row)
}

/** Who else has an agency's key, whatever the kind. */
export async function findByExternalId(db: Db, scope: CompanyScope, externalId: string): Promise<OtherPerson | undefined> {
  return db.selectFrom('candidate').select(['id', 'kind', 'first_name', 'last_name']).where('company_id', '=', scope.companyId).where('external_id', '=', externalId).$narrowType<{ kind: Kind }>().executeTakeFirst()
}

export type OtherPerson = { id: number; kind: Kind; first_name: string; last_name: string }
export type Lookalike = OtherPerson & { e164: string | null; email: string | null }

/** Other records with one of the numbers or the e-mail; more than a few help nobody. */
export async function findLookalikes(db: Db, scope: CompanyScope, given: { except: number | null; numbers: readonly string[]; email: string | null }): Promise<Lookalike[]> {
  if (given.numbers.length === 0 && given.email === null) return []
  const { rows } = await sql<Lookalike>`
    select c.id, c.kind, c.first_name, c.last_name, min(alike.e164) as e164, min(alike.email) as email
    from (
      select p.candidate_id as id, p.e164, null as email from candidate_phone p where p.company_id = ${scope.companyId} and p.e164 = any(${given.numbers}::text[])
      union all
      select own.id, null, own.email from candidate own where own.company_id = ${scope.companyId} and lower(own.email) = lower(${given.email})
    ) alike
    join candidate c on c.company_id = ${scope.companyId} and c.id = alike.id
    where c.id is distinct from ${given.except}::bigint
    group by c.id order by c.sort_name, c.id limit 5`.execute(db)
  return rows
}

function personQuery(db: Db | Transaction<DB>, scope: CompanyScope, id: number) {
  return db.selectFrom('candidate').select([...COLUMNS, 'kind']).where('company_id', '=', scope.companyId).where('id', '=', id)
}

async function withPhones(db: Db, scope: CompanyScope, id: number, { kind, ...row }: NonNullable<Awaited<ReturnType<ReturnType<typeof personQuery>['executeTakeFirst']>>>): Promise<FoundPerson> {
  const phones = await db
    .selectFrom('candidate_phone')
    .select(['kind', 'position', 'raw', 'e164', 'country', 'is_textable as isTextable', 'problem'])
    .where('company_id', '=', scope.companyId)
    .where('candidate_id', '=', id)
    .orderBy('kind', 'desc')
    .orderBy('position')
    .execute()
  return {
    kind: kind as Kind,
    person: { ...row, language: row.language as Language | null, phones: phones.map((phone) => ({ ...phone, kind: phone.kind as PhoneKind, problem: phone.problem as StoredPhone['problem'] })) },
  }
}
