/**
 * Receipts beside their limit, a server that checks the same signature and hash and stores nothing: `npm run bench -- receipts`, or
 * `node test/bench/receipts.ts [receipts] [rounds]`. Three in ten come twice, as providers send them; all are applied in the end.
 */
import os from 'node:os'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { sql } from 'kysely'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { signWebhook } from '../../src/simulator/tokens.ts'
import { verifyWebhook } from '../../src/sms/webhooks.ts'
import { paths } from '../../src/web/paths.ts'
import { startTestApp } from '../support/app.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { withDatabase } from './tools/database.ts'
import { atRate, get, load, post } from './tools/load.ts'
import { compare, compareTurns, report, share, takeTurns, type Compared } from './tools/measure.ts'
import { given, ready, startServer } from './tools/server.ts'

const CONNECTIONS = 64
const PER_SECOND = 1_000
const KEYS = { applicationId: '7d7c9f3a-0000-4000-8000-000000000001', apiKey: 'bench', signatureSecret: 'a signature secret of the benchmarks' }

const serving = given()
if (serving) await serve(serving['databaseUrl']!)
else if (import.meta.main) report('receipts', await withDatabase((url) => measureReceipts(url, { receipts: Number(process.argv[2] ?? 8_000), rounds: Number(process.argv[3] ?? 5) })))

type Told = { port: number; barePort: number }

export async function measureReceipts(databaseUrl: string, { receipts, rounds, isShort = false }: { receipts: number; rounds: number; isShort?: boolean }): Promise<Compared[]> {
  const server = await startServer<Told>(import.meta.filename, { databaseUrl })
  const { db, close } = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 2 })
  try {
    const { port, barePort } = server.told
    const { attempts, code } = await makeAttempts(db, Math.ceil((receipts / 2.6) * (rounds + 1)) + (isShort ? 0 : PER_SECOND * 5))
    const request = (to: number) => {
      const bodies = eventsOf(attempts.splice(0, Math.ceil(receipts / 2.6))).map((body) => post(paths.statusWebhook, to, body, { 'content-type': 'application/json', authorization: signWebhook(body, KEYS) }))
      return { bodies, request: (n: number) => bodies[n % bodies.length]! }
    }
    const bare = request(barePort)
    const rates = await takeTurns({
      ours: async () => {
        const { bodies, request: next } = request(port)
        return (await load({ port, status: 200, request: next }, { connections: CONNECTIONS, requests: bodies.length })).perSecond
      },
      bare: async () => (await load({ port: barePort, status: 200, request: bare.request }, { connections: CONNECTIONS, requests: receipts })).perSecond,
    }, rounds)
    const results = [compareTurns('receipts', 'per second', rates.ours, 'signature and hash checked, nothing stored', rates.bare, { atLeast: 0.4 })]
    if (isShort) return results
    const page = async () => (await load({ port, status: 200, request: () => get(`/r/${code}`, port) }, { connections: 4, seconds: 3 })).p99
    const idle = await page()
    const events = eventsOf(attempts).slice(0, PER_SECOND * 8)
    const [{ times, refused }, busy] = await Promise.all([sendAtRate(port, events), page()])
    if (refused > 0) console.log(`At ${PER_SECOND} a second ${refused} of ${events.length} receipts were not taken: the machine is too slow for so many.`)
    const { rows: [left] } = await sql<{ n: number }>`select count(*) as n from provider_event where applied_at is null`.execute(db)
    if (left!.n > 0) throw new Error(`${left!.n} receipts were stored and not applied`)
    return [...results, compare(`p99 of receipts at ${PER_SECOND} a second`, 'ms', share(times, 0.99), '50 ms', 50, { atMost: 1 }), compare('p99 of the page of a link meanwhile', 'ms', busy, 'without receipts', idle, { atMost: 2 })]
  } finally {
    server.stop()
    await close()
  }
}

/** As the provider does: what is not taken it would send again, so one refusal does not end the others. Signed before, on connections that stay. */
async function sendAtRate(port: number, events: readonly string[]): Promise<{ times: number[]; refused: number }> {
  const signed = events.map((body) => ({ body, authorization: signWebhook(body, KEYS) }))
  let refused = 0
  const times = await atRate(PER_SECOND, events.length / PER_SECOND, async (n) => {
    const { body, authorization } = signed[n]!
    const status = await fetch(`http://127.0.0.1:${port}${paths.statusWebhook}`, { method: 'POST', body, headers: { 'content-type': 'application/json', authorization } }).then(async (response) => (await response.arrayBuffer(), response.status), () => 0)
    if (status !== 200) refused += 1
  })
  return { times, refused }
}

async function serve(databaseUrl: string): Promise<void> {
  const app = await startTestApp(await openDatabase({ databaseUrl, dataDir: os.tmpdir() }), { env: { TRUST_PROXY: '127.0.0.1' }, webhookKeys: KEYS })
  const bare = Fastify()
  bare.removeAllContentTypeParsers()
  bare.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  bare.post(paths.statusWebhook, (request, reply) => {
    const verdict = verifyWebhook({ authorization: request.headers.authorization, rawBody: request.body as Buffer, secret: KEYS.signatureSecret, apiKey: KEYS.apiKey, applicationId: KEYS.applicationId, nowSeconds: Date.now() / 1000 })
    return reply.status(verdict.ok ? 200 : 401).send({ status: verdict.ok ? 'stored' : verdict.problem })
  })
  await bare.listen({ port: 0, host: '127.0.0.1' })
  ready({ port: app.deps.config.port, barePort: (bare.server.address() as AddressInfo).port } satisfies Told)
}

/** What the provider tells of each: two receipts, and of three in ten both again; in no order. */
function eventsOf(attempts: readonly string[]): string[] {
  const told = attempts.flatMap((id) => ['submitted', 'delivered'].map((status) => JSON.stringify({ message_uuid: id, client_ref: id, to: '33639980001', from: '38047', channel: 'sms', timestamp: new Date().toISOString(), status })))
  return [...told, ...told.filter((_one, i) => i % 10 < 3)].map((body) => ({ body, place: Math.random() })).sort((a, b) => a.place - b.place).map(({ body }) => body)
}

/** So many hand-overs whose receipts are still to come, and the code of one link. */
async function makeAttempts(db: Db, count: number): Promise<{ attempts: string[]; code: string }> {
  const { scope, senderId } = await makeCompany(db)
  const user = await makeUser(db, scope)
  const { rows } = await sql<{ id: string; code: string }>`
    with one as (
      insert into campaign (company_id, name, kind, status, created_by, sender_id, audience, launched_at, launched_by, time_zone, closes_at)
      values (${scope.companyId}, 'Chantier', 'availability', 'in_process', ${user.id}, ${senderId}, '{"mode":"selected","ids":[]}', now(), ${user.id}, 'Europe/Paris', now() + interval '10 days') returning company_id, id
    ), batched as (
      insert into batch (company_id, campaign_id, no, local_date, due_at, state, started_at) select company_id, id, 1, '2026-11-21', now(), 'running', now() from one returning company_id, campaign_id, id
    ), known as (
      insert into candidate (company_id, first_name, last_name, consent_given) select company_id, 'Karim', 'Martin ' || n, true from one, generate_series(1, ${count}::int) n returning company_id, id
    ), coded as (
      insert into short_link (company_id, code) select company_id, substr(md5('receipts ' || id), 1, 15) from known returning code
    ), asked as (
      insert into recipient (company_id, campaign_id, batch_id, candidate_id, e164, rank, language, code)
      select k.company_id, b.campaign_id, b.id, k.id, '+33' || (600000000 + k.id), row_number() over (order by k.id), 'fr', substr(md5('receipts ' || k.id), 1, 15) from known k cross join batched b
      where exists (select from coded) returning company_id, campaign_id, batch_id, candidate_id, id, e164, code
    ), texted as (
      insert into message (company_id, purpose, campaign_id, batch_id, recipient_id, candidate_id, e164, sender, body, encoding, segments, state, submitted_at)
      select company_id, 'campaign', campaign_id, batch_id, id, candidate_id, e164, '38047', 'Bonjour', 'gsm7', 1, 'submitting', now() from asked returning company_id, id, recipient_id
    ), tried as (
      insert into send_attempt (company_id, id, message_id, n, outcome) select company_id, gen_random_uuid(), id, 1, 'open' from texted returning id, message_id
    )
    select t.id, a.code from tried t join texted m on m.id = t.message_id join asked a on a.id = m.recipient_id`.execute(db)
  await sql`vacuum analyze`.execute(db)
  return { attempts: rows.map(({ id }) => id), code: rows[0]!.code }
}
