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
