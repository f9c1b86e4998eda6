/** Why a candidate is left out of a sending, in the order in which the reasons are looked at: the first that applies counts (S39 to S46). */
export const EXCLUSION_REASONS = ['no_number', 'invalid_number', 'bounced', 'opted_out', 'under_review', 'no_consent', 'country_blocked', 'destination_blocked', 'no_sender', 'duplicate_number', 'over_limit'] as const
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number]

/** Where an opt-out came from: texted, tapped on a page, told to a recruiter, reported by the provider, read from a file, or told by another program of the agency. */
export const OPT_OUT_SOURCES = ['sms', 'page', 'recruiter', 'provider', 'import', 'api'] as const
export type OptOutSource = (typeof OPT_OUT_SOURCES)[number]

/** What the agency wrote down itself. A STOP of the person and a block of the provider are not the agency's to take back (S103). */
const OURS: readonly (string | null)[] = ['recruiter', 'import', 'api'] satisfies OptOutSource[]

/**
 * Whether a recruiter may take back this opt-out. Also where one of them decided that a text of the person meant STOP: a
 * judgement can be wrong. Nobody texts over it all the same.
 */
export function mayLift({ opt_out_source, opted_out_by }: { opt_out_source: string | null; opted_out_by: unknown }): boolean {
  return OURS.includes(opt_out_source) || (opt_out_source === 'sms' && opted_out_by !== null)
}

/** Why an opt-out was taken back: this long at most. */
export const OPT_IN_REASON_LENGTH = 500
