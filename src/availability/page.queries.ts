/** What people leave on the page of a campaign that takes no answers any more. */
import { sql } from 'kysely'
import type { Availability } from '../candidates/domain.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import { takesAnswers } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'

/** Asked while the recipient is held: whether answers are taken again, and whether this very form arrived before. */
export async function findPageState(db: Db, scope: CompanyScope, recipientId: number, formId: string): Promise<{ isOpen: boolean; isRepeat: boolean }> {
  const { rows } = await sql<{ isOpen: boolean; isRepeat: boolean }>`
    select ${takesAnswers} as "isOpen", exists (
      select from recipient_profile p join availability_change v on v.company_id = p.company_id and v.candidate_id = p.candidate_id where p.recipient_id = r.id and v.form_id = ${formId}::uuid) as "isRepeat"
    from recipient r join campaign c on c.id = r.campaign_id where r.company_id = ${scope.companyId} and r.id = ${recipientId}`.execute(db)
  return rows[0] ?? { isOpen: false, isRepeat: false }
}

export type LeftAvailability = { availability: Availability; availableFrom: CalendarDate | null; availableUntil: CalendarDate | null; at: Date }

/** The newest that the person left on this page. */
export async function findLeft(db: Db, scope: CompanyScope, recipientId: number): Promise<LeftAvailability | undefined> {
  const { rows } = await sql<LeftAvailability>`
    select v.availability, v.available_from as "availableFrom", v.available_until as "availableUntil", v.at
    from recipient r join availability_change v on v.company_id = r.company_id and v.candidate_id = r.candidate_id and v.campaign_id = r.campaign_id and v.source = 'page'
    where r.company_id = ${scope.companyId} and r.id = ${recipientId} order by v.at desc, v.id desc limit 1`.execute(db)
  return rows[0]
}
