/**
 * POST of an answer beside its limit, one statement that writes the same rows and nothing but a connection in between:
 * `npm run bench -- answers`, or `node test/bench/answers.ts [answers] [rounds]`. Every answer is somebody's first.
 */
import { randomUUID } from 'node:crypto'
import os from 'node:os'
import { sql } from 'kysely'
import pg from 'pg'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { sealForm } from '../../src/landing/seal.ts'
import { linkPaths } from '../../src/web/paths.ts'
import { startTestApp } from '../support/app.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { withDatabase } from './tools/database.ts'
import { atRate, load, post } from './tools/load.ts'
import { compare, compareTurns, report, share, takeTurns, type Compared } from './tools/measure.ts'
import { given, ready, startServer } from './tools/server.ts'

const CONNECTIONS = 64
const PER_SECOND = 500
const SECRET = 'a secret of the tests, and of nothing else'

const serving = given()
if (serving) await serve(serving['databaseUrl']!)
else if (import.meta.main) report('answers', await withDatabase((url) => measureAnswers(url, { answers: Number(process.argv[2] ?? 4_000), rounds: Number(process.argv[3] ?? 5) })))

export async function measureAnswers(databaseUrl: string, { answers, rounds, isShort = false }: { answers: number; rounds: number; isShort?: boolean }): Promise<Compared[]> {
  const server = await startServer<{ port: number }>(import.meta.filename, { databaseUrl })
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 2 })
  const bare = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  bare.on('error', () => {}) // its server stops first when something fails
  try {
    const { port } = server.told
    const people = await makeAsked(database.db, answers * 2 * (rounds + 1) + (isShort ? 0 : PER_SECOND * 10))
    const next = () => people.pop()!
    const send = ({ code }: Asked) => post(linkPaths(`http://127.0.0.1:${port}/r`).answer(code), port, answerOf(code), { 'content-type': 'application/x-www-form-urlencoded', origin: `http://127.0.0.1:${port}` })
    const rates = await takeTurns({
      page: async () => (await load({ port, status: 303, request: () => send(next()) }, { connections: CONNECTIONS, requests: answers })).perSecond,
      bare: () => rateOf(answers, () => writeBare(bare, next())),
    }, rounds)
    const results = [compareTurns('POST of an answer', 'per second', rates.page, 'one statement with the same writes', rates.bare, { atLeast: 0.8 })]
    if (isShort) return results
    let refused = 0
    const times = await atRate(PER_SECOND, 10, async () => {
      const { code } = next()
      const status = await fetch(`http://127.0.0.1:${port}/r/${code}/answer`, { method: 'POST', redirect: 'manual', body: answerOf(code), headers: { 'content-type': 'application/x-www-form-urlencoded' } }).then(async (response) => (await response.arrayBuffer(), response.status), () => 0)
      if (status !== 303) refused += 1
    })
    if (refused > 0) console.log(`At ${PER_SECOND} a second ${refused} of ${times.length} answers were not taken: the machine is too slow for so many.`)
    return [...results, compare(`p99 of POST at ${PER_SECOND} a second`, 'ms', share(times, 0.99), '50 ms', 50, { atMost: 1 })]
  } finally {
    server.stop()
    await bare.end()
    await database.close()
  }
}

async function serve(databaseUrl: string): Promise<void> {
  const app = await startTestApp(await openDatabase({ databaseUrl, dataDir: os.tmpdir() }), { env: { TRUST_PROXY: '127.0.0.1', SECRET_KEY: SECRET } })
  ready({ port: app.deps.config.port })
}

function answerOf(code: string): string {
  return new URLSearchParams({ form: sealForm(SECRET, 'answer', code, 0, new Date()), answer: 'yes', from: 'other', from_date: '2027-03-03', comment: 'Je peux commencer lundi' }).toString()
}

type Asked = { code: string; recipient_id: number; candidate_id: number; campaign_id: number; company_id: number }

/** So many people who were asked for their availability, each with a link. */
async function makeAsked(db: Db, people: number): Promise<Asked[]> {
  const { scope, senderId } = await makeCompany(db)
  const user = await makeUser(db, scope)
  const { rows } = await sql<Asked>`
    with one as (
      insert into campaign (company_id, name, kind, status, created_by, sender_id, audience, launched_at, launched_by, time_zone, closes_at)
      values (${scope.companyId}, 'Chantier', 'availability', 'in_process', ${user.id}, ${senderId}, '{"mode":"selected","ids":[]}', now(), ${user.id}, 'Europe/Paris', now() + interval '10 days') returning company_id, id
    ), batched as (
      insert into batch (company_id, campaign_id, no, local_date, due_at, state, started_at, finished_at) select company_id, id, 1, '2026-11-21', now(), 'done', now(), now() from one returning company_id, campaign_id, id
    ), known as (
      insert into candidate (company_id, first_name, last_name, consent_given) select company_id, 'Karim', 'Martin ' || n, true from one, generate_series(1, ${people}::int) n returning company_id, id
    ), coded as (
      insert into short_link (company_id, code) select company_id, substr(md5('answers ' || id), 1, 15) from known returning code
    ), asked as (
      insert into recipient (company_id, campaign_id, batch_id, candidate_id, e164, rank, language, code)
      select k.company_id, b.campaign_id, b.id, k.id, '+33' || (600000000 + k.id), row_number() over (order by k.id), 'fr', substr(md5('answers ' || k.id), 1, 15) from known k cross join batched b
      where exists (select from coded) returning company_id, campaign_id, candidate_id, id as recipient_id, code
    ), profiled as (
      insert into recipient_profile (company_id, recipient_id, candidate_id) select company_id, recipient_id, candidate_id from asked
    )
    select company_id, campaign_id, candidate_id, recipient_id, code from asked`.execute(db)
  await sql`vacuum analyze candidate, recipient, recipient_profile, short_link, campaign`.execute(db)
  return rows
}

/** The rows that an answer leaves behind, in one statement that asks and renders nothing. */
async function writeBare(pool: pg.Pool, { company_id, campaign_id, candidate_id, recipient_id }: Asked): Promise<void> {
  await pool.query({
    name: 'bare',
    text: `
      with version as (
        insert into answer_version (company_id, recipient_id, version, form_id, choice, available_from, comment, source)
        select company_id, id, 1, $5, 'yes', '2027-03-03', 'Je peux commencer lundi', 'link' from recipient where company_id = $1 and id = $4 returning company_id, recipient_id, answered_at
      ), current as (
        insert into answer (company_id, recipient_id, version, choice, available_from, comment, source, first_answered_at, answered_at)
        select company_id, recipient_id, 1, 'yes', '2027-03-03', 'Je peux commencer lundi', 'link', answered_at, answered_at from version
      ), record as (
        update candidate set availability = 'available', available_from = '2027-03-03', available_until = null, availability_updated_at = now(), availability_campaign_id = $2, updated_at = now() where company_id = $1 and id = $3
      ), changed as (
        insert into availability_change (company_id, candidate_id, availability, available_from, source, answer_source, campaign_id) values ($1, $3, 'available', '2027-03-03', 'answer', 'link', $2)
      )
      insert into follow_up_note (company_id, candidate_id, kind, campaign_id, recipient_id, body) values ($1, $3, 'automatic', $2, $4, 'A répondu OUI à la campagne « Chantier » : disponible à partir du 3 mars 2027.')`,
    values: [company_id, campaign_id, candidate_id, recipient_id, randomUUID()],
  })
}

async function rateOf(calls: number, call: () => Promise<void>): Promise<number> {
  const from = performance.now()
  let left = calls
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    while (left-- > 0) await call()
  }))
  return calls / ((performance.now() - from) / 1000)
}
