import { getSettings } from '../companies/queries.ts'
import { hearErased } from '../consent/erased.queries.ts'
import { recordOptIn, recordOptOut } from '../consent/queries.ts'
import { companyScope } from '../core/scope.ts'
import type { Db } from '../db/pool.ts'
import type { Deps } from '../deps.ts'
import type { InboundPayload } from '../sms/input.ts'
import { detectKeyword } from '../sms/keywords.ts'
import { e164FromDigits } from '../sms/phone.ts'
import { isReopenedBy, ownerOfText, ownersOfStop, type ReplyOwner } from './replies.domain.ts'
import { insertReply, listReplyContexts } from './replies.queries.ts'

export type InboundResult = 'applied' | 'unknown_sender' | 'unknown_number' | 'not_a_number' | 'erased'

/** One text from a person, in the caller's transaction. A STOP is in force once that commits. */
export async function applyInbound({ config }: Pick<Deps, 'config'>, trx: Db, payload: InboundPayload): Promise<InboundResult> {
  const e164 = e164FromDigits(payload.from)
  if (e164 === null) return 'not_a_number'
  const text = { e164, sender: payload.to.replace(/^\+/, ''), body: payload.text, providerId: payload.message_uuid }
  const everybody = await listOwners(trx, text)
  if (everybody.length === 0) return 'unknown_sender'
  const found = detectKeyword(payload.text)
  const keyword = found.kind === 'text' ? 'none' : found.kind
  const contexts = await withoutErased(everybody, ({ companyId }) => hearErased(trx, config.secretKey, { companyId, e164 }, keyword === 'stop' || keyword === 'start' ? keyword : 'none', 'sms'))
  if (contexts.length === 0) return 'erased'
  const answered = ownerOfText(contexts)
  for (const context of contexts) {
    const change = { e164, source: 'sms', campaignId: campaignOf(context) } as const
    if (keyword === 'stop') await recordOptOut(trx, companyScope(context.companyId), change)
    if (keyword === 'start' && isReopenedBy(context, answered)) await recordOptIn(trx, companyScope(context.companyId), change)
  }
  const owners = keyword === 'stop' ? ownersOfStop(contexts) : answered ? [answered] : []
  for (const owner of owners) {
    await insertReply(trx, companyScope(owner.companyId), {
      ...text, keyword, candidateId: owner.candidateId, messageId: owner.isInWindow ? owner.messageId : null, campaignId: campaignOf(owner),
    })
  }
  return owners.length > 0 || keyword !== 'none' ? 'applied' : 'unknown_number'
}

/** A company that knows the number no more, because it erased the person, hears the STOP and keeps nothing else. */
async function withoutErased(owners: readonly ReplyOwner[], hear: (owner: ReplyOwner) => Promise<boolean>): Promise<ReplyOwner[]> {
  const kept: ReplyOwner[] = []
  for (const owner of owners) {
    const isUnknown = owner.messageId === null && owner.candidateId === null
    if (!isUnknown || !(await hear(owner))) kept.push(owner)
  }
  return kept
}

async function listOwners(trx: Db, text: { sender: string; e164: string }): Promise<ReplyOwner[]> {
  const owners: ReplyOwner[] = []
  for (const context of await listReplyContexts(trx, text)) {
    const days = (await getSettings(trx, companyScope(context.companyId)))['reply.window_days']
    owners.push({ ...context, isInWindow: context.ageDays !== null && context.ageDays <= days })
  }
  return owners
}

function campaignOf({ isInWindow, campaignId }: ReplyOwner): number | null {
  return isInWindow ? campaignId : null
}
