import type { Language } from '../words/define.ts'

/** A mail as the room that sends it writes it; HTML and plain text are both made from it. */
export type Letter = {
  /** None: the installation's own, which no company sees. */
  companyId: number | null
  to: { address: string; name: string }
  language: Language
  /** What it is about, in English words with hyphens: `invitation`, `sign-in-new-device`. */
  kind: string
  subject: string
  paragraphs: readonly string[]
  /** The one link of a mail. Links stand nowhere else: once the mail has left, the stored copy forgets this one. */
  action?: { label: string; url: string }
  /** Between paragraphs and closing: one heading each, and a link where the thing is. They lead to pages that ask who is there. */
  parts?: readonly Part[]
  closing?: readonly string[]
}

/** `quotes`: somebody's own words, which the stored copy forgets once the mail has left. */
export type Part = { heading: string; lines: readonly string[]; quotes: readonly string[]; action?: { label: string; url: string } | undefined }

/** What of a letter is sealed before it is stored. */
export type Content = { paragraphs: readonly string[]; action: { label: string; url: string } | null; closing: readonly string[]; parts?: readonly Part[] }

export const MAIL_STATUSES = ['kept', 'waiting', 'sending', 'sent', 'failed', 'in_doubt'] as const
export type MailStatus = (typeof MAIL_STATUSES)[number]

/** What an administrator may hand over again. What has been sent has lost its link, and what waits goes by itself. */
export const RESENDABLE = ['kept', 'failed', 'in_doubt'] as const satisfies readonly MailStatus[]

export function isResendable(status: MailStatus): boolean {
  return (RESENDABLE as readonly MailStatus[]).includes(status)
}

/** Why a mail has not left; each has a sentence. */
export const MAIL_REASONS = ['unreachable', 'insecure', 'login', 'busy', 'recipient', 'sender', 'refused', 'broken-off', 'interrupted', 'restored', 'unreadable'] as const
export type MailReason = (typeof MAIL_REASONS)[number]

/** What came of a hand-over. In doubt: the server had the text and never said whether it took it. */
export type HandOver =
  | { outcome: 'sent' }
  | { outcome: 'later' | 'failed' | 'in_doubt'; reason: MailReason; answer: string | null }

/** Minutes to the next attempt: busy servers and greylisting want minutes, an outage lasts a night. */
const BACK_OFF_MINUTES = [1, 5, 15, 60, 240, 720] as const

/** Minutes until a mail is tried again after its `attempts`-th attempt; undefined: no more. */
export function backOff(attempts: number): number | undefined {
  return BACK_OFF_MINUTES[attempts - 1]
}

/** How long one hand-over may take at most, and how long a claim holds: far longer, so that no claim ends under a live worker. */
export const HAND_OVER_SECONDS = 60
export const LEASE_SECONDS = 300
