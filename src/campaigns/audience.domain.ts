import type { Audience } from '../candidates/domain.ts'
import { destinationsAt, type DestinationSettings } from '../companies/destinations.ts'
import { sendersByCountry, type Sender } from '../companies/senders.domain.ts'
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

/** Texting people whose box is not ticked needs a right of its own, and never reaches a whole search (S100, S103). */
export function mayOverride(privileges: ReadonlySet<Privilege>, audience: Audience): boolean {
  return audience.mode === 'selected' && privileges.has('consent.override')
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
  /** Of those: what the provider refuses at this moment (S104). */
  blockedCountries: readonly string[]
  /** The senders that a text to each country may leave from; a country without any is not there. */
  senders: ReadonlyMap<string, readonly number[]>
  /** People whose box is not ticked are texted all the same, where that may be (S101, S103). */
  isOverride: boolean
  /** Languages the message is written in; everybody else gets `fallbackLanguage`. */
  languages: readonly Language[]
  fallbackLanguage: Language
}

export type SpecGround = {
  language: Language
  time_zone: string
  now: Date
  /** Of the pool that the draft picked. */
  senders: readonly Sender[]
}

/** A draft's own limit under the company's, each person in a language that has a text, and from a sender that reaches their country. */
export function specFor(
  draft: { audience: Audience; limit_to: number | null; override_reason?: string | null; texts: Partial<Record<Language, string>> },
  settings: Pick<Settings, 'campaign.recipient_limit'> & DestinationSettings,
  ground: SpecGround,
): AudienceSpec {
  const { reachable, blocked } = destinationsAt(settings, ground)
  return {
    audience: draft.audience,
    limit: effectiveLimit(draft.limit_to, settings['campaign.recipient_limit']),
    allowedCountries: settings['sms.allowed_countries'],
    blockedCountries: blocked,
    senders: sendersByCountry(ground.senders, reachable),
    isOverride: isOverridden(draft),
    languages: LANGUAGES.filter((language) => language === ground.language || (draft.texts[language] ?? '') !== ''),
    fallbackLanguage: ground.language,
  }
}

/** Only for people somebody picked, never for a whole search (S103). */
export function isOverridden(draft: { audience: Audience; override_reason?: string | null }): boolean {
  return draft.audience.mode === 'selected' && Boolean(draft.override_reason)
}
