import type { Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { WebhookEvent } from './domain.ts'
import { insertEvents } from './emit.queries.ts'

export type { EventType, WebhookEvent } from './domain.ts'

/**
 * Tells the company's endpoints something, in the transaction in which it happens: one statement, which writes nothing where no
 * endpoint wants this type. What is written in sets or by hot statements uses the statements of `emit.queries.ts` instead.
 */
export async function emitEvent(trx: Transaction<DB> | Db, { companyId }: CompanyScope, event: WebhookEvent): Promise<void> {
  await insertEvents(trx, [{ ...event, companyId }])
}

/** The same for many events at once, of one company or several: each row carries its own. */
export async function emitEvents(trx: Transaction<DB> | Db, events: readonly (WebhookEvent & { companyId: number })[]): Promise<void> {
  await insertEvents(trx, events)
}
