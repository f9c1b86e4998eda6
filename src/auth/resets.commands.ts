import type { Transaction } from 'kysely'
import { done, refused, type Outcome } from '../core/outcome.ts'
import { companyScope } from '../core/scope.ts'
import { getNow } from '../db/clock.queries.ts'
import type { DB } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { queueMail } from '../mail/commands.ts'
import { recordInJournal } from '../web/journal.queries.ts'
import { paths } from '../web/paths.ts'
import { countHit } from '../web/rate-limit.queries.ts'
import { limitRate, subscriber } from '../web/rate-limit.ts'
import { hashToken, tokenPair } from '../web/secrets.ts'
import type { Viewer } from '../web/viewer.ts'
import type { Language } from '../words/define.ts'
import { RESET_LIMITS, RESET_SECONDS } from './domain.ts'
import { isOwnPassword } from './factors.commands.ts'
import { noticeLetter, resetLetter, type Addressee } from './letters.ts'
import { hashPassword } from './password.ts'
import { findUser, findUserByEmail } from './queries.ts'
import { endSessions, forgetDevices } from './sessions.queries.ts'
import { findLinkOwner, insertPasswordRequest, issueToken, takePasswordRequest, useToken, withdrawTokens } from './tokens.queries.ts'
import { setPassword } from './users.queries.ts'

type MailDeps = Pick<Deps, 'db' | 'queue' | 'config'>

/**
 * Takes down that somebody wants a new password. Nothing is looked up here, so neither the answer nor its time says whether
 * anybody has this address; a worker answers by mail.
 */
export async function askReset(deps: Pick<Deps, 'db' | 'queue'>, email: string, address: string): Promise<void> {
  await limitRate(deps.db, `reset-from ${subscriber(address)}`, RESET_LIMITS.subscriber.tries, RESET_LIMITS.subscriber.windowSeconds)
  await deps.db.transaction().execute(async (trx) => {
    const requestId = await insertPasswordRequest(trx, email.toLowerCase(), address)
    await deps.queue.enqueue(trx, 'auth.answer-reset', { requestId })
  })
}

/** Sends the link where there is somebody to send it to. Too many for one account are passed over: its mailbox is not ours to fill. */
export async function answerReset(deps: MailDeps, requestId: number): Promise<void> {
  await deps.db.transaction().execute(async (trx) => {
    const request = await takePasswordRequest(trx, requestId)
    const known = request && (await findUserByEmail(trx, request.email))
    // Who comes in by an invitation or a provider has no password to forget.
    if (!request || !known || known.disabled_at || known.password_hash === null) return
    if (await isTooOften(trx, known.id, request.address)) return
    const user = await findUser(trx, known.id)
    if (!user) return
    const { token, hash } = tokenPair()
    const expiresAt = await issueToken(trx, companyScope(user.company_id), { userId: user.id, kind: 'reset', hash, createdBy: null, seconds: RESET_SECONDS })
    await queueMail(trx, deps, resetLetter(addressee(user), { url: deps.config.appUrl + paths.reset(token), expiresAt }))
    await recordInJournal(trx, { companyId: user.company_id, userId: user.id, action: 'password.asked', subjectKind: 'user', subjectId: user.id })
  })
}

/** Per account and asker few, so that one who asks for somebody else does not use up what the owner may ask. */
async function isTooOften(db: Deps['db'], userId: number, address: string): Promise<boolean> {
  const pair = await countHit(db, `reset-one ${userId} ${subscriber(address)}`, RESET_LIMITS.pair.windowSeconds)
  const all = await countHit(db, `reset-to ${userId}`, RESET_LIMITS.account.windowSeconds)
  return pair.hits > RESET_LIMITS.pair.tries || all.hits > RESET_LIMITS.account.tries
}

/** A new password by a link. Every session ends; a second factor stays. False where the link works no more. */
export async function resetPassword(deps: MailDeps, token: string, password: string): Promise<boolean> {
  const hash = hashToken(token)
  const passwordHash = await hashPassword(password)
  return deps.db.transaction().execute(async (trx) => {
    const owner = await findLinkOwner(trx, 'reset', hash)
    if (!owner || !(await useToken(trx, 'reset', hash))) return false
    await setPassword(trx, owner.scope, owner.userId, passwordHash)
    await endSessions(trx, owner.userId)
    await forgetDevices(trx, owner.userId)
    await withdrawTokens(trx, owner.scope, owner.userId)
    await recordInJournal(trx, { companyId: owner.scope.companyId, userId: owner.userId, action: 'password.reset', subjectKind: 'user', subjectId: owner.userId })
    await tellPasswordChanged(trx, deps, owner.userId)
    return true
  })
}

/** Changed by whoever knows the old one. Every other session ends, and links sent before work no more. */
export async function changeOwnPassword(deps: MailDeps, viewer: Viewer, given: { old: string; password: string; sessionId: number; deviceHash: Buffer | undefined }): Promise<Outcome<true, 'password'>> {
  if (!(await isOwnPassword(deps, viewer, given.old))) return refused('password')
  const passwordHash = await hashPassword(given.password)
  await deps.db.transaction().execute(async (trx) => {
    await setPassword(trx, viewer.scope, viewer.userId, passwordHash)
    await endSessions(trx, viewer.userId, given.sessionId)
    await forgetDevices(trx, viewer.userId, given.deviceHash)
    await withdrawTokens(trx, viewer.scope, viewer.userId)
    await recordInJournal(trx, { companyId: viewer.scope.companyId, userId: viewer.userId, action: 'password.changed', subjectKind: 'user', subjectId: viewer.userId })
    await tellPasswordChanged(trx, deps, viewer.userId)
  })
  return done(true as const)
}

async function tellPasswordChanged(trx: Transaction<DB>, deps: MailDeps, userId: number): Promise<void> {
  const user = await findUser(trx, userId)
  if (user) await queueMail(trx, deps, noticeLetter(addressee(user), 'password-changed', await getNow(trx), deps.config.appUrl + paths.account))
}

function addressee(user: NonNullable<Awaited<ReturnType<typeof findUser>>>): Addressee {
  return { companyId: user.company_id, companyName: user.company_name, timeZone: user.time_zone, email: user.email, name: user.name, language: user.language as Language }
}
