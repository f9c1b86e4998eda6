import { sql, type Transaction } from 'kysely'
import type { CampaignKind } from '../campaigns/domain.ts'
import { addingNotes, settingAvailability } from '../candidates/queries.ts'
import type { CalendarDate } from '../core/dates.ts'
import type { CompanyScope } from '../core/scope.ts'
import { takesAnswers } from '../db/closing.queries.ts'
import { prepared, type Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { emittingAnswers } from '../webhooks/emit.queries.ts'
import type { Language } from '../words/define.ts'
import type { Answer, AnswerChoice, AnswerSource, GivenAnswer, RecordedAvailability } from './domain.ts'
import type { NoteSubject } from './notes.ts'

/** One answer of a recipient at a time: the others wait here, and then see what this one wrote. */
export async function lockRecipient(trx: Transaction<DB>, scope: CompanyScope, recipientId: number) {
  const row = await trx
    .selectFrom('recipient as r')
    .innerJoin('campaign as c', 'c.id', 'r.campaign_id')
    .innerJoin('company as co', 'co.id', 'r.company_id')
    .select(['r.id', 'r.campaign_id', 'r.candidate_id', 'c.name as campaign_name', 'c.kind', 'c.close_at_yes', 'co.language', 'co.time_zone'])
    .where('r.company_id', '=', scope.companyId)
    .where('r.id', '=', recipientId)
    .forNoKeyUpdate('r')
    .executeTakeFirst()
  return row && { id: row.id, campaignId: row.campaign_id, candidateId: row.candidate_id, campaignName: row.campaign_name, hasTarget: row.close_at_yes !== null, kind: row.kind as CampaignKind, language: row.language as Language, timeZone: row.time_zone }
}

export type NewAnswer = Answer & {
  formId: string
  baseVersion: number
  source: AnswerSource
  /** Who typed it for the person, or confirmed how their text was read. */
  by?: { id: number; name: string } | undefined
}

/** Who answers, and every record that their number stands on (S46), as it is at this moment. */
export type Answering = NoteSubject & { id: number; campaignId: number; hasTarget: boolean; now: Date; records: { candidateId: number; from: CalendarDate | null; until: CalendarDate | null }[] }

export async function findAnswering(db: Db | Transaction<DB>, scope: CompanyScope, recipientIds: readonly number[]): Promise<Answering[]> {
  const { rows } = await sql<Answering>`${prepared}
    select r.id, r.campaign_id as "campaignId", c.name as "campaignName", c.close_at_yes is not null as "hasTarget", c.kind, co.language, co.time_zone as "timeZone", app_now() as now, coalesce(k.records, '[]') as records
    from recipient r join campaign c on c.id = r.campaign_id join company co on co.id = r.company_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('candidateId', k.id, 'from', k.available_from, 'until', k.available_until) order by k.id) as records
      from recipient_profile p join candidate k on k.id = p.candidate_id and k.company_id = p.company_id where p.company_id = r.company_id and p.recipient_id = r.id
    ) k on true
    where r.company_id = ${scope.companyId} and r.id = any(${recipientIds}::bigint[])`.execute(db)
  return rows
}

/** An answer, with what it makes of each record: `seen` is what it was made from, no `record` leaves it alone. */
export type AnswerRows = NewAnswer & {
  recipientId: number
  campaignId: number
  answeredAt: Date
  records: { seen: Answering['records'][number]; record: RecordedAvailability | undefined; note: string }[]
}

/**
 * Writes answers of different recipients, who share no record, in one statement: the versions, the current answers, the records
 * and the notes. It also looks whether the campaign is open, whether each answer is still the one the form was made from, and
 * whether the records still say what was seen. Whom somebody else holds at this moment it passes over: it waits for nobody.
 * Returns those recipients for whom all of that held; of the others nothing is written.
 */
export async function insertAnswers(db: Db | Transaction<DB>, scope: CompanyScope, answers: readonly AnswerRows[]): Promise<number[]> {
  if (answers.length === 0) return []
  const about = answers.flatMap(({ recipientId, records }) => records.map((one) => ({ recipientId, ...one })))
  const { rows } = await sql<{ id: number }>`${prepared}
    with given as (
      select * from unnest(
        ${answers.map(({ recipientId }) => recipientId)}::bigint[], ${answers.map(({ campaignId }) => campaignId)}::bigint[], ${answers.map(({ baseVersion }) => baseVersion)}::int[], ${answers.map(({ formId }) => formId)}::uuid[],
        ${answers.map(({ choice }) => choice)}::text[], ${answers.map(({ availableFrom }) => availableFrom)}::date[], ${answers.map(({ availableUntil }) => availableUntil)}::date[], ${answers.map(({ comment }) => comment)}::text[],
        ${answers.map(({ source }) => source)}::text[], ${answers.map(({ by }) => by?.id ?? null)}::bigint[], ${answers.map(({ answeredAt }) => answeredAt.toISOString())}::timestamptz[]
      ) as given (recipient_id, campaign_id, base_version, form_id, choice, available_from, available_until, comment, source, answered_by, answered_at)
    ), about as (
      select * from unnest(
        ${about.map(({ recipientId }) => recipientId)}::bigint[], ${about.map(({ seen }) => seen.candidateId)}::bigint[], ${about.map(({ seen }) => seen.from)}::date[], ${about.map(({ seen }) => seen.until)}::date[],
        ${about.map(({ record }) => record?.availability ?? null)}::text[], ${about.map(({ record }) => record?.from ?? null)}::date[], ${about.map(({ record }) => record?.until ?? null)}::date[], ${about.map(({ note }) => note)}::text[]
      ) as about (recipient_id, candidate_id, seen_from, seen_until, availability, available_from, available_until, note)
    ), held as materialized (
      select id from recipient where company_id = ${scope.companyId} and id in (select recipient_id from given) order by id for no key update skip locked
    ), records as materialized (
      select id, available_from, available_until from candidate
      where company_id = ${scope.companyId} and id in (select candidate_id from about join held on held.id = about.recipient_id) order by id for no key update skip locked
    ), unchanged as (
      select about.recipient_id, count(*) as records from about join records k on k.id = about.candidate_id
      where k.available_from is not distinct from about.seen_from and k.available_until is not distinct from about.seen_until group by about.recipient_id
    ), free as materialized (
      select held.id from held left join unchanged on unchanged.recipient_id = held.id
      where coalesce(unchanged.records, 0) = (select count(*) from recipient_profile p where p.company_id = ${scope.companyId} and p.recipient_id = held.id)
    ), version as (
      insert into answer_version (company_id, recipient_id, version, form_id, choice, available_from, available_until, comment, source, answered_by, answered_at)
      select c.company_id, free.id, given.base_version + 1, given.form_id, given.choice, given.available_from, given.available_until, given.comment, given.source, given.answered_by, given.answered_at
      from free join given on given.recipient_id = free.id join campaign c on c.company_id = ${scope.companyId} and c.id = given.campaign_id left join answer a on a.recipient_id = free.id
      where coalesce(a.version, 0) = given.base_version and ${takesAnswers}
      on conflict do nothing
      returning company_id, recipient_id, version, choice, available_from, available_until, comment, source, answered_by, answered_at
    ), answers_told as (${emittingAnswers(sql`version`)} returning id), current as (
      insert into answer (company_id, recipient_id, version, choice, available_from, available_until, comment, source, answered_by, first_answered_at, answered_at)
      select company_id, recipient_id, version, choice, available_from, available_until, comment, source, answered_by, answered_at, answered_at from version
      on conflict (recipient_id) do update set
        version = excluded.version, choice = excluded.choice, available_from = excluded.available_from, available_until = excluded.available_until,
        comment = excluded.comment, source = excluded.source, answered_by = excluded.answered_by, answered_at = excluded.answered_at
    ), news as materialized (
      select about.*, given.campaign_id, 'answer' as source, given.source as way, given.answered_by as user_id, null::uuid as form_id
      from version join given on given.recipient_id = version.recipient_id join about on about.recipient_id = version.recipient_id
    ), ${settingAvailability(scope, sql`(select * from news where availability is not null)`)}, notes as (${addingNotes(scope, sql`news`)})
    -- What is read here is written first: the answer is told before what it makes of records.
    select recipient_id as id, (select count(*) from answers_told) as told from version`.execute(db)
  return rows.map(({ id }) => id)
}

/** Why nothing was written: is it closed, what is the answer now, and did this very form arrive before? */
export async function findAnswerState(db: Db, scope: CompanyScope, recipientId: number, formId: string) {
  const { rows } = await sql<{ is_open: boolean; answer: GivenRow | null; sent: GivenRow | null }>`
    select ${takesAnswers} as is_open,
      (select to_jsonb(a) from answer a where a.recipient_id = r.id) as answer,
      (select to_jsonb(v) from answer_version v where v.recipient_id = r.id and v.form_id = ${formId}) as sent
    from recipient r join campaign c on c.id = r.campaign_id
    where r.company_id = ${scope.companyId} and r.id = ${recipientId}
  `.execute(db)
  const [row] = rows
  return { isOpen: row?.is_open ?? false, answer: given(row?.answer), sent: given(row?.sent) }
}

/** Every record the number stands on (S46), locked in one order; the newest answer is the last to write. */
export async function lockProfiles(trx: Transaction<DB>, scope: CompanyScope, recipientId: number) {
  const rows = await trx
    .selectFrom('recipient_profile as p')
    .innerJoin('candidate as k', (join) => join.onRef('k.id', '=', 'p.candidate_id').onRef('k.company_id', '=', 'p.company_id'))
    .select(['k.id', 'k.available_from', 'k.available_until'])
    .where('p.company_id', '=', scope.companyId)
    .where('p.recipient_id', '=', recipientId)
    .orderBy('k.id')
    .forNoKeyUpdate('k')
    .execute()
  return rows.map((row) => ({ candidateId: row.id, from: row.available_from, until: row.available_until }))
}

type GivenRow = { version: number; choice: string; available_from: string | null; available_until: string | null; comment: string; answered_at: string }

function given(row: GivenRow | null | undefined): GivenAnswer | undefined {
  if (!row) return undefined
  return { version: row.version, choice: row.choice as AnswerChoice, availableFrom: row.available_from, availableUntil: row.available_until, comment: row.comment, answeredAt: new Date(row.answered_at) }
}
