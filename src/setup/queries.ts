import { sql } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Progress } from './domain.ts'

/** What a company has done of what its first campaign needs, told by what is there. */
export async function findProgress(db: Db, { companyId }: CompanyScope): Promise<Progress> {
  const { rows } = await sql<Progress>`
    select
      exists (select from sms_sender where company_id = ${companyId} and archived_at is null) as sender,
      exists (select from branding where company_id = ${companyId}) as branding,
      exists (select from message_template where company_id = ${companyId} and published_version is not null and archived_at is null) as template,
      exists (select from candidate where company_id = ${companyId}) as people,
      exists (select from message where company_id = ${companyId} and purpose = 'test') as test,
      (select count(*) > 1 from (select from app_user where company_id = ${companyId} and disabled_at is null limit 2) u) as colleagues,
      exists (select from campaign where company_id = ${companyId} and launched_at is not null) as campaign`.execute(db)
  return rows[0] as Progress
}
