/**
 * Numbers of people who were erased. Only a keyed hash of each is kept: enough to recognise a number that comes back, and to
 * keep its STOP, and nothing that could be read.
 */
import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { keyedHash } from '../web/secrets.ts'
import { emittingOptOuts } from '../webhooks/emit.queries.ts'
import type { OptOutSource } from './domain.ts'
import type { CompanyNumber } from './queries.ts'

/** What stands in for a number in the history of campaigns. */
export function isErasedNumber(e164: string): boolean {
  return e164.startsWith('+0')
}

/** The same number is another hash for another company, so that two agencies cannot compare their people. */
function hashOf(secretKey: string, { companyId, e164 }: CompanyNumber): Buffer {
  return keyedHash(secretKey, 'opt-out', `${companyId} ${e164}`)
}

/** Keeps hashes of numbers that are about to go, each with the STOP that stands on it. */
export async function rememberErased(trx: Transaction<DB>, secretKey: string, scope: CompanyScope, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return
  const hashes = numbers.map((e164) => hashOf(secretKey, { companyId: scope.companyId, e164 }))
  await sql`
    insert into erased_number (company_id, number_hash, opted_out_at, opt_out_source)
    select ${scope.companyId}, given.hash, p.opted_out_at, p.opt_out_source
    from unnest(${[...numbers]}::text[], ${hashes}::bytea[]) as given (e164, hash)
    left join phone p on p.company_id = ${scope.companyId} and p.e164 = given.e164
    on conflict (company_id, number_hash) do update
      set opted_out_at = coalesce(excluded.opted_out_at, erased_number.opted_out_at), opt_out_source = coalesce(excluded.opt_out_source, erased_number.opt_out_source), erased_at = app_now()`.execute(trx)
}

/**
 * Numbers that come to be known again, or are about to be texted: a STOP that outlived its person stands on them at once. Asks
 * one question where nobody was ever erased.
 */
export async function recallOptOuts(db: Db, secretKey: string, numbers: readonly CompanyNumber[]): Promise<void> {
  if (numbers.length === 0) return
  const companies = [...new Set(numbers.map(({ companyId }) => companyId))]
  const { rows: known } = await sql<{ id: number }>`
    select c.id from unnest(${companies}::bigint[]) as c (id) where exists (select from erased_number n where n.company_id = c.id)`.execute(db)
  const asked = numbers.filter(({ companyId }) => known.some(({ id }) => id === companyId))
  if (asked.length === 0) return
  await sql`
    with given as (
      select distinct * from unnest(${asked.map(({ companyId }) => companyId)}::bigint[], ${asked.map(({ e164 }) => e164)}::text[], ${asked.map((number) => hashOf(secretKey, number))}::bytea[]) as given (company_id, e164, hash)
    ), back as (
      delete from erased_number n using given where n.company_id = given.company_id and n.number_hash = given.hash
      returning n.company_id, given.e164, n.opted_out_at, n.opt_out_source
    ), stopped as (
      insert into phone (company_id, e164, opted_out_at, opt_out_source)
      select company_id, e164, opted_out_at, opt_out_source from back where opted_out_at is not null order by company_id, e164
      on conflict (company_id, e164) do update set opted_out_at = excluded.opted_out_at, opt_out_source = excluded.opt_out_source, held_at = null
        where phone.opted_out_at is null
      returning company_id, e164, opted_out_at, opt_out_source
    ), told as (
      insert into opt_out_event (company_id, e164, kind, source, at)
      select company_id, e164, 'opt_out', opt_out_source, opted_out_at from stopped
      returning *
    )
    ${emittingOptOuts(sql`told`)}`.execute(db)
}

export type LateWord = 'stop' | 'start' | 'none'

/**
 * A text from somebody whose record this company erased, or the network's word about them: only what it says of the STOP is
 * kept. False when the number is nobody's who was erased.
 */
export async function hearErased(db: Db, secretKey: string, number: CompanyNumber, word: LateWord, source: OptOutSource): Promise<boolean> {
  const { rows } = await sql`
    update erased_number set
      opted_out_at = case ${word}::text when 'stop' then coalesce(opted_out_at, app_now()) when 'start' then null else opted_out_at end,
      opt_out_source = case ${word}::text when 'stop' then coalesce(opt_out_source, ${source}) when 'start' then null else opt_out_source end
    where company_id = ${number.companyId} and number_hash = ${hashOf(secretKey, number)}
    returning company_id`.execute(db)
  return rows.length > 0
}
