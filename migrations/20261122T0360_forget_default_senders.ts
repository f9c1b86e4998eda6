import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<never>): Promise<void> {
  // Pools say which is the default; nothing has read or written this since there are pools.
  await sql`alter table sms_sender drop column is_default`.execute(db)
}
