import type { SettingName } from '../companies/settings.ts'
import { NOTIFICATION_DAYS } from '../notifications/domain.ts'
import { WEBHOOK_LOG_DAYS } from '../webhooks/domain.ts'

/** What the retention removes, in the order in which a run goes through it. */
export const RETENTION_KINDS = ['texts', 'events', 'comments', 'tests', 'imports', 'notifications', 'webhooks', 'links', 'candidates', 'mails', 'journal'] as const
export type RetentionKind = (typeof RETENTION_KINDS)[number]

/** The setting that says how long each kind is kept; without one, nobody may change it. */
export const RETENTION_SETTINGS = {
  texts: 'retention.bodies_days', events: 'retention.webhooks_days', comments: 'retention.answers_months', tests: 'retention.bodies_days', imports: null, notifications: null, webhooks: null,
  links: 'link.days_after_closing', candidates: 'retention.candidates_months', mails: 'retention.mails_days', journal: 'retention.journal_months',
} as const satisfies Record<RetentionKind, SettingName | null>

/** Files of records and what was read from them: long enough to understand an import, and no archive beside the records. */
export const IMPORT_DAYS = 30

/** How long kinds without a setting are kept. */
export const FIXED_DAYS: Partial<Record<RetentionKind, number>> = { imports: IMPORT_DAYS, notifications: NOTIFICATION_DAYS, webhooks: WEBHOOK_LOG_DAYS }

/** The hash of an erased number without a STOP only serves texts that come late: replies and receipts of what had left before. */
export const LATE_DAYS = 60

/** At night, when few people are at work in Europe; UTC. */
export const RUN_AT = '02:15'

export function nextRun(now: Date): Date {
  const today = new Date(`${now.toISOString().slice(0, 10)}T${RUN_AT}:00Z`)
  return today > now ? today : new Date(today.getTime() + 86_400_000)
}

/** Rows per transaction: nobody waits behind a run, and one that is killed loses little. */
export const BATCH = 1_000
