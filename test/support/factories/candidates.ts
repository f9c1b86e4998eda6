import { EXCLUSION_REASONS } from '../../../src/consent/domain.ts'
import { randomUUID } from 'node:crypto'
import type { Availability } from '../../../src/candidates/domain.ts'
import type { CompanyScope } from '../../../src/core/scope.ts'
import type { Db } from '../../../src/db/pool.ts'
import { parsePhone } from '../../../src/sms/phone.ts'
import type { Language } from '../../../src/words/define.ts'

let made = 0

type GivenCandidate = {
  firstName?: string
  lastName?: string
  trade?: string | null
  skills?: string[]
  town?: string | null
  email?: string | null
  language?: Language | null
  /** As a person would write it; null for a record without a mobile. Default: a number of its own that can be texted. */
  mobile?: string | null
  home?: string
  consent?: boolean
  optedOut?: boolean
  bounced?: boolean
  availability?: Availability
  availableFrom?: string | null
  availableUntil?: string | null
}

/** Somebody who may be texted, unless `given` says otherwise. */
export async function makeCandidate(db: Db, scope: CompanyScope, given: GivenCandidate = {}): Promise<{ id: number; e164: string | null }> {
  made += 1
  const hasConsent = given.consent ?? true
  const { id } = await db
    .insertInto('candidate')
    .values({
      company_id: scope.companyId,
      first_name: given.firstName ?? 'Camille', last_name: given.lastName ?? `Martin${made}`,
      trade: given.trade === undefined ? 'Coffreur' : given.trade, skills: given.skills ?? [], town: given.town === undefined ? 'Lyon' : given.town,
      email: given.email ?? null, language: given.language ?? null,
      consent_given: hasConsent, consent_source: hasConsent ? 'formulaire' : null, consent_at: hasConsent ? new Date('2026-01-15T09:00:00Z') : null,
      availability: given.availability ?? 'unknown', available_from: given.availableFrom ?? null, available_until: given.availableUntil ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const mobile = given.mobile === undefined ? fictionalMobile(made) : given.mobile
  const e164 = mobile === null ? null : await addPhone(db, scope, id, 'mobile', mobile)
  if (given.home !== undefined) await addPhone(db, scope, id, 'home', given.home)
  if (e164 !== null && (given.optedOut || given.bounced)) {
    await db
      .insertInto('phone')
      .values({
        company_id: scope.companyId, e164,
        ...(given.optedOut ? { opted_out_at: new Date('2026-11-01T10:00:00Z'), opt_out_source: 'sms' } : {}),
        ...(given.bounced ? { bounced_at: new Date('2026-11-02T10:00:00Z'), bounce_code: '15' } : {}),
      })
      .execute()
  }
  return { id, e164 }
}

/** A number of the range set aside for fiction, which can never reach anyone; each call another. */
export function fictionalMobile(n: number): string {
  return `+3363998${String(n % 10_000).padStart(4, '0')}`
}

async function addPhone(db: Db, scope: CompanyScope, candidateId: number, kind: 'mobile' | 'home', raw: string): Promise<string | null> {
  const phone = parsePhone(raw, 'FR')
  await db
    .insertInto('candidate_phone')
    .values({
      company_id: scope.companyId, candidate_id: candidateId, kind, raw,
      e164: phone.ok ? phone.e164 : null, country: phone.ok ? phone.country : null, is_textable: phone.ok && phone.isTextable, problem: phone.ok ? null : phone.problem,
    })
    .execute()
  return phone.ok ? phone.e164 : null
}

type GivenContact = {
  campaignName?: string
  userId: number
  senderId: number
  /** Records with the same number, which the message stands for too (S46). */
  sharedWith?: number[]
  state?: string
  failureReason?: string
  body?: string
  at?: string
  answer?: { choice: 'yes' | 'no'; from?: string | null; until?: string | null; comment?: string; at?: string }
}

const ONE_RECIPIENT = { total: 1, ...Object.fromEntries(EXCLUSION_REASONS.map((reason) => [reason, 0])), recipients: 1 }

/** A campaign that texted one candidate, as launch, sending and the landing page leave it behind. */
export async function makeContact(db: Db, scope: CompanyScope, candidate: { id: number; e164: string | null }, given: GivenContact): Promise<{ campaignId: number; recipientId: number; messageId: number }> {
  const company_id = scope.companyId
  const at = new Date(given.at ?? '2026-11-20T08:00:00Z')
  const e164 = candidate.e164 ?? fictionalMobile(0)
  const insert = { company_id, candidate_id: candidate.id }
  const { id: campaign_id } = await db
    .insertInto('campaign')
    .values({ company_id, name: given.campaignName ?? 'Coffreurs S48', kind: 'availability', status: 'in_process', created_by: given.userId, sender_id: given.senderId, audience: JSON.stringify({ mode: 'selected', ids: [candidate.id] }), audience_counts: JSON.stringify(ONE_RECIPIENT), launched_at: at, launched_by: given.userId, time_zone: 'Europe/Paris' })
    .returning('id')
    .executeTakeFirstOrThrow()
  const { id: batch_id } = await db.insertInto('batch').values({ company_id, campaign_id, no: 1, local_date: at.toISOString().slice(0, 10), due_at: at, state: 'done' }).returning('id').executeTakeFirstOrThrow()
  const code = `0123456789${String(campaign_id).padStart(6, '0')}`
  await db.insertInto('short_link').values({ company_id, code }).execute()
  const { id: recipient_id } = await db.insertInto('recipient').values({ ...insert, campaign_id, batch_id, e164, rank: 1, language: 'fr', code }).returning('id').executeTakeFirstOrThrow()
  await db.insertInto('recipient_profile').values([candidate.id, ...(given.sharedWith ?? [])].map((candidate_id) => ({ company_id, recipient_id, candidate_id }))).execute()
  const message = await db
    .insertInto('message')
    .values({
      ...insert, purpose: 'campaign', campaign_id, batch_id, recipient_id, e164, sender: '38047', body: given.body ?? 'Bonjour, êtes-vous disponible ?', encoding: 'gsm7', segments: 1,
      state: given.state ?? 'delivered', failure_reason: given.failureReason ?? null, submitted_at: at, created_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  if (given.answer) {
    const { choice, from = null, until = null, comment = '' } = given.answer
    const answer = { company_id, recipient_id, choice, available_from: from, available_until: until, comment, source: 'link', answered_at: new Date(given.answer.at ?? at) }
    await db.insertInto('answer').values(answer).execute()
    await db.insertInto('answer_version').values({ ...answer, version: 1, form_id: randomUUID() }).execute()
  }
  return { campaignId: campaign_id, recipientId: recipient_id, messageId: message.id }
}
