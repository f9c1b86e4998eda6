import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { compileTexts, textFor } from '../campaigns/message.domain.ts'
import { linkFor } from '../links/codes.ts'
import type { MessageState } from '../messaging/domain.ts'
import { NO_RECEIPT_HOURS } from '../messaging/reconcile.domain.ts'
import { measureSms } from '../sms/segments.ts'
import type { Ground } from './campaigns.queries.ts'
import type { DemoRecipient, InsertedBatch } from './recipients.queries.ts'
import { insertRows } from './rows.queries.ts'

export type { InsertedBatch }
/** A text with what came of it. */
export type Sent = { recipientId: number; candidateId: number | null; e164: string; code: string; state: MessageState; submittedAt: Date | null; batchNo: number; batchAt: Date }

/** Provider codes and our word for them, as receipts bring them. */
const FAILURES = [['1190', 'permanent', 4], ['1180', 'temporary', 5], ['1210', 'content', 2], ['1170', 'permanent', 1]] as const

export async function insertMessages(ground: Ground, given: { campaignId: number; texts: Record<string, string>; recipients: readonly DemoRecipient[]; createdBy: number; launchedAt: Date }): Promise<Sent[]> {
  const { trx, agency, opened: { scope, userIds }, random } = ground
  const sender = agency.senders.find((one) => one.is_default)
  const compiled = compileTexts(given.texts, { stopText: sender?.stop_text ?? '' })
  const recruiter = agency.users[userIds.indexOf(given.createdBy)]?.name ?? ''
  const sent: Sent[] = []
  const rows = given.recipients.map((recipient) => {
    const { batch, recipientId, id: candidateId, e164, country, code } = recipient
    const text = textFor(compiled, recipient, { agency: agency.name, recruiter, link: linkFor({ linkUrl: ground.linkUrl }, code), stop: sender?.stop_text ?? '' })?.text ?? ''
    const { encoding, segments } = measureSms(text)
    const state = stateOf(ground, recipient)
    const wasHandedOver = !['queued', 'cancelled', 'skipped'].includes(state)
    // Twenty-five a second, and the networks take from seconds to a minute.
    const submittedAt = wasHandedOver ? new Date(batch.at.getTime() + (recipient.position - batch.from) * 40) : null
    const failure = state === 'undelivered' ? random.weighted(FAILURES.map((one) => [one, one[2]] as const)) : undefined
    sent.push({ recipientId, candidateId, e164, code, state, submittedAt, batchNo: batch.no, batchAt: batch.at })
    return {
      company_id: scope.companyId, purpose: 'campaign', campaign_id: given.campaignId, batch_id: batch.id, recipient_id: recipientId, candidate_id: candidateId, step: 1, e164, country,
      sender: sender?.address ?? '', body: text, encoding, segments, state, next_attempt_at: batch.at, submitted_at: submittedAt,
      settled_at: submittedAt && ['delivered', 'undelivered', 'rejected'].includes(state) ? new Date(submittedAt.getTime() + random.whole(2, 60) * 1_000) : ['skipped', 'cancelled'].includes(state) ? batch.at : null,
      provider_id: submittedAt && !['rejected', 'in_doubt'].includes(state) ? randomUUID() : null,
      failure_code: failure?.[0] ?? (state === 'rejected' ? '1120' : null),
      failure_reason: failure?.[1] ?? ({ rejected: 'sender', skipped: 'opted_out', cancelled: 'cancelled' } as Partial<Record<MessageState, string>>)[state] ?? null,
      created_at: given.launchedAt,
    }
  })
  await insertRows(trx, 'message', rows)
  await insertAttempts(ground, given.campaignId)
  return sent
}

/** By what its batch came to; behind the place where a batch was stopped, texts wait. */
function stateOf({ random }: Ground, { batch: { outcome, from, to }, position }: DemoRecipient): MessageState {
  if (!outcome.mix || position - from >= (outcome.left ?? 1) * (to - from + 1)) return 'queued'
  return random.weighted(outcome.mix)
}

/** What was handed over, and what that says of the numbers. Doubts have been looked up in the provider's books as often as they ever are. */
async function insertAttempts({ trx }: Ground, campaignId: number): Promise<void> {
  await sql`
    insert into send_attempt (company_id, id, message_id, n, outcome, started_at, ended_at, provider_id, error_code, checks, checked_at, finding)
    select company_id, gen_random_uuid(), id, 1, case state when 'rejected' then 'rejected' when 'in_doubt' then 'in_doubt' else 'accepted' end,
      submitted_at, submitted_at + interval '180 milliseconds', provider_id, case when state in ('rejected', 'in_doubt') then coalesce(failure_code, 'timeout') end,
      case when state = 'in_doubt' then 2 else 0 end, case when state = 'in_doubt' then submitted_at + interval '61 minutes' end,
      case when state = 'in_doubt' then case when submitted_at < app_now() - make_interval(hours => ${NO_RECEIPT_HOURS}) then 'no_receipt' else 'no_record' end end
    from message where campaign_id = ${campaignId} and submitted_at is not null`.execute(trx)
  await sql`
    insert into phone (company_id, e164, last_submit_at, bounced_at, bounce_code)
    select company_id, e164, submitted_at, case when state = 'undelivered' and failure_reason = 'permanent' then settled_at end, case when state = 'undelivered' and failure_reason = 'permanent' then failure_code end
    from message where campaign_id = ${campaignId} and submitted_at is not null
    on conflict (company_id, e164) do update set last_submit_at = excluded.last_submit_at, bounced_at = coalesce(phone.bounced_at, excluded.bounced_at), bounce_code = coalesce(phone.bounce_code, excluded.bounce_code)`.execute(trx)
}
