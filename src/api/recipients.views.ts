import type { RecipientRow } from '../campaigns/recipients.queries.ts'
import type { MessageState } from '../messaging/domain.ts'
import { isoMoment } from './fields.ts'
import type { OUTCOMES, ToldRecipient } from './recipients.input.ts'

const OUTCOME_OF: Record<MessageState, (typeof OUTCOMES)[number]> = {
  queued: 'remaining', leased: 'remaining', submitting: 'remaining', accepted: 'underway', delivered: 'delivered', undelivered: 'undelivered', rejected: 'undelivered', in_doubt: 'doubtful', skipped: 'blocked', cancelled: 'cancelled',
}

export function recipientModel(campaignId: number, row: RecipientRow): ToldRecipient {
  return {
    id: row.id, campaign_id: campaignId, candidate_id: row.candidate_id, first_name: row.first_name, last_name: row.last_name, phone: knownNumber(row.e164), rank: row.rank,
    batch: { no: row.batch_no, date: row.batch_on }, outcome: OUTCOME_OF[row.state],
    message: { state: row.state, reason: row.failure_reason, waits_for: row.wait_reason, text: row.body, submitted_at: isoMoment(row.submitted_at), settled_at: isoMoment(row.settled_at) },
    reminder: row.reminder_state === null ? null : { state: row.reminder_state, reason: row.reminder_reason, at: isoMoment(row.reminder_at) },
    has_unsubscribed: row.has_unsubscribed,
    answer: row.choice === null || row.answered_at === null ? null : {
      choice: row.choice, available_from: row.available_from, available_until: row.available_until, comment: row.comment, source: row.answer_source ?? 'link', answered_by: row.answered_by,
      answered_at: isoMoment(row.answered_at), version: row.answer_version,
    },
  }
}

/** Whoever was erased has a number that no telephone has. */
export function knownNumber(e164: string | null): string | null {
  return e164 === null || e164.startsWith('+0') ? null : e164
}
