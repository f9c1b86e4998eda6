import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'

export async function isReachable(db: Db): Promise<boolean> {
  try {
    await sql`select 1`.execute(db)
    return true
  } catch {
    return false // whatever the reason, this process cannot work now; the log of the failing requests says why
  }
}
