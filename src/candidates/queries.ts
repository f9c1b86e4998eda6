import { sql, type RawBuilder, type Transaction } from 'kysely'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { emittingAvailability } from '../webhooks/emit.queries.ts'
import type { AnswerWay, Availability, AvailabilitySource, Kind, TextabilityReason } from './domain.ts'
import { currentAvailability } from './filters.queries.ts'
import { textabilityReason } from './search.queries.ts'

/** Adds a follow-up note (« note de suivi »). Automatic ones come from answers, manual ones have an author. */
export async function addFollowUpNote(
  db: Db | Transaction<DB>,
  scope: CompanyScope,
  note: { candidateId: number; kind: 'automatic' | 'manual'; body: string; campaignId?: number | null; recipientId?: number | null; userId?: number | null },
): Promise<number> {
  const { id } = await db
    .insertInto('follow_up_note')
    .values({
      company_id: scope.companyId, candidate_id: note.candidateId, kind: note.kind, body: note.body,
      campaign_id: note.campaignId ?? null, recipient_id: note.recipientId ?? null, user_id: note.userId ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** A statement that adds automatic ones: rows of `notes` with `candidate_id`, `campaign_id`, `recipient_id` and `note`. */
export function addingNotes(scope: CompanyScope, notes: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into follow_up_note (company_id, candidate_id, kind, campaign_id, recipient_id, body)
    select ${scope.companyId}, candidate_id, 'automatic', campaign_id, recipient_id, note from ${notes} n order by candidate_id`
}

/** Whoever set an availability, when and from what: `userId` is who typed it, for himself or for somebody on the telephone. */
type AvailabilityChange = {
  candidateId: number
  availability: Availability
  from: CalendarDate | null
  until: CalendarDate | null
  campaignId?: number | null
  userId?: number | null
} & ({ source: 'answer'; way: AnswerWay; formId?: never } | { source: 'page'; formId: string; way?: never } | { source: Exclude<AvailabilitySource, 'answer' | 'page'>; way?: never; formId?: never })

/**
 * Writes an availability on the record and into its history, in one statement. Whether it may replace the present one is the
 * caller's rule (S94).
 */
export async function setAvailability(trx: Transaction<DB>, scope: CompanyScope, change: AvailabilityChange): Promise<void> {
  const { rows } = await sql`
    with given as (
      select ${change.candidateId}::bigint as candidate_id, ${change.availability}::text as availability, ${change.from}::date as available_from, ${change.until}::date as available_until, ${change.campaignId ?? null}::bigint as campaign_id,
        ${change.source}::text as source, ${change.way ?? null}::text as way, ${change.userId ?? null}::bigint as user_id, ${change.formId ?? null}::uuid as form_id
    ), ${settingAvailability(scope, sql`given`)}
    select id from changed`.execute(trx)
  if (rows.length === 0) throw new Error(`candidate ${change.candidateId} is not there`)
}

/** Parts of a WITH that do this for each row of `given`, all of different people; what went into the history is `changed`. */
export function settingAvailability(scope: CompanyScope, given: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    record as (
      update candidate k set availability = g.availability, available_from = g.available_from, available_until = g.available_until,
        availability_campaign_id = g.campaign_id, availability_updated_at = app_now(), updated_at = app_now()
      from ${given} g where k.company_id = ${scope.companyId} and k.id = g.candidate_id
      returning k.company_id, k.id, k.availability, k.available_from, k.available_until, k.availability_campaign_id, k.availability_updated_at, g.source, g.way, g.user_id, g.form_id
    ), changed as (
      insert into availability_change (company_id, candidate_id, availability, available_from, available_until, campaign_id, at, source, answer_source, user_id, form_id)
      select * from record
      returning *
    ), changes_told as (${emittingAvailability(sql`changed`)})`
}

export type CandidateRecord = NonNullable<Awaited<ReturnType<typeof findCandidate>>>

/** The record with what decides whether it may be texted; undefined for an unknown id and for another company's. */
export async function findCandidate(db: Db, scope: CompanyScope, id: number, allowedCountries: readonly string[]) {
  return db
    .selectFrom('candidate as c')
    .innerJoin('candidate_textability as t', (join) => join.onRef('t.company_id', '=', 'c.company_id').onRef('t.candidate_id', '=', 'c.id'))
    .leftJoin('campaign as k', (join) => join.onRef('k.company_id', '=', 'c.company_id').onRef('k.id', '=', 'c.availability_campaign_id'))
    .leftJoin('branch as b', (join) => join.onRef('b.company_id', '=', 'c.company_id').onRef('b.id', '=', 'c.branch_id'))
    .leftJoinLateral(
      (eb) => eb.selectFrom('availability_change as v').select(['v.source', 'v.answer_source']).whereRef('v.company_id', '=', 'c.company_id').whereRef('v.candidate_id', '=', 'c.id').orderBy('v.at', 'desc').orderBy('v.id', 'desc').limit(1).as('said'),
      (join) => join.onTrue(),
    )
    .select([
      'c.id', 'c.kind', 'c.organisation', 'c.tags', 'b.id as branch_id', 'b.name as branch_name', 'c.first_name', 'c.last_name', 'c.email', 'c.trade', 'c.skills', 'c.town', 'c.postal_code', 'c.language', 'c.registered_on', 'c.external_id',
      'c.consent_given', 'c.consent_source', 'c.consent_at', 'c.available_from', 'c.available_until', 'c.availability_updated_at', 't.e164 as text_to',
      'said.source as availability_source', 'said.answer_source',
      'k.id as campaign_id', 'k.name as campaign_name',
    ])
    .select(currentAvailability(scope).as('availability'))
    .select(textabilityReason(allowedCountries).as('reason'))
    .where('c.company_id', '=', scope.companyId)
    .where('c.id', '=', id)
    .$narrowType<{ kind: Kind; availability: Availability; reason: TextabilityReason | null }>()
    .executeTakeFirst()
}

export type CandidatePhone = Awaited<ReturnType<typeof listPhones>>[number]

/** Numbers on a record, mobiles first and the main one of each kind before the others, with what is known of each number in this company. */
export async function listPhones(db: Db, scope: CompanyScope, candidateId: number) {
  return db
    .selectFrom('candidate_phone as p')
    .leftJoin('phone as n', (join) => join.onRef('n.company_id', '=', 'p.company_id').onRef('n.e164', '=', 'p.e164'))
    .leftJoin('app_user as u', (join) => join.onRef('u.company_id', '=', 'n.company_id').onRef('u.id', '=', 'n.opted_out_by'))
    .select(['p.kind', 'p.position', 'p.raw', 'p.e164', 'p.country', 'p.is_textable', 'p.problem', 'n.opted_out_at', 'n.opt_out_source', 'n.held_at', 'n.bounced_at', 'u.name as opted_out_by'])
    .where('p.company_id', '=', scope.companyId)
    .where('p.candidate_id', '=', candidateId)
    .orderBy('p.kind', 'desc')
    .orderBy('p.position')
    .execute()
}

/** Which kind of person it is; undefined when there is nobody of that id in this company. */
export async function findKind(db: Db, scope: CompanyScope, id: number): Promise<Kind | undefined> {
  const row = await db.selectFrom('candidate').select('kind').where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()
  return row?.kind as Kind | undefined
}

/** True when the candidate exists in this company; for writes that name one. */
export async function hasCandidate(db: Db, scope: CompanyScope, id: number): Promise<boolean> {
  return (await db.selectFrom('candidate').select('id').where('company_id', '=', scope.companyId).where('id', '=', id).executeTakeFirst()) !== undefined
}

/** True when there is any record at all, found or not by the present search. */
export async function hasAnyCandidate(db: Db, scope: CompanyScope, kind: 'candidate' | 'contact'): Promise<boolean> {
  return (await db.selectFrom('candidate').select('id').where('company_id', '=', scope.companyId).where('kind', '=', kind).limit(1).executeTakeFirst()) !== undefined
}
