import { mintCodes } from '../../../src/links/codes.ts'
import { insertLinks } from '../../../src/links/queries.ts'
import type { CampaignKind, CampaignStatus } from '../../../src/campaigns/domain.ts'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import type { Language } from '../../../src/words/define.ts'
import { makeCompany, makeUser } from './accounts.ts'
import { makeCandidate } from './candidates.ts'

let made = 0

type GivenInvitation = {
  company?: { id: number; scope: CompanyScope; senderId: number }
  kind?: CampaignKind
  status?: CampaignStatus
  campaignName?: string
  question?: string
  closesAt?: Date | null
  closedAt?: Date | null
  language?: Language
  firstName?: string
  candidateLanguage?: Language | null
  availability?: 'available' | 'unavailable' | 'unknown'
  availableFrom?: string
  availableUntil?: string
  /** Further records with the same number. */
  sharedWith?: number
  code?: string
}

export type Invitation = Awaited<ReturnType<typeof makeInvitation>>

/** Somebody who has just been texted a link: company, campaign, record and link, ready to answer. */
export async function makeInvitation(db: Db, given: GivenInvitation = {}) {
  made += 1
  const company = given.company ?? (await makeCompany(db, { name: `Intérim BTP ${made}` }))
  const { id: companyId, scope, senderId } = company
  const user = await makeUser(db, scope, { name: 'Sophie Bernard' })
  const candidate = await makeCandidate(db, scope, {
    firstName: given.firstName ?? 'Karim', language: given.candidateLanguage ?? null,
    availability: given.availability ?? 'unknown', availableFrom: given.availableFrom ?? null, availableUntil: given.availableUntil ?? null,
  })
  const e164 = candidate.e164 as string
  const profiles = [candidate.id]
  for (let n = 0; n < (given.sharedWith ?? 0); n++) profiles.push((await makeCandidate(db, scope, { mobile: e164 })).id)

  const status = given.status ?? 'in_process'
  const isOver = status === 'completed' || status === 'cancelled'
  const launchedAt = new Date('2026-11-20T09:00:00Z')
  const campaign = await db
    .insertInto('campaign')
    .values({
      company_id: companyId, name: given.campaignName ?? 'Chantier de décembre', kind: given.kind ?? 'availability', status,
      created_by: user.id, sender_id: senderId, audience: JSON.stringify({ mode: 'selected', ids: profiles }), question: given.question ?? null,
      launched_at: launchedAt, launched_by: user.id, time_zone: 'Europe/Paris', finished_at: isOver ? launchedAt : null,
      closes_at: given.closesAt === undefined ? new Date(Date.now() + 14 * 86_400_000) : given.closesAt, closed_at: given.closedAt ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const batch = await db
    .insertInto('batch')
    .values({ company_id: companyId, campaign_id: campaign.id, no: 1, local_date: '2026-11-20', due_at: launchedAt, state: 'running', started_at: launchedAt })
    .returning('id')
    .executeTakeFirstOrThrow()
  const code = given.code ?? (mintCodes(1)[0] as string)
  await insertLinks(db, scope, [code], null)
  const recipient = await db
    .insertInto('recipient')
    .values({ company_id: companyId, campaign_id: campaign.id, batch_id: batch.id, candidate_id: candidate.id, e164, rank: 1, language: given.language ?? 'fr', code })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db.insertInto('recipient_profile').values(profiles.map((candidateId) => ({ company_id: companyId, recipient_id: recipient.id, candidate_id: candidateId }))).execute()
  return { company, scope, userId: user.id, campaignId: campaign.id, recipientId: recipient.id, candidateId: candidate.id, profiles, e164, code }
}

/** The link of a test SMS: opens the campaign's page as a preview. */
export async function makeTestLink(db: Db, invitation: Pick<Invitation, 'scope' | 'campaignId' | 'userId'>): Promise<string> {
  const [code] = mintCodes(1) as [string]
  await insertLinks(db, invitation.scope, [code], null)
  await db.insertInto('campaign_test_link').values({ company_id: invitation.scope.companyId, code, campaign_id: invitation.campaignId, user_id: invitation.userId }).execute()
  return code
}
