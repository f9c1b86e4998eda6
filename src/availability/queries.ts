import { sql, type Transaction } from 'kysely'
import type { CampaignKind } from '../campaigns/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import { takesAnswers } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { DB } from '../db/schema.ts'
import { emittingAnswers } from '../webhooks/emit.queries.ts'
import type { Language } from '../words/define.ts'
import type { Answer, AnswerChoice, AnswerSource, GivenAnswer } from './domain.ts'

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

/**
 * Writes the version and makes it the current answer, in the statement that also looks whether the campaign is open
 * and whether the answer is still the one the form was made from. Undefined when one of these did not hold.
 */
export async function insertAnswer(trx: Transaction<DB>, scope: CompanyScope, recipientId: number, answer: NewAnswer): Promise<GivenAnswer | undefined> {
  const { rows } = await sql<{ version: number; answered_at: Date }>`
    with moment as materialized (select app_now() as at), version as (
      insert into answer_version (company_id, recipient_id, version, form_id, choice, available_from, available_until, comment, source, answered_by, answered_at)
      select r.company_id, r.id, ${answer.baseVersion}::int + 1, ${answer.formId}, ${answer.choice}, ${answer.availableFrom}::date, ${answer.availableUntil}::date, ${answer.comment}, ${answer.source}, ${answer.by?.id ?? null}::bigint, moment.at
      from recipient r join campaign c on c.id = r.campaign_id cross join moment left join answer a on a.recipient_id = r.id
      where r.company_id = ${scope.companyId} and r.id = ${recipientId} and coalesce(a.version, 0) = ${answer.baseVersion}::int and ${takesAnswers}
      on conflict do nothing
      returning company_id, recipient_id, version, choice, available_from, available_until, comment, source, answered_by, answered_at
    ), emitted as (${emittingAnswers(sql`version`)})
    insert into answer (company_id, recipient_id, version, choice, available_from, available_until, comment, source, answered_by, first_answered_at, answered_at)
    select company_id, recipient_id, version, choice, available_from, available_until, comment, source, answered_by, answered_at, answered_at from version
    on conflict (recipient_id) do update set
      version = excluded.version, choice = excluded.choice, available_from = excluded.available_from, available_until = excluded.available_until,
      comment = excluded.comment, source = excluded.source, answered_by = excluded.answered_by, answered_at = excluded.answered_at
    returning version, answered_at
  `.execute(trx)
  const [row] = rows
  return row && { version: row.version, choice: answer.choice, availableFrom: answer.availableFrom, availableUntil: answer.availableUntil, comment: answer.comment, answeredAt: row.answered_at }
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
