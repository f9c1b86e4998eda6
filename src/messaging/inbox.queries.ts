/** Everything the provider told us, stored before it is acknowledged. */
import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'
import { ORPHAN_HOURS } from './domain.ts'

export type EventKind = 'status' | 'inbound'
export type StoredEvent = { id: number; kind: EventKind; body: unknown }

/** Undefined when it is known already. */
export async function insertEvent(db: Db, event: { kind: EventKind; dedupeKey: string; body: unknown }): Promise<number | undefined> {
  const row = await db
    .insertInto('provider_event')
    .values({ kind: event.kind, dedupe_key: event.dedupeKey, body: JSON.stringify(event.body) })
    .onConflict((conflict) => conflict.column('dedupe_key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

export async function markApplied(db: Db, id: number, result: string): Promise<void> {
  await sql`update provider_event set applied_at = app_now(), result = ${result} where id = ${id}`.execute(db)
}

/** The event stays known, so that it is not taken twice; whom it was about does not. */
export async function forgetPerson(db: Db, id: number): Promise<void> {
  await sql`update provider_event set body = body - 'to' - 'from' - 'text' where id = ${id}`.execute(db)
}

/** Not applied: tried again later, ever more rarely. */
export async function markWaiting(db: Db, id: number, result: string): Promise<void> {
  await sql`update provider_event set tries = tries + 1, result = ${result} where id = ${id}`.execute(db)
}

/** Events whose next try is due: 1, 2, 4 … seconds after they came. */
export async function listWaitingEvents(db: Db, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from provider_event
    where applied_at is null and received_at + make_interval(secs => power(2, least(tries, 14))) <= app_now()
    order by id limit ${limit}`.execute(db)
  return rows.map(({ id }) => id)
}

/** The event, for this transaction alone; undefined when another process has it or it is done. */
export async function lockWaitingEvent(db: Db, id: number): Promise<(StoredEvent & { isOld: boolean }) | undefined> {
  const { rows } = await sql<StoredEvent & { isOld: boolean }>`
    select id, kind, body, received_at < app_now() - make_interval(hours => ${ORPHAN_HOURS}) as "isOld"
    from provider_event where id = ${id} and applied_at is null for update skip locked`.execute(db)
  return rows[0]
}
