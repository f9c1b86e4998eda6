import { sql } from 'kysely'
import type { Db } from './pool.ts'

export async function vacuum(db: Db): Promise<void> {
  await sql`vacuum (analyze)`.execute(db)
}
