import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Sender } from './senders.domain.ts'

export type Pool = { id: number; name: string; is_default: boolean; archived_at: Date | null; senders: (Sender & { archived_at: Date | null })[] }

/** The pools a recruiter may pick from, the default first; only senders in use, and no pool without any. */
export async function listPools(db: Db, scope: CompanyScope): Promise<Pool[]> {
  const pools = await listAllPools(db, scope)
  return pools
    .filter((pool) => pool.archived_at === null)
    .map((pool) => ({ ...pool, senders: pool.senders.filter(({ archived_at }) => archived_at === null) }))
    .filter((pool) => pool.senders.length > 0)
}

/** The same with what is archived, for the people who keep them. */
export async function listAllPools(db: Db, scope: CompanyScope): Promise<Pool[]> {
  const pools = await db.selectFrom('sender_pool').select(['id', 'name', 'is_default', 'archived_at']).where('company_id', '=', scope.companyId).orderBy('is_default', 'desc').orderBy('name').orderBy('id').execute()
  const senders = await senderRows(db, scope).orderBy('s.id').execute()
  return pools.map((pool) => ({ ...pool, senders: senders.filter(({ pool_id }) => pool_id === pool.id) }))
}

/** Senders in use of the pool that this one belongs to. */
export async function listPoolOf(db: Db, scope: CompanyScope, senderId: number): Promise<Sender[]> {
  return senderRows(db, scope)
    .where('s.archived_at', 'is', null)
    .where((eb) => eb('s.pool_id', '=', eb.selectFrom('sms_sender as one').innerJoin('sender_pool as p', 'p.id', 'one.pool_id').select('one.pool_id').where('one.company_id', '=', scope.companyId).where('one.id', '=', senderId).where('p.archived_at', 'is', null)))
    .orderBy('s.id')
    .execute()
}

function senderRows(db: Db, scope: CompanyScope) {
  return db
    .selectFrom('sms_sender as s')
    .select(['s.id', 's.pool_id', 's.label', 's.address', 's.can_receive', 's.stop_text', 's.per_second', 's.countries', 's.archived_at'])
    .where('s.company_id', '=', scope.companyId)
}

/** Holds the pools of a company until the transaction ends: two people at once would leave it without a default, or with two. */
export async function lockPools(trx: Transaction<DB>, scope: CompanyScope): Promise<void> {
  await sql`select id from sender_pool where company_id = ${scope.companyId} order by id for update`.execute(trx)
}

/** The first pool of a company becomes its default. */
export async function insertPool(trx: Transaction<DB>, scope: CompanyScope, name: string): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into sender_pool (company_id, name, is_default)
    select ${scope.companyId}, ${name}, not exists (select from sender_pool where company_id = ${scope.companyId} and is_default)
    returning id`.execute(trx)
  return rows[0]!.id
}

export type SenderChange = Pick<Sender, 'label' | 'address' | 'can_receive' | 'stop_text' | 'per_second'> & { countries: string[] }

export async function insertSender(trx: Transaction<DB>, scope: CompanyScope, poolId: number, sender: SenderChange): Promise<number> {
  const { id } = await trx.insertInto('sms_sender').values({ company_id: scope.companyId, pool_id: poolId, ...sender }).returning('id').executeTakeFirstOrThrow()
  return id
}

/** The address stays: what was sent from it, and who answers it, is found by it. */
export async function updateSender(trx: Transaction<DB>, scope: CompanyScope, id: number, { address: _address, ...change }: SenderChange): Promise<void> {
  await trx.updateTable('sms_sender').set(change).where('company_id', '=', scope.companyId).where('id', '=', id).execute()
}

export async function renamePool(trx: Transaction<DB>, scope: CompanyScope, id: number, name: string): Promise<boolean> {
  const { numUpdatedRows } = await trx.updateTable('sender_pool').set({ name }).where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function makeDefault(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const found = await trx.selectFrom('sender_pool').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).where('archived_at', 'is', null).executeTakeFirst()
  if (!found) return false
  await trx.updateTable('sender_pool').set({ is_default: false }).where('company_id', '=', scope.companyId).where('is_default', '=', true).execute()
  await trx.updateTable('sender_pool').set({ is_default: true }).where('company_id', '=', scope.companyId).where('id', '=', id).execute()
  return true
}

/** Out of use, or in use again. Texts already written leave all the same, and answers still come in. */
export async function setArchived(trx: Transaction<DB>, scope: CompanyScope, table: 'sender_pool' | 'sms_sender', id: number, isArchived: boolean): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    update ${sql.table(table)} set archived_at = ${isArchived ? sql`app_now()` : sql`null`}
    where company_id = ${scope.companyId} and id = ${id} and (archived_at is null) = ${isArchived} returning id`.execute(trx)
  return rows.length > 0
}
