/**
 * Launching beside its limit, a COPY of the same finished rows into the same tables: `npm run bench:launch -- [people …]`, by
 * default 25,000 and 100,000. Interleaved, medians; only the ratios mean something. The stall is how long the launch keeps
 * other requests of its process waiting at a time, as the longest of a hundred of them meets it.
 */
import { randomUUID } from 'node:crypto'
import os from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { sql } from 'kysely'
import { findViewer } from '../../src/auth/queries.ts'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { prepareForManyRows } from '../../src/campaigns/launch.queries.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { EVERYBODY, makeDraft, makePeople } from '../support/factories/campaigns.ts'
import { startPostgres } from '../support/postgres.ts'
import { settings } from '../support/sending.ts'
import { makeTemplate } from '../support/template.ts'

const sizes = process.argv.slice(2).map(Number).filter((size) => size > 0)
const ROUNDS = { small: 5, large: 3 }

/** What a launch writes, in an order that foreign keys allow. */
const WRITTEN = ['short_link', 'batch', 'recipient', 'recipient_profile', 'campaign_exclusion', 'message'] as const

const server = await startPostgres()
try {
  const seconds = new Map<number, number>()
  for (const people of sizes.length > 0 ? sizes : [25_000, 100_000]) seconds.set(people, await measure(people))
  const [small, large] = [...seconds.keys()].sort((a, b) => a - b)
  if (small && large) console.log(JSON.stringify({ growth: round(seconds.get(large)! / seconds.get(small)!), times: round(large / small) }))
} finally {
  await server.stop()
}

async function measure(people: number): Promise<number> {
  const name = `bench_${people}`
  await makeTemplate(server, name)
  const database = await openDatabase({ databaseUrl: server.url(name), dataDir: os.tmpdir() })
  const { db } = database
  const { scope, senderId } = await makeCompany(db)
  const user = await makeUser(db, scope)
  const viewer = (await findViewer(db, user.id))!
  await saveSetting(db, scope, 'campaign.recipient_limit', 1_000_000)
  await makePeople(db, scope, people)
  await sql`vacuum analyze`.execute(db)
  const draft = await makeDraft(db, scope, {
    createdBy: user.id, senderId, audience: EVERYBODY,
    texts: { fr: 'Bonjour {prenom|}, {agence} cherche des {metier|profils} vers {ville|chez vous}. Etes-vous libre lundi ? {lien}\n{stop}' },
  })
  const config = settings()
  const launches: number[] = []
  const copies: number[] = []
  const stalls: number[] = []
  let heap = 0
  let recipients = 0
  for (let turn = 0; turn < (people > 50_000 ? ROUNDS.large : ROUNDS.small); turn++) {
    await clear(db, draft.id)
    const watch = watchProcess()
    const from = performance.now()
    const result = await launchCampaign({ db, config }, viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: people })
    launches.push((performance.now() - from) / 1000)
    const seen = watch.stop()
    heap = Math.max(heap, seen.heap)
    stalls.push(seen.stallMs)
    if (!result.ok) throw new Error(`the launch was refused: ${result.reason}`)
    if (turn === 0) recipients = await setAside(db, draft.id)
    await empty(db)
    copies.push(await copyBack(db))
  }
  const [launch, copy] = [median(launches), median(copies)]
  console.log(JSON.stringify({
    people, recipients, copySeconds: round(copy), launchSeconds: round(launch), timesCopy: round(launch / copy),
    heapMegabytes: Math.round(heap / 1e6), stallP99Ms: Math.round(median(stalls)), launches: launches.map(round), copies: copies.map(round),
  }))
  await database.close()
  return launch
}

/** Everything as before the launch. */
async function clear(db: Db, campaignId: number): Promise<void> {
  await empty(db)
  await sql`update campaign set status = 'draft', launched_at = null, launched_by = null, launch_key = null, closes_at = null where id = ${campaignId}`.execute(db)
}

async function empty(db: Db): Promise<void> {
  await sql`truncate ${sql.join(WRITTEN.map((table) => sql.table(table)))} cascade`.execute(db)
}

/** Keeps what the launch wrote in files beside the data; returns how many recipients that are. */
async function setAside(db: Db, campaignId: number): Promise<number> {
  for (const table of WRITTEN) await sql`copy ${sql.table(table)} to program ${sql.lit(`cat > ${table}.copy`)}`.execute(db)
  const { rows } = await sql<{ n: number }>`select count(*) as n from recipient where campaign_id = ${campaignId}`.execute(db)
  return rows[0]!.n
}

async function copyBack(db: Db): Promise<number> {
  const from = performance.now()
  await db.transaction().execute(async (trx) => {
    await prepareForManyRows(trx)
    for (const table of WRITTEN) await sql`copy ${sql.table(table)} from program ${sql.lit(`cat ${table}.copy`)}`.execute(trx)
  })
  return (performance.now() - from) / 1000
}

/** The most heap in use while it watches, over what was in use before, and how long the event loop was kept. */
function watchProcess(): { stop(): { heap: number; stallMs: number } } {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let heap = 0
  const timer = setInterval(() => { heap = Math.max(heap, process.memoryUsage().heapUsed - before) }, 20)
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  return {
    stop: () => {
      clearInterval(timer)
      loop.disable()
      return { heap, stallMs: loop.percentile(99) / 1e6 }
    },
  }
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
