import type { TestDatabase } from './database.ts'

/** From now on the database's clock is off by so much, `'1 day'` or `'-1 hour'`: the only clock that decides anything. */
export async function shiftClock({ pool }: Pick<TestDatabase, 'pool'>, interval: string): Promise<void> {
  await pool.query(`create or replace function app_now() returns timestamptz language sql stable as $$ select clock_timestamp() + interval '${interval}' $$`)
}

/** From now on it is always this moment. */
export async function stopClock({ pool }: Pick<TestDatabase, 'pool'>, at: string): Promise<void> {
  await pool.query(`create or replace function app_now() returns timestamptz language sql stable as $$ select timestamptz '${at}' $$`)
}
