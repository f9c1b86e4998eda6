import { EXCLUSION_REASONS, type ExclusionReason } from '../consent/domain.ts'

/** How a total becomes the number of recipients. The lines add up: `total` − every line = `recipients` (S46). */
export type AudienceCounts = { total: number; recipients: number } & Record<ExclusionReason, number>

export function isExclusionReason(text: string): text is ExclusionReason {
  return (EXCLUSION_REASONS as readonly string[]).includes(text)
}

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

/** How many may get it: what the recruiter asked for, never more than the company's limit (S24 to S26). */
export function effectiveLimit(limitTo: number | null, mostRecipients: number): number {
  return Math.min(limitTo ?? mostRecipients, mostRecipients)
}
