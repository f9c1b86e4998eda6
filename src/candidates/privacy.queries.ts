import { sql, type Transaction } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'

export type ConsentChange = { candidateId: number; isGiven: boolean; source: string; saidOn: CalendarDate; userId: number }

/** What the record says now, held still until the transaction ends. */
export async function lockConsent(trx: Transaction<DB>, scope: CompanyScope, candidateId: number): Promise<{ isGiven: boolean } | undefined> {
  const row = await trx.selectFrom('candidate').select('consent_given as isGiven').where('company_id', '=', scope.companyId).where('id', '=', candidateId).forUpdate().executeTakeFirst()
  return row
}

/** Writes consents, or their withdrawals, on records and into their histories. */
export async function setConsents(trx: Transaction<DB>, scope: CompanyScope, changes: readonly ConsentChange[]): Promise<void> {
  if (changes.length === 0) return
  const given = sql`jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as r("candidateId" bigint, "isGiven" boolean, source text, "saidOn" date, "userId" bigint)`
  await sql`
    with record as (
      -- At noon, so that the day is the same in every zone that has people.
      update candidate c set consent_given = r."isGiven", consent_source = r.source, consent_at = (r."saidOn" + time '12:00') at time zone k.time_zone, updated_at = app_now()
      from ${given}, company k where k.id = ${scope.companyId} and c.company_id = k.id and c.id = r."candidateId"
    )
    insert into consent_event (company_id, candidate_id, is_given, source, said_on, user_id)
    select ${scope.companyId}, r."candidateId", r."isGiven", r.source, r."saidOn", r."userId" from ${given}`.execute(trx)
}

/** Who wrote down what the record says of consent; undefined where that was before there was a history. */
export async function findConsentAuthor(db: Db, scope: CompanyScope, candidateId: number) {
  return db
    .selectFrom('consent_event as e')
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'e.company_id').onRef('u.id', '=', 'e.user_id'))
    .leftJoin('candidate_import as i', (join) => join.onRef('i.company_id', '=', 'e.company_id').onRef('i.id', '=', 'e.import_id'))
    .select(['u.name as user_name', 'i.file_name', 'e.at'])
    .where('e.company_id', '=', scope.companyId)
    .where('e.candidate_id', '=', candidateId)
    .orderBy('e.id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
