import { sql } from 'kysely'
import { SESSION_IDLE_SECONDS, SESSION_SECONDS } from '../auth/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'

/** Of these campaigns and people, those of the company. */
export async function listOwn(db: Db, scope: CompanyScope, asked: { campaigns: readonly number[]; candidates: readonly number[] }): Promise<{ campaigns: number[]; candidates: number[] }> {
  if (asked.campaigns.length + asked.candidates.length === 0) return { campaigns: [], candidates: [] }
  const { rows } = await sql<{ campaigns: number[]; candidates: number[] }>`
    select
      array(select id from campaign where company_id = ${scope.companyId} and id = any(${[...asked.campaigns]}::bigint[])) as campaigns,
      array(select id from candidate where company_id = ${scope.companyId} and id = any(${[...asked.candidates]}::bigint[])) as candidates`.execute(db)
  const { campaigns, candidates } = rows[0]!
  return { campaigns: campaigns.map(Number), candidates: candidates.map(Number) }
}

/** Of these sessions, those whose person is still signed in and may be. */
export async function listOpenSessions(db: Db, sessionIds: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select s.id from user_session s join app_user u on u.id = s.user_id join company c on c.id = s.company_id
    where s.id = any(${[...sessionIds]}::bigint[]) and s.ended_at is null and u.disabled_at is null and c.disabled_at is null
      and s.last_seen_at > app_now() - make_interval(secs => ${SESSION_IDLE_SECONDS}) and s.started_at > app_now() - make_interval(secs => ${SESSION_SECONDS})`.execute(db)
  return rows.map(({ id }) => id)
}

export type NewAnswer = { id: number; campaign_id: number; candidate_ids: number[] }

/** Answers given after one, but for those already known: they become visible in another order than they are numbered in. */
export async function listNewAnswers(db: Db, afterId: number, known: readonly number[]): Promise<NewAnswer[]> {
  const { rows } = await sql<NewAnswer>`
    select v.id, r.campaign_id, array(select p.candidate_id from recipient_profile p where p.recipient_id = r.id) as candidate_ids
    from answer_version v join recipient r on r.id = v.recipient_id
    where v.id > ${afterId} and v.id <> all(${[...known]}::bigint[])
    order by v.id`.execute(db)
  return rows.map((row) => ({ ...row, candidate_ids: row.candidate_ids.map(Number) }))
}

export type NewReply = { id: number; company_id: number; campaign_id: number | null; candidate_id: number | null }

/** Texts that came in after one, but for those already known. Of all companies: each row carries its own. */
export async function listNewReplies(db: Db, afterId: number, known: readonly number[]): Promise<NewReply[]> {
  const { rows } = await sql<NewReply>`select y.id, y.company_id, y.campaign_id, y.candidate_id from reply y where y.id > ${afterId} and y.id <> all(${[...known]}::bigint[]) order by y.id`.execute(db)
  return rows
}

/** The newest that came so many seconds ago or earlier. */
export async function findNewestReply(db: Db, seconds: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`select id from reply where received_at < app_now() - make_interval(secs => ${seconds}) order by id desc limit 1`.execute(db)
  return rows[0]?.id ?? 0
}

export async function findNewestAnswer(db: Db, seconds: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`select id from answer_version where answered_at < app_now() - make_interval(secs => ${seconds}) order by id desc limit 1`.execute(db)
  return rows[0]?.id ?? 0
}
