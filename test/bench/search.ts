/**
 * Searching among many people: `npm run bench:search -- [people …]`, by default 10,000, 100,000 and 1,000,000 in one company.
 * Each search as its page asks it: the capped count, then fifty rows with all that the list says of them. Milliseconds, and every
 * scan of a whole table that a plan holds. Compare the sizes of one run: they should not grow with the people.
 */
import os from 'node:os'
import pg from 'pg'
import { findCloseSearches } from '../../src/candidates/close-search.ts'
import { NO_FILTERS, RANKED_TO, UNRANKED, type CandidateFilters, type ListPosition } from '../../src/candidates/domain.ts'
import { listCandidates, listChoices } from '../../src/candidates/list.queries.ts'
import { countFound } from '../../src/candidates/search.queries.ts'
import type { CompanyScope } from '../../src/core/scope.ts'
import { openDatabase, type Db } from '../../src/db/pool.ts'
import { NAMES, TOWNS, TRADES } from '../../src/demo/vocabulary.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'
import { startPostgres } from '../support/postgres.ts'
import { makeTemplate } from '../support/template.ts'

const ALLOWED = ['FR']
/** Tables that grow with the people, of those that this fills. */
const LARGE = new Set(['candidate', 'candidate_phone', 'talent_list_member', 'candidate_import_row', 'search_word'])
const sizes = process.argv.slice(2).map(Number).filter((size) => size > 0)
const MOST_ROUNDS = 30
/** A search gives up the rounds left after this. */
const PATIENCE = 2_000

const server = await startPostgres()
try {
  await makeTemplate(server, 'bench')
  const database = await openDatabase({ databaseUrl: server.url('bench'), dataDir: os.tmpdir() })
  const admin = new pg.Client(server.url('bench'))
  admin.on('error', () => {}) // the server stops first when something fails
  await admin.connect()
  const asked = watchStatements(database.pool)
  const ground = await makeGround(database.db)
  let people = 0
  for (const size of sizes.length > 0 ? sizes.sort((a, b) => a - b) : [10_000, 100_000, 1_000_000]) {
    await fill(admin, ground, people, size)
    people = size
    console.log(`\n${size.toLocaleString('en')} people`)
    const table: Record<string, unknown> = {}
    for (const [name, search] of Object.entries(searches(ground))) table[name] = await measure(database.db, ground.scope, admin, asked, search)
    table['what the filters offer'] = await timed(admin, asked, () => listChoices(database.db, ground.scope, 'candidate'))
    console.table(table)
  }
  await admin.end()
  await database.close()
} finally {
  await server.stop()
}

type Ground = Awaited<ReturnType<typeof makeGround>>

async function makeGround(db: Db) {
  const { scope } = await makeCompany(db)
  const company_id = scope.companyId
  const user = await makeUser(db, scope)
  const lists: number[] = []
  for (const name of ['Petit dossier', 'Grand dossier']) lists.push((await db.insertInto('talent_list').values({ company_id, kind: 'folder', name, created_by: user.id }).returning('id').executeTakeFirstOrThrow()).id)
  const branch = (await db.insertInto('branch').values({ company_id, name: 'Agence' }).returning('id').executeTakeFirstOrThrow()).id
  const imported = (await db.insertInto('candidate_import').values({ company_id, user_id: user.id, file_name: 'a.csv', status: 'completed', encoding: 'utf-8', delimiter: ';', header: '[]' }).returning('id').executeTakeFirstOrThrow()).id
  return { scope, small: lists[0]!, large: lists[1]!, branch, imported }
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
async function measure(db: Db, scope: CompanyScope, admin: pg.Client, asked: Asked, given: Partial<CandidateFilters>) {
  const filters = { ...NO_FILTERS, ...given }
  let found = { counted: 0, isCapped: false }
  const first = await timed(admin, asked, async () => {
    const exact = await countFound(db, scope, filters, ALLOWED)
    const [close] = exact.counted === 0 && !exact.isCapped ? await findCloseSearches(db, scope, filters, ALLOWED) : []
    found = close ?? exact
    await listCandidates(db, scope, close?.filters ?? filters, ALLOWED, undefined, !found.isCapped && found.counted <= RANKED_TO)
  })
  const isRanked = !found.isCapped && found.counted <= RANKED_TO
  const { rows } = await listCandidates(db, scope, filters, ALLOWED, undefined, isRanked)
  const last = rows.at(-1)
  const position: ListPosition | undefined = last && { from: isRanked ? [last.score, last.sort_name, last.id] : [UNRANKED, 'm', 0], direction: 'after' }
  const next = position && (await timed(admin, asked, () => listCandidates(db, scope, filters, ALLOWED, position, isRanked)))
  return { found: found.isCapped ? `${found.counted}+` : found.counted, p50: first.p50, p95: first.p95, 'further p50': next?.p50, 'further p95': next?.p95, 'whole tables': [...new Set([...first['whole tables'], ...(next?.['whole tables'] ?? [])])] }
}

async function timed(admin: pg.Client, asked: Asked, run: () => Promise<unknown>) {
  asked.length = 0
  await run()
  const statements = asked.splice(0)
  const times: number[] = []
  for (const began = performance.now(); times.length < MOST_ROUNDS && performance.now() - began < PATIENCE;) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0) * 10) / 10
  return { p50: at(0.5), p95: at(0.95), 'whole tables': await wholeTables(admin, statements) }
}

type Asked = { text: string; values: unknown[] }[]

/** What the pool is asked, to be explained afterwards. */
function watchStatements(pool: pg.Pool): Asked {
  const asked: Asked = []
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    Object.assign(client, { query: (...given: unknown[]) => {
      const [text, values] = given as [unknown, unknown]
      if (typeof text === 'string') asked.push({ text, values: Array.isArray(values) ? values : [] })
      return query(...given)
    } })
  })
  return asked
}

type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] }

async function wholeTables(admin: pg.Client, statements: Asked): Promise<string[]> {
  const found = new Set<string>()
  for (const { text, values } of statements.filter((one) => /^\s*(select|with)/i.test(one.text))) {
    const { rows } = await admin.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (format json) ${text}`, values)
    visit(rows[0]!['QUERY PLAN'][0].Plan)
  }
  return [...found]

  function visit(plan: Plan): void {
    const name = plan['Relation Name']
    if (plan['Node Type'] === 'Seq Scan' && name !== undefined && LARGE.has(name)) found.add(name)
    plan.Plans?.forEach(visit)
  }
}

/** People as an agency has them; the same ones for every size, and more of them. */
async function fill(admin: pg.Client, { scope, small, large, branch, imported }: Ground, from: number, to: number): Promise<void> {
  const firsts = NAMES.flatMap(({ first }) => [...first])
  const lasts = NAMES.flatMap(({ last }) => [...last]).map((name) => name.replaceAll('_', ' '))
  const trades = TRADES.map(({ trade }) => trade)
  const skills = TRADES.map((trade) => trade.skills[0] ?? '')
  const towns = TOWNS.map(([town]) => town)
  await admin.query('set maintenance_work_mem = \'512MB\'')
  const { rows: indexes } = await admin.query<{ name: string; definition: string }>(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index i
    where indrelid in ('candidate'::regclass, 'candidate_phone'::regclass) and not indisunique and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`)
  // Built once all are there: a tenth of the time.
  const isLarge = to - from > 50_000
  if (isLarge) for (const { name } of indexes) await admin.query(`drop index ${name}`)
  await admin.query('alter table candidate disable trigger candidate_words_new')
  for (let start = from; start < to; start += 100_000) {
    await admin.query(`
      with made as (
        insert into candidate (company_id, first_name, last_name, email, trade, skills, tags, town, latitude, longitude, branch_id, consent_given, availability, kind)
        select $1, ($4::text[])[1 + (hash % array_length($4::text[], 1))],
          -- Most names are of the list, the others hardly ever come twice, as in life.
          case when n % 3 = 0 then initcap(translate(to_hex((hash * 7) % 1000003), '0123456789', 'oulmartine')) else ($5::text[])[1 + ((hash / 7) % array_length($5::text[], 1))] end,
          'p' || n || '@exemple.fr', case when n % 5000 = 0 then 'Scaphandrier' else ($6::text[])[1 + (hash / 11) % array_length($6::text[], 1)] end, array[($7::text[])[1 + (hash / 11) % array_length($7::text[], 1)]],
          case when n % 4000 = 0 then '{Permis mer}' when n % 10 = 0 then '{Fidèle}' else '{}' end::text[], ($8::text[])[1 + (hash / 13) % array_length($8::text[], 1)],
          43 + (hash % 700) / 100.0, 0 + (hash / 17 % 700) / 100.0, case when n % 20 = 0 then $9::bigint end, n % 50 <> 0, case when n % 8 = 0 then 'available' when n % 8 = 1 then 'unavailable' else 'unknown' end,
          case when n % 30 = 0 then 'contact' else 'candidate' end
        from (select n, ('x' || substr(md5(n::text), 1, 7))::bit(28)::int as hash from generate_series($2::int, $3::int) n) seed
        returning company_id, id
      ), phoned as (
        insert into candidate_phone (company_id, candidate_id, kind, raw, e164, country, is_textable)
        select company_id, id, 'mobile', '06', case when id % 100 = 0 then '+3363998' || lpad((id % 10000)::text, 4, '0') else '+336' || lpad(id::text, 8, '0') end, 'FR', id % 97 <> 0 from made
        where id % 60 <> 1
      ), listed as (
        insert into talent_list_member (company_id, list_id, candidate_id)
        select $1, list, id from made, unnest($10::bigint[]) list where case when list = $11 then id % 10 = 3 else id <= 1000 and id % 10 = 3 end
      )
      insert into candidate_import_row (company_id, import_id, line, record, action, candidate_id, applied) select $1, $12, id, '{}', 'create', id, true from made where id % 40 = 7`,
      [scope.companyId, start + 1, Math.min(start + 100_000, to), firsts, lasts, trades, skills, towns, branch, [small, large], large, imported])
  }
  await admin.query(`insert into phone (company_id, e164, opted_out_at, opt_out_source) select company_id, e164, now(), 'sms' from candidate_phone where candidate_id % 70 = 5 and e164 is not null on conflict do nothing`)
  // What the trigger would have learned, at once.
  await admin.query('alter table candidate enable trigger candidate_words_new')
  await admin.query('truncate search_word')
  await admin.query('insert into search_word (company_id, word) select distinct c.company_id, w from candidate c cross join lateral words_to_learn(c.search_text) w')
  if (isLarge) for (const { definition } of indexes) await admin.query(definition)
  await admin.query('vacuum analyze')
}
