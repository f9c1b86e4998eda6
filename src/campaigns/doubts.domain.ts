import type { CampaignStatus } from './domain.ts'

/**
 * Where texts in doubt may be sent again. A completed campaign is in process once more until they are gone; a paused or
 * suspended one goes on first, by the decision that belongs to it.
 */
export const RESEND_FROM = ['in_process', 'completed'] as const satisfies readonly CampaignStatus[]

export type ResendObstacle = 'scheduled' | 'paused' | 'suspended' | 'cancelled' | 'closed' | 'no_sms'

/** What stands in the way of sending again; undefined when nothing does. */
export function resendObstacle({ status, isOpen, canSendSms }: { status: CampaignStatus; isOpen: boolean; canSendSms: boolean }): ResendObstacle | undefined {
  if (status === 'cancelled') return 'cancelled'
  if (!isOpen) return 'closed'
  if (!canSendSms) return 'no_sms'
  if (status === 'paused') return 'paused'
  if (status === 'suspended' || status === 'error') return 'suspended'
  return (RESEND_FROM as readonly CampaignStatus[]).includes(status) ? undefined : 'scheduled'
}

/** What kept the answer from us, from the attempt's own code and the provider's. */
export const DOUBT_REASONS = ['timeout', 'connection', 'stopped', 'restored', 'answer', 'error', 'parts'] as const
export type DoubtReason = (typeof DOUBT_REASONS)[number]

export function doubtReason({ code, isTaken }: { code: string | null; isTaken: boolean }): DoubtReason {
  if (code === 'timeout') return 'timeout'
  if (code === 'not_recorded' || code === 'gateway_failed') return 'stopped'
  if (code === 'restored') return 'restored'
  if (code === 'unreadable_answer') return 'answer'
  if (code?.startsWith('http_')) return 'error'
  // The provider told of it without having been asked in vain: it is it that does not know.
  return code === null && isTaken ? 'parts' : 'connection'
}
