import { sql } from 'kysely'
import type { Db } from '../db/pool.ts'

/** Counts one hit in the current window of `key`; all processes share the count. */
export async function countHit(db: Db, key: string, windowSeconds: number): Promise<{ hits: number; secondsLeft: number }> {
  const { rows } = await sql<{ hits: number; seconds_left: number }>`
    insert into rate_limit as r (key, window_started_at, hits) values (${key}, app_now(), 1)
    on conflict (key) do update set
      hits = case when r.window_started_at <= app_now() - make_interval(secs => ${windowSeconds}) then 1 else r.hits + 1 end,
      window_started_at = case when r.window_started_at <= app_now() - make_interval(secs => ${windowSeconds}) then app_now() else r.window_started_at end
    returning hits, greatest(1, ceil(extract(epoch from window_started_at - app_now()) + ${windowSeconds}))::int as seconds_left
  `.execute(db)
  const row = rows[0] as { hits: number; seconds_left: number }
  return { hits: row.hits, secondsLeft: row.seconds_left }
}

/** Counts many hits of many keys in one statement; every key answers with its window's new state. */
export async function countManyHits(db: Db, hits: ReadonlyMap<string, number>, windowSeconds: number): Promise<{ key: string; hits: number; secondsLeft: number }[]> {
  // In one order, or two processes would wait for each other in a circle.
  const keys = [...hits.keys()].sort()
  const { rows } = await sql<{ key: string; hits: number; seconds_left: number }>`
    insert into rate_limit as r (key, window_started_at, hits)
    select key, app_now(), hits from unnest(${keys}::text[], ${keys.map((key) => hits.get(key))}::int[]) as given (key, hits)
    on conflict (key) do update set
      hits = case when r.window_started_at <= app_now() - make_interval(secs => ${windowSeconds}) then excluded.hits else r.hits + excluded.hits end,
      window_started_at = case when r.window_started_at <= app_now() - make_interval(secs => ${windowSeconds}) then app_now() else r.window_started_at end
    returning key, hits, greatest(1, ceil(extract(epoch from window_started_at - app_now()) + ${windowSeconds}))::int as seconds_left
  `.execute(db)
  return rows.map((row) => ({ key: row.key, hits: row.hits, secondsLeft: row.seconds_left }))
}

/** Hits so far, without counting one. */
export async function readHits(db: Db, key: string, windowSeconds: number): Promise<{ hits: number; secondsLeft: number }> {
  const { rows } = await sql<{ hits: number; seconds_left: number }>`
    select hits, greatest(1, ceil(extract(epoch from window_started_at - app_now()) + ${windowSeconds}))::int as seconds_left
    from rate_limit where key = ${key} and window_started_at > app_now() - make_interval(secs => ${windowSeconds})
  `.execute(db)
  return { hits: rows[0]?.hits ?? 0, secondsLeft: rows[0]?.seconds_left ?? 0 }
}

/** Takes one hit back: what was counted beforehand turned out not to count. */
export async function returnHit(db: Db, key: string): Promise<void> {
  await db.updateTable('rate_limit').set({ hits: sql`greatest(0, hits - 1)` }).where('key', '=', key).execute()
}

export async function forgetHits(db: Db, key: string): Promise<void> {
  await db.deleteFrom('rate_limit').where('key', '=', key).execute()
}

/** Windows that ended long ago carry nothing. */
export async function purgeHits(db: Db): Promise<void> {
  await db.deleteFrom('rate_limit').where('window_started_at', '<', sql<Date>`app_now() - interval '1 day'`).execute()
}
