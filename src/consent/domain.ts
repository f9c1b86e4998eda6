/** Why a candidate is left out of a sending, in the order in which the reasons are looked at: the first that applies counts (S39 to S46). */
export const EXCLUSION_REASONS = ['no_number', 'invalid_number', 'bounced', 'opted_out', 'no_consent', 'country_blocked', 'destination_blocked', 'no_sender', 'duplicate_number', 'over_limit'] as const
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number]

/** Where an opt-out came from: texted, tapped on a page, told to a recruiter, reported by the provider, or read from a file. */
export const OPT_OUT_SOURCES = ['sms', 'page', 'recruiter', 'provider', 'import'] as const
export type OptOutSource = (typeof OPT_OUT_SOURCES)[number]

/** What the agency wrote down itself. A STOP of the person and a block of the provider are not the agency's to take back (S103). */
const OURS: readonly (string | null)[] = ['recruiter', 'import'] satisfies OptOutSource[]

/** Whether a recruiter may take back an opt-out of this source. */
export function mayLift(source: string | null): boolean {
  return OURS.includes(source)
}
