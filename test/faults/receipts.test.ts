import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/pool.ts'
import { sweep } from '../../src/messaging/sweep.commands.ts'
import { signWebhook } from '../../src/simulator/tokens.ts'
import { paths } from '../../src/web/paths.ts'
import { createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { startPostgres } from '../support/postgres.ts'
import { settings, startLine, until } from '../support/sending.ts'
import type { Line } from '../support/sending.ts'
import { makeTemplate } from '../support/template.ts'

type Body = Record<string, unknown>

/** One webhook as the provider sends it; the status of our answer, 599 without one. */
async function post(line: Line, body: Body, address: string = paths.statusWebhook): Promise<number> {
  const raw = JSON.stringify(body)
  const headers = { 'content-type': 'application/json', authorization: signWebhook(raw, line.account) }
  return fetch(line.app.url + address, { method: 'POST', headers, body: raw }).then((response) => response.status, () => 599)
}

const receipt = (uuid: string, reference: string | null, status: string, code?: string): Body => ({
  message_uuid: uuid, client_ref: reference, to: '33639980001', from: '38047', channel: 'sms', timestamp: new Date().toISOString(), status, ...(code ? { error: { title: code } } : {}),
})
const stop = (phone: string): Body => ({ message_uuid: crypto.randomUUID(), channel: 'sms', from: phone.replace('+', ''), to: '38047', text: 'STOP', timestamp: new Date().toISOString(), message_type: 'text' })

it('a database that goes away while receipts and STOPs arrive: each is refused with 503, none is lost (F-35)', async () => {
  const server = await startPostgres({ durable: true })
  try {
    await makeTemplate(server, 'receipts')
    const database = await openDatabase({ databaseUrl: server.url('receipts'), dataDir: mkdtempSync(path.join(os.tmpdir(), 'dispo-receipts-')) })
    const line = await startLine(database, { webhooks: false })
    try {
      const { db } = database
      const sending = await makeSending(db, { recipients: 60 })
      await line.dispatcher().runOnce()
      expect(line.simulator.accepted()).toHaveLength(60)
      const stored = async () => (await db.selectFrom('provider_event').select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow()).n

      // In the middle of the receipts, as a power cut would.
      line.connect()
      await until(async () => (await stored()) >= 10, 'some receipts are stored')
      await server.halt('immediate')
      const [mine] = line.simulator.accepted()
      const late = [...sending.e164.slice(0, 20).map((phone) => [stop(phone), paths.inboundWebhook] as const), ...Array.from({ length: 20 }, () => [receipt(mine!.uuid, mine!.clientRef, 'submitted', crypto.randomUUID()), paths.statusWebhook] as const)]
      expect(new Set(await Promise.all(late.map(([body, address]) => post(line, body, address))))).toEqual(new Set([503]))
      for (const phone of sending.e164.slice(20, 25)) line.simulator.reply({ phone: phone.slice(1), sender: '38047', text: 'Stop' })

      await server.resume()
      // The provider tries again, and so do we for it.
      for (const [body, address] of late) await until(async () => (await post(line, body, address)) === 200, 'the event is taken')
      await line.simulator.settled(60_000)
      // What was stored but could not be applied in the fall is applied by the next sweep.
      await until(async () => {
        await sweep({ db, log: pino({ level: 'silent' }), config: settings() })
        return (await db.selectFrom('provider_event').select('id').where('applied_at', 'is', null).execute()).length === 0
      }, 'every event is applied')
      expect(await countStates(db, sending.campaignId)).toEqual({ delivered: 60 })
      const stopped = await db.selectFrom('phone').select('e164').where('company_id', '=', sending.company.id).where('opted_out_at', 'is not', null).orderBy('e164').execute()
      expect(stopped.map(({ e164 }) => e164)).toEqual(sending.e164.slice(0, 25).sort())
    } finally {
      await line.close()
      await database.close()
    }
  } finally {
    await server.stop()
  }
})

describe('receipts', () => {
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

  it('in a burst, shuffled and three in ten of them twice, are all taken, while pages are served (F-38)', async () => {
    const sending = await makeSending(database.db, { recipients: 200 })
    await line.dispatcher().runOnce()
    const accepted = line.simulator.accepted()
    expect(accepted).toHaveLength(200)
    const ends = accepted.map(({ uuid, clientRef }, i) => ({ uuid, clientRef, news: i % 5 === 4 ? [['submitted'], ['undeliverable', '1180']] : [['submitted'], ['delivered']] }))
    const told = ends.flatMap(({ uuid, clientRef, news }) => news.map(([status, code]) => receipt(uuid, clientRef, status!, code)))
    const all = [...told, ...told.filter((_one, i) => i % 10 < 3)].map((body) => ({ body, place: Math.random() })).sort((a, b) => a.place - b.place).map(({ body }) => body)

    const waits: number[] = []
    const answers = new Map<number, number>()
    let most = 0
    let next = 0
    const poster = async () => {
      while (next < all.length) {
        const body = all[next++]!
        const begun = performance.now()
        const status = await post(line, body)
        waits.push(performance.now() - begun)
        answers.set(status, (answers.get(status) ?? 0) + 1)
        most = Math.max(most, database.pool.totalCount)
      }
    }
    const pages: number[] = []
    const reader = async () => {
      while (next < all.length) pages.push((await fetch(`${line.app.url}/login`)).status)
    }
    await Promise.all([...Array.from({ length: 40 }, poster), reader()])

    expect(answers).toEqual(new Map([[200, all.length]]))
    expect(new Set(pages)).toEqual(new Set([200]))
    expect(await countStates(database.db, sending.campaignId)).toEqual({ delivered: 160, undelivered: 40 })
    expect(await database.db.selectFrom('provider_event').select('id').where('applied_at', 'is', null).execute()).toEqual([])
    // None is left behind in a transaction: what was lent came back.
    expect([database.pool.waitingCount, database.pool.totalCount - database.pool.idleCount]).toEqual([0, 0])
    const sorted = waits.sort((a, b) => a - b)
    const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)]!)
    console.log(`${all.length} receipts, 40 at a time: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; ${most} connections, ${pages.length} pages meanwhile`)
  })

  it('about a deleted campaign are kept as orphans, tried for a day, and told of in the log; nothing else moves (F-39)', async () => {
    const { db } = database
    const [deleted, other] = [await makeSending(db), await makeSending(db)]
    await line.dispatcher().runOnce()
    const sent = line.simulator.accepted().find(({ to }) => `+${to}` === deleted.e164[0])!
    await sql`delete from campaign where id = ${deleted.campaignId}`.execute(db)
    const before = await countStates(db, other.campaignId)
    expect([await post(line, receipt(sent.uuid, sent.clientRef, 'delivered')), await post(line, receipt(sent.uuid, null, 'submitted'))]).toEqual([200, 200])

    const lines: string[] = []
    const log = pino({ level: 'warn' }, { write: (text: string) => void lines.push(text) })
    const lookAgain = () => sweep({ db, log, config: settings() })
    await sql`update provider_event set received_at = received_at - interval '23 hours' where applied_at is null`.execute(db)
    await lookAgain()
    expect([lines, (await orphans()).map(({ applied_at }) => applied_at)]).toEqual([[], [null, null]])
    await sql`update provider_event set received_at = received_at - interval '2 hours' where applied_at is null`.execute(db)
    await lookAgain()
    await lookAgain()
    expect(await orphans()).toEqual([1, 2].map(() => ({ result: 'orphan', applied_at: expect.any(Date), body: expect.objectContaining({ message_uuid: sent.uuid }) })))
    expect(lines.filter((text) => text.includes('no hand-over of ours'))).toHaveLength(2)
    expect(lines.join('')).not.toMatch(/\d{9,}"|33639/)
    expect(await countStates(db, other.campaignId)).toEqual(before)

    function orphans() {
      return db.selectFrom('provider_event').select(['result', 'applied_at', 'body']).where('result', '=', 'orphan').execute()
    }
  })

  it('move only the message of the company whose attempt they name, whoever else sends through the account (F-39)', async () => {
    const { db } = database
    const mine = await makeSending(db)
    // The same number, texted by another company.
    const theirs = await makeSending(db, { e164: mine.e164 })
    await line.dispatcher().runOnce()
    const attempts = await db.selectFrom('send_attempt').select(['id', 'message_id', 'provider_id']).where('message_id', 'in', [mine.messageIds[0]!, theirs.messageIds[0]!]).execute()
    const [own, foreign] = [mine, theirs].map(({ messageIds }) => attempts.find(({ message_id }) => message_id === messageIds[0])!)
    // Our reference decides, even beside the provider's id of the other one.
    expect(await post(line, receipt(foreign!.provider_id!, own!.id, 'rejected', '1240'))).toBe(200)
    expect([await countStates(db, mine.campaignId), await countStates(db, theirs.campaignId)]).toEqual([{ undelivered: 1 }, { accepted: 1 }])
    const stopped = await db.selectFrom('phone').select('company_id').where('e164', '=', mine.e164[0]!).where('opted_out_at', 'is not', null).execute()
    expect(stopped).toEqual([{ company_id: mine.company.id }])
  })
})
