import { hearErased, isErasedNumber } from '../consent/erased.queries.ts'
import { forgetBounce, recordBounce, recordOptOut } from '../consent/queries.ts'
import { companyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import type { StatusPayload } from '../sms/input.ts'
import { e164FromDigits } from '../sms/phone.ts'
import { interpretReceipt } from '../sms/receipts.ts'
import { RECEIPT_RANK } from './domain.ts'
import { applyReceipt, findAttempt } from './receipts.queries.ts'
import { takeBackRequeued } from './resend.queries.ts'

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** `orphan`: no attempt of ours, or not yet. */
export type StatusResult = 'applied' | 'no_news' | 'orphan' | 'contradiction' | 'erased'

/** One receipt, in the caller's transaction. Any order and any repetition of the same receipts ends in the same state. */
export async function applyStatus(deps: Pick<Deps, 'log' | 'config'>, trx: Db, payload: StatusPayload): Promise<StatusResult> {
  const reference = payload.client_ref && UUID.test(payload.client_ref) ? payload.client_ref : undefined
  const attempt = await findAttempt(trx, { reference, providerId: payload.message_uuid })
  if (!attempt) return 'orphan'
  const scope = companyScope(attempt.companyId)
  const receipt = interpretReceipt(payload.status, payload.error?.title ?? null)
  // Before the message is locked: phones always come first.
  const isErased = isErasedNumber(attempt.e164)
  if (receipt.optedOut && isErased) await hearErasedStop(deps, trx, attempt.companyId, payload)
  else if (receipt.optedOut) await recordOptOut(trx, scope, { e164: attempt.e164, source: 'provider', campaignId: attempt.campaignId })
  const news = { attemptId: attempt.id, messageId: attempt.messageId, providerId: payload.message_uuid, state: receipt.state, code: receipt.code, reason: receipt.reason }
  let { was, now } = await applyReceipt(trx, scope, news)
  // The person has the first text, or had it refused: either way the doubt for which it was queued again is over.
  if (!(was in RECEIPT_RANK) && (await takeBackRequeued(trx, news))) ({ was, now } = await applyReceipt(trx, scope, news))
  // Only messages that have left are touched here, and no gate locks those: the order of locks does not matter any more.
  if (now === 'undelivered' && was !== now && receipt.reason === 'permanent' && !isErased) await recordBounce(trx, scope, { e164: attempt.e164, code: receipt.code })
  if (was === 'undelivered' && now === 'delivered') await forgetBounce(trx, scope, attempt.e164)
  if (!(was in RECEIPT_RANK)) {
    deps.log.error({ message: attempt.messageId, attempt: attempt.id, state: was }, 'a receipt came for a message that was certainly not sent')
    return 'contradiction'
  }
  if (isErased) return 'erased'
  return was === now ? 'no_news' : 'applied'
}

/** The provider refused the number of somebody who was erased: their STOP is kept as a hash. */
async function hearErasedStop({ config }: Pick<Deps, 'config'>, trx: Db, companyId: number, { to }: StatusPayload): Promise<void> {
  const e164 = to ? e164FromDigits(to) : null
  if (e164 !== null) await hearErased(trx, config.secretKey, { companyId, e164 }, 'stop', 'provider')
}
