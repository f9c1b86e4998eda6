import { PgBoss, fromKysely, type Job } from 'pg-boss'
import type { Transaction } from 'kysely'
import type pg from 'pg'
import type { DB } from '../db/schema.ts'

/** Payloads hold ids, never copies: what they point at may have changed by the time a task runs. */
export type TaskPayload = Record<string, string | number>
/** `stopping` is aborted when the process is told to stop: what takes long leaves the rest for the next time. */
export type TaskHandler = (payload: TaskPayload, stopping: AbortSignal) => Promise<void>

/** `dailyAt`: « 02:15 », in UTC. */
type TaskTimes = { everyMinutes?: number; dailyAt?: string }

export type Queue = {
  /** Names are `room.verb-noun`. A handler may run twice: the second run must be a no-op. */
  register(name: string, handler: TaskHandler, options?: TaskTimes): void
  /** Enqueued in the transaction that creates the need: rolled back together. */
  enqueue(trx: Transaction<DB>, name: string, payload: TaskPayload, options?: { startAfter?: Date }): Promise<void>
  /** Makes the queues; after it `enqueue` works. Call before serving. */
  prepare(): Promise<void>
  /** Begins handing tasks to handlers, until `stop`. */
  work(): Promise<void>
  /** Runs what is due now in this process and returns when nothing is left. */
  drain(): Promise<void>
  stop(): Promise<void>
}

/**
 * A task that takes long is not begun a second time beside itself: who works at it says so every half minute, and only the silent
 * lose it. The hours are for a handler that hangs.
 */
const TASKS = { retryLimit: 5, retryDelay: 5, retryBackoff: true, heartbeatSeconds: 60, expireInSeconds: 6 * 3600 }

const NO_JOB = '00000000-0000-0000-0000-000000000000'

/** A thin, typed face of pg-boss on the product's own pool, for both databases. */
export function createQueue(options: { pool: pg.Pool; embedded: boolean; onError: (error: Error) => void }): Queue {
  const boss = new PgBoss({
    db: { executeSql: (text: string, values?: unknown[]) => options.pool.query(text, values) },
    ...(options.embedded ? { backend: 'pglite' as const } : {}),
  })
  boss.on('error', options.onError)
  const tasks = new Map<string, { handler: TaskHandler; times: TaskTimes }>()
  const stopping = new AbortController()

  return {
    register(name, handler, times = {}) {
      if (tasks.has(name)) throw new Error(`task ${name} has two handlers`)
      tasks.set(name, { handler, times })
    },

    async enqueue(trx, name, payload, { startAfter } = {}) {
      if (!tasks.has(name)) throw new Error(`no handler for task ${name}`)
      await boss.send(name, payload, { db: fromKysely(trx), ...(startAfter ? { startAfter } : {}) })
    },

    async prepare() {
      await boss.start()
      const known = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]))
      for (const [name, { times }] of tasks) {
        const before = known.get(name)
        if (!before) await boss.createQueue(name, TASKS)
        else if (before.heartbeatSeconds !== TASKS.heartbeatSeconds || before.expireInSeconds !== TASKS.expireInSeconds) await boss.updateQueue(name, TASKS)
        // The first send to a new queue reads its settings outside the caller's transaction; on the embedded database, with its
        // one connection, that would wait for itself. What does nothing to a queue reads them too, and keeps them in memory.
        await boss.deleteJob(name, NO_JOB)
        const cron = cronOf(times)
        if (cron) await boss.schedule(name, cron, {})
      }
    },

    async work() {
      for (const [name, { handler }] of tasks) {
        await boss.work<TaskPayload>(name, { pollingIntervalSeconds: 0.5 }, async (jobs: Job<TaskPayload>[]) => {
          for (const job of jobs) await handler(job.data, stopping.signal)
        })
      }
    },

    async drain() {
      let ran = true
      while (ran) {
        ran = false
        for (const [name, { handler }] of tasks) {
          for (const job of (await boss.fetch<TaskPayload>(name, { batchSize: 50 })) ?? []) {
            ran = true
            await handler(job.data, stopping.signal)
            await boss.complete(name, job.id)
          }
        }
      }
    },

    async stop() {
      stopping.abort()
      await boss.stop({ graceful: true, timeout: 20_000 })
    },
  }
}

function cronOf({ everyMinutes, dailyAt }: TaskTimes): string | undefined {
  if (everyMinutes) return everyMinutes === 1 ? '* * * * *' : `*/${everyMinutes} * * * *`
  const [hour, minute] = dailyAt?.split(':').map(Number) ?? []
  return dailyAt && `${minute} ${hour} * * *`
}
