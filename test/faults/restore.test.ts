import { appendFileSync, mkdtempSync, readdirSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resumeSending } from '../../src/messaging/account.commands.ts'
import { getAccount } from '../../src/messaging/account.queries.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { startLine } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'

let database: TestDatabase
let line: Line
beforeAll(async () => {
  database = await createTestDatabase()
  line = await startLine(database, { webhooks: false })
})
afterAll(async () => {
  await line.close()
  await database.close()
})

const temporaryFolder = () => mkdtempSync(path.join(os.tmpdir(), 'dispo-restore-'))

/** As a backup has it that was taken when only the first `kept` messages had gone. */
async function restoreBackup(messageIds: readonly number[], kept: number): Promise<void> {
  const forgotten = messageIds.slice(kept)
  await database.db.transaction().execute(async (trx) => {
    await sql`set local session_replication_role = replica`.execute(trx)
    await sql`delete from send_attempt where message_id = any(${forgotten}::bigint[])`.execute(trx)
    await sql`update message set state = 'queued', submitted_at = null, provider_id = null where id = any(${forgotten}::bigint[])`.execute(trx)
  })
}

describe('a database that was restored from a backup', () => {
  it('sends nothing again: what it forgot is in doubt, and sending waits for a person', async () => {
    const dataDir = temporaryFolder()
    const sending = await makeSending(database.db, { recipients: 20 })
    await line.dispatcher({ DATA_DIR: dataDir }).runOnce()
    expect(line.simulator.accepted().length).toBe(20)
    await restoreBackup(sending.messageIds, 5)
    const later = await makeSending(database.db, { recipients: 3 })

    expect(await line.dispatcher({ DATA_DIR: dataDir }).runOnce()).toBe(0)
    expect(await countStates(database.db, sending.campaignId)).toEqual({ accepted: 5, in_doubt: 15 })
    expect((await getAccount(database.db)).suspended_reason).toBe('restored')
    // A restart is no person.
    expect(await line.dispatcher({ DATA_DIR: dataDir }).runOnce()).toBe(0)

    expect(await resumeSending(database, sending.scope, sending.userId)).toBe(true)
    expect(await line.dispatcher({ DATA_DIR: dataDir }).runOnce()).toBe(3)
    expect(line.simulator.postCount()).toBe(23)
    expect(await countStates(database.db, later.campaignId)).toEqual({ accepted: 3 })

    line.connect()
    await line.simulator.settled()
    expect(await countStates(database.db, sending.campaignId)).toEqual({ delivered: 20 })
  })
})

describe('the list of hand-overs on disk', () => {
  it('of another database locks nothing, and neither does half a line', async () => {
    const dataDir = temporaryFolder()
    const sending = await makeSending(database.db, { recipients: 2 })
    await line.dispatcher({ DATA_DIR: dataDir }).runOnce()
    const folder = path.join(dataDir, 'handovers')
    const [file] = readdirSync(folder)
    appendFileSync(path.join(folder, file!), `${crypto.randomUUID()} ${sending.messageIds[0]} ${'0'.repeat(24)}\n${crypto.randomUUID()} ${sending.messageIds[0]} ab`)
    const next = await makeSending(database.db, { recipients: 1 })
    expect(await line.dispatcher({ DATA_DIR: dataDir }).runOnce()).toBe(1)
    expect(await countStates(database.db, next.campaignId)).not.toHaveProperty('in_doubt')
  })

  it('can be read by its owner alone and holds no number and no text', async () => {
    const dataDir = temporaryFolder()
    await makeSending(database.db, { recipients: 1 })
    await line.dispatcher({ DATA_DIR: dataDir }).runOnce()
    const folder = path.join(dataDir, 'handovers')
    expect(statSync(path.join(folder, readdirSync(folder)[0]!)).mode & 0o077).toBe(0)
    expect(statSync(folder).mode & 0o077).toBe(0)
  })

  it('that cannot be written lets nothing leave', async () => {
    const dataDir = temporaryFolder()
    appendFileSync(path.join(dataDir, 'handovers'), 'a file where a folder should be')
    const sending = await makeSending(database.db, { recipients: 2 })
    const posts = line.simulator.postCount()
    await line.dispatcher({ DATA_DIR: dataDir }).runOnce()
    expect(line.simulator.postCount()).toBe(posts)
    expect(await countStates(database.db, sending.campaignId)).toEqual({ queued: 2 })
  })
})
