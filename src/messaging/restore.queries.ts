import { sql, type Transaction } from 'kysely'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { emittingStatuses, STATUS_COLUMNS } from '../webhooks/emit.queries.ts'

export type ForgottenHandOver = { attemptId: string; companyId: number; messageId: number; e164: string; body: string }

/** Hand-overs of which the database has the message but not the attempt. It never forgets one by itself. */
export async function listForgotten(db: Db, lines: readonly { attemptId: string; messageId: number }[]): Promise<ForgottenHandOver[]> {
  const { rows } = await sql<ForgottenHandOver>`
    select given.attempt_id as "attemptId", m.company_id as "companyId", m.id as "messageId", m.e164, m.body
    from unnest(${lines.map(({ attemptId }) => attemptId)}::uuid[], ${lines.map(({ messageId }) => messageId)}::bigint[]) with ordinality as given (attempt_id, message_id, line)
    join message m on m.id = given.message_id
    where not exists (select from send_attempt a where a.id = given.attempt_id)
    order by given.line`.execute(db)
  return rows
}

/** Puts messages that had gone already in doubt, on the way that every message takes; returns how many were still to be sent. */
export async function doubtForgotten(trx: Transaction<DB>, forgotten: readonly { attemptId: string; messageId: number }[]): Promise<number> {
  const ids = forgotten.map(({ messageId }) => messageId)
  await sql`update message set state = 'submitting', lease_token = null, lease_until = null, submitted_at = app_now() where id = any(${ids}::bigint[]) and state in ('queued', 'leased')`.execute(trx)
  await sql`
    insert into send_attempt (company_id, id, message_id, n, outcome, error_code, ended_at)
    select m.company_id, given.attempt_id, m.id, 1 + coalesce((select max(a.n) from send_attempt a where a.message_id = m.id), 0), 'in_doubt', 'restored', app_now()
    from unnest(${forgotten.map(({ attemptId }) => attemptId)}::uuid[], ${ids}::bigint[]) as given (attempt_id, message_id)
    join message m on m.id = given.message_id
    where m.state = 'submitting'
    on conflict do nothing`.execute(trx)
  const { rows } = await sql<{ n: number }>`
    with moved as (
      update message m set state = 'in_doubt' where id = any(${ids}::bigint[]) and state = 'submitting' returning ${STATUS_COLUMNS}
    ), emitted as (${emittingStatuses(sql`moved`)})
    select count(*) as n from moved`.execute(trx)
  return rows[0]!.n
}
