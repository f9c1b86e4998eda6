import { sql, type Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import type { Language } from '../words/define.ts'
import { RESENDABLE, type MailReason, type MailStatus } from './domain.ts'

/** A mail and the claim of it. */
export type ClaimedMail = MailRow & { company_id: number | null; claim_key: string }

export type MailRow = {
  id: number
  kind: string
  language: Language
  to_address: string
  to_name: string
  sender_name: string
  subject: string
  sealed_letter: string
  message_key: string
  status: MailStatus
  attempts: number
  next_attempt_at: Date | null
  reason: MailReason | null
  answer: string | null
  created_at: Date
  settled_at: Date | null
}

const COLUMNS = [
  'id', 'kind', 'language', 'to_address', 'to_name', 'sender_name', 'subject', 'sealed_letter', 'message_key', 'status', 'attempts',
  'next_attempt_at', 'reason', 'answer', 'created_at', 'settled_at',
] as const

/** What the company calls itself before others; undefined for the installation. */
export async function findSenderName(db: Db, companyId: number | null): Promise<string | undefined> {
  if (companyId === null) return undefined
  const row = await db
    .selectFrom('company as c')
    .leftJoin('branding as b', 'b.company_id', 'c.id')
    .leftJoin('branding_version as v', (join) => join.onRef('v.company_id', '=', 'b.company_id').onRef('v.version', '=', 'b.version'))
    .select(sql<string>`coalesce(nullif(v.content ->> 'displayName', ''), c.name)`.as('name'))
    .where('c.id', '=', companyId)
    .executeTakeFirst()
  return row?.name
}

export async function insertMail(
  trx: Transaction<DB>,
  mail: { companyId: number | null; kind: string; language: Language; address: string; name: string; senderName: string; subject: string; sealed: string; isToGo: boolean },
): Promise<number> {
  const { id } = await trx
    .insertInto('mail')
    .values({
      company_id: mail.companyId, kind: mail.kind, language: mail.language, to_address: mail.address, to_name: mail.name, sender_name: mail.senderName,
      subject: mail.subject, sealed_letter: mail.sealed, status: mail.isToGo ? 'waiting' : 'kept', next_attempt_at: mail.isToGo ? sql<Date>`app_now()` : null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export async function findMail(db: Db, scope: CompanyScope, id: number): Promise<MailRow | undefined> {
  const row = await db.selectFrom('mail').select(COLUMNS).where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  return row as MailRow | undefined
}

/** The company's own mails, the newest first, one more than asked for when there are more. */
export async function listMails(db: Db, scope: CompanyScope, filter: { status?: MailStatus | undefined; q: string; before?: number | undefined }, limit: number): Promise<MailRow[]> {
  const { status, q, before } = filter
  const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`
  const rows = await db
    .selectFrom('mail')
    .select(COLUMNS)
    .where('company_id', '=', scope.companyId)
    .$if(status !== undefined, (query) => query.where('status', '=', status as MailStatus))
    .$if(q !== '', (query) => query.where(sql<boolean>`(fold(to_name) like fold(${pattern}) or fold(to_address) like fold(${pattern}))`))
    .$if(before !== undefined, (query) => query.where('id', '<', before as number))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows as MailRow[]
}

/** Mails that are to go now or have been claimed by who died: a look for what should be under way. */
export async function listDueMails(db: Db, limit: number): Promise<number[]> {
  const rows = await db.selectFrom('mail').select('id').where('status', '=', 'waiting').where('next_attempt_at', '<=', sql<Date>`app_now()`).orderBy('next_attempt_at').limit(limit).execute()
  return rows.map(({ id }) => id)
}

/** One worker gets it: undefined for all others, and while it is not due. */
export async function claimMail(db: Db, id: number, leaseSeconds: number): Promise<ClaimedMail | undefined> {
  const row = await db
    .updateTable('mail')
    .set({ status: 'sending', claim_key: sql<string>`gen_random_uuid()`, attempts: sql<number>`attempts + 1`, next_attempt_at: null, leased_until: sql<Date>`app_now() + make_interval(secs => ${leaseSeconds})` })
    .where('id', '=', id)
    .where('status', '=', 'waiting')
    .where('next_attempt_at', '<=', sql<Date>`app_now()`)
    .returning([...COLUMNS, 'company_id', 'claim_key'])
    .executeTakeFirst()
  return row as ClaimedMail | undefined
}

/** What came of a claim; a newer one, which a person asked for, is left alone. */
export async function settleMail(
  db: Db,
  { id, claim_key }: Pick<ClaimedMail, 'id' | 'claim_key'>,
  to: { status: 'sent'; sealed: string } | { status: 'waiting'; minutes: number; reason: MailReason; answer: string | null } | { status: 'kept' } | { status: 'failed' | 'in_doubt'; reason: MailReason; answer: string | null },
): Promise<void> {
  await db
    .updateTable('mail')
    .set({
      status: to.status, leased_until: null,
      reason: 'reason' in to ? to.reason : null,
      answer: 'answer' in to ? to.answer : null,
      next_attempt_at: to.status === 'waiting' ? sql<Date>`app_now() + make_interval(mins => ${to.minutes})` : null,
      settled_at: to.status === 'sent' || to.status === 'failed' ? sql<Date>`app_now()` : null,
      ...(to.status === 'sent' ? { sealed_letter: to.sealed } : {}),
    })
    .where('id', '=', id)
    .where('claim_key', '=', claim_key)
    .where('status', 'in', ['sending', 'in_doubt'])
    .execute()
}

/** Whoever held these died between hand-over and record: nobody knows whether they went, so no machine sends them again. */
export async function doubtInterrupted(db: Db): Promise<number> {
  const result = await db
    .updateTable('mail')
    .set({ status: 'in_doubt', leased_until: null, reason: 'interrupted', answer: null })
    .where('status', '=', 'sending')
    .where('leased_until', '<', sql<Date>`app_now()`)
    .executeTakeFirst()
  return Number(result.numUpdatedRows)
}

/** In a restored or copied database, what waits may have left already, or leaves from the original: a person decides. */
export async function doubtWaiting(db: Db): Promise<void> {
  await db.updateTable('mail').set({ status: 'in_doubt', next_attempt_at: null, reason: 'restored', answer: null }).where('status', '=', 'waiting').execute()
}

/** False when it has moved on meanwhile. */
export async function queueAgain(trx: Transaction<DB>, scope: CompanyScope, id: number): Promise<boolean> {
  const row = await trx
    .updateTable('mail')
    .set({ status: 'waiting', next_attempt_at: sql<Date>`app_now()`, reason: null, answer: null, settled_at: null, attempts: 0 })
    .where('company_id', '=', scope.companyId)
    .where('id', '=', id)
    .where('status', 'in', RESENDABLE)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
