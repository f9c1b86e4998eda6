import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { paths } from '../../src/web/paths.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeUser } from '../support/factories/accounts.ts'
import { makeInvitation } from '../support/factories/landing.ts'
import { countStates, makeSending } from '../support/factories/messaging.ts'
import { signIn, visit } from '../support/page.ts'
import { freePort } from '../support/ports.ts'
import { startProgram, type Program } from '../support/program.ts'
import { startProxy, type Proxy } from '../support/proxy.ts'
import { startLine, until, type Line } from '../support/sending.ts'

/** The network between a process and its database goes bad, in ways that nobody is told of (F-52). */

const SECRET_KEY = 'a secret of the tests, and of nothing else'
const dataDir = () => mkdtempSync(path.join(os.tmpdir(), 'dispo-network-'))

let database: TestDatabase
let proxy: Proxy
async function open(): Promise<void> {
  database = await createTestDatabase()
  proxy = await startProxy(database.url)
}
async function close(): Promise<void> {
  await proxy.close()
  await database.close()
}

describe('a worker', () => {
  let line: Line
  let worker: Program
  beforeAll(async () => {
    await open()
    line = await startLine(database)
    const { applicationId, privateKey, apiKey, signatureSecret } = line.account
    worker = startProgram('src/worker.ts', {
      DATABASE_URL: proxy.url, DATA_DIR: dataDir(), SECRET_KEY, LOG_LEVEL: 'warn', SEND_RATE: '60', LEASE_SECONDS: '5', SWEEP_SECONDS: '1',
      VONAGE_APPLICATION_ID: applicationId, VONAGE_PRIVATE_KEY: privateKey, VONAGE_API_KEY: apiKey, VONAGE_SIGNATURE_SECRET: signatureSecret, VONAGE_API_HOST: line.simulator.apiHost,
    })
    await worker.says(/running/)
  })
  afterAll(async () => {
    await worker.stop('SIGKILL')
    await line.close()
    await close()
  })

  it('whose connections are lost without a word opens new ones by itself and sends the rest, nothing twice', async () => {
    const sending = await makeSending(database.db, { recipients: 300 })
    const states = () => countStates(database.db, sending.campaignId)
    await until(() => line.simulator.postCount() >= 60, 'it is sending')
    proxy.fallSilent()
    await worker.says(/sending waits for the database/)
    const before = line.simulator.postCount()
    expect(before).toBeLessThan(300)
    proxy.speakAgain()
    // A hand-over whose commit was lost on the way belongs to nobody; its time to be found goes by at once.
    await until(async () => {
      // The server may not know yet that the connections of that moment are lost: until it does, they hold what they had locked.
      await sql`
        update message set submitted_at = submitted_at - interval '1 minute'
        where id in (select id from message where state = 'submitting' and submitted_at < app_now() - interval '5 seconds' for no key update skip locked)`.execute(database.db)
      const now = await states()
      return !('queued' in now) && !('leased' in now) && !('submitting' in now) && !('accepted' in now)
    }, 'everything is settled')

    expect(worker.child.exitCode).toBeNull()
    expect(line.simulator.postCount()).toBeGreaterThan(before)
    const accepted = line.simulator.accepted().map(({ to }) => `+${to}`)
    expect(new Set(accepted).size).toBe(accepted.length)
    const { delivered = 0, in_doubt: doubts = 0 } = await states()
    expect(delivered).toBe(accepted.length)
    expect(delivered + doubts).toBe(300)
    // At most what was in flight at that moment.
    expect(doubts).toBeLessThanOrEqual(10)
  })

  it('whose database is half a second away gives back what its checks are too old for, and sends it when the way is short again', async () => {
    const already = line.simulator.postCount()
    proxy.delay(250)
    const sending = await makeSending(database.db, { recipients: 60 })
    await until(async () => (await database.db.selectFrom('send_attempt').select('id').where('message_id', 'in', sending.messageIds).execute()).length > 0, 'one has passed the gate')
    proxy.delay(0)
    await until(async () => (await countStates(database.db, sending.campaignId))['delivered'] === 60, 'all are delivered')
    expect(line.simulator.postCount() - already).toBe(60)
    expect(worker.child.exitCode).toBeNull()
  })
})

describe('the web process', () => {
  let url: string
  let web: Program
  let get: (address: string) => Promise<{ status: number; ms: number }>
  let addresses: string[]
  beforeAll(async () => {
    await open()
    const { code, scope } = await makeInvitation(database.db)
    const user = await makeUser(database.db, scope)
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    web = startProgram('src/server.ts', { DATABASE_URL: proxy.url, DATA_DIR: dataDir(), SECRET_KEY, LOG_LEVEL: 'silent', PORT: String(port) })
    await web.says(/^Dispo web: /m)
    const visitor = visit(new URL(url))
    await signIn(visitor, user.email, user.password)
    addresses = [paths.candidates, paths.campaigns, `/r/${code}`, '/health/ready']
    get = async (address) => {
      const from = performance.now()
      const { status } = await visitor.agent.get(address)
      return { status, ms: Math.round(performance.now() - from) }
    }
  })
  afterAll(async () => {
    await web.stop('SIGKILL')
    await close()
  })

  const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status)
  const getAll = () => Promise.all(addresses.map(get))
  const recovers = () => until(async () => statuses(await getAll()).every((status) => status === 200), 'every page is back')

  it('whose connections are lost without a word says so on every page, and recovers by itself', async () => {
    await recovers()
    proxy.fallSilent()
    const first = await getAll()
    const next = await getAll()
    console.log(`503 after ${[...first, ...next].map(({ ms }) => ms).join(', ')} ms`)
    expect([...statuses(first), ...statuses(next)]).toEqual(Array(2 * addresses.length).fill(503))
    proxy.speakAgain()
    await recovers()
    expect(web.child.exitCode).toBeNull()
  })

  it('whose every connection waits behind a lock says so to whoever needs one, and recovers when it ends', async () => {
    await recovers()
    const administrator = new pg.Client(database.url)
    await administrator.connect()
    await administrator.query('begin; lock table candidate in access exclusive mode')
    const answers = await Promise.all(Array.from({ length: 25 }, () => get(paths.candidates)))
    console.log(`503 after up to ${Math.max(...answers.map(({ ms }) => ms))} ms`)
    expect(new Set(statuses(answers))).toEqual(new Set([503]))
    await administrator.end()
    await recovers()
  })

  it('shows its pages over half a second of network', async () => {
    proxy.delay(250)
    expect(statuses(await getAll())).toEqual(addresses.map(() => 200))
    proxy.delay(0)
  })

  it('waits for a statement that is slow and alive', async () => {
    const administrator = new pg.Client(database.url)
    await administrator.connect()
    await administrator.query('begin; lock table candidate in access exclusive mode')
    const page = get(paths.candidates)
    const waiters = async (longerThan: string) => (await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and application_name = 'dispo-web' and wait_event_type = 'Lock' and clock_timestamp() - query_start > $1::interval`, [longerThan])).rowCount
    // Longer than a silence may be, shorter than a lock is waited for.
    await until(async () => (await waiters('3 seconds'))! > 0, 'the page has waited for long')
    await administrator.query('commit')
    expect((await page).status).toBe(200)
    await administrator.end()
  })
})
