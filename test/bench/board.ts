/**
 * Who is free when, among many people: `node test/bench/board.ts [people]`, by default 100,000, of whom half are available for some
 * time. Milliseconds that the database works for the statements of one page, beside those of the list of candidates for the same
 * search in the same run, and the indexes that the plans of the board read.
 */
import { readFileSync } from 'node:fs'
import os from 'node:os'
import pg from 'pg'
import { boardDays } from '../../src/board/domain.ts'
import { countFreePerDay, findToday, listPeople } from '../../src/board/queries.ts'
import { NO_FILTERS, type CandidateFilters } from '../../src/candidates/domain.ts'
import { listCandidates } from '../../src/candidates/list.queries.ts'
import { readingOf } from '../../src/candidates/page.queries.ts'
import { countFound } from '../../src/candidates/search.queries.ts'
import { addDays } from '../../src/core/dates.ts'
import { openDatabase } from '../../src/db/pool.ts'
import { startPostgres } from '../support/postgres.ts'
import { makeTemplate } from '../support/template.ts'
import { fill, openGround } from './search-people.ts'

const ALLOWED = ['FR']
const ROUNDS = 9
const people = Number(process.argv[2] ?? 100_000)
const server = await startPostgres({ memory: '1GB' })
try {
  await makeTemplate(server, 'bench')
  await run(server.url('bench'))
} finally {
  await server.stop()
}

async function run(databaseUrl: string): Promise<void> {
  const { db, pool, close } = await openDatabase({ databaseUrl, dataDir: os.tmpdir(), connections: 1 })
  const admin = new pg.Client(databaseUrl)
  admin.on('error', () => {}) // the server stops first when something fails
  await admin.connect()
  const asked: { text: string; values: unknown[] }[] = []
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    Object.assign(client, { query: (...given: unknown[]) => {
      if (typeof given[0] === 'string') asked.push({ text: given[0], values: (given[1] as unknown[] | undefined) ?? [] })
      return query(...given)
    } })
  })
  const ground = await openGround(db)
  await fill(admin, ground, 0, people)
  await admin.query(`update candidate set availability = 'available', available_from = case when id % 5 > 0 then current_date + (id * 7 % 140 - 60)::int end,
    available_until = case when id % 3 > 0 then current_date + (id * 7 % 140 - 60 + id % 40)::int end where id % 2 = 0`)
  await admin.query('vacuum analyze candidate')
  const { scope } = ground
  const today = await findToday(db, scope)
  const week = { from: addDays(today, 8), until: addDays(today, 12) }
  const searches: Record<string, Partial<CandidateFilters>> = {
    'everybody': {}, 'a trade': { trade: 'Maçon' }, 'a town': { town: 'Lyon' }, 'a word': { q: 'coffreur' }, '30 km around Lyon': { town: 'Lyon', radius: '30' }, 'a list of a tenth': { list: String(ground.large) },
    'available': { availability: 'available' }, 'a week': week, 'a week of a trade': { ...week, trade: 'Maçon' }, 'can be texted': { textable: 'yes' }, 'a week, can be texted': { ...week, textable: 'yes' },
  }
  const { rows: [asking] } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const cpu = () => Number(readFileSync(`/proc/${asking!.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  const table: Record<string, unknown> = {}
  for (const [name, given] of Object.entries(searches)) {
    const filters = { ...NO_FILTERS, ...given }
    const found = await countFound(db, scope, filters, ALLOWED)
    const page = (sort: 'longest' | 'name') => listPeople(db, scope, { filters, allowedCountries: ALLOWED, position: undefined, sort, found })
    table[name] = {
      found: found.isCapped ? `${found.counted}+` : found.counted,
      'list of candidates': await worked(() => listCandidates(db, scope, filters, ALLOWED, undefined, readingOf(filters, found))),
      'count': await worked(() => countFound(db, scope, filters, ALLOWED)),
      'figures, 6 weeks': await worked(() => countFreePerDay(db, scope, filters, ALLOWED, boardDays(today, 6))),
      'figures, 13 weeks': await worked(() => countFreePerDay(db, scope, filters, ALLOWED, boardDays(today, 13))),
      'longest first': await worked(() => page('longest')),
      'by name': await worked(() => page('name')),
      'read': await indexes(async () => { await countFreePerDay(db, scope, filters, ALLOWED, boardDays(today, 6)); await page('longest') }),
    }
  }
  console.log(`${people.toLocaleString('en')} people; ${os.loadavg()[0]!.toFixed(1)} processes want ${os.availableParallelism()} cores`)
  console.table(table)
  await admin.end()
  await close()

  /** What the server's process works for it, however many others want the machine. */
  async function worked(work: () => Promise<unknown>): Promise<number> {
    await work()
    const before = cpu()
    for (let round = 0; round < ROUNDS; round++) await work()
    return Math.round(((cpu() - before) / ROUNDS) * 10) / 10
  }

  async function indexes(ask: () => Promise<unknown>): Promise<string> {
    asked.length = 0
    await ask()
    const plans: string[] = []
    for (const { text, values } of asked.splice(0)) plans.push(...(await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values)).rows.map((row) => row['QUERY PLAN']))
    return [...new Set(plans.flatMap((line) => /(Index Only|Bitmap Index|Index|Seq) Scan (?:using |on )(\w+)/.exec(line)?.slice(1).join(' ') ?? []))].filter((read) => !/company|Seq page|free$/.test(read)).join(', ')
  }
}
