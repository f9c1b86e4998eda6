import { DateTime } from 'luxon'
import type { TestDatabase } from './database.ts'

/** From now on the database's clock is off by so much, `'1 day'` or `'-1 hour'`: the only clock that decides anything. */
export async function shiftClock({ pool }: Pick<TestDatabase, 'pool'>, interval: string): Promise<void> {
  await pool.query(`create or replace function app_now() returns timestamptz language sql stable as $$ select clock_timestamp() + interval '${interval}' $$`)
}

/** From now on it is always this moment. */
export async function stopClock({ pool }: Pick<TestDatabase, 'pool'>, at: string): Promise<void> {
  await pool.query(`create or replace function app_now() returns timestamptz language sql stable as $$ select timestamptz '${at}' $$`)
}

/** Seconds from the start of this process to the next 9:00 in Paris. */
const TO_MORNING = (() => {
  const now = DateTime.now().setZone('Europe/Paris')
  const morning = now.set({ hour: 9, minute: 0, second: 0, millisecond: 0 })
  return Math.round((morning < now ? morning.plus({ days: 1 }) : morning).diff(now).as('seconds'))
})()

/** From now on it is so long after a morning at 9:00 in Paris: what happens within some hours happens on one day, whenever the tests run. */
export function shiftToMorning(database: Pick<TestDatabase, 'pool'>, later = '0 hours'): Promise<void> {
  return shiftClock(database, `${TO_MORNING} seconds ${later}`)
}
