import { afterAll, beforeAll, expect, it } from 'vitest'
import { createQueue, type Queue, type TaskPayload } from '../../src/queue/queue.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let queue: Queue
const ran: TaskPayload[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  queue = createQueue({ pool: database.pool, embedded: false, onError: (error) => { throw error } })
  queue.register('test.do-something', async (payload) => { ran.push(payload) })
  await queue.prepare()
})
afterAll(async () => {
  await queue?.stop()
  await database?.close()
})

it('a task belongs to the transaction that needs it: rolled back, it never runs', async () => {
  await database.db.transaction().execute((trx) => queue.enqueue(trx, 'test.do-something', { id: 1 }))
  await expect(database.db.transaction().execute(async (trx) => {
    await queue.enqueue(trx, 'test.do-something', { id: 2 })
    throw new Error('changed my mind')
  })).rejects.toThrow('changed my mind')
  await queue.drain()
  expect(ran).toEqual([{ id: 1 }])
})

it('a task has exactly one handler', async () => {
  expect(() => queue.register('test.do-something', async () => {})).toThrow('task test.do-something has two handlers')
  await expect(database.db.transaction().execute((trx) => queue.enqueue(trx, 'test.unknown', {}))).rejects.toThrow('no handler for task test.unknown')
})

it('a task may take hours as long as its worker is heard of, also on a queue made before that was so', async () => {
  const { pool } = database
  await pool.query(`update pgboss.queue set heartbeat_seconds = null, expire_seconds = 900 where name = 'test.do-something'`)
  const later = createQueue({ pool, embedded: false, onError: (error) => { throw error } })
  later.register('test.do-something', async () => {
    ran.push((await pool.query(`select heartbeat_seconds, expire_seconds, heartbeat_on is not null as is_heard from pgboss.job where name = 'test.do-something' and state = 'active'`)).rows[0])
  })
  await later.prepare()
  ran.length = 0
  await database.db.transaction().execute((trx) => later.enqueue(trx, 'test.do-something', {}))
  await later.drain()
  await later.stop()
  expect(ran).toEqual([{ heartbeat_seconds: 60, expire_seconds: 21_600, is_heard: true }])
})
