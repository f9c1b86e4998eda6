/** A folder is filled by hand; a network's and a vacancy's list belong to them (S11). */
export const LIST_KINDS = ['folder', 'network', 'job'] as const
export type ListKind = (typeof LIST_KINDS)[number]

export const LIST_NAME_LENGTH = 160
export const LIST_DESCRIPTION_LENGTH = 1000
export const SEARCH_NAME_LENGTH = 120

/** Most people put into a list at once: one statement, whose rows others wait for. */
export const MOST_ADDED = 100_000

/** Views of « Listes »: what a campaign can start from (S10, S11). */
export const LIST_TABS = ['searches', 'folders', 'networks', 'jobs', 'imports', 'branches'] as const
export type ListTab = (typeof LIST_TABS)[number]
