import { sql } from 'kysely'

/** Campaign `c` has not been closed, by hand or by its date. By the database's clock, so that every process says the same. */
export const isUnclosed = sql<boolean>`(c.closed_at is null and (c.closes_at is null or c.closes_at > app_now()))`

/** Does campaign `c` take answers? Paused and completed only mean that nothing is sent; answers to what was sent stay welcome. */
export const takesAnswers = sql<boolean>`(c.status not in ('draft', 'cancelled') and ${isUnclosed})`
