import { sql } from 'kysely'
import type { CampaignKind } from '../campaigns/domain.ts'
import type { CompanyScope } from '../core/scope.ts'
import { takesAnswers } from '../db/closing.queries.ts'
import type { Db } from '../db/pool.ts'
import type { AnswerSource, GivenAnswer } from './domain.ts'

/** Whose answer it is, to what, and what was answered so far. */
export type AnswerSubject = {
  recipientId: number
  candidateId: number | null
  personKind: 'candidate' | 'contact'
  firstName: string
  lastName: string
  campaignId: number
  campaignName: string
  kind: CampaignKind
  question: string
  isOpen: boolean
  now: Date
  answer: (GivenAnswer & { source: AnswerSource; by: string | null }) | undefined
}

type Row = Omit<AnswerSubject, 'answer'> & {
  version: number | null; choice: 'yes' | 'no'; available_from: string | null; available_until: string | null; comment: string; answered_at: Date; source: AnswerSource; answered_by: string | null
}

export async function findAnswerSubject(db: Db, scope: CompanyScope, recipientId: number): Promise<AnswerSubject | undefined> {
  const { rows } = await sql<Row>`
    select r.id as "recipientId", r.candidate_id as "candidateId", coalesce(k.kind, 'candidate') as "personKind", coalesce(k.first_name, '') as "firstName", coalesce(k.last_name, '') as "lastName",
      c.id as "campaignId", c.name as "campaignName", c.kind, coalesce(c.question, '') as question, ${takesAnswers} as "isOpen", app_now() as now,
      a.version, a.choice, a.available_from, a.available_until, a.comment, a.answered_at, a.source, u.name as answered_by
    from recipient r
    join campaign c on c.company_id = r.company_id and c.id = r.campaign_id and c.status <> 'draft'
    left join candidate k on k.company_id = r.company_id and k.id = r.candidate_id
    left join answer a on a.recipient_id = r.id
    left join app_user u on u.company_id = r.company_id and u.id = a.answered_by
    where r.company_id = ${scope.companyId} and r.id = ${recipientId}`.execute(db)
  const [row] = rows
  if (!row) return undefined
  const { version, choice, available_from: availableFrom, available_until: availableUntil, comment, answered_at: answeredAt, source, answered_by: by, ...subject } = row
  return { ...subject, answer: version === null ? undefined : { version, choice, availableFrom, availableUntil, comment, answeredAt, source, by } }
}

/** The sendings that somebody may still answer, the newest first. */
export type OpenSending = { recipientId: number; campaignName: string; sentAt: Date | null; choice: 'yes' | 'no' | null }

export async function listOpenSendings(db: Db, scope: CompanyScope, candidateId: number, limit: number): Promise<OpenSending[]> {
  const { rows } = await sql<OpenSending>`
    select r.id as "recipientId", c.name as "campaignName", (select min(m.submitted_at) from message m where m.recipient_id = r.id and m.step = 1) as "sentAt", a.choice
    from recipient_profile p
    join recipient r on r.company_id = p.company_id and r.id = p.recipient_id
    join campaign c on c.company_id = r.company_id and c.id = r.campaign_id and c.status <> 'draft'
    left join answer a on a.recipient_id = r.id
    where p.company_id = ${scope.companyId} and p.candidate_id = ${candidateId} and ${takesAnswers}
    order by r.id desc limit ${limit}`.execute(db)
  return rows
}
