import type { NewsKind } from '../words/news.ts'

export type { NewsKind }

/** What people are told: the eight events of S113, and what else a sender wants to know without looking. */
export const NEWS_KINDS = [
  'campaign_scheduled', 'campaign_paused', 'campaign_suspended', 'campaign_resumed', 'campaign_cancelled', 'batch_sent', 'campaign_completed', 'campaign_error',
  'answers', 'yes_reached', 'reply_received', 'reading_uncertain', 'stop_to_review', 'closing_soon', 'reminder_soon', 'import_finished', 'webhook_off',
] as const satisfies readonly NewsKind[]

export const SEVERITIES = ['info', 'warning', 'error'] as const
export type Severity = (typeof SEVERITIES)[number]

/** S113; ours beyond it: what waits for a person asks for attention. */
export const SEVERITY: Record<NewsKind, Severity> = {
  campaign_scheduled: 'info', campaign_paused: 'warning', campaign_suspended: 'warning', campaign_resumed: 'info', campaign_cancelled: 'info', batch_sent: 'info', campaign_completed: 'info', campaign_error: 'error',
  answers: 'info', yes_reached: 'info', reply_received: 'info', reading_uncertain: 'warning', stop_to_review: 'warning', closing_soon: 'info', reminder_soon: 'info', import_finished: 'info', webhook_off: 'error',
}

/** In the product always; on top of it a mail of its own, a line in the next digest, or nothing (S114). */
export const CHANNELS = ['mail', 'digest', 'product'] as const
export type Channel = (typeof CHANNELS)[number]

/** Until somebody chooses: at once what stands still, is wrong or asks for an answer; the rest can wait for the digest. */
export const DEFAULT_CHANNEL: Record<NewsKind, Channel> = {
  campaign_scheduled: 'product', campaign_paused: 'mail', campaign_suspended: 'mail', campaign_resumed: 'product', campaign_cancelled: 'digest', batch_sent: 'product', campaign_completed: 'digest', campaign_error: 'mail',
  answers: 'digest', yes_reached: 'mail', reply_received: 'mail', reading_uncertain: 'digest', stop_to_review: 'mail', closing_soon: 'digest', reminder_soon: 'mail', import_finished: 'product', webhook_off: 'mail',
}

export type NewsParams = Record<string, string | number>

/** What one user chose, complete. */
export type Choices = {
  channels: Record<NewsKind, Channel>
  /** Hours of the day on the company's clock, the earlier first. */
  digestHours: readonly number[]
  /** No mail outside the hours of work but those hours' digests. */
  isQuiet: boolean
  /** 1 is Monday. */
  workDays: readonly number[]
  workFrom: number
  /** 24: until midnight. */
  workUntil: number
}

export const DEFAULT_CHOICES: Choices = { channels: DEFAULT_CHANNEL, digestHours: [8, 14], isQuiet: true, workDays: [1, 2, 3, 4, 5], workFrom: 8, workUntil: 19 }

/** What is stored fills the defaults; kinds and channels that are no more are passed over. */
export function choicesFrom(stored: (Omit<Choices, 'channels'> & { channels: unknown }) | undefined): Choices {
  if (!stored) return DEFAULT_CHOICES
  const given = (stored.channels ?? {}) as Partial<Record<string, unknown>>
  const channels = Object.fromEntries(NEWS_KINDS.map((kind) => [kind, CHANNELS.find((channel) => channel === given[kind]) ?? DEFAULT_CHANNEL[kind]])) as Choices['channels']
  return { ...stored, channels }
}

/** Answers and replies come one by one for hours: what is only good to know of a campaign makes one mail in this time, and the first comes at once. */
export const MINUTES_BETWEEN_MAILS = 10

/** Long enough to come back from a long illness, and no archive of what campaigns remember anyway. */
export const NOTIFICATION_DAYS = 90
