import type { Audience } from '../candidates/domain.ts'
import type { Settings } from '../companies/settings.ts'
import { EXCLUSION_REASONS, type ExclusionReason } from '../consent/domain.ts'
import type { Privilege } from '../web/privileges.ts'
import { LANGUAGES, type Language } from '../words/define.ts'

/** How a total becomes the number of recipients. The lines add up: `total` − every line = `recipients` (S46). */
export type AudienceCounts = { total: number; recipients: number } & Record<ExclusionReason, number>

/** From counts per reason, as the database groups them; `recipients` stands for those without one. */
export function audienceCounts(byReason: Readonly<Record<string, number>>): AudienceCounts {
  const counts = { total: 0, recipients: byReason['recipients'] ?? 0 } as AudienceCounts
  counts.total = counts.recipients
  for (const reason of EXCLUSION_REASONS) {
    counts[reason] = byReason[reason] ?? 0
    counts.total += counts[reason]
  }
  return counts
}

/** Numbers that could get the SMS if nothing limited their count (S25). */
export function validNumbers(counts: AudienceCounts): number {
  return counts.recipients + counts.over_limit
}

/** Texting a whole search has a privilege of its own, also for a draft that a colleague made (S2). */
export function mayReach(audience: Audience, privileges: ReadonlySet<Privilege>): boolean {
  return audience.mode === 'selected' || privileges.has('campaigns.send_list')
}

/** How many may get it: what the recruiter asked for, never more than the company's limit (S24 to S26). */
export function effectiveLimit(limitTo: number | null, mostRecipients: number): number {
  return Math.min(limitTo ?? mostRecipients, mostRecipients)
}

/** How an audience is judged. */
export type AudienceSpec = {
  audience: Audience
  /** At most this many recipients, the best-ranked first. */
  limit: number
  allowedCountries: readonly string[]
  /** Languages the message is written in; everybody else gets `fallbackLanguage`. */
  languages: readonly Language[]
  fallbackLanguage: Language
}

/** A draft's own limit under the company's, and each person in a language that has a text. */
export function specFor(
  draft: { audience: Audience; limit_to: number | null; texts: Partial<Record<Language, string>> },
  settings: Pick<Settings, 'campaign.recipient_limit' | 'sms.allowed_countries'>,
  companyLanguage: Language,
): AudienceSpec {
  return {
    audience: draft.audience,
    limit: effectiveLimit(draft.limit_to, settings['campaign.recipient_limit']),
    allowedCountries: settings['sms.allowed_countries'],
    languages: LANGUAGES.filter((language) => language === companyLanguage || (draft.texts[language] ?? '') !== ''),
    fallbackLanguage: companyLanguage,
  }
}
