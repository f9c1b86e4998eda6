import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  await sql`create index job_of_list on job (company_id, list_id) where list_id is not null`.execute(db)
}
