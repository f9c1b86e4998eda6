import type { Deps } from '../deps.ts'
import { openContent, sealContent, withoutLink } from './content.ts'
import { backOff, HAND_OVER_SECONDS, LEASE_SECONDS, type Content, type HandOver } from './domain.ts'
import { writeLetter } from './letter.ts'
import { claimMail, doubtInterrupted, listDueMails, settleMail, type ClaimedMail } from './queries.ts'
import { handOver, type MailServer } from './smtp.ts'

type DeliveryDeps = Pick<Deps, 'db' | 'config' | 'log'>

/** How many mails one round hands over; the next round is a minute later. */
const PER_ROUND = 200

/**
 * Hands over one mail, if it waits: claimed and committed first, so that no two workers ever both do. Whoever dies between
 * hand-over and record leaves one mail in doubt, which no machine sends again.
 */
export async function deliverMail({ db, config, log }: DeliveryDeps, id: number): Promise<HandOver | undefined> {
  const mail = await claimMail(db, id, LEASE_SECONDS)
  if (!mail) return undefined
  // The mail server has been taken out of the settings since.
  if (!config.mail) return void (await settleMail(db, mail, { status: 'kept' }))
  const content = openContent(config.secretKey, mail.sealed_letter)
  const result = content ? await send(config.mail, mail, content) : ({ outcome: 'failed', reason: 'unreadable', answer: null } as const)
  if (result.outcome !== 'sent') log.warn({ mail: id, kind: mail.kind, attempt: mail.attempts, outcome: result.outcome, reason: result.reason }, 'a mail was not handed over')
  await record(db, config.secretKey, mail, content, result)
  return result
}

function send(server: MailServer, mail: ClaimedMail, content: Content): Promise<HandOver> {
  const claimedAt = Date.now()
  const letter = writeLetter({ language: mail.language, subject: mail.subject, senderName: mail.sender_name, content })
  const parcel = { messageKey: mail.message_key, date: mail.created_at, senderName: mail.sender_name, to: { address: mail.to_address, name: mail.to_name }, subject: mail.subject, ...letter }
  // A process that slept past its claim must not speak up: somebody may have sent the mail again by hand.
  return handOver(server, parcel, () => Date.now() - claimedAt < HAND_OVER_SECONDS * 1000)
}

async function record(db: Deps['db'], secretKey: string, mail: ClaimedMail, content: Content | undefined, result: HandOver): Promise<void> {
  if (result.outcome === 'sent') return settleMail(db, mail, { status: 'sent', sealed: sealContent(secretKey, withoutLink(content as Content)) })
  const { outcome, reason, answer } = result
  const minutes = backOff(mail.attempts)
  if (outcome === 'later' && minutes !== undefined) return settleMail(db, mail, { status: 'waiting', minutes, reason, answer })
  return settleMail(db, mail, { status: outcome === 'later' ? 'failed' : outcome, reason, answer })
}

/** Every minute: what should have gone by now, and what somebody died over. While the server cannot be reached, the rest waits. */
export async function deliverDue(deps: DeliveryDeps): Promise<void> {
  await doubtInterrupted(deps.db)
  for (const id of await listDueMails(deps.db, PER_ROUND)) {
    const result = await deliverMail(deps, id)
    if (result?.outcome === 'later' && (result.reason === 'unreachable' || result.reason === 'login' || result.reason === 'insecure')) return
  }
}
