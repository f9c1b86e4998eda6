/**
 * Searching among many people: `npm run bench:search -- [people …]`, by default 100,000 and 300,000 in one company; 1000000 takes
 * some ten minutes to fill. Each search as its page asks it: the capped count, then fifty rows with all that the list says of
 * them. Milliseconds, of which `cpu` is what the server itself worked, and every scan of a whole table that a plan holds. Compare
 * the sizes of one run: they should not grow with the people. `--at <address>` asks a database of your own, which keeps its people
 * between runs; `--only <words>` asks the searches with these words in their name.
 */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { findCloseSearches } from '../../src/candidates/close-search.ts'
import { NO_FILTERS, UNRANKED, type CandidateFilters, type ListPosition } from '../../src/candidates/domain.ts'
import { listCandidates, listChoices } from '../../src/candidates/list.queries.ts'
import { readingOf } from '../../src/candidates/page.queries.ts'
import { countFound, type Found } from '../../src/candidates/search.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { migrateToLatest } from '../../src/db/migrate.ts'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { TRADES } from '../../src/demo/vocabulary.ts'
import { startPostgres } from '../support/postgres.ts'
import { makeTemplate } from '../support/template.ts'
import { fill, openGround, type Ground } from './search-people.ts'
import { watchStatements, type Asked } from './tools/statements.ts'

const ALLOWED = ['FR']
/** Tables that grow with the people, of those that this fills. */
const LARGE = new Set(['candidate', 'candidate_phone', 'talent_list_member', 'candidate_import_row', 'search_word'])
const MOST_ROUNDS = 30
/** A search gives up the rounds left after this. */
const PATIENCE = 2_000

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { at: { type: 'string' }, only: { type: 'string' } } })
const sizes = positionals.map(Number).filter((size) => size > 0).sort((a, b) => a - b)

const server = options.at === undefined ? await startPostgres({ memory: '1GB' }) : undefined
try {
  if (server) await makeTemplate(server, 'bench')
  await run(server?.url('bench') ?? options.at!)
} finally {
  await server?.stop()
}

async function run(databaseUrl: string): Promise<void> {
  const database = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 1 })
  await migrateToLatest(database.db)
  const admin = new pg.Client(databaseUrl)
  admin.on('error', () => {}) // the server stops first when something fails
  await admin.connect()
  const asked = watchStatements(database.pool)
  const server: Server = { pool: database.pool, asked }
  const ground = await openGround(database.db)
  let { people } = ground
  for (const size of sizes.length > 0 ? sizes : people > 0 ? [people] : [100_000, 300_000]) {
    if (size > people) await fill(admin, ground, people, size)
    people = Math.max(people, size)
    console.log(`\n${people.toLocaleString('en')} people; ${os.loadavg()[0]!.toFixed(1)} processes want ${os.availableParallelism()} cores`)
    const table: Record<string, unknown> = {}
    for (const [name, search] of Object.entries(searches(ground))) if (name.includes(options.only ?? '')) table[name] = await measure(database.db, ground.scope, server, search)
    if (options.only === undefined) table['what the filters offer'] = await timed(server, () => listChoices(database.db, ground.scope, 'candidate'))
    console.table(table)
  }
  await admin.end()
  await database.close()
}

function searches({ small, large, branch, imported }: Ground): Record<string, Partial<CandidateFilters>> {
  return {
    'everybody': {}, 'a last name': { q: 'Kabongo' }, 'first and last name': { q: 'karim benali' }, 'a trade as a word': { q: 'coffreur' }, 'two common words': { q: 'macon lyon' }, 'the start of a word': { q: 'mart' },
    'a mistyped trade': { q: 'cofreur' }, 'a mistyped name': { q: 'kabnogo' }, 'nothing alike': { q: 'xqzwvk' }, 'a telephone number': { q: '+33639980100' }, 'an e-mail address': { q: 'p4999@exemple.fr' },
    'a trade': { trade: 'Maçon' }, 'a rare trade': { trade: 'Scaphandrier' }, 'a town': { town: 'Lyon' }, '30 km around Lyon': { town: 'Lyon', radius: '30' }, 'a trade around Lyon, free': { trade: 'Coffreur', town: 'Lyon', radius: '30', availability: 'available' },
    'a tag': { tag: 'fidèle' }, 'a rare tag': { tag: 'permis mer' }, 'a qualification': { skill: TRADES[2]!.skills[0]! }, 'a branch': { branch: String(branch) }, 'a list of 100': { list: String(small) }, 'a list of a tenth': { list: String(large) }, 'an import': { import: String(imported) },
    'available': { availability: 'available' }, 'no consent': { consent: 'missing' }, 'opted out': { consent: 'opted_out' }, 'can be texted': { textable: 'yes' }, 'cannot be texted': { textable: 'no' },
  }
}

/** First page, and the one in the middle of what it leads to. */
async function measure(db: Db, scope: CompanyScope, server: Server, given: Partial<CandidateFilters>) {
  const filters = { ...NO_FILTERS, ...given }
  let found: Found = { counted: 0, isCapped: false, isMany: false }
  const first = await timed(server, async () => {
    const exact = await countFound(db, scope, filters, ALLOWED)
    const close = exact.counted === 0 && !exact.isCapped ? await findCloseSearches(db, scope, filters, ALLOWED) : undefined
    found = close ?? exact
    await listCandidates(db, scope, close?.filters ?? filters, ALLOWED, undefined, readingOf(filters, found))
  })
  const reading = readingOf(filters, found)
  const { rows } = await listCandidates(db, scope, filters, ALLOWED, undefined, reading)
  const last = rows.at(-1)
  const position: ListPosition | undefined = last && { from: reading.isRanked ? [last.score, last.sort_name, last.id] : [UNRANKED, 'm', 0], direction: 'after' }
  const next = position && (await timed(server, () => listCandidates(db, scope, filters, ALLOWED, position, reading)))
  return { found: found.isCapped ? `${found.counted}+` : found.counted, p50: first.p50, p95: first.p95, cpu: first.cpu, 'further p50': next?.p50, 'further p95': next?.p95, 'further cpu': next?.cpu, 'whole tables': [...new Set([...first['whole tables'], ...(next?.['whole tables'] ?? [])])] }
}

async function timed({ pool, asked }: Server, run: () => Promise<unknown>) {
  // Filling takes so long that the connection of before may be closed.
  const { rows: [asking] } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const { pid } = asking!
  asked.length = 0
  await run()
  const statements = asked.splice(0)
  const times: number[] = []
  const worked: number[] = []
  for (const began = performance.now(); times.length < MOST_ROUNDS && performance.now() - began < PATIENCE;) {
    const [start, before] = [performance.now(), onProcessor(pid)]
    await run()
    times.push(performance.now() - start)
    worked.push(onProcessor(pid) - before)
  }
  return { p50: at(times, 0.5), p95: at(times, 0.95), cpu: at(worked, 0.5), 'whole tables': await wholeTables(pool, statements) }
}

function at(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10
}

/** Milliseconds that the server's process has worked so far, however many others wanted the machine; nothing where that cannot be read. */
function onProcessor(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return Number.NaN
  }
}

type Server = { pool: pg.Pool; asked: Asked }

type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }

async function wholeTables(pool: pg.Pool, statements: Asked): Promise<string[]> {
  const found = new Set<string>()
  for (const { text, values } of statements.filter((one) => /^\s*(select|with)/i.test(one.text))) {
    const { rows } = await pool.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (format json) ${text}`, values)
    visit(rows[0]!['QUERY PLAN'][0].Plan)
  }
  return [...found]

  function visit(plan: Plan): void {
    const name = plan['Relation Name']
    if (plan['Node Type'] === 'Seq Scan' && name !== undefined && LARGE.has(name)) found.add(name)
    plan.Plans?.forEach(visit)
  }
}
