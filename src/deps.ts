import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import type { Config } from './config.ts'
import type { Listen } from './db/listen.ts'
import type { Db } from './db/pool.ts'
import type { Queue } from './queue/queue.ts'
import type { ReadBalance, SentRecords, SmsGateway } from './sms/gateway.ts'

/** The one object handed around. */
export type Deps = {
  config: Config
  db: Db
  pool: pg.Pool
  /** What one process tells another through the database. */
  listen: Listen
  queue: Queue
  gateway: SmsGateway
  /** The provider's books, where the account may read them. */
  records: SentRecords | undefined
  /** What the provider's account holds, where it may be asked. */
  balance: ReadBalance | undefined
  /** How provider webhooks prove themselves; the simulator's keys when no account is configured. */
  webhookKeys: { applicationId: string; apiKey: string; signatureSecret: string }
  /** Where the virtual phones are, when the simulator runs. */
  phonesUrl: string | undefined
  log: FastifyBaseLogger
}
