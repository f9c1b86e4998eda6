import { sql, type Transaction } from 'kysely'
import type { Db } from './pool.ts'
import type { DB } from './schema.ts'

let begun = 0

/**
 * A database for commands that begin transactions of their own, all of which become part of `trx`: each is a savepoint, so that what
 * it refuses is undone alone, and nothing of anything lasts unless `trx` is committed.
 */
export function within(trx: Transaction<DB>): Db {
  const inner = {
    execute: async <Result>(work: (trx: Transaction<DB>) => Promise<Result>): Promise<Result> => {
      begun += 1
      const name = sql.raw(`part_${begun}`)
      await sql`savepoint ${name}`.execute(trx)
      try {
        const result = await work(trx)
        await sql`release savepoint ${name}`.execute(trx)
        return result
      } catch (error) {
        await sql`rollback to savepoint ${name}`.execute(trx)
        throw error
      }
    },
  }
  return new Proxy(trx, {
    get(target, property) {
      if (property === 'transaction') return () => inner
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
