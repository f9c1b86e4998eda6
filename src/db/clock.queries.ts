import { sql } from 'kysely'
import type { Db } from './pool.ts'

/** The clock that decides: the database's. */
export async function getNow(db: Db): Promise<Date> {
  const { now } = await db.selectNoFrom(sql<Date>`app_now()`.as('now')).executeTakeFirstOrThrow()
  return now
}
