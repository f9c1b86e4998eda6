import { appendFileSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase, type Db, type OpenDatabase } from '../../src/db/pool.ts'
import { resumeSending } from '../../src/messaging/account.commands.ts'
import { getAccount } from '../../src/messaging/account.queries.ts'
import { erasePerson } from '../../src/privacy/erasure.commands.ts'
import { countStates, makeSending, type Sending } from '../support/factories/messaging.ts'
import { findInstalledPostgres, startPostgres, type OwnPostgres } from '../support/postgres.ts'
import { startProgram } from '../support/program.ts'
import { startLine, until, type Line } from '../support/sending.ts'
import { makeTemplate } from '../support/template.ts'
import { startWorkerProcess } from '../support/worker.ts'

/**
 * A backup is taken while a campaign is being sent, more is sent, and the backup comes back (P16). With PostgreSQL's own
 * programs where this machine has them; elsewhere the server copies the database in the same moment, and the commands say
 * what they lack.
 */

/** So many leave around the backup, so many after it, and so many not at all before the breakdown. */
const [FIRST, LATER, LAST] = [25, 10, 5]
const RECIPIENTS = FIRST + LATER + LAST
const folder = (name: string) => mkdtempSync(path.join(os.tmpdir(), `dispo-${name}-`))
const DATA_DIR = folder('rehearsal-data')
const BACKUPS = folder('rehearsal-backups')

let installed: string | undefined
let postgres: OwnPostgres
let original: OpenDatabase
let line: Line
let sending: Sending
let erased: number
beforeAll(async () => {
  installed = await findInstalledPostgres()
  postgres = await startPostgres({ binaries: installed })
  await makeTemplate(postgres, 'original')
  original = await openDatabase({ databaseUrl: postgres.url('original'), dataDir: os.tmpdir() })
  line = await startLine(original, { webhooks: false })
  sending = await makeSending(original.db, { recipients: RECIPIENTS })
  await due(original.db, FIRST, RECIPIENTS, '1 hour')
  erased = (await sql<{ id: number }>`
    insert into candidate (company_id, first_name, last_name, consent_given) values (${sending.scope.companyId}, 'Zoé', 'Oubliée', false) returning id`.execute(original.db)).rows[0]!.id
})
afterAll(async () => {
  await line?.close()
  await original?.close()
  await postgres?.stop()
})

const environment = (database: string, dataDir: string) => ({
  DATABASE_URL: postgres.url(database), SECRET_KEY: 'a secret of the tests, and of nothing else', DATA_DIR: dataDir, LOG_LEVEL: 'silent', PATH: `${installed ?? '/none'}:${process.env['PATH']}`,
})

async function admin(...statements: string[]): Promise<void> {
  const client = new pg.Client(postgres.url('postgres'))
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

async function runProgram(entry: 'src/backup.ts' | 'src/restore.ts', database: string, args: string[], dataDir = DATA_DIR): Promise<{ code: number | null; said: string }> {
  const program = startProgram(entry, environment(database, dataDir), args)
  return { code: await program.ended, said: program.output().trim() }
}

/** Those from the one after `from` on may leave only then. */
async function due(db: Db, from: number, until: number, inTime: string): Promise<void> {
  await sql`update message set next_attempt_at = app_now() + ${inTime}::interval where id = any(${sending.messageIds.slice(from, until)}::bigint[]) and state = 'queued'`.execute(db)
}

/** Of what the provider took, each number once. */
const taken = () => line.simulator.accepted().map(({ to }) => to)
const worker = (database: string, dataDir: string, env: Record<string, string> = {}) => startWorkerProcess(postgres.url(database), line, { DATA_DIR: dataDir, ...env })

async function on<Result>(database: string, work: (db: Db) => Promise<Result>): Promise<Result> {
  const { db, close } = await openDatabase({ databaseUrl: postgres.url(database), dataDir: os.tmpdir(), connections: 2 })
  return work(db).finally(close)
}

const dumps = () => readdirSync(BACKUPS).filter((name) => name.endsWith('.dump')).map((name) => path.join(BACKUPS, name))

/** Each step is what an operator does, in the order of a bad day. */
describe('a backup taken in the middle of a campaign', () => {
  let sentBefore = 0

  it('is saved while texts are leaving', async () => {
    const process = await worker('original', DATA_DIR, { SEND_RATE: '8' })
    await until(() => taken().length >= 5, 'a part has left')
    const saved = await runProgram('src/backup.ts', 'original', [BACKUPS])
    if (installed) {
      expect(saved).toMatchObject({ code: 0, said: expect.stringMatching(/^Saved \S+\.dump: [\d.]+ MB, 41 people, 40 SMS\.$/) })
      expect(statSync(dumps()[0]!).mode & 0o077).toBe(0)
      const { rows } = await sql<{ age: number }>`select extract(epoch from app_now() - backed_up_at)::float8 as age from installation`.execute(original.db)
      expect(rows[0]!.age).toBeLessThan(60)
    } else {
      expect(saved).toEqual({ code: 1, said: expect.stringContaining('pg_dump is not on this machine') })
    }
    sentBefore = taken().length
    await due(original.db, FIRST, FIRST + LATER, '0')
    await until(() => taken().length === FIRST + LATER, 'more has left since')
    expect(await process.stop()).toBe(0)
    if (!installed) await copyAsOf(sentBefore)
    await erasePerson({ db: original.db, config: { ...line.app.deps.config, dataDir: DATA_DIR }, log: line.app.deps.log }, sending.scope, { candidateId: erased, by: sending.userId })
  })

  it('comes back into an empty database and nowhere else', async () => {
    if (!installed) return void (await admin('create database restored template kept', 'create database elsewhere template kept'))
    const [dump] = dumps()
    // An idle connection is given up after a while; one that somebody holds is not.
    await original.db.connection().execute(async (held) => {
      await sql`select 1`.execute(held)
      expect(await runProgram('src/restore.ts', 'original', [dump!])).toEqual({ code: 1, said: expect.stringContaining('The database is in use, by ') })
    })
    await admin('create database restored', 'create database elsewhere', 'create database occupied')
    await on('occupied', (db) => sql`create table kept (id integer)`.execute(db))
    expect(await runProgram('src/restore.ts', 'occupied', [dump!])).toEqual({ code: 1, said: expect.stringContaining('The database is not empty: it has 1 tables.') })

    const spoilt = path.join(folder('rehearsal-spoilt'), 'spoilt.dump')
    writeFileSync(spoilt, readFileSync(dump!))
    writeFileSync(spoilt.replace('.dump', '.json'), readFileSync(dump!.replace('.dump', '.json')))
    appendFileSync(spoilt, 'x')
    expect(await runProgram('src/restore.ts', 'restored', [spoilt])).toEqual({ code: 1, said: expect.stringContaining('is damaged') })
    writeFileSync(spoilt.replace('.dump', '.json'), readFileSync(dump!.replace('.dump', '.json'), 'utf8').replace(/"schema": "\w+"/, '"schema": "20990101T0000_later"'))
    expect(await runProgram('src/restore.ts', 'restored', [spoilt])).toEqual({ code: 1, said: expect.stringContaining('made by a newer program') })

    expect(await runProgram('src/restore.ts', 'restored', [dump!])).toEqual({ code: 0, said: expect.stringMatching(/^Restored dispo-\S+\.dump of .* UTC\. 1 erased people had come back with it and are erased again\.\nNothing is sent until/) })
    expect(await on('restored', (db) => db.selectFrom('candidate').select('id').where('id', '=', erased).execute())).toEqual([])
    expect(await on('restored', (db) => db.selectFrom('session').select('sid').execute())).toEqual([])
    expect((await runProgram('src/restore.ts', 'elsewhere', [dump!], folder('rehearsal-other'))).code).toBe(0)
  })

  it('sends nothing again: what it forgot is in doubt, and a restart is no decision', async () => {
    const before = taken().length
    for (let start = 1; start <= 2; start++) {
      const process = await worker('restored', DATA_DIR)
      await until(() => on('restored', async (db) => Object.keys(await countStates(db, sending.campaignId)).every((state) => ['accepted', 'in_doubt', 'queued'].includes(state)) && (await getAccount(db)).suspended_reason === 'restored'), 'the fence is closed')
      expect(await process.stop()).toBe(0)
    }
    expect(taken().length).toBe(before)
    const states = await on('restored', (db) => countStates(db, sending.campaignId))
    expect(states['queued']).toBe(RECIPIENTS - before)
    expect((states['accepted'] ?? 0) + (states['in_doubt'] ?? 0)).toBe(before)
    expect(states['in_doubt']).toBeGreaterThanOrEqual(LATER)
  })

  it('sends nothing on a machine that remembers nothing', async () => {
    const before = taken().length
    const process = await worker('elsewhere', folder('rehearsal-new-machine'))
    await until(() => on('elsewhere', async (db) => (await getAccount(db)).suspended_reason !== null), 'the fence is closed')
    expect(await process.stop()).toBe(0)
    expect(taken().length).toBe(before)
  })

  it('goes on when an administrator says so, and nobody was texted twice', async () => {
    expect(await on('restored', (db) => resumeSending({ db }, sending.scope, sending.userId))).toBe(true)
    await on('restored', (db) => due(db, 0, RECIPIENTS, '0'))
    const process = await worker('restored', DATA_DIR)
    await until(() => taken().length >= RECIPIENTS, 'the rest has left')
    await process.stop()
    expect(taken().length).toBe(RECIPIENTS)
    expect(new Set(taken()).size).toBe(RECIPIENTS)
    // It is the installation now: the next start asks nobody.
    expect((await on('restored', getAccount)).suspended_reason).toBeNull()
  })

  /** What the server kept of the moment when so many had gone. */
  async function copyAsOf(sent: number): Promise<void> {
    await original.close()
    await admin('create database kept template original')
    original = await openDatabase({ databaseUrl: postgres.url('original'), dataDir: os.tmpdir() })
    await on('kept', (db) => db.transaction().execute(async (trx) => {
      await sql`set local session_replication_role = replica`.execute(trx)
      await sql`delete from send_attempt where id not in (select id from send_attempt order by started_at limit ${sent})`.execute(trx)
      await sql`update message set state = 'queued', submitted_at = null, provider_id = null where not exists (select from send_attempt a where a.message_id = message.id)`.execute(trx)
      await sql`update provider_account set suspended_at = app_now(), suspended_reason = 'restored'`.execute(trx)
    }))
  }
})
