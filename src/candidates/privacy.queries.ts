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

/** Writes a consent, or its withdrawal, on the record and into its history. */
export async function setConsent(trx: Transaction<DB>, scope: CompanyScope, { candidateId, isGiven, source, saidOn, userId }: ConsentChange): Promise<void> {
  await trx
    .updateTable('candidate')
    // At noon, so that the day is the same in every zone that has people.
    .set({ consent_given: isGiven, consent_source: source, consent_at: sql`(${saidOn}::date + time '12:00') at time zone (select time_zone from company where id = ${scope.companyId})`, updated_at: sql`app_now()` })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', candidateId)
    .executeTakeFirstOrThrow()
  await trx.insertInto('consent_event').values({ company_id: scope.companyId, candidate_id: candidateId, is_given: isGiven, source, said_on: saidOn, user_id: userId }).execute()
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
