/**
 * Launching beside its limit, a COPY of the same finished rows into the same tables: `node test/bench/launch.ts
 * [people …]`, by default 25,000 and 100,000. Interleaved, medians; only the ratios mean something.
 */
import { randomUUID } from 'node:crypto'
import os from 'node:os'
import { sql } from 'kysely'
import { findViewer } from '../../src/auth/queries.ts'
import { launchCampaign } from '../../src/campaigns/launch.commands.ts'
import { saveSetting } from '../../src/companies/queries.ts'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { makeDraft } from '../support/factories/campaigns.ts'
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
  await populate(db, scope.companyId, people)
  const draft = await makeDraft(db, scope, {
    createdBy: user.id, senderId, audience: { mode: 'query', filters: { q: '', trade: '', town: '', availability: '', textable: '' }, except: [] },
    texts: { fr: 'Bonjour {prenom|}, {agence} cherche des {metier|profils} vers {ville|chez vous}. Etes-vous libre lundi ? {lien}\n{stop}' },
  })
  const config = settings()
  const launches: number[] = []
  const copies: number[] = []
  let heap = 0
  let recipients = 0
  for (let turn = 0; turn < (people > 50_000 ? ROUNDS.large : ROUNDS.small); turn++) {
    await clear(db, draft.id)
    const watch = watchHeap()
    const from = performance.now()
    const result = await launchCampaign({ db, config }, viewer, { campaignId: draft.id, version: 1, launchKey: randomUUID(), recipients: people })
    launches.push((performance.now() - from) / 1000)
    heap = Math.max(heap, watch.stop())
    if (!result.ok) throw new Error(`the launch was refused: ${result.reason}`)
    if (turn === 0) recipients = await setAside(db, draft.id)
    await empty(db)
    copies.push(await copyBack(db))
  }
  const [launch, copy] = [median(launches), median(copies)]
  console.log(JSON.stringify({ people, recipients, copySeconds: round(copy), launchSeconds: round(launch), timesCopy: round(launch / copy), heapMegabytes: Math.round(heap / 1e6), launches: launches.map(round), copies: copies.map(round) }))
  await database.close()
  return launch
}

/** People as an agency has them: some without a number, without consent, opted out, or sharing a number. */
async function populate(db: Db, companyId: number, people: number): Promise<void> {
  await sql`
    insert into candidate (company_id, first_name, last_name, trade, town, consent_given, consent_source, consent_at)
    select ${companyId}, (array['Amadou', 'Léa', 'Hugo', 'Camille', 'Fatou', 'Inès', 'Noé', 'Zoé', 'Paul', 'Marie'])[1 + n % 10], 'Martin' || n,
      (array['coffreurs', 'maçons', 'caristes', 'soudeurs'])[1 + n % 4], (array['Lyon', 'Lille', 'Nantes'])[1 + n % 3], n % 50 <> 7, 'formulaire', app_now()
    from generate_series(1, ${people}) as n`.execute(db)
  await sql`
    insert into candidate_phone (company_id, candidate_id, kind, raw, e164, country, is_textable)
    select company_id, id, 'mobile', '06', '+336' || lpad((case when n % 25 = 0 then n - 1 else n end)::text, 8, '0'), 'FR', true
    from (select company_id, id, row_number() over (order by id) as n from candidate where company_id = ${companyId}) as c where n % 40 <> 3`.execute(db)
  await sql`
    insert into phone (company_id, e164, opted_out_at, opt_out_source)
    select distinct company_id, e164, app_now(), 'sms' from candidate_phone where company_id = ${companyId} and candidate_id % 60 = 5`.execute(db)
  await sql`vacuum analyze`.execute(db)
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
    for (const table of WRITTEN) await sql`copy ${sql.table(table)} from program ${sql.lit(`cat ${table}.copy`)}`.execute(trx)
  })
  return (performance.now() - from) / 1000
}

/** The most heap in use while it watches, over what was in use before. */
function watchHeap(): { stop(): number } {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let most = 0
  const timer = setInterval(() => { most = Math.max(most, process.memoryUsage().heapUsed - before) }, 20)
  return {
    stop: () => {
      clearInterval(timer)
      return most
    },
  }
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

function round(value: number): number {
  return Number(value.toFixed(2))
}
