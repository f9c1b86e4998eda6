import { sql, type Transaction } from 'kysely'
import type { DB } from '../db/schema.ts'
import type { Opened } from './setup.queries.ts'

/** What people did with the campaigns, as the journal would have it; the history of each campaign knows when. */
export async function insertJournal(trx: Transaction<DB>, { scope }: Opened): Promise<void> {
  await sql`
    insert into journal (company_id, user_id, action, subject_kind, subject_id, detail, at)
    select company_id, user_id, 'campaign.' || kind, 'campaign', campaign_id::text, detail, at
    from campaign_event where company_id = ${scope.companyId} and user_id is not null and kind not in ('created', 'tested') order by at, id`.execute(trx)
}
