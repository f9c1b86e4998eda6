import { afterAll, beforeAll, expect, it } from 'vitest'
import { findPhone } from '../../src/consent/queries.ts'
import type { OpenDatabase } from '../../src/db/pool.ts'
import { createEmbeddedDatabase } from '../support/embedded.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { startLine, until } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'

let database: OpenDatabase
let line: Line
beforeAll(async () => {
  database = await createEmbeddedDatabase()
  line = await startLine(database)
})
afterAll(async () => {
  await line.close()
  await database.close()
})

it('sends, takes receipts and obeys STOP on the embedded database, with its one connection', async () => {
  const sending = await makeSending(database.db, { recipients: 40 })
  const dispatcher = line.dispatcher()
  dispatcher.start()
  await until(async () => (await countStates(database.db, sending.campaignId))['delivered'] === 40, 'all 40 are delivered')
  const number = sending.e164[0]!
  line.simulator.reply({ phone: number.slice(1), sender: '38047', text: 'STOP' })
  await until(async () => (await findPhone(database.db, sending.scope, number))?.opted_out_at instanceof Date, 'the number is opted out')
  const again = await makeSending(database.db, { company: sending.company, e164: [number] })
  dispatcher.wake()
  await until(async () => (await countStates(database.db, again.campaignId))['skipped'] === 1, 'the next message is skipped')
  await dispatcher.stop()
  expect(line.simulator.accepted().length).toBe(40)
})
