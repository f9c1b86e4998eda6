/** What became of a row that another program sent. */
export const SYNC_RESULTS = ['created', 'updated', 'unchanged', 'archived', 'refused'] as const
export type SyncResult = (typeof SYNC_RESULTS)[number]

/** What of a row was not taken, because something newer or stronger stands here. */
export const SYNC_WARNINGS = ['consent_older', 'availability_older', 'phone_unreadable'] as const
export type SyncWarning = (typeof SYNC_WARNINGS)[number]

/** Why a row was not taken at all. */
export const SYNC_REFUSALS = ['twice', 'outdated', 'erased', 'contact', 'unknown', 'invalid'] as const
export type SyncRefusal = (typeof SYNC_REFUSALS)[number]
