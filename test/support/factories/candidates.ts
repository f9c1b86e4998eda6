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
