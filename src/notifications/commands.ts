import type { Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Topic } from './news.domain.ts'
import { insertNews, notifyPages, type News } from './queries.ts'

export type { NewsKind } from './domain.ts'
export type { Topic } from './news.domain.ts'

/**
 * Tells people something, in the transaction in which it happens: a line in the product at once, a mail or a line in the digest
 * later, as each of them chose (S113, S114). The same `dedupeKey` told again to the same person changes nothing.
 */
export async function announce(trx: Transaction<DB> | Db, scope: CompanyScope, news: News): Promise<void> {
  await insertNews(trx, scope, news)
}

/**
 * Open pages that show one of these read it again, once the transaction is committed. `announce` tells its own topics. Not for
 * what happens many times a second: transactions that tell wait for each other while they commit.
 */
export async function tell(db: Transaction<DB> | Db, topics: readonly Topic[]): Promise<void> {
  if (topics.length > 0) await notifyPages(db, topics)
}
