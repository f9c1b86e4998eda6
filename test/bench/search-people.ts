/** Many people in one company, for the benchmark of searches. */
import type pg from 'pg'
import { companyScope, type CompanyScope } from '../../src/core/scope.ts'
import type { Db } from '../../src/db/pool.ts'
import { NAMES, TOWNS, TRADES } from '../../src/demo/vocabulary.ts'
import { makeCompany, makeUser } from '../support/factories/accounts.ts'

const NAME = 'Banc d’essai'

/** The company, what its people are filtered by, and how many there are already. */
export type Ground = { scope: CompanyScope; small: number; large: number; branch: number; imported: number; people: number }

/** The one of an earlier run on this database, else a new one without people. */
export async function openGround(db: Db): Promise<Ground> {
  const known = await db.selectFrom('company').select('id').where('name', '=', NAME).executeTakeFirst()
  return known === undefined ? makeGround(db) : findGround(db, companyScope(known.id))
}

async function makeGround(db: Db): Promise<Ground> {
  const { scope } = await makeCompany(db, { name: NAME })
  const company_id = scope.companyId
  const user = await makeUser(db, scope)
  for (const name of ['Petit dossier', 'Grand dossier']) await db.insertInto('talent_list').values({ company_id, kind: 'folder', name, created_by: user.id }).execute()
  await db.insertInto('branch').values({ company_id, name: 'Agence' }).execute()
  await db.insertInto('candidate_import').values({ company_id, user_id: user.id, file_name: 'a.csv', status: 'completed', encoding: 'utf-8', delimiter: ';', header: '[]' }).execute()
  return findGround(db, scope)
}

async function findGround(db: Db, scope: CompanyScope): Promise<Ground> {
  const first = (table: 'talent_list' | 'branch' | 'candidate_import' | 'candidate') => db.selectFrom(table).where('company_id', '=', scope.companyId)
  const [small, large] = await first('talent_list').select('id').orderBy('id').execute()
  const branch = await first('branch').select('id').executeTakeFirstOrThrow()
  const imported = await first('candidate_import').select('id').executeTakeFirstOrThrow()
  const { people } = await first('candidate').select(({ fn }) => fn.countAll<number>().as('people')).executeTakeFirstOrThrow()
  return { scope, small: small!.id, large: large!.id, branch: branch.id, imported: imported.id, people: Number(people) }
}

/** People as an agency has them; the same ones for every size, and more of them. */
export async function fill(admin: pg.Client, { scope, small, large, branch, imported }: Ground, from: number, to: number): Promise<void> {
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
          case when n % 4000 = 0 then '{Permis mer}' when hash / 23 % 10 = 0 then '{Fidèle}' else '{}' end::text[], ($8::text[])[1 + (hash / 13) % array_length($8::text[], 1)],
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
  await admin.query('insert into search_word (company_id, word) select distinct c.company_id, w from candidate c cross join lateral words_to_learn(c.search_words) w')
  if (isLarge) for (const { definition } of indexes) await admin.query(definition)
  await admin.query('vacuum analyze')
}
