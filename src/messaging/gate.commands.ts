import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { lockPhones, markTexted } from '../consent/queries.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { returnToDoubt } from './resend.queries.ts'
import { beginAttempts, lockLeased, readGateFacts, releaseMessages, skipMessages, type GateFacts, type LeasedMessage } from './sending.queries.ts'

export type Attempt = { id: string; message: LeasedMessage }

/**
 * The last look before a hand-over, in one short transaction for a small group: phones, then messages, then a plain read of
 * the campaigns. What passes is `submitting` with an open attempt when this returns, and must be handed over or given back.
 */
export async function passGate(deps: Pick<Deps, 'db'>, token: string, group: readonly LeasedMessage[]): Promise<Attempt[]> {
  return deps.db.transaction().execute(async (trx) => {
    const phones = new Map((await lockPhones(trx, group)).map((phone) => [keyOf({ companyId: phone.company_id, e164: phone.e164 }), phone]))
    const ours = await lockLeased(trx, token, group.map(({ id }) => id))
    const held = group.filter(({ id }) => ours.has(id))
    if (held.length === 0) return []
    const facts = await readGateFacts(trx, held.map(({ id }) => id))
    const judged = held.map((message) => ({ message, verdict: judge(message, phones.get(keyOf(message)), facts.get(message.id)) }))
    return settle(trx, token, judged)
  })
}

type Phone = { opted_out: boolean; bounced: boolean }
type Verdict = { pass: 'go' } | { pass: 'skip'; reason: string } | { pass: 'back' }

/** Back: nothing is decided about it, so it waits. A number without a row could not be locked and is looked at again. */
function judge(message: LeasedMessage, phone: Phone | undefined, facts: GateFacts | undefined): Verdict {
  if (!phone || !facts?.isOpen) return { pass: 'back' }
  if (phone.opted_out) return { pass: 'skip', reason: 'opted_out' }
  // A person may try a number again on purpose; a campaign may not.
  if (message.purpose === 'campaign' && phone.bounced) return { pass: 'skip', reason: 'bounced' }
  return facts.exclusion === null ? { pass: 'go' } : { pass: 'skip', reason: facts.exclusion }
}

async function settle(trx: Transaction<DB>, token: string, judged: readonly { message: LeasedMessage; verdict: Verdict }[]): Promise<Attempt[]> {
  const back = judged.filter(({ verdict }) => verdict.pass === 'back').map(({ message }) => message.id)
  const skipped = judged.flatMap(({ message, verdict }) => (verdict.pass === 'skip' ? [{ id: message.id, reason: verdict.reason }] : []))
  const attempts = judged.flatMap(({ message, verdict }) => (verdict.pass === 'go' ? [{ id: randomUUID(), message }] : []))
  if (back.length > 0) await releaseMessages(trx, token, back)
  if (skipped.length > 0) await skip(trx, skipped)
  if (attempts.length > 0) {
    await beginAttempts(trx, attempts.map(({ id, message }) => ({ id, messageId: message.id })))
    await markTexted(trx, attempts.map(({ message }) => message))
  }
  return attempts
}

/** A text that was to be sent again and may not is in doubt as before: that the first one was not sent is not known. */
async function skip(trx: Transaction<DB>, skipped: readonly { id: number; reason: string }[]): Promise<void> {
  const doubtful = await returnToDoubt(trx, skipped.map(({ id }) => id))
  const certain = skipped.filter(({ id }) => !doubtful.has(id))
  if (certain.length > 0) await skipMessages(trx, certain)
}

function keyOf({ companyId, e164 }: { companyId: number; e164: string }): string {
  return `${companyId} ${e164}`
}
