import type { Transaction } from 'kysely'
import type { CompanyScope } from '../core/scope.ts'
import type { DB } from '../db/schema.ts'
import { isConfirmationAsked } from '../sms/confirmations.ts'
import { parsePhone } from '../sms/phone.ts'
import { measureSms } from '../sms/segments.ts'
import { translator } from '../words/index.ts'
import { queueMessages } from './queries.ts'
import { findConfirmationGround } from './replies.queries.ts'

/**
 * The last text to a number that has just said STOP, where the law of its country asks for one or the company wants it. Queued in
 * the transaction that closes the number, so there is one for each opt-out; the gate lets it pass for a few minutes.
 */
export async function confirmStop(
  trx: Transaction<DB>, scope: CompanyScope,
  { e164, sender, candidateId, rule }: { e164: string; sender: string; candidateId: number | null; rule: 'law' | 'always' | 'provider' },
): Promise<void> {
  if (rule === 'provider') return
  const phone = parsePhone(e164, 'FR')
  const country = phone.ok ? phone.country : null
  const { language, agency, today } = await findConfirmationGround(trx, scope, candidateId)
  if (rule === 'law' && !isConfirmationAsked(country, today)) return
  const body = translator(language)('replies.sms.confirmation', { agency })
  await queueMessages(trx, scope, [{
    purpose: 'confirmation', campaignId: null, batchId: null, recipientId: null, candidateId, requestedBy: null, step: 1, e164, country, sender, body, ...measureSms(body),
  }])
}
