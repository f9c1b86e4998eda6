/** Parts of long texts. They wait among the provider's events, which is where they came in, and belong to no company yet. */
import { sql, type Transaction } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { StoredPart } from './replies.domain.ts'

/** What the parts of one text have in common. */
export type PartKey = { from: string; to: string; ref: string; total: number }

/** A part is known again for so long; a telephone's next text has another number. */
const KNOWN_HOURS = 24
/** A part that came once more, by another event, does so soon. */
const TWICE_MINUTES = 10

/** Two parts that come at the same moment see each other one after the other. */
export async function lockParts(trx: Transaction<DB>, { from, to, ref }: PartKey): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`part ${from} ${to} ${ref}`}, 0))`.execute(trx)
}

/** The other parts, as they came. */
export async function listParts(trx: Transaction<DB>, { from, to, ref, total }: PartKey, except: number | null): Promise<StoredPart[]> {
  const { rows } = await sql<StoredPart>`
    select id, body ->> 'message_uuid' as "providerId", (body -> 'concat' ->> 'part')::integer as no, (body -> 'concat' ->> 'total')::integer as total, body ->> 'text' as text, result as state, body ->> 'timestamp' as "saidAt"
    from provider_event
    where kind = 'inbound' and body ? 'concat' and body ->> 'from' = ${from} and body ->> 'to' = ${to} and id <> ${except ?? 0}
      and body -> 'concat' ->> 'ref' = ${ref} and body -> 'concat' ->> 'total' = ${String(total)}
      and received_at > app_now() - make_interval(hours => ${KNOWN_HOURS}) and (result in ('part', 'incomplete') or (result = 'joined' and received_at > app_now() - make_interval(mins => ${TWICE_MINUTES})))
    order by id`.execute(trx)
  return rows
}

/** What became of these parts. Of somebody who was erased, only that they came is kept. */
export async function markParts(trx: Transaction<DB>, ids: readonly number[], result: 'joined' | 'incomplete' | 'erased'): Promise<void> {
  await sql`
    update provider_event set result = ${result}, body = case when ${result} = 'erased' then body - 'to' - 'from' - 'text' else body end
    where id = any(${[...ids]}::bigint[])`.execute(trx)
}

/** Texts of which no more parts have come for so long. */
export async function listOverdue(db: Db, minutes: number, limit: number): Promise<PartKey[]> {
  const { rows } = await sql<PartKey>`
    select body ->> 'from' as from, body ->> 'to' as to, body -> 'concat' ->> 'ref' as ref, (body -> 'concat' ->> 'total')::integer as total
    from provider_event where result = 'part' group by 1, 2, 3, 4
    having max(received_at) < app_now() - make_interval(mins => ${minutes}) order by min(received_at) limit ${limit}`.execute(db)
  return rows
}

/** A part that comes late completes the text that was shown without it. Read again, because it may say something else now. */
export async function completeReply(
  trx: Transaction<DB>, providerIds: readonly string[],
  text: { body: string; isComplete: boolean; keyword: string; handledAs: string; isHeld: boolean },
): Promise<void> {
  await sql`
    update reply set body = ${text.body}, is_complete = ${text.isComplete}, keyword = ${text.keyword}, handled_as = ${text.handledAs},
      read_at = case when ${text.handledAs} = 'stop' then coalesce(read_at, app_now()) end, read_by = case when ${text.handledAs} = 'stop' then read_by end,
      review = case when review is null and ${text.isHeld} then 'waiting' else review end,
      reading_state = case when ${text.handledAs} = 'text' and ${text.isComplete} and reading_state = 'none' then 'waiting' else reading_state end
    where provider_id = any(${[...providerIds]}::text[]) and not is_complete and body <> ''`.execute(trx)
}
